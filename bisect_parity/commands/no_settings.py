"""What to do where a check finds no settings: those in the working tree are none that it may read."""

from __future__ import annotations

from pathlib import Path

from bisect_parity.errors import UsageError
from bisect_parity.parity.case import NO_SETTINGS
from bisect_parity.settings_source import settings_source, settings_table


def no_settings(top: Path | None) -> str:
    """The next step.

    Args:
        top: of the working tree; None where there is none.
    """
    source = settings_source(None, (), top) if top is not None else None
    try:
        has_case = source is not None and bool(settings_table(source).get("case"))
    except UsageError:
        has_case = False
    if source is None or not has_case:
        return NO_SETTINGS
    return (
        f"{source.name} has one, but a commit must not choose how it is judged: keep a copy in the git"
        " directory with `bisect-parity init --freeze`, which checks read; or name a file with --config."
    )

"""`--jobs`: how many checks a search runs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bisect_parity.forked_map import usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["jobs_option"]

AUTO = "auto"


def _number(_context: click.Context, _option: click.Parameter, value: str) -> int:
    """How many checks: as named, or as many as there are cores."""
    if value in (AUTO, "0"):
        return usable_cores()
    if not value.isdecimal():
        raise click.BadParameter(f"{value!r} is neither a number of checks nor {AUTO}")
    return int(value)


def jobs_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--jobs`; the command gets the number as `jobs`."""
    return click.option(
        "-j",
        "--jobs",
        callback=_number,
        default="1",
        show_default=True,
        metavar="N",
        help=f"Run up to N checks at once, each in a worktree of its own; 0 or {AUTO}: as many as cores.",
    )(command)

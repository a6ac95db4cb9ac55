"""The settings of a check, and what to do where it finds none: those in the working tree it may not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.errors import UsageError
from bisect_parity.parity.case import NO_SETTINGS
from bisect_parity.settings_source import settings_source, settings_table

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.config import Settings
    from bisect_parity.history.repository import Repository

NAME_A_TEST = "Name a command with --test. Or: "


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


def case_settings(call: Invocation, repository: Repository, worktree: Path) -> Settings:
    """The settings, unless they would come from the tree under test."""
    places = dict.fromkeys((repository.git_dir, repository.common_dir))
    folders = tuple(place / "bisect-parity" for place in places)
    settings = call.settings(folders, None)
    if settings.source is None:
        looked = " and ".join(str(folder) for folder in folders)
        raise UsageError(
            f"no case: there is no bisect-parity.toml in {looked}",
            NAME_A_TEST + no_settings(worktree),
        )
    top, source = worktree.resolve(), settings.source.resolve()
    if source.is_relative_to(top) and not source.is_relative_to(repository.common_dir):
        path = f":(top,literal){source.relative_to(top)}"
        if repository.git_result("ls-files", "--error-unmatch", "--", path).status == 0:
            raise UsageError(
                f"{settings.source} is tracked: it changes with the commits that it is to judge",
                "Copy it to the git directory with `bisect-parity init --freeze`.",
            )
    warn_of_other_settings(call, repository, settings.source)
    return settings


def warn_of_other_settings(call: Invocation, repository: Repository, used: Path | None) -> None:
    """Say so where the settings in the working tree are not those that count, `used`.

    A bisection of git's own checks out old ones, and would be told so at each step.
    """
    if repository.work_tree is not None and not (repository.git_dir / "BISECT_LOG").exists():
        call.warn_of_other_settings(used, repository.work_tree)

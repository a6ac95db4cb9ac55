"""`bisect-parity worktree`: the worktrees that bisections keep, listed and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bisect_parity.commands.options import common_options
from bisect_parity.commands.printing import write_json
from bisect_parity.files import printable_line
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree_pool import KeptWorktree, kept_worktrees, remove_worktrees
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from bisect_parity.commands.invocation import Invocation

__all__ = ["command"]

SCHEMA = "bisect-parity/worktrees"


@click.group("worktree")
def command() -> None:
    """List or remove the worktrees that bisections keep and reuse.

    They are in bisect-parity/worktrees/ of the git directory, one for each session that ever ran at the
    same time as another. `git worktree prune` leaves them alone: they are locked.
    """


@command.command("list")
@common_options()
def list_command(call: Invocation) -> int:
    """List them: the path, the commit that is checked out, and whether a session uses it now."""
    _tell(call, kept_worktrees(Repository.open(call.directory, call.journal)), "")
    return 0


@command.command("remove")
@common_options()
def remove_command(call: Invocation) -> int:
    """Remove all that no session uses; the next bisection makes a new one."""
    repository = Repository.open(call.directory, call.journal)
    call.log_to(repository.state_directory())
    _tell(call, remove_worktrees(repository), "removed ")
    return 0


def _tell(call: Invocation, worktrees: list[KeptWorktree], done: str) -> None:
    if call.as_json:
        write_json({"schema": SCHEMA, "version": 1, "worktrees": [_record(kept) for kept in worktrees]})
        return
    for kept in worktrees:
        commit = kept.commit[:SHORT] if kept.commit else "-" * SHORT
        click.echo(printable_line(f"{done}{kept.path} {commit}{' in use' if kept.is_used else ''}"))


def _record(kept: KeptWorktree) -> dict[str, Any]:
    return {"path": str(kept.path), "commit": kept.commit, "in_use": kept.is_used}

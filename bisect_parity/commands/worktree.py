"""`bisect-parity worktree`: the worktrees that bisections keep, listed and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bisect_parity.commands.options import common_options
from bisect_parity.commands.printing import answer
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree_pool import KeptWorktree, kept_worktrees, remove_worktrees
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from bisect_parity.commands.invocation import Invocation


@click.group("worktree")
def command() -> None:
    """List or remove the worktrees that bisections keep and reuse.

    They are in bisect-parity/worktrees/ of the cache directory, one for each session that ever ran at the
    same time as another. `git worktree prune` leaves them alone: they are locked. Those whose repository was
    deleted or moved are listed, without a commit, and removed from everywhere.
    """


@command.command("list")
@common_options
def list_command(call: Invocation) -> int:
    """List them: the path, the commit that is checked out, and whether a session uses it now."""
    _tell(call, kept_worktrees(Repository.open(call.directory, call.journal)), "")
    return 0


@command.command("remove")
@common_options
def remove_command(call: Invocation) -> int:
    """Remove all that no session uses."""
    repository = Repository.open(call.directory, call.journal)
    call.log_to(repository.state_directory())
    _tell(call, remove_worktrees(repository), "removed ")
    return 0


def _tell(call: Invocation, worktrees: list[KeptWorktree], done: str) -> None:
    records = [{"path": str(kept.path), "commit": kept.commit, "in_use": kept.is_used} for kept in worktrees]
    lines = (
        f"{done}{kept.path} {(kept.commit or '-' * SHORT)[:SHORT]}{' in use' if kept.is_used else ''}"
        for kept in worktrees
    )
    answer(call, {"schema": "bisect-parity/worktrees", "version": 1, "worktrees": records}, lines)

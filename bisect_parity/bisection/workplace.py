"""Where the checks of a session run: a worktree of our own, with what is slow to import imported once."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from bisect_parity.bisection.checker import CHECK_COMMAND
from bisect_parity.errors import CheckError
from bisect_parity.history.worktree_pool import own_worktree
from bisect_parity.parity.cache import verdict_cache
from bisect_parity.parity.recall import Recall
from bisect_parity.parity.worker import warm_worker
from bisect_parity.processes import take_in_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bisect_parity.bisection.checker import Checker
    from bisect_parity.history.repository import Repository
    from bisect_parity.history.worktree import Worktree
    from bisect_parity.parity.case import Case

__all__ = ["workplace"]


@contextlib.contextmanager
def workplace(
    checker: Checker, repository: Repository, case: Case, commit: str, is_needed: Callable[[str], bool]
) -> Iterator[Worktree]:
    """Hold a worktree for the checks of a session, and end what an earlier run of it left behind.

    The checks share what is slow to import.

    Args:
        checker: runs the checks.
        repository: the user's.
        case: as frozen.
        commit: full id, checked out first.
        is_needed: see `Worktree`.

    Raises:
        BisectParityError: as `own_worktree`.
    """
    take_in_orphans()
    checker.take_up()
    with (
        own_worktree(repository, commit, is_needed) as worktree,
        contextlib.ExitStack() as stack,
    ):

        @functools.cache
        def start() -> dict[str, str]:
            if case.test:
                return {}  # no image is compared, and nothing is slow to import
            warm = warm_worker(repository.journal, case, worktree.path, checker.environment(worktree))
            try:
                return stack.enter_context(warm)
            except (OSError, CheckError):
                return {}  # each check does its own imports

        if checker.command == CHECK_COMMAND:
            checker.warm = start
            checker.recall = _recall(repository, case, checker.environment(worktree))
        try:
            yield worktree
        finally:
            checker.warm = dict


def _recall(repository: Repository, case: Case, caller: Mapping[str, str]) -> Recall | None:
    """The user's cache of verdicts; None where a check has to report that the pinned reference is missing."""
    pinned = None if case.reference_at is None else repository.try_resolve(case.reference_at)
    if case.reference_at is not None and pinned is None:
        return None
    return Recall(verdict_cache(), case, repository.home, pinned, repository.journal, caller)

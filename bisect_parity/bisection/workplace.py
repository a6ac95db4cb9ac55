"""Where the checks of a session run: worktrees of our own, with what is slow to import imported once."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from bisect_parity.bisection.check_call import CHECK_COMMAND
from bisect_parity.bisection.check_pool import CheckPool
from bisect_parity.errors import CheckError
from bisect_parity.history.conversions import conversions_of_worktree
from bisect_parity.history.worktree_pool import own_worktree
from bisect_parity.parity.cache import verdict_cache
from bisect_parity.parity.recall import Recall
from bisect_parity.parity.worker import warm_worker
from bisect_parity.processes import take_in_orphans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bisect_parity.bisection.check_call import CheckPlan
    from bisect_parity.bisection.checker import Checker
    from bisect_parity.history.repository import Repository
    from bisect_parity.history.worktree import Worktree
    from bisect_parity.parity.case import Case

    Watch = Callable[[Sequence[str]], None]


@contextlib.contextmanager
def workplace(
    checker: Checker,
    plan: CheckPlan,
    commit: str,
    watch: Watch,
    *,
    returns_to_commit: bool = False,
) -> Iterator[CheckPool]:
    """Hold worktrees for the checks of a session, and end what an earlier run of it left behind.

    The checks share what is slow to import.

    Args:
        checker: runs the checks.
        plan: of the session.
        commit: full id, checked out first.
        watch: see `CheckPool`.
        returns_to_commit: whether no worktree may be left at a commit that was checked: it is nobody's.

    Raises:
        BisectParityError: as `own_worktree`.
    """
    take_in_orphans()
    checker.take_up()
    repository, case = plan.repository, plan.case
    lent = _returning if returns_to_commit else own_worktree
    opened = functools.partial(lent, repository, commit, plan.code_states.holds, may_lack=True)
    with contextlib.ExitStack() as stack, CheckPool(checker, plan.jobs, opened, watch) as pool:
        environment = checker.call.environment(pool.home)

        @functools.cache
        def start() -> dict[str, str]:
            warm = warm_worker(repository.journal, case, pool.home.path, environment)
            try:
                return stack.enter_context(warm)
            except (OSError, CheckError):
                return {}  # each check does its own imports

        if plan.check_command == CHECK_COMMAND:
            checker.warm = start
            checker.recall = _recall(repository, case, environment, pool.home)
            checker.ask_skips_again()
        try:
            yield pool
        finally:
            checker.warm = dict


@contextlib.contextmanager
def _returning(
    repository: Repository, commit: str, is_needed: Callable[[str], bool], *, may_lack: bool
) -> Iterator[Worktree]:
    """As `own_worktree`; its HEAD is at `commit` in the end."""
    with own_worktree(repository, commit, is_needed, may_lack=may_lack) as worktree:
        try:
            yield worktree
        finally:
            worktree.repair()
            worktree.git("update-ref", "--no-deref", "HEAD", commit)


def _recall(repository: Repository, case: Case, caller: Mapping[str, str], home: Worktree) -> Recall | None:
    """The user's cache of verdicts; None where a check has to report that the pinned reference is missing."""
    pinned = None if case.reference_at is None else repository.try_resolve(case.reference_at)
    if case.reference_at is not None and pinned is None:
        return None
    conversions = conversions_of_worktree(home.repository)
    return Recall(verdict_cache(), case, repository.home, pinned, repository.journal, caller, conversions)

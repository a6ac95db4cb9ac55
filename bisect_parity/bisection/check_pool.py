"""The checks of a session, several at a time, each in a worktree of its own.

A search asks for one verdict after the other, and each question depends on the verdicts before. So that more
than one check can run, those that will probably be asked for next are run ahead. What the search asks, and
in which order it is reported, is the same as without: a check that was run ahead only saves time.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.bisection.model import Role
from bisect_parity.errors import BisectParityError
from bisect_parity.logs import logger
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from bisect_parity.bisection.checker import Checker
    from bisect_parity.bisection.model import Check
    from bisect_parity.bisection.running_check import RunningCheck
    from bisect_parity.history.worktree import Worktree

    OpenedWorktree = contextlib.AbstractContextManager[Worktree]

LOOK_SECONDS = 0.02  # checks that run are looked at this often


@frozen
class Ahead:
    """What may be checked beside the commit that is asked for.

    Attributes:
        questions: the commits that will be asked for next, and why, the most probable first.
        may_be_asked: whether a commit may still be asked for: a check of any other is not worth its end.
    """

    questions: Callable[[], Iterable[tuple[str, Role]]]
    may_be_asked: Callable[[str], bool] = lambda _commit: True


NOTHING = Ahead(tuple)


class CheckPool:
    """Runs checks for as long as it is entered, and ends what still runs then.

    Args:
        checker: begins them, and keeps what comes of them.
        jobs: how many may run at once.
        opened: makes a worktree that is this session's alone.
        watch: called with the commits whose checks run, whenever others do.

    Attributes:
        home: the worktree that is there from the beginning.
    """

    def __init__(
        self,
        checker: Checker,
        jobs: int,
        opened: Callable[[], OpenedWorktree],
        watch: Callable[[Sequence[str]], None],
    ) -> None:
        self._checker = checker
        self._jobs = jobs
        self._opened = opened
        self._watch = watch
        self._running: list[tuple[RunningCheck, Worktree]] = []
        self._scope = contextlib.ExitStack()
        self.home = self._scope.enter_context(opened())
        self._free = [self.home]

    def __enter__(self) -> CheckPool:
        """Nothing is left to do."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the checks that run, and let go of the worktrees."""
        with self._scope:
            self._drop(lambda _begun: True)

    def verdict(self, commit: str, role: Role, ahead: Ahead = NOTHING) -> Check:
        """The verdict on a commit; meanwhile, others are checked ahead.

        Args:
            commit: full id.
            role: why it is asked for.
            ahead: what else may be checked.

        Raises:
            As `Checker.verdict`.
        """
        if not self._checker.keeps_products:  # what is stopped halfway must not be built upon
            self._drop(lambda one: commit != one.check.commit and not ahead.may_be_asked(one.check.commit))
        while True:
            if not self._is_running(commit):
                check = self._checker.known_verdict(commit, role)
                if check is not None:
                    return check
                self._begin(commit, role)
            self._begin_ahead(ahead)
            self._watch(self.running)
            self._wait()

    @property
    def running(self) -> tuple[str, ...]:
        """The commits whose checks run, in the order in which they were begun."""
        return tuple(begun.check.commit for begun, _ in self._running)

    @property
    def room(self) -> int:
        """How many checks may be begun beside those that run."""
        return self._jobs - len(self._running)

    def begin(self, commit: str, role: Role) -> None:
        """Begin a new check of a commit, whatever is known of it; `ended` tells what comes of it.

        Where no further worktree can be made, nothing is begun, and fewer checks run at once from then on.

        Raises:
            As `Checker.verdict`, where no other check runs.
        """
        if not self._free:
            try:
                self._free.append(self._scope.enter_context(self._opened()))
            except BisectParityError as error:
                if not self._running:
                    raise
                self._restrict(len(self._running), error)
                return
        self._begin(commit, role)
        self._watch(self.running)

    def ended(self) -> Check:
        """The check that ends first of those that run; of several, the one that was begun first.

        Raises:
            OutputError: the session's folder cannot be written.
        """
        self._wait_for_one()
        begun, worktree = one = next(one for one in self._running if one[0].has_ended)
        check = self._checker.finished(begun)
        self._running.remove(one)
        self._free.append(worktree)
        self._watch(self.running)
        return check

    def observe(self, wanted: Sequence[tuple[str, Role]]) -> list[Check]:
        """New checks of commits, as many at once as may run, whatever is known of them; told in this order.

        Args:
            wanted: commits, of which one may be there more than once, and why each is checked.

        Raises:
            As `Checker.verdict`.
        """
        found: list[Check] = []
        while len(found) < len(wanted):
            batch = wanted[len(found) : len(found) + self._jobs]
            try:
                while len(self._free) < len(batch):
                    self._free.append(self._scope.enter_context(self._opened()))
            except BisectParityError as error:
                self._restrict(len(self._free), error)
            self._watch([commit for commit, _ in batch])
            found += _all_checked(
                self._checker, ((tree, *one) for tree, one in zip(self._free, batch, strict=False))
            )
        return found

    def _is_running(self, commit: str) -> bool:
        """Whether a check of the code of a commit runs; it may be in the user's cache before it has ended."""
        state = self._checker.state_of(commit)
        return any(begun.check.code_state == state for begun, _ in self._running)

    def _begin(self, commit: str, role: Role) -> None:
        """Begin a check."""
        worktree = self._free.pop() if self._free else self._scope.enter_context(self._opened())
        try:
            self._running.append((self._checker.begin(worktree, commit, role), worktree))
        except BaseException:
            self._free.append(worktree)
            raise

    def _begin_ahead(self, ahead: Ahead) -> None:
        """Begin checks that were not asked for, as long as there is room."""
        if len(self._running) >= self._jobs:
            return
        for commit, role in ahead.questions():
            if not self._is_running(commit) and self._checker.needs_check(commit, role):
                try:
                    self._begin(commit, role)
                except BisectParityError as error:  # those that are asked for can do without
                    self._restrict(len(self._running), error)
            if len(self._running) >= self._jobs:
                return

    def _restrict(self, jobs: int, error: BisectParityError) -> None:
        """Go on with fewer checks at once."""
        self._jobs = jobs
        logger().warning(f"continuing with {counted(jobs, 'check')} at a time: {error.message}")

    def _wait(self) -> None:
        """Wait until a check has come to its end, and take in all that have."""
        self._wait_for_one()
        for one in [one for one in self._running if one[0].has_ended]:
            begun, worktree = one
            self._checker.take_in(begun)
            self._running.remove(one)
            self._free.append(worktree)

    def _wait_for_one(self) -> None:
        if len(self._running) == 1:
            self._running[0][0].wait()
        while not any(begun.has_ended for begun, _ in self._running):
            time.sleep(LOOK_SECONDS)

    def _drop(self, is_needless: Callable[[RunningCheck], bool]) -> None:
        """End checks that run, all at once."""
        dropped = [one for one in self._running if is_needless(one[0])]
        for begun, _ in dropped:
            begun.ask_to_end()
        for one in dropped:
            begun, worktree = one
            begun.abandon()
            self._running.remove(one)
            self._free.append(worktree)


def checked_afresh(
    checker: Checker, commits: Sequence[str], role: Role, opened: Callable[[str], OpenedWorktree]
) -> list[Check]:
    """New checks of commits, all at once, each in a worktree that nothing was built in before.

    Args:
        checker: makes them.
        commits: full ids.
        role: why they are checked.
        opened: makes a worktree of a commit.

    Raises:
        As `Checker.verdict`.
    """
    with contextlib.ExitStack() as scope:
        return _all_checked(
            checker, ((scope.enter_context(opened(commit)), commit, role) for commit in commits)
        )


def _all_checked(checker: Checker, wanted: Iterable[tuple[Worktree, str, Role]]) -> list[Check]:
    """New checks, all at once; they are told in this order.

    Args:
        checker: makes them.
        wanted: for each a worktree, the commit, and why it is checked.

    Raises:
        As `Checker.verdict`.
    """
    with contextlib.ExitStack() as scope:
        begun = []
        for worktree, commit, role in wanted:
            begun.append(checker.begin(worktree, commit, role))
            scope.callback(begun[-1].abandon)
        return [checker.finished(one) for one in begun]

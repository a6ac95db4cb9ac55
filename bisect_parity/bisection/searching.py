"""What any search does for one verdict after the other: asked once, counted, and told with what is left."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bisect_parity.bisection.check_pool import NOTHING, Ahead, CheckPool
from bisect_parity.bisection.checker import Checker
from bisect_parity.bisection.ddmin import ChecksSpentError
from bisect_parity.bisection.model import Check, Find, Role
from bisect_parity.bisection.remaining import Remaining, remaining
from bisect_parity.bisection.search import Search, SearchResult
from bisect_parity.bisection.skips import refuse_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.bisection.git_bisect import GitBisect
    from bisect_parity.bisection.plan import Plan
    from bisect_parity.bisection.span import Span


class Searching:
    """The checks of a search.

    Args:
        plan: what to do.
        tell: called with every verdict, and with what is left to do after it, where that is known.
        watch: see `CheckPool`.
        earlier: the checks of the search that led to this one.
    """

    def __init__(
        self,
        plan: Plan,
        tell: Callable[[Check, Remaining | None], None],
        watch: Callable[[Sequence[str]], None],
        earlier: Sequence[Check] = (),
    ) -> None:
        self._plan = plan
        self._tell = tell
        self._watch = watch
        self._earlier = earlier
        self._checker = Checker(plan, self._report)
        self._begin = 0  # of the checks of this range
        self._steps_left: int | None = None
        self._log = ""

    @property
    def _made(self) -> list[Check]:
        """The checks of this range that were asked for."""
        return self._checker.checks[self._begin :]

    def _asked(self, pool: CheckPool, commit: str, role: Role, ahead: Ahead = NOTHING) -> Check:
        """The check of a commit, as it is known from this range, or else made.

        Raises:
            ChecksSpentError: it would be one more than the search may run.
            CheckError: the check itself is at fault.
        """
        asked = {(check.commit, check.size): check for check in self._made}
        known = asked.get((commit, self._checker.size))
        are_spent = self._plan.are_checks_spent((*self._earlier, *self._checker.checks))
        if known is None and are_spent and self._checker.needs_check(commit, role):
            raise ChecksSpentError
        check = known or pool.verdict(commit, role, ahead)
        refuse_fault(check)
        return check

    def _search_range(
        self,
        pool: CheckPool,
        span: Span,
        find: Find,
        books: GitBisect,
        is_given_up: Callable[[], bool] = lambda: False,
    ) -> SearchResult:
        """Search a range whose ends were tested; see `Search`."""
        plan, checker = self._plan, self._checker

        def verdict(commit: str, steps_left: int | None, ahead: Ahead) -> str:
            self._steps_left = steps_left
            return self._asked(pool, commit, Role.SEARCH, ahead).verdict

        search = Search(
            plan.repository,
            plan.code_states,
            find,
            books,
            verdict,
            checker.costless_states,
            lambda: {check.commit: check.verdict for check in checker.ahead if check.size == checker.size},
            plan.large,
            is_given_up,
        )
        try:
            return search.run(span)
        finally:
            self._steps_left = None
            self._log = books.log

    def _report(self, check: Check) -> None:
        left = None
        if self._steps_left is not None:
            same_size = [known for known in self._made if known.size == check.size]
            rounds = math.ceil(self._steps_left / math.log2(self._plan.jobs + 1))
            left = remaining(same_size, self._steps_left, rounds)
        self._tell(check, left)

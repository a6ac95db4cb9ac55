"""A bisection of the repository, and then of the submodule that its answer moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.bisection.inner_search import FOUND, InnerSearch
from bisect_parity.bisection.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.model import Check, Outcome
    from bisect_parity.bisection.plan import Plan
    from bisect_parity.bisection.remaining import Remaining


class WholeSearch:
    """Runs a plan, as `Session` does; where it says so, the search goes on into submodules.

    Args:
        plan, tell, watch: see `Session`.
    """

    def __init__(
        self,
        plan: Plan,
        tell: Callable[[Check, Remaining | None], None],
        watch: Callable[[Sequence[str]], None] = lambda _commits: None,
    ) -> None:
        self._plan = plan
        self._session = Session(plan, tell, watch)
        self._tell, self._watch = tell, watch
        self._inner: InnerSearch | None = None
        self._found: Bisection | None = None

    def run(self) -> Bisection:
        """Run the whole search.

        Raises:
            BisectParityError: as `Session.run`.
        """
        found = self._session.run()
        if not self._plan.into_submodules or found.outcome not in FOUND:
            return found
        self._found = found
        self._inner = InnerSearch(self._plan, found, self._tell, self._watch)
        return evolve(found, inside=self._inner.run())

    def result(self, outcome: Outcome, *says: str) -> Bisection:
        """The bisection as far as it came; the answer that is found already stays."""
        if self._found is None or self._inner is None:
            return self._session.result(outcome, *says)
        inside = self._inner.partial(outcome, *says)
        return evolve(self._found, outcome=outcome, says=(*self._found.says, *says), inside=inside)

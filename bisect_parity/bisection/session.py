"""A whole bisection: premise, ends, search, proof, answer."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.bisection import account, ends_account
from bisect_parity.bisection.answer_account import other_failure
from bisect_parity.bisection.answer_proof import AnswerProof
from bisect_parity.bisection.check_pool import Ahead, CheckPool
from bisect_parity.bisection.commit_summaries import commit_summaries, outside_code
from bisect_parity.bisection.ddmin import ChecksSpentError
from bisect_parity.bisection.flaky_account import by_flaky_check
from bisect_parity.bisection.git_bisect import GitBisect
from bisect_parity.bisection.graph import contradictions
from bisect_parity.bisection.hidden import hidden_text, narrowed_text, sought_text
from bisect_parity.bisection.lacking import lacking_text, moved_text, refuse_lacking
from bisect_parity.bisection.model import Check, Find, Outcome, Role
from bisect_parity.bisection.other_environment import other_environment_text
from bisect_parity.bisection.outline import outline, with_answer, with_suspects
from bisect_parity.bisection.requirements import requirements_text
from bisect_parity.bisection.search import SearchResult, first_questions
from bisect_parity.bisection.searching import Searching
from bisect_parity.bisection.skips import refuse_missing_content
from bisect_parity.bisection.span import read_span
from bisect_parity.bisection.tested_ends import TestedEnds
from bisect_parity.bisection.workplace import workplace
from bisect_parity.errors import CheckError
from bisect_parity.history.complaints import fetch_text
from bisect_parity.logs import logger
from bisect_parity.parity.size_gate import size_gate
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.plan import Plan
    from bisect_parity.bisection.remaining import Remaining


class Session(Searching):
    """Runs a plan; `result` gives what is known at any moment.

    Args:
        plan, tell, watch: see `Searching`.
    """

    def __init__(
        self,
        plan: Plan,
        tell: Callable[[Check, Remaining | None], None],
        watch: Callable[[Sequence[str]], None] = lambda _commits: None,
    ) -> None:
        super().__init__(plan, tell, watch)
        self._ends = TestedEnds(plan.limits, plan.repository, plan.code_states, plan.large)
        self._is_fetch_told = False
        self._is_resumed = plan.folder.is_resumed
        self._full_size = max(plan.size, plan.case.size)
        self._searched_size, self._size_says = self._full_size, ""
        self._checker.size = self._full_size

    @property
    def _limits(self) -> SearchRange:
        return self._ends.limits

    @property
    def _both_ends(self) -> tuple[str, str]:
        return self._limits.old, self._limits.new

    def run(self) -> Bisection:
        """Run the whole session.

        Raises:
            BisectParityError: git or a folder fails; a commit that cannot be tested, or a check that is at
                fault, is no error.
        """
        if self._limits.is_one_state:
            limits, plan = self._limits, self._plan
            outside = outside_code(plan.repository, limits.good, limits.bad, plan.code_states)
            return self._nothing(*account.same_code(limits, outside))
        try:
            return self._run()
        except ChecksSpentError:
            plan = self._plan
            so_far = narrowed_text(plan.repository, self._limits.find, self._checker.checks)
            return self.result(Outcome.INCONCLUSIVE, plan.checks_spent_text, *so_far)
        except CheckError as error:
            return self.result(Outcome.INCONCLUSIVE, f"The session was stopped: {error}")

    def _run(self) -> Bisection:
        find = self._limits.find
        plan = self._plan
        with workplace(self._checker, plan, self._limits.new, self._watch) as pool:
            ask = functools.partial(self._asked, pool)
            ended = self._walked_back(ask) if self._limits.is_open else None
            if ended is not None:
                return ended
            self._ends.refuse_fault(ask)
            old = self._ends.tested(Role.OLD_END, ask)
            new = self._ends.tested(Role.NEW_END, ask)
            if old is None or new is None:
                says = ends_account.untestable(self._limits, self._checker.checks)
                moved = moved_text(plan.repository, plan.case, *self._both_ends)
                sought = sought_text(plan, self._limits, self._checker.checks)
                return self.result(Outcome.INCONCLUSIVE, *says, *moved, *sought)
            if believed := self._ends.believed(old, new):
                return self._answer(self._on_belief(pool, *believed))
            if old.verdict == new.verdict:
                return self._agreed(old, new)
            if old.verdict != find.old:
                says = ends_account.swapped(self._limits, self._base(), plan.options)
                return self.result(Outcome.INCONCLUSIVE, *says)
            self._choose_size(pool, old, new)
            found = self._search(pool, old.commit, self._ends.earliest_new or new.commit)
        return self._answer(found)

    def _walked_back(self, ask: Callable[[str, Role], Check]) -> Bisection | None:
        """Find the old end on the way back; what the answer is where no search is possible then."""
        plan, limits, find = self._plan, self._limits, self._limits.find
        if not self._ends.walk_back(ask):
            says = ends_account.no_old_end(limits, self._checker.checks)
            newest, *earlier = (check for check in self._checker.checks if check.verdict == find.new)
            others = other_failure(plan, earlier[-1], newest) if earlier else ()
            return self.result(Outcome.INCONCLUSIVE, *says, *others, *self._shallow())
        if self._limits.is_open and ask(limits.new, Role.NEW_END).verdict == find.old:
            return self._nothing(ends_account.no_new_end(limits))
        return None

    def _shallow(self) -> tuple[str, ...]:
        return (ends_account.shallow(),) if self._plan.repository.is_shallow else ()

    def result(self, outcome: Outcome, *says: str) -> Bisection:
        """The bisection as far as it came."""
        needless = [evolve(check, role=Role.AHEAD) for check in self._checker.ahead]
        checks = [*self._checker.checks, *needless]
        is_cut = outcome is Outcome.INTERRUPTED
        notes = (
            *(narrowed_text(self._plan.repository, self._limits.find, checks) if is_cut else ()),
            *ends_account.bundle_ends(self._plan.bundles, self._limits.order),
            *ends_account.stand_ins(self._ends.stand_ins, self._ends.believed_end, checks),
            self._size_says,
            *self._flips(),
        )
        result = outline(self._plan, self._limits, checks, self._searched_size, outcome, (*says, *notes))
        return evolve(result, stand_ins=dict(self._ends.stand_ins), log=self._log)

    def _asked(self, pool: CheckPool, commit: str, role: Role, ahead: Ahead | None = None) -> Check:
        before = len(self._checker.checks)
        check = super()._asked(pool, commit, role, ahead or Ahead(self._at_ends))
        if not self._is_resumed:  # what was not fetched since may be nowhere any more
            refuse_missing_content(self._checker.checks, self._plan.again)
        if role in (Role.OLD_END, Role.NEW_END):
            plan = self._plan
            refuse_lacking(plan.repository, plan.case, check, self._both_ends, plan.question)
        is_new = len(self._checker.checks) > before
        if is_new and (role, commit) == (Role.NEW_END, self._limits.new):
            self._warn_of_end(check)
        fetch = fetch_text(check.reason) if check.verdict == "skip" else ""
        if fetch and not self._is_fetch_told:
            self._is_fetch_told = True
            logger().warning(f"{commit[:SHORT]} cannot be tested: {check.reason}. {fetch}")
        return check

    def _warn_of_end(self, check: Check) -> None:
        """Say at once how to look for the failure of a bad end that counts as untestable."""
        plan = self._plan
        if check.verdict == "skip" and self._limits.find is Find.REGRESSION:
            for way in account.sought_failure([check.reason], plan.case.name, plan.question):
                logger().warning(f"the bad end {check.commit[:SHORT]} cannot be tested. {way}")

    def _at_ends(self) -> Iterator[tuple[str, Role]]:
        """What will probably be asked for as long as the ends are tested."""
        yield from self._ends.expected()
        if not self._limits.is_open and self._plan.size == self._full_size:
            yield from first_questions(self._limits.span, self._checker.costless_states)

    def _choose_size(self, pool: CheckPool, old: Check, new: Check) -> None:
        """Search at a size below the case's own only if it was shown to separate the ends as well."""
        full, asked = self._full_size, self._plan.size
        if asked == full:
            return
        self._checker.size = asked
        at_asked = [self._asked(pool, check.commit, check.role).verdict for check in (old, new)]
        self._searched_size, self._size_says = size_gate(asked, full, at_asked, (old.verdict, new.verdict))
        self._checker.size = self._searched_size

    def _on_belief(self, pool: CheckPool, old: str, new: str) -> SearchResult:
        """Search from, or to, an end that cannot be tested; no commit is named that only this end tells."""
        checks, begin = self._checker.checks, len(self._checker.checks)
        found = self._search(pool, old, new, lambda: self._ends.is_given_up(checks[begin:]))
        ends = (found.first, *self._plan.repository.parents(found.first)) if found.first else ()
        tested = {check.code_state for check in checks if check.verdict != "skip"}
        is_tested = all(self._checker.state_of(commit) in tested for commit in ends)
        return found if is_tested else SearchResult(candidates=ends[:1])

    def _search(
        self, pool: CheckPool, old: str, new: str, is_given_up: Callable[[], bool] = lambda: False
    ) -> SearchResult:
        plan, span = self._plan, self._limits.span
        if (old, new) != (span.old, span.new):
            span = read_span(plan.repository, old, new, plan.code_states, plan.large)
        find = self._limits.find
        return self._search_range(pool, span, find, GitBisect(pool.home, find), is_given_up)

    def _answer(self, found: SearchResult) -> Bisection:
        limits = self._limits
        if found.first is not None:
            return self._proven(found.first)
        if found.new_base is not None:
            says = ends_account.new_base(limits, found.new_base, self._plan.options)
            return self.result(Outcome.INCONCLUSIVE, *says)
        says = hidden_text(self._plan, limits, found.candidates, self._checker.checks)
        says += (f"Not all of them were tried. To try more: {self._plan.again}",) * found.is_given_up
        result = self.result(Outcome.INCONCLUSIVE, *says)
        facts = commit_summaries(self._plan.repository, [*result.facts, *found.candidates])
        return evolve(result, candidates=found.candidates, facts=facts)

    def _proven(self, first: str) -> Bisection:
        """Check the answer and its parents again, at the case's own size."""
        self._checker.size = self._full_size
        end = self._ends.stand_ins.get(self._limits.new, self._limits.new)
        stage = AnswerProof(self._plan, self._limits, self._checker)
        proven = stage.run(first, end, self._searched_size)
        result = self.result(proven.outcome, *proven.says)
        result = with_answer(self._plan, result, proven.facts, proven.change)
        return evolve(result, proof=proven.proof, revert=proven.revert)

    def _agreed(self, old: Check, new: Check) -> Bisection:
        """Both ends have one verdict: no commit is to blame, unless the old end lacks what is to be run."""
        plan, limits = self._plan, self._limits
        lacks = lacking_text(
            plan.repository, plan.case, (old.commit, old.reason), self._both_ends, plan.question
        )
        if lacks and old.verdict == limits.find.new:
            return self.result(Outcome.INCONCLUSIVE, *lacks)
        first, *rest = ends_account.ends_agree(limits, old, new, plan.case, plan.options)
        says = (first, *other_failure(plan, old, new), *rest)
        if old.verdict == limits.find.new:
            says += (*ends_account.two_lines(limits, self._base(), plan.options), *self._shallow())
        if self._checker.recall is not None:
            says = (
                says[0],
                *other_environment_text(self._checker.recall.cache, old, self._plan.case),
                *says[1:],
            )
        says = (*says, *requirements_text(plan.repository, old.commit, new.commit, plan.case))
        return self._nothing(*says, by_flaky_check(limits, plan.options))

    def _nothing(self, *reasons: str) -> Bisection:
        return with_suspects(self._plan, self.result(Outcome.NOTHING_TO_BISECT), reasons)

    def _flips(self) -> tuple[str, ...]:
        """What is to be said where the verdicts that were seen do not change just once."""
        span, find = self._limits.span, self._limits.find
        if span.graph is None:
            return ()
        verdicts = self._checker.verdicts_of(span.graph.changing, self._searched_size)
        by_kind = {
            kind: [commit for commit, verdict in verdicts.items() if verdict == kind]
            for kind in (find.new, find.old)
        }
        pairs = contradictions(span.graph, by_kind[find.new], by_kind[find.old])
        says = account.flips(self._limits, pairs, self._plan.options)
        return (*says, by_flaky_check(self._limits, self._plan.options)) if says else ()

    def _base(self) -> str:
        limits = self._limits
        return self._plan.repository.git("merge-base", limits.old, limits.new).decode().strip()

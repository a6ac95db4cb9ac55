"""Runs a sweep: the ends of the range first, then its code states, evenly spread."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.bisection.check_call import CheckPlan
from bisect_parity.bisection.check_pool import Ahead
from bisect_parity.bisection.checker import Checker
from bisect_parity.bisection.commit_summaries import commit_summaries
from bisect_parity.bisection.graph import RangeGraph
from bisect_parity.bisection.lacking import refuse_lacking
from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.moves import all_figures_of, failure_changes, moves_of
from bisect_parity.bisection.remaining import Remaining, remaining
from bisect_parity.bisection.skips import ENOUGH, refuse_common_fault, refuse_fault
from bisect_parity.bisection.span import Span
from bisect_parity.bisection.sweep import Flip, Sweep, flips_of, spread
from bisect_parity.bisection.workplace import workplace
from bisect_parity.config import Thresholds
from bisect_parity.history.submodules import has_submodules, moves_between
from bisect_parity.history.subtrees import subtree_moves
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from bisect_parity.history.code_state import CodeStates

ENDS = 2  # they are checked first


@frozen(kw_only=True)
class SweepPlan(CheckPlan):
    """All that a sweep needs to know before it starts.

    Attributes:
        span: the range.
        budget: how many code states are asked for at most; None: all.
    """

    span: Span
    budget: int | None = None


class SweepSession:
    """Runs a sweep; `result` gives what is known at any moment.

    Args:
        plan: what to do.
        tell: called with every verdict, and with what is left to do after it.
        watch: see `CheckPool`.
    """

    def __init__(
        self,
        plan: SweepPlan,
        tell: Callable[[Check, Remaining | None], None],
        watch: Callable[[Sequence[str]], None] = lambda _commits: None,
    ) -> None:
        self._plan = plan
        self._watch = watch
        self._tell = tell
        self._left = 0
        span = plan.span
        self._graph = span.graph or _chain(span, plan.code_states)
        self._order = self._places()
        self._checker = Checker(plan, self._report)

    def run(self) -> Sweep:
        """Check what the budget allows.

        Raises:
            CheckError: the check itself is at fault.
            BisectParityError: git or a folder fails.
        """
        with workplace(self._checker, self._plan, self._plan.span.old, self._watch) as pool:
            for number, commit in enumerate(self._order):
                self._left = len(self._order) - number - 1
                ahead = Ahead(functools.partial(self._after, number))
                check = pool.verdict(commit, Role.SWEEP, ahead)
                refuse_fault(check)
                if number < ENDS:
                    self._refuse_lacking(check)
                if number == ENOUGH - 1:
                    refuse_common_fault(self._checker.checks)
        return self.result()

    def result(self) -> Sweep:
        """The sweep as far as it came."""
        plan, span = self._plan, self._plan.span
        place = {commit: number for number, commit in enumerate((span.old, *self._graph.commits))}
        checks = sorted((*self._checker.checks, *self._checker.ahead), key=lambda check: place[check.commit])
        verdicts = {check.commit: check.verdict for check in checks if check.verdict in ("good", "bad")}
        reasons = {
            check.commit: check.reason if check.verdict == "bad" else ""
            for check in checks
            if check.commit in verdicts
        }
        figures = {check.commit: found for check in checks if (found := all_figures_of(check))}
        return Sweep(
            case=plan.case.name,
            size=plan.case.size,
            start=span.old,
            end=span.new,
            commits=span.count,
            code_states=len({self._graph.states[commit] for commit in (span.old, *self._graph.changing)}),
            checks=tuple(checks),
            flips=tuple(map(self._with_submodules, flips_of(self._graph, span.old, verdicts))),
            moves=tuple(moves_of(self._graph, span.old, figures, plan.case.thresholds or Thresholds())),
            failure_changes=tuple(failure_changes(self._graph, span.old, reasons)),
            thresholds=plan.thresholds,
            jobs=plan.jobs,
            facts=commit_summaries(
                plan.repository, [span.old, span.new, *(check.commit for check in checks)]
            ),
            is_complete=len(checks) == 1 + len(self._graph.changing),
            session=str(plan.folder.path),
        )

    def _with_submodules(self, flip: Flip) -> Flip:
        """The flip with the submodules and subtrees whose own commits may be to blame for it."""
        repository, holds = self._plan.repository, self._plan.code_states.holds
        if flip.untested:
            return flip
        moves = subtree_moves(repository, flip.after)
        if has_submodules(repository):
            moves += moves_between(repository, flip.before, flip.after)
        return evolve(flip, submodules=tuple(move.path for move in moves if holds(move.path)))

    def _places(self) -> list[str]:
        """What is asked for, in this order: a code state that was before is asked for again, at no cost."""
        row = [self._plan.span.old, *self._graph.changing]
        return [row[place] for place in spread(len(row), self._plan.budget)]

    def _after(self, number: int) -> Iterator[tuple[str, Role]]:
        """What is asked for after the commit in this place."""
        return ((commit, Role.SWEEP) for commit in itertools.islice(self._order, number + 1, None))

    def _refuse_lacking(self, check: Check) -> None:
        """Give up at an end that lacks the test: so do its neighbours."""
        plan, (start, end) = self._plan, (self._plan.span.old, self._plan.span.new)
        again = f"bisect-parity sweep {start[:SHORT]}..{end[:SHORT]} {plan.options}"
        refuse_lacking(plan.repository, plan.case, check, (start, end), again)

    def _report(self, check: Check) -> None:
        rounds = math.ceil(self._left / self._plan.jobs)
        self._tell(check, remaining(self._checker.checks, self._left, rounds))


def _chain(span: Span, code_states: CodeStates) -> RangeGraph:
    """The main line of a very large range as a graph."""
    row = (span.old, *span.main_line)
    return RangeGraph({commit: (before,) for before, commit in itertools.pairwise(row)}, code_states.of(row))

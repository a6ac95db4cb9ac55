"""A bisection by a flaky check: each check is an observation, until one commit is probable enough."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.bisection import account, ends_account, flaky_account
from bisect_parity.bisection.check_pool import CheckPool, checked_afresh
from bisect_parity.bisection.checker import Checker
from bisect_parity.bisection.commit_summaries import outside_code
from bisect_parity.bisection.descent import Descent, descent_of
from bisect_parity.bisection.flaky_answer import FlakyAnswer
from bisect_parity.bisection.hints import commits_of, prior_of
from bisect_parity.bisection.lacking import refuse_lacking
from bisect_parity.bisection.model import Check, Outcome, Role
from bisect_parity.bisection.remaining import Leading
from bisect_parity.bisection.skips import ENOUGH, refuse_common_fault, refuse_fault
from bisect_parity.bisection.span import LARGE
from bisect_parity.bisection.suspicion import Suspicion
from bisect_parity.bisection.tallies import tallies
from bisect_parity.bisection.tested_ends import TestedEnds
from bisect_parity.bisection.verdict_files import observed_checks
from bisect_parity.bisection.workplace import workplace
from bisect_parity.errors import CheckError, UsageError
from bisect_parity.history.worktree_pool import fresh_worktree
from bisect_parity.logs import logger
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.bisection.answer import Bisection
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.odds import FlakyTerms
    from bisect_parity.bisection.plan import Plan

END_CHECKS = 12  # that make an end an old one, on the way back to it, if none of them is new


def refuse_large(limits: SearchRange) -> None:
    """Stop where the graph of the range is too large to be weighed as a whole.

    Raises:
        UsageError: it is so.
    """
    if limits.span.graph is None:
        raise UsageError(
            f"{limits.span.count} commits lie between the ends: a flaky check searches up to {LARGE}",
            "Name ends closer together; bisect-parity sweep --max-checks N shows where verdicts change.",
        )


class FlakySession:
    """Runs a plan whose check is flaky; `result` gives what is known at any moment.

    Args:
        plan: what to do.
        terms: how far.
        tell: called with every check, and with what is known after it.
        watch: see `CheckPool`.
    """

    def __init__(
        self,
        plan: Plan,
        terms: FlakyTerms,
        tell: Callable[[Check, Leading | None], None],
        watch: Callable[[Sequence[str]], None] = lambda _commits: None,
    ) -> None:
        self._watch = watch
        self._plan = evolve(plan, case=evolve(plan.case, preload=()))  # a fork repeats what its parent drew
        self._terms = terms
        self._tell = tell
        self._ends = TestedEnds(plan.limits, plan.repository, plan.code_states, plan.large)
        self._earlier = observed_checks(plan.folder.path)
        self._descent: Descent | None = None  # once the range is known
        self._chances: tuple[float, ...] | None = None  # before any check
        self._suspicion: Suspicion | None = None
        self._checker = Checker(self._plan, self._report, is_flaky=True)
        self._checker.size = plan.size

    @property
    def _limits(self) -> SearchRange:
        return self._ends.limits

    @property
    def _checks(self) -> list[Check]:
        return [*self._earlier, *self._checker.checks]

    def run(self) -> Bisection:
        """Run the whole session.

        Raises:
            BisectParityError: git or a folder fails; a commit that cannot be tested, or a check that is at
                fault, is no error.
        """
        plan, limits = self._plan, self._limits
        if limits.is_one_state:
            outside = outside_code(plan.repository, limits.good, limits.bad, plan.code_states)
            return self._answer.nothing(account.same_code(limits, outside))
        try:
            with workplace(self._checker, plan, limits.new, self._watch) as pool:
                return self._run(pool)
        except CheckError as error:
            return self.result(Outcome.INCONCLUSIVE, f"The session was stopped: {error}")

    def _run(self, pool: CheckPool) -> Bisection:
        ask = functools.partial(self._settled, pool)
        if self._limits.is_open and not self._ends.walk_back(ask):
            return self.result(Outcome.INCONCLUSIVE, *ends_account.no_old_end(self._limits, self._checks))
        refuse_large(self._limits)
        bases = self._bases()
        limits, graph = self._limits, self._limits.span.graph
        if graph is None or graph.source(limits.new) not in graph.parents:
            base = bases[0] if bases else limits.old
            return self.result(Outcome.INCONCLUSIVE, *ends_account.new_base(limits, base, self._plan.options))
        descent = self._descent = descent_of(graph, limits.old, limits.new, bases)
        self._chances = self._suspected(descent.candidates)
        checked = tallies(self._checks)
        ends = ((limits.old, Role.OLD_END), (limits.new, Role.NEW_END))
        self._observe(pool, [(end, role) for end, role in ends if end not in checked])
        return self._search(pool, descent)

    def _search(self, pool: CheckPool, descent: Descent) -> Bisection:
        """Check the most informative commits, until enough is known or the checks are used up."""
        limits, terms = self._limits, self._terms
        while True:
            seen = self._suspicion = self._suspicion or self._weighed(descent)
            is_sure = seen.probability >= terms.until
            if pool.running and (is_sure or max(seen.posterior.same, seen.falls) >= terms.until):
                # a search that ended without its slow checks would be biased if good ones are the slow ones
                self._take_in(pool.ended())
                continue
            if seen.posterior.same >= terms.until:
                return self._answer.nothing(flaky_account.same_rate(limits, seen, terms, self._plan.options))
            if seen.falls >= terms.until:
                return self.result(
                    Outcome.INCONCLUSIVE, *flaky_account.swapped(limits, seen, self._plan.options)
                )
            unproven = self._unproven(seen.leader) if is_sure else []
            if is_sure and not unproven:
                return self._answer.named(seen)
            left = terms.most_checks - len(self._checks)
            if left <= 0:
                return self._answer.unnamed(seen, is_spent=True)
            if unproven:
                self._prove(unproven[: min(left, self._plan.jobs)])
                continue
            self._begin(pool, seen, left)
            if not pool.running:
                return self._answer.unnamed(seen, is_spent=False)
            self._take_in(pool.ended())

    def _begin(self, pool: CheckPool, seen: Suspicion, left: int) -> None:
        """Begin the most informative checks beside those that run, within the number that is left."""
        if seen.is_hidden():
            return
        while pool.room > 0 and len(pool.running) < left:
            commit = seen.question(pool.running)
            if commit is None:
                return
            pool.begin(commit, Role.SEARCH)

    def _weighed(self, descent: Descent) -> Suspicion:
        """What all checks so far say."""
        return Suspicion(descent, self._limits.find, self._terms, tallies(self._checks), self._chances)

    def _suspected(self, candidates: Sequence[str]) -> tuple[float, ...] | None:
        """The prior probability of each candidate, by what the user suspects."""
        if not self._terms.suspects:
            return None
        repository = self._plan.repository
        meant = [(hint, commits_of(repository, hint, candidates)) for hint in self._terms.suspects]
        for hint, commits in meant:
            many = counted(len(commits), "commit") if commits else "none"
            logger().info(f"--suspect {hint.pattern}: {many} of the {len(candidates)} candidates")
        return prior_of(candidates, meant)

    def _settled(self, pool: CheckPool, commit: str, role: Role) -> Check:
        """The check that shows what an end is: one that is new, or the last of many that are not."""
        while True:
            own = [check for check in self._checks if check.commit == commit]
            decisive = [check for check in own if check.verdict in (self._limits.find.new, "skip")]
            if decisive or len(own) >= END_CHECKS:
                return (decisive or own)[-1]
            room = min(self._plan.jobs, END_CHECKS - len(own))
            self._observe(pool, [(commit, role)] * room)

    def _observe(self, pool: CheckPool, wanted: Sequence[tuple[str, Role]]) -> None:
        for check in pool.observe(wanted):
            self._take_in(check)

    def _prove(self, commits: Sequence[str]) -> None:
        """Check commits in worktrees that nothing was built in before."""
        plan = self._plan
        opened = functools.partial(fresh_worktree, plan.repository, is_needed=plan.code_states.holds)
        for check in checked_afresh(self._checker, commits, Role.PROOF, opened):
            self._take_in(check)

    def _take_in(self, check: Check) -> None:
        refuse_fault(check)
        if check.role in (Role.OLD_END, Role.NEW_END):
            plan, ends = self._plan, (self._limits.old, self._limits.new)
            refuse_lacking(plan.repository, plan.case, check, ends, plan.question)
        checks, seen = self._checks, self._suspicion
        if seen is not None and check.verdict == "skip" and seen.is_given_up(check.commit):
            logger().warning(
                f"{check.commit[:SHORT]} cannot be tested ({check.reason}): if it changed the rate, it will"
                " be named as one of a few commits"
            )
        if all(one.verdict == "skip" for one in checks) and len({c.code_state for c in checks}) >= ENOUGH:
            refuse_common_fault(checks)

    def _unproven(self, commit: str) -> list[str]:
        """The commit and its parents, as far as they were not checked in a new worktree."""
        proven = {check.commit for check in self._checks if check.role is Role.PROOF}
        parents = self._limits.span.own_parents(commit, self._plan.repository.parents(commit))
        return [one for one in (commit, *parents) if one not in proven]

    def _bases(self) -> list[str]:
        """The common ancestors of the ends that the change may come before: none where the old end is one."""
        plan, limits = self._plan, self._limits
        words = ("merge-base", "--all", limits.old, limits.new)
        found = plan.repository.git(*words).decode("ascii").split()
        states = plan.code_states.of([limits.old, *found])
        return [base for base in found if states[base] != states[limits.old]]

    @property
    def _answer(self) -> FlakyAnswer:
        """What the checks so far say."""
        return FlakyAnswer(self._plan, self._limits, self._terms, tuple(self._checks), self._suspicion)

    def result(self, outcome: Outcome, *says: str) -> Bisection:
        """The bisection as far as it came."""
        return self._answer.result(outcome, *says)

    def _report(self, check: Check) -> None:
        leading = None
        if self._descent is not None:
            seen = self._suspicion = self._weighed(self._descent)
            leading = Leading(seen.leader, seen.probability, len(self._checks), self._terms.most_checks)
        self._tell(check, leading)

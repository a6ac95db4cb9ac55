"""What a bisection by a flaky check answers: a commit, the few that are left, or that none is to blame."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.bisection import ends_account, flaky_account
from bisect_parity.bisection.answer_parts import Proof
from bisect_parity.bisection.commit_summaries import change_of, commit_summaries, with_files
from bisect_parity.bisection.ends import SearchRange
from bisect_parity.bisection.model import Check, Outcome, Role
from bisect_parity.bisection.odds import CommitOdds, FlakyTerms, Odds
from bisect_parity.bisection.outline import outline, with_answer, with_suspects
from bisect_parity.bisection.plan import Plan
from bisect_parity.bisection.suspicion import Suspicion
from bisect_parity.bisection.tallies import Tally, tallies

if TYPE_CHECKING:
    from bisect_parity.bisection.answer import Bisection


@frozen
class FlakyAnswer:
    """The answer at one moment.

    Attributes:
        plan, terms: what was asked.
        limits: the range, as far as it is known.
        checks: all that were made.
        suspicion: what they say; None before the range is known.
    """

    plan: Plan
    limits: SearchRange
    terms: FlakyTerms
    checks: Sequence[Check]
    suspicion: Suspicion | None

    def named(self, suspicion: Suspicion) -> Bisection:
        """The answer, classed by how far the commit and its parents bear it out."""
        plan, limits, commit = self.plan, self.limits, suspicion.leader
        if commit not in limits.order:
            return self.result(Outcome.INCONCLUSIVE, *ends_account.new_base(limits, commit, plan.options))
        repository = plan.repository
        facts = with_files(repository, commit_summaries(repository, [commit])[commit], plan.code_states)
        apart = suspicion.apart(commit, facts.parents)
        says = [flaky_account.guilty(commit, suspicion.probability, suspicion.rates(commit))]
        doubts = flaky_account.seldom_checked(limits.find, commit, facts.parents, suspicion.tallies)
        doubts += filter(
            None, [flaky_account.strange(suspicion.strange(commit), suspicion.tallies, plan.options)]
        )
        outcome = Outcome.LIKELY if doubts else Outcome.CONFIRMED
        if apart is not None and apart < 1 / 2:
            outcome, doubts = Outcome.REFUTED, [flaky_account.not_apart(commit, apart), *doubts]
        change = None
        if outcome is not Outcome.REFUTED:
            change = change_of(repository, facts, limits.new, plan.code_states)
        result = with_answer(plan, self.result(outcome, *says, *doubts), facts, change)
        proven = [c for c in self.checks if c.role is Role.PROOF and c.commit in (commit, *facts.parents)]
        odds = None if result.flaky is None else evolve(result.flaky, apart=apart)
        proof = Proof(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", tuple(proven))
        return evolve(result, proof=proof, flaky=odds)

    def unnamed(self, suspicion: Suspicion, *, is_spent: bool) -> Bisection:
        """The few commits that are left, where none is probable enough."""
        held, odds = suspicion.held(), suspicion.probabilities()
        mass = sum(odds[commit] for commit in held)
        if is_spent:
            says = flaky_account.out_of_checks(self.terms, self.plan.again, held, mass)
        else:
            hidden = [c for c in held if c in suspicion.tallies and not suspicion.tallies[c].decided]
            says = flaky_account.nothing_tells_more(held, mass, hidden)
        result = self.result(Outcome.INCONCLUSIVE, *says)
        facts = result.facts | commit_summaries(self.plan.repository, held)
        return evolve(result, candidates=tuple(held), facts=facts)

    def result(self, outcome: Outcome, *says: str) -> Bisection:
        """The bisection as far as it came."""
        plan = self.plan
        notes = (
            *ends_account.bundle_ends(plan.bundles, self.limits.order),
            flaky_account.of_size(plan.size, plan.case.size),
        )
        result = outline(plan, self.limits, self.checks, plan.size, outcome, (*says, *notes))
        if self.suspicion is None:
            return result
        odds = self._odds(self.suspicion)
        facts = result.facts | commit_summaries(plan.repository, [one.commit for one in odds.commits])
        return evolve(result, flaky=odds, facts=facts)

    def _odds(self, suspicion: Suspicion) -> Odds:
        counts, chances = tallies(self.checks), suspicion.probabilities()
        wanted = {*counts, *suspicion.held()}
        order = dict.fromkeys((*self.limits.order, *counts))  # what lies outside of the range comes last
        return Odds(
            terms=self.terms,
            probability=suspicion.probability,
            same=suspicion.posterior.same,
            swapped=suspicion.falls,
            rates=suspicion.rates(suspicion.leader),
            apart=None,
            commits=tuple(
                CommitOdds(commit, counts.get(commit, Tally()), chances.get(commit))
                for commit in order
                if commit in wanted
            ),
        )

    def nothing(self, reasons: Sequence[str]) -> Bisection:
        """That no commit is to blame, for these reasons, and what else may be."""
        return with_suspects(self.plan, self.result(Outcome.NOTHING_TO_BISECT), reasons)

"""The last stage of a bisection: the answer is checked again, and the end is tested without it."""

from __future__ import annotations

import contextlib

from attrs import frozen

from bisect_parity.bisection import account
from bisect_parity.bisection.answer_account import answer_account, varied
from bisect_parity.bisection.answer_parts import Proof, Revert
from bisect_parity.bisection.checker import Checker
from bisect_parity.bisection.commit_summaries import (
    change_of,
    commit_summaries,
    outside_code,
    reverts_of,
    with_files,
)
from bisect_parity.bisection.ends import SearchRange
from bisect_parity.bisection.flaky_account import by_flaky_check
from bisect_parity.bisection.model import Find, Outcome
from bisect_parity.bisection.plan import Plan
from bisect_parity.bisection.proof import Prover, is_within_bound
from bisect_parity.history.commit_summary import CommitChange, CommitSummary


@frozen
class ProvenAnswer:
    """An answer after its proof.

    Attributes:
        outcome: how far it can be trusted.
        says: why, a sentence an item.
        facts: of the commit.
        change: what it changes; None where it was refuted, or could not be tested.
        proof: the second checks.
        revert: the end without it; None where that was not asked.
    """

    outcome: Outcome
    says: list[str]
    facts: CommitSummary
    change: CommitChange | None
    proof: Proof
    revert: Revert | None


@frozen
class AnswerProof:
    """Proves the answer of a search.

    Attributes:
        plan: of the session.
        limits: the range that was searched.
        checker: runs the checks, at the case's own size.
    """

    plan: Plan
    limits: SearchRange
    checker: Checker

    def run(self, first: str, end: str, searched_size: int) -> ProvenAnswer:
        """Check the answer and its parents again, in a worktree that nothing was built in before.

        Args:
            first: full id of the answer.
            end: full id of the new end as it was tested.
            searched_size: detector width in pixels of the search; the proof is made at the case's own.

        Raises:
            CheckError, BisectParityError: as `Checker.run`.
        """
        plan, find = self.plan, self.limits.find
        repository, code_states = plan.repository, plan.code_states
        facts = with_files(repository, commit_summaries(repository, [first])[first], code_states)
        prover = Prover(repository, code_states, self.checker, find, plan.jobs)
        parents = self.limits.span.own_parents(first, facts.parents)
        can_revert = first != end and bool(facts.parents)
        revert = change = None
        with contextlib.ExitStack() as scope:
            is_ahead = can_revert and plan.jobs > 1 and self._may_test_revert(1 + len(parents))
            undone = scope.enter_context(prover.taken_back(first, end)) if is_ahead else None
            outcome, says, proof = prover.prove(first, parents, is_new=plan.is_reproof, beside=undone)
            if outcome is Outcome.REFUTED and searched_size != self.checker.size:
                says.append(f"Size {searched_size} misled the search: search again without --size.")
            elif outcome is Outcome.REFUTED:
                says += self._outside_of(proof) or account.kept_products(plan.case)
                says += [] if plan.case.keep else [by_flaky_check(self.limits, plan.options)]
            if outcome in (Outcome.CONFIRMED, Outcome.LIKELY):
                change = change_of(repository, facts, end, code_states)
                if can_revert:
                    undone = undone or scope.enter_context(prover.taken_back(first, end))
                    revert = prover.revert(undone, is_asked=self._is_revert_asked(proof))
                    says.append(revert.says)
                says += answer_account(plan, facts, proof, self.checker.checks)
                says += varied(proof, self.checker.checks) or self._since(proof, end)
        return ProvenAnswer(outcome, says, facts, change, proof, revert)

    def _outside_of(self, proof: Proof) -> list[str]:
        """What differs outside of the code between two commits of one code state and two verdicts."""
        repository, states = self.plan.repository, self.plan.code_states
        says: list[str] = []
        for check in proof.checks:
            for known in self.checker.checks:
                if known.code_state == check.code_state and {known.verdict, check.verdict} == {"good", "bad"}:
                    found = outside_code(repository, known.commit, check.commit, states, with_usual=True)
                    says += account.same_state(check, known, found)
                    break
        return says

    def _since(self, proof: Proof, end: str) -> tuple[str, ...]:
        """What else happened between the answer and the end of the range."""
        answer = proof.checks[0]
        known = self.checker.checks
        at_end = next((check for check in known if check.commit == end), None)
        if at_end is None or self.limits.find is not Find.REGRESSION:
            return ()
        reverts = reverts_of(self.plan.repository, answer.commit, end)
        said = [check.reason for check in known if check.commit == answer.commit]
        is_repeatable = said.count(answer.reason) > 1  # the proof is one of them
        plan = self.plan
        return account.since_then(
            answer,
            at_end,
            reverts,
            plan.options,
            call_options=plan.call_options,
            is_repeatable=is_repeatable,
        )

    def _is_revert_asked(self, proof: Proof) -> bool:
        """Whether to spend a check on the end without the answer.

        The same question again runs no check, also where the first session had none to spare.
        """
        is_again = self.plan.is_revert_asked is None and proof.is_recorded
        return not is_again and self._may_test_revert(0)

    def _may_test_revert(self, further: int) -> bool:
        """Whether the end without the answer may be tested after some further checks."""
        asked, states = self.plan.is_revert_asked, self.limits.span.state_count
        return is_within_bound(self.checker.checks, states, further) if asked is None else asked

"""The result of a session before its answer is known, and with the answer added to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.bisection import account
from bisect_parity.bisection.answer import Bisection
from bisect_parity.bisection.commit_summaries import commit_summaries, submodule_moves
from bisect_parity.bisection.figure_limit import figure_change
from bisect_parity.bisection.model import Find, Outcome
from bisect_parity.bisection.suspects import suspects
from bisect_parity.history.subtrees import subtree_moves
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.bisection.answer_parts import BundleEnd
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.model import Check
    from bisect_parity.bisection.plan import Plan
    from bisect_parity.history.commit_summary import CommitChange, CommitSummary
    from bisect_parity.history.repository import Repository

SURE = 0.95


def outline(
    plan: Plan,
    limits: SearchRange,
    checks: Sequence[Check],
    size: int,
    outcome: Outcome,
    says: Iterable[str],
) -> Bisection:
    """The bisection as far as it came.

    Args:
        plan: of the search.
        limits: the range; where its old end was open, with the end that was found.
        checks: all so far.
        size: of the search.
        outcome: how far it can be trusted.
        says: why.
    """
    tested = [limits.good, limits.bad, *(check.commit for check in checks)]
    return Bisection(
        outcome=outcome,
        find=limits.find,
        case=plan.case.name,
        bundles=plan.bundles,
        size=size,
        case_size=plan.case.size,
        thresholds=plan.thresholds,
        jobs=plan.jobs,
        good=limits.good,
        bad=limits.bad,
        commits=limits.span.count,
        code_states=limits.span.state_count,
        says=tuple(text for text in (*says, *account.other_thresholds(plan.thresholds)) if text),
        checks=tuple(checks),
        order=() if limits.span.graph is None else limits.span.graph.commits,
        facts=commit_summaries(plan.repository, tested),
        session=str(plan.folder.path),
        settings_sha256=plan.folder.digest,
        settings_frozen=plan.folder.created,
    )


def with_answer(
    plan: Plan, result: Bisection, facts: CommitSummary, change: CommitChange | None
) -> Bisection:
    """The bisection with the commit that was looked for.

    Args:
        plan: of the search.
        result: without it.
        facts: of the commit, with its files.
        change: what it changes, where that is known.
    """
    summaries = commit_summaries(plan.repository, facts.parents) | {facts.commit: facts}
    to_go_on = plan.go_on_inside if result.flaky is None else account.NOT_INSIDE
    submodules, subtrees = (
        submodule_moves(plan.repository, facts),
        subtree_moves(plan.repository, facts.commit),
    )
    moves = account.moved_histories(submodules, subtrees, to_go_on)
    is_found = result.flaky is None and result.outcome in (Outcome.CONFIRMED, Outcome.LIKELY)
    parts = account.many_files(facts, plan.options) if is_found else ()
    figures = figure_change(result.checks, facts.commit, facts.parents)
    why = explained(plan.repository, plan.bundles, result.find, facts.commit)
    says = (*result.says, *figures, *moves, *parts, *why)
    return evolve(result, first=facts.commit, change=change, facts=result.facts | summaries, says=says)


def explained(
    repository: Repository, bundles: Sequence[BundleEnd], find: Find, answer: str
) -> tuple[str, ...]:
    """How probable it is that each bundle was made on its side of the answer, where that is not sure.

    Args:
        repository: of the search.
        bundles: that ends were named by.
        find: what was looked for.
        answer: full id of the commit that was found.
    """
    after = "bad" if find is Find.REGRESSION else "good"

    def fits(bundle: BundleEnd, commit: str) -> bool:
        is_after = repository.git_result("merge-base", "--is-ancestor", answer, commit).status == 0
        return is_after == (bundle.end == after)

    sure = math.prod(
        bundle.probability + sum(chance for commit, chance in bundle.others.items() if fits(bundle, commit))
        for bundle in bundles
    )
    return (f"The answer explains these bundles with a probability of {sure:.2f}.",) if sure < SURE else ()


def with_suspects(plan: Plan, result: Bisection, reasons: Iterable[str]) -> Bisection:
    """The bisection in which no commit is to blame, and where else to look."""
    found = suspects(plan.repository, plan.code_states, plan.case.bring)
    says = account.nothing(reasons, found, f"--at {plan.limits.bad[:SHORT]} {plan.options}")
    return evolve(result, suspects=found, says=(*says, *result.says))

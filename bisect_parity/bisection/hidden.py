"""What to do where commits that cannot be tested hide the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.bisection import account
from bisect_parity.bisection.lacking import bringing_text
from bisect_parity.history.complaints import fetch_text
from bisect_parity.parity.failure_kinds import rule_of
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.model import Check, Find
    from bisect_parity.bisection.plan import Plan
    from bisect_parity.history.repository import Repository


def hidden_text(
    plan: Plan, limits: SearchRange, candidates: Sequence[str], checks: Sequence[Check]
) -> tuple[str, ...]:
    """Which commits are left, why they cannot be tested, and how to go on.

    Args:
        plan: of the search.
        limits: of it.
        candidates: the commits that are left, ancestors first.
        checks: that were made.
    """
    skips = {check.commit: check.reason for check in checks if check.verdict == "skip"}
    reasons = [skips[commit] for commit in candidates if commit in skips]
    says = account.hidden(limits.find, candidates, reasons)
    return (*says, *sought_text(plan, limits, checks), *_lines_text(plan, limits, candidates, checks))


def narrowed_text(repository: Repository, find: Find, checks: Sequence[Check]) -> tuple[str, ...]:
    """Between which commits the change lies as far as a search came; empty where both ends are not known.

    Args:
        repository: where the commits are.
        find: what is looked for.
        checks: that were made, in order.

    Raises:
        RepositoryError: git cannot list the commits.
    """
    new, old = ([c.commit for c in checks if c.verdict == kind] for kind in (find.new, find.old))
    if not new or not old:
        return ()
    last = new[-1]
    left = repository.git("rev-list", last, *(f"^{commit}" for commit in dict.fromkeys(old))).decode().split()
    skips = {check.commit for check in checks if check.verdict == "skip"}
    skipped = sum(commit in skips for commit in left)
    if not left:
        return ()
    untestable = f", {skipped} of which could not be tested" if skipped else ""
    ends = f"{last[:SHORT]} is {find.new} and {old[-1][:SHORT]} {find.old}"
    return (f"So far: {ends}; the change is one of {counted(len(left), 'commit')}{untestable}.",)


def sought_text(plan: Plan, limits: SearchRange, checks: Sequence[Check]) -> tuple[str, ...]:
    """What to do about commits that cannot be tested: get what they lack, or look for their failure."""
    skips = [check for check in checks if check.verdict == "skip"]
    fetches = dict.fromkeys(filter(None, (fetch_text(check.reason) for check in skips)))
    if fetches:
        return tuple(fetches)
    unimportable = next((check for check in skips if rule_of(check.reason) == "import"), None)
    if unimportable is not None:
        ends = (limits.new, limits.old)
        lacks = bringing_text(plan.repository, plan.case, unimportable.commit, ends, plan.question)
        if lacks:
            return lacks
    return account.sought_failure((check.reason for check in skips), plan.case.name, plan.question)


def _lines_text(
    plan: Plan, limits: SearchRange, candidates: Sequence[str], checks: Sequence[Check]
) -> tuple[str, ...]:
    """How to find the lines that are to blame between the last old commit and the first new one."""
    verdicts = {check.commit: check.verdict for check in checks}
    new = next((commit for commit in candidates if verdicts.get(commit) == limits.find.new), limits.new)
    old = [commit for commit in limits.order if verdicts.get(commit) == limits.find.old]
    is_before = ("merge-base", "--is-ancestor")
    last = next(
        (c for c in reversed(old) if plan.repository.git_result(*is_before, c, new).status == 0), None
    )
    return () if last is None else (account.hidden_lines(last, new, plan.options),)

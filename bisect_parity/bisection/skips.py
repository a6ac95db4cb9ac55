"""Commits that could not be tested: for one reason, which is the check's, or in ranges by reason. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.errors import CheckError
from bisect_parity.history.complaints import fetch_text
from bisect_parity.parity.failure_kinds import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.bisection.model import Check

ENOUGH = 5  # both ends of a range, its middle and its quarters
# what differs where one fault is told twice: scratch folders, ids of objects, and the line where it stands
_DETAIL = re.compile(r"/[^\s:'\"]+|\b[0-9a-f]{40,64}\b|(?<=:)\d+\b|(?<=\bline )\d+")


@frozen
class SkipRange:
    """Commits that could not be tested for one reason, with none between them that could.

    Attributes:
        first, last: full ids, ancestors first.
        tried: how many of them were tried.
        reason: in words, as it was given for the first of them.
        step: of the check, such as "prepare"; None where it is not known.
    """

    first: str
    last: str
    tried: int
    reason: str
    step: str | None


def refuse_fault(check: Check) -> None:
    """Stop where the check itself is at fault.

    Raises:
        CheckError: it is so.
    """
    if check.verdict == "abort":
        raise CheckError(f"the check is at fault at {check.commit}: {check.reason}")


def refuse_missing_content(checks: Sequence[Check], again: str) -> None:
    """Give up where one commit after the other lacks content that one command gets.

    Args:
        checks: that were asked, in order.
        again: the command that goes on with the search.

    Raises:
        CheckError: it is so.
    """
    last = list(checks[-ENOUGH:])
    ways = {fetch_text(check.reason) if check.verdict == "skip" else "" for check in last}
    if len({check.code_state for check in last}) >= ENOUGH and len(ways) == 1 and (way := ways.pop()):
        reason = f"{ENOUGH} commits in a row cannot be tested: {last[-1].reason}"
        raise CheckError(reason, f"{way}; to go on then, or without it: {again}")


def refuse_common_fault(checks: Sequence[Check]) -> None:
    """Give up where commits that are far apart cannot be tested for one reason: the fault is hardly theirs.

    Args:
        checks: of both ends of a range, and of commits between them.

    Raises:
        CheckError: it is so.
    """
    reasons = {_kind(check) for check in checks if check.verdict == "skip"}
    is_common = len(reasons) == 1 and all(check.verdict == "skip" for check in checks)
    if is_common and len({check.code_state for check in checks}) >= ENOUGH:
        is_slow = rule_of(checks[0].reason) == "timeout"
        needs = "give it more time (`timeout`)" if is_slow else "install what it needs"
        raise CheckError(
            f"neither end can be tested, nor commits between them, for the same reason: {checks[0].reason}",
            f"The check is at fault, not the commits: correct its case or its test, or {needs}.",
        )


def skip_ranges(checks: Iterable[Check], order: Sequence[str]) -> list[SkipRange]:
    """The ranges of commits that could not be tested.

    Args:
        checks: all that was asked.
        order: the commits of the range, parents before children.
    """
    place = {commit: number for number, commit in enumerate(order)}
    latest = {check.commit: check for check in checks}
    found: list[SkipRange] = []
    kind: tuple[str | None, str] = (None, "")
    is_open = False  # whether the last range may go on
    for check in sorted(latest.values(), key=lambda check: place.get(check.commit, -1)):
        if check.verdict != "skip":
            is_open = False
            continue
        last = found[-1] if found and is_open else None
        if last is not None and kind == _kind(check):
            found[-1] = evolve(last, last=check.commit, tried=last.tried + 1)
        else:
            found.append(SkipRange(check.commit, check.commit, 1, check.reason, check.step))
        is_open, kind = True, _kind(check)
    return found


def _kind(check: Check) -> tuple[str | None, str]:
    """What is equal in two checks that could not be made for one reason."""
    return check.step, fetch_text(check.reason) or _DETAIL.sub("", check.reason)

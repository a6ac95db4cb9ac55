"""Commits that could not be tested: for one reason, which is the check's, or in ranges by reason. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.bisection.model import Check

ENOUGH = 5  # both ends of a range, its middle and its quarters
_PATH = re.compile(r"/[^\s:'\"]+")  # scratch folders have another name in each check


@frozen
class SkipRange:
    """Commits that could not be tested for one reason, with none between them that could.

    Attributes:
        first, last: full ids, ancestors first.
        tried: how many of them were tried.
        reason: in words.
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


def refuse_common_fault(checks: Sequence[Check]) -> None:
    """Give up where commits that are far apart cannot be tested for one reason: the fault is hardly theirs.

    Args:
        checks: of both ends of a range, and of commits between them.

    Raises:
        CheckError: it is so.
    """
    reasons = {(check.step, _PATH.sub("/", check.reason)) for check in checks if check.verdict == "skip"}
    is_common = len(reasons) == 1 and all(check.verdict == "skip" for check in checks)
    if is_common and len({check.code_state for check in checks}) >= ENOUGH:
        raise CheckError(
            f"neither end can be tested, nor commits between them, for the same reason: {checks[0].reason}",
            "The check is at fault, not the commits: correct its case or its test, or install what it needs.",
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
    is_open = False  # whether the last range may go on
    for check in sorted(latest.values(), key=lambda check: place.get(check.commit, -1)):
        if check.verdict != "skip":
            is_open = False
            continue
        last = found[-1] if found and is_open else None
        if last is not None and (last.reason, last.step) == (check.reason, check.step):
            found[-1] = SkipRange(last.first, check.commit, last.tried + 1, last.reason, last.step)
        else:
            found.append(SkipRange(check.commit, check.commit, 1, check.reason, check.step))
        is_open = True
    return found

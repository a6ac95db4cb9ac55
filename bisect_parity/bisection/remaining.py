"""What is left to do, from what was done. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.bisection.model import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.model import Check

__all__ = ["Remaining", "remaining"]

STEP_ROLES = (Role.SEARCH, Role.SWEEP)


@frozen
class Remaining:
    """What is left to do.

    Attributes:
        steps: that are left in the worse case, not counting the proof.
        seconds: least and greatest time for all that is left, from what checks took so far; None where
            none was run yet.
        step_seconds: mean time of a check so far.
        done: steps that were made.
    """

    steps: int
    seconds: tuple[float, float] | None
    step_seconds: float | None
    done: int


def remaining(checks: Sequence[Check], steps: int, to_run: int) -> Remaining:
    """What is left.

    Args:
        checks: all so far, at one size.
        steps: that are left.
        to_run: checks that are left, the proof included.
    """
    spent = [check.seconds for check in checks if check.is_full()]
    done = sum(check.role in STEP_ROLES for check in checks)
    if not spent:
        return Remaining(steps, None, None, done)
    return Remaining(steps, (min(spent) * to_run, max(spent) * to_run), sum(spent) / len(spent), done)

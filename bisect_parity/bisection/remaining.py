"""How many steps and seconds a search has left, from the checks so far. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.bisection.model import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.bisection.model import Check

STEP_ROLES = (Role.SEARCH, Role.SWEEP)


@frozen
class Remaining:
    """What is left to do.

    Attributes:
        steps: that are left in the worse case, not counting the proof.
        seconds: least and greatest time for the steps that are left, from what checks took so far; None
            where none was run yet. The proof is made in new processes, whose time is not known before.
        step_seconds: mean time of a check so far.
        done: steps that were made.
        untestable: how many commits in a row, the last of all, could not be tested; they are no steps.
    """

    steps: int
    seconds: tuple[float, float] | None
    step_seconds: float | None
    done: int
    untestable: int = 0


@frozen
class Leading:
    """Where a search by a flaky check stands.

    Attributes:
        commit: full id of the candidate that is most probable.
        probability: of it.
        done, most: checks that were made, and that may be made.
    """

    commit: str
    probability: float
    done: int
    most: int


def remaining(checks: Sequence[Check], steps: int, rounds: int | None = None) -> Remaining:
    """What is left.

    Args:
        checks: all so far, at one size.
        steps: that are left.
        rounds: how many checks one after the other they take; None: as many as there are steps.
    """
    rounds = steps if rounds is None else rounds
    spent = [check.seconds for check in checks if check.is_full()]
    done = sum(check.role in STEP_ROLES for check in checks)
    searched = (check.verdict == "skip" for check in reversed(checks) if check.role is Role.SEARCH)
    untestable = sum(1 for _ in itertools.takewhile(bool, searched))
    if not spent:
        return Remaining(steps, None, None, done, untestable)
    seconds = (min(spent) * rounds, max(spent) * rounds)
    return Remaining(steps, seconds, sum(spent) / len(spent), done, untestable)

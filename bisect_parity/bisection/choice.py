"""Which commit of a walk is best tested next. Pure."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set

    from bisect_parity.bisection.graph import Walk

NEAREST = 64  # commits to the middle whose code states are counted


def choose(walk: Walk, known: Set[str] = frozenset()) -> str | None:
    """The commit to test next; None where no further test would help.

    It is the one that leaves the fewest candidates in the worse case. One whose verdict is known already
    goes first: it costs no check, and at most one step more, since every step leaves fewer candidates. Near
    commits that cannot be tested, others often cannot be tested either: with k of them, a commit d candidates
    away from the nearest is taken to be testable with probability d / (d + k), and the test that tells most
    on average is chosen.
    """
    total = len(walk)
    behind = {commit: walk.behind(commit) for commit in walk.questions()}
    if not behind:
        return None

    def off(commit: str) -> int:
        return max(behind[commit], total - behind[commit])

    free = [commit for commit in behind if commit in known]
    if free:
        return min(free, key=off)
    hurdles = [walk.behind(commit) for commit in walk.skipped if commit in walk]
    if not hurdles:
        return min(heapq.nsmallest(NEAREST, behind, key=off), key=walk.worst)

    def value(commit: str) -> float:
        distance = min(abs(behind[commit] - hurdle) for hurdle in hurdles)
        return (distance + 0.5) / (distance + len(hurdles)) * _entropy(behind[commit] / total)

    return max(behind, key=value)


def _entropy(share: float) -> float:
    return -sum(p * math.log2(p) for p in (share, 1 - share) if p > 0)

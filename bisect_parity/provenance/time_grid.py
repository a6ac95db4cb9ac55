"""The start times of a run to integrate over: dense where something is stated. Pure."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.provenance.clock import BROAD_SECONDS, DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = 18  # on each side of a stated time
LONGEST_STEP = 1e5
CLOSE_SECONDS = 2.0  # times that need no grid of their own
_AROUND_LATEST = np.concatenate(
    [-np.geomspace(1, BROAD_SECONDS, 2 * STEPS), np.geomspace(1, DAY, STEPS // 2)]
)


def grid(
    centres: Sequence[float], minor: Sequence[float], latest: Sequence[float], boundaries: np.ndarray
) -> np.ndarray:
    """Start times to integrate over.

    Args:
        centres: POSIX seconds around which it is dense.
        minor: where it is less dense.
        latest: each time before which it is logarithmic.
        boundaries: to be among them; shape (k,).

    Returns:
        sorted POSIX seconds, shape (n,).
    """
    parts = [boundaries, *(time + _AROUND_LATEST for time in latest)]
    done: list[float] = []
    for places, count in ((centres, STEPS), (minor, STEPS // 3)):
        for place in places:
            if all(abs(place - other) > CLOSE_SECONDS for other in done):
                done.append(place)
                parts.append(place + _around(count))
    return distinct(np.concatenate(parts))


@functools.cache
def _around(count: int) -> np.ndarray:
    """Seconds from a stated time, `count` before and `count` after it."""
    steps = np.sinh(np.linspace(0, math.asinh(LONGEST_STEP), count))
    return np.concatenate([-steps[::-1], steps])


def distinct(values: np.ndarray) -> np.ndarray:
    """The different values, ascending; shape (n,)."""
    ordered: np.ndarray = np.sort(values)
    found: np.ndarray = ordered[changes(ordered)]
    return found


def changes(values: np.ndarray) -> np.ndarray:
    """Whether each value differs from the one before it; shape (n,)."""
    found = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found

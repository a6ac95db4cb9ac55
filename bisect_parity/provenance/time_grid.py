"""The start times of a run to integrate over: dense where something is stated. Pure."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.provenance.clock import BROAD_SECONDS, DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["grid"]

STEPS = 18  # on each side of a stated time
LONGEST_STEP = 1e5
CLOSE_SECONDS = 2.0  # times that need no grid of their own
_BEFORE, _AFTER = np.geomspace(1, BROAD_SECONDS, 2 * STEPS), np.geomspace(1, DAY, STEPS // 2)


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
    parts = [boundaries, *(part for time in latest for part in (time - _BEFORE, time + _AFTER))]
    done: list[float] = []
    for places, count in ((centres, STEPS), (minor, STEPS // 3)):
        for place in places:
            if all(abs(place - other) > CLOSE_SECONDS for other in done):
                done.append(place)
                parts.append(place + _around(count))
    return np.unique(np.concatenate(parts))


@functools.cache
def _around(count: int) -> np.ndarray:
    """Seconds from a stated time, `count` before and `count` after it."""
    steps = np.sinh(np.linspace(0, math.asinh(LONGEST_STEP), count))
    return np.concatenate([-steps[::-1], steps])

"""When runs begin, before anything is stated: after a checkout, and before the commit that adds the bundle.

Pure computation: POSIX seconds in, densities out; numpy arrays, float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.provenance.clock import duration_density

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.parameters import Delay, Recency

__all__ = [
    "BEGINNINGS",
    "DELAYS",
    "Arrival",
    "arrival_densities",
    "begin_rates",
    "delay_densities",
    "late_share",
]

DELAYS = ("at once", "next", "soon", "late")
BEGINNINGS = ("at once", "soon", "at any time")


def delay_densities(delays: np.ndarray, quiet: float, delay: Delay) -> np.ndarray:
    """Densities of the time from the run to the commit that added its bundle, for each of `DELAYS`.

    Args:
        delays: seconds; shape (n,).
        quiet: seconds between the adding commit and its parent.
        delay: parameters; each kind is log-normal with a log-uniform tail, and exponential for negative
            delays. What came "at once" or "next" came before anything else was committed.

    Returns:
        shape (len(DELAYS), n).
    """
    positive = np.maximum(delays, 1.0)
    late = delay.negative / delay.negative_scale * np.exp(np.minimum(delays, 0) / delay.negative_scale)
    far = delay.far / (np.abs(delays) + delay.soon.longest)
    at_once, soon, later = (
        np.where(delays >= 0, (1 - delay.negative) * duration_density(positive, kind), late) + far
        for kind in (delay.at_once, delay.soon, delay.late)
    )
    is_last = (delays >= 0) & (delays <= quiet)
    return np.stack([at_once * is_last, soon * is_last, soon, later])


@frozen
class Arrival:
    """One time at which a bundle may have been committed.

    Attributes:
        time: POSIX seconds.
        quiet: seconds since the last commit before it.
        probability: that it was this one.
    """

    time: float
    quiet: float
    probability: float = 1.0


def arrival_densities(times: np.ndarray, arrivals: Sequence[Arrival], delay: Delay) -> np.ndarray:
    """`delay_densities` of start times (n,), where a bundle may have come in at one of several times."""
    found = np.zeros((len(DELAYS), len(times)))
    for each in arrivals:
        found += each.probability * delay_densities(each.time - times, each.quiet, delay)
    return found


def late_share(delays: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """How probable it is that a run was committed late.

    Args:
        delays: densities of `DELAYS`; shape (len(DELAYS), n).
        moments: as in `habits.Habits`.

    Returns:
        shape (n,).
    """
    weighted = moments.reshape(-1, len(DELAYS)).sum(axis=0)[:, None] * delays
    share: np.ndarray = weighted[-1] / np.maximum(weighted.sum(axis=0), 1e-300)
    return share


def begin_rates(ages: np.ndarray, recency: Recency) -> np.ndarray:
    """Relative rates of run starts by the age of the checkout, for each of `BEGINNINGS`.

    Args:
        ages: seconds; any shape.
        recency: parameters.

    Returns:
        shape (len(BEGINNINGS), *ages.shape); 1 / (1 + age / scale)^2, and 1 at any time.
    """
    close = [1 / np.square(1 + ages / scale) for scale in (recency.at_once, recency.soon)]
    return np.stack([*close, np.ones_like(ages)])

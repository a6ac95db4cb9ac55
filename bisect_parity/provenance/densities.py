"""Densities over the start of a run, from what was stated and when it was committed.

Pure computation: POSIX seconds in, densities out; numpy arrays, float64.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.provenance.clock import DELAYS, MEANINGS, MODES, readings
from bisect_parity.provenance.held import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.evidence.model import TimeStatement
    from bisect_parity.provenance.parameters import Delay, Durations, Parameters, Recency, Sides


def statement_densities(
    asked: Sequence[tuple[np.ndarray, TimeStatement, Sequence[int], float | None]], parameters: Parameters
) -> list[np.ndarray]:
    """Likelihoods of statements over start times; many of them cost little more than one.

    Args:
        asked: start times, POSIX seconds, of shape (n,); what was stated; zones as in `readings`; and how
            many seconds the run took, if that is stated.
        parameters: of the model.

    Returns:
        for each statement the densities per second for each mode and meaning that it can have, and 0 for
        those that it cannot have; shape (len(MODES), len(MEANINGS), n).
    """
    found = [np.zeros((len(MODES), len(MEANINGS), len(times))) for times, *_ in asked]
    meant = [
        (place, reading)
        for place, (_, statement, zones, _) in enumerate(asked)
        for reading in readings(statement, zones, parameters)
    ]
    grids = [asked[place][0] for place, _ in meant]
    begins = np.array([reading.seconds for _, reading in meant])
    widths = np.array([reading.width for _, reading in meant])
    took = np.array([np.nan if asked[place][3] is None else asked[place][3] for place, _ in meant])
    densities = _mode_densities(grids, begins, widths, took, parameters)
    alike = Counter((place, reading.meaning) for place, reading in meant)
    for (place, reading), of_one in zip(meant, densities, strict=True):
        found[place][:, reading.meaning] += of_one / alike[place, reading.meaning]
    return found


def _mode_densities(
    grids: Sequence[np.ndarray],
    begins: np.ndarray,
    widths: np.ndarray,
    took: np.ndarray,
    parameters: Parameters,
) -> list[np.ndarray]:
    """Densities of readings for each of `MODES`, each on a grid of its own; shapes (len(MODES), n).

    `took` is how long each run took, NaN where nothing says so.
    """
    if not grids:
        return []
    modes = parameters.modes
    sizes = [len(times) for times in grids]
    times, begin, width = np.concatenate(grids), begins.repeat(sizes), widths.repeat(sizes)
    late = begin + width - times
    error = np.minimum(late, 0.0) + np.maximum(begin - times, 0.0)  # stated - true
    spans = (modes.start, modes.near, modes.wide)
    start, near, wide = _two_piece_t(error, spans, width, modes.degrees)
    # what is stated is cut to whole seconds: a run began up to a width before or after
    (ended,) = _duration_densities(np.maximum(late, 1.0), (modes.end,))
    ended = ended * (late > 0)
    if not np.isnan(took).all():
        taken = took.repeat(sizes)
        (whole,) = _two_piece_t(error - taken, (modes.near,), width, modes.degrees)
        ended = np.where(np.isnan(taken), ended, modes.stated * whole + (1 - modes.stated) * ended)
    ended = np.where(width > 1, near, ended)
    return np.split(np.array([start, near, ended, wide]), np.cumsum(sizes)[:-1], axis=1)


def _two_piece_t(error: np.ndarray, spans: Sequence[Sides], width: np.ndarray, degrees: float) -> np.ndarray:
    """Student's t with one scale on each side of a flat top that is `width` seconds wide.

    `error` is stated - true: positive where the run began before; shape (n,). Shape (len(spans), n).
    """
    before, after = _span_columns(tuple(spans))
    norm = math.gamma((degrees + 1) / 2) / (math.sqrt(degrees * math.pi) * math.gamma(degrees / 2))
    shape = (1 + (error / np.where(error >= 0, before, after)) ** 2 / degrees) ** (-(degrees + 1) / 2)
    top = 2 * norm / (before + after)
    found: np.ndarray = shape * (top / (1 + top * width))
    return found


@functools.cache
def _span_columns(spans: tuple[Sides, ...]) -> np.ndarray:
    """The scales before and after what is stated; each of shape (len(spans), 1)."""
    return np.array([[span.before, span.after] for span in spans]).T[:, :, None]


def _duration_densities(durations: np.ndarray, laws: Sequence[Durations]) -> np.ndarray:
    """Densities of positive durations in seconds by some laws: log-normal, with a log-uniform tail.

    Shape (len(laws), n).
    """
    log_median, sigma, normal, uniform, longest = _law_columns(tuple(laws))
    deviations = (np.log(durations) - log_median) / sigma
    found: np.ndarray = (normal * np.exp(-0.5 * deviations**2) + uniform * (durations < longest)) / durations
    return found


@functools.cache
def _law_columns(laws: tuple[Durations, ...]) -> np.ndarray:
    """Log median, sigma, factors of the normal and of the tail, and its end; each of shape (len(laws), 1)."""
    return np.array(
        [
            [
                math.log(law.median),
                law.sigma,
                (1 - law.tail) / (law.sigma * math.sqrt(2 * math.pi)),
                law.tail / math.log(law.longest),
                law.longest,
            ]
            for law in laws
        ]
    ).T[:, :, None]


def delay_densities(
    delays: np.ndarray,
    quiet: np.ndarray | float,
    delay: Delay,
    others: np.ndarray | float = 0.0,
    reach: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Densities of the time from the run to the commit that added its bundle, for each of `DELAYS`.

    Args:
        delays: seconds; shape (n,).
        quiet: seconds between the adding commit and its parent; shape (n,), or one for all.
        delay: parameters; soon, slow and late are log-normal with a log-uniform tail, and exponential for
            negative delays; "at once" is soon, and before anything else was committed.
        others: how many other runs came in with it; shape (n,), or one for all.
        reach: the longest of their delays, seconds; likewise. Results that were collected for long come in
            together: of what comes late with others, as much as the tail is spread over the reach of these,
            and lies beyond it with probability 1 / (1 + others), as the longest of so many.

    Returns:
        shape (len(DELAYS), n); the first two share one density.
    """
    is_after = delays >= 0
    late = delay.negative / delay.negative_scale * np.exp(np.minimum(delays, 0) / delay.negative_scale)
    far = delay.negative / 10 / (np.abs(delays) + delay.soon.longest)
    densities = _duration_densities(np.maximum(delays, 1.0), (delay.soon, delay.slow, delay.late))
    spread = np.where(delays < reach, others, (reach / np.maximum(delays, reach)) ** 2) / (1 + others) / reach
    share = delay.late.tail / (1 + delay.late.tail)
    densities[-1] += np.where(np.asarray(others) > 0, share * (spread - densities[-1]), 0.0)
    soon, *later = np.where(is_after, (1 - delay.negative) * densities, late) + far
    return np.array([soon * (is_after & (delays <= quiet)), soon, *later])


@frozen
class Arrival:
    """One time at which a bundle may have been committed.

    Attributes:
        time: POSIX seconds.
        quiet: seconds since the last commit before it.
        probability: that it was this one.
        others: how many other runs that state a time came in with it.
        reach: the longest of their delays, seconds.
    """

    time: float
    quiet: float
    probability: float = 1.0
    others: int = 0
    reach: float = 1.0


def arrival_densities(
    asked: Sequence[tuple[np.ndarray, Sequence[Arrival]]], delay: Delay
) -> list[np.ndarray]:
    """`delay_densities` of start times; many of them cost little more than one.

    Args:
        asked: start times, POSIX seconds, of shape (n,); and at which of several times a bundle came in.
        delay: parameters.

    Returns:
        for each of those asked, shape (len(DELAYS), n).
    """
    found = [np.zeros((len(DELAYS), len(times))) for times, _ in asked]
    each = [(place, arrival) for place, (_, arrivals) in enumerate(asked) for arrival in arrivals]
    sizes = [len(asked[place][0]) for place, _ in each]
    came, quiet, share, others, reach = (
        np.array(values).repeat(sizes)
        for values in zip(
            *((item.time, item.quiet, item.probability, item.others, item.reach) for _, item in each),
            strict=True,
        )
    )
    times = np.concatenate([asked[place][0] for place, _ in each])
    densities = share * delay_densities(came - times, quiet, delay, others, reach)
    for (place, _), of_one in zip(each, np.split(densities, np.cumsum(sizes)[:-1], axis=1), strict=True):
        found[place] += of_one
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
    share: np.ndarray = weighted[-1] / np.maximum(weighted.sum(axis=0), SMALLEST)
    return share


def recency_rate(ages: np.ndarray, recency: Recency) -> np.ndarray:
    """Relative rate of run starts by the age of the checkout; seconds, any shape."""
    rate: np.ndarray = 1 + recency.boost / (1 + ages / recency.scale) ** 2
    return rate

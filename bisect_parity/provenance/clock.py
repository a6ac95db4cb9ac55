"""When the run was: densities over its start time, from what was stated and when it was committed.

Pure computation: POSIX seconds in, densities out; numpy arrays, float64.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.evidence.model import TimeKind, TimeStatement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.provenance.parameters import Clock, Delay, Durations, Parameters, Recency, Sides

__all__ = [
    "DELAYS",
    "EXACT_ORIGINS",
    "MEANINGS",
    "MODES",
    "Arrival",
    "Reading",
    "arrival_densities",
    "best_reading",
    "blurs",
    "delay_densities",
    "late_share",
    "mode_weights",
    "readings",
    "recency_rate",
    "statement_densities",
]

BROAD_SECONDS = 10 * 365.25 * 86400
DAY = 86400.0
EASTMOST, WESTMOST = 14 * 3600.0, 12 * 3600.0
HOUR = 3600.0
ZONE_STEP = 900.0  # all zones in use differ from UTC by whole quarters of an hour
MODES = ("start", "near", "end", "wide")
MEANINGS = ("as written", "the other clock", "other zone")
OTHER_ZONE = 2
EXACT_ORIGINS = ("trace", "mtime")  # numbers of seconds
DELAYS = ("at once", "soon", "late")


@frozen
class Reading:
    """One meaning of a time statement.

    Attributes:
        seconds: POSIX seconds of the stated instant (the first one, if it is a span).
        width: seconds that the statement covers: 86400 for a date.
        probability: of this meaning.
        name: "as written", "local time labelled Z", "UTC written without zone", "other zone".
        meaning: position in `MEANINGS`.
    """

    seconds: float
    width: float
    probability: float
    name: str
    meaning: int = 0

    def distance(self, time: float) -> float:
        """Seconds between a time and what is stated; 0 within a span that is stated."""
        return abs(min(max(time, self.seconds), self.seconds + self.width) - time)

    def instant(self, time: float) -> float:
        """The stated instant; of a span of zones, as it is in the zone that brings it nearest to `time`."""
        if self.meaning != OTHER_ZONE or self.width < EASTMOST + WESTMOST:
            return self.seconds
        steps = round((min(max(time, self.seconds), self.seconds + self.width) - self.seconds) / ZONE_STEP)
        return self.seconds + steps * ZONE_STEP


def best_reading(meanings: Sequence[Reading], time: float) -> Reading:
    """The meaning nearest to `time`; one that is within an hour comes before a span of zones."""
    return min(meanings, key=lambda reading: reading.distance(time) + min(reading.width, HOUR))


def readings(statement: TimeStatement, zones: Sequence[int], parameters: Parameters) -> list[Reading]:
    """The meanings of a statement.

    Args:
        statement: what was stated.
        zones: seconds east of UTC where the run probably was, and where else in this repository.
        parameters: of the model.
    """
    zone, others = zones[0], zones[1:]
    shares = parameters.zones
    seconds, width = statement.seconds, max(statement.resolution, 1.0)
    if statement.kind is TimeKind.UTC:
        if zone == 0 or statement.is_settled or statement.origin in EXACT_ORIGINS:
            return [Reading(seconds, width, 1.0, "as written")]
        share = shares.local_labelled_utc
        return [
            Reading(seconds, width, 1 - share, "as written"),
            Reading(seconds - zone, width, share, "local time labelled Z", 1),
        ]
    utc = shares.utc_labelled_local if zone else 0.0
    found = [Reading(seconds - zone, width, 1 - utc - shares.other_zone, "as written")]
    if zone != 0:
        found.append(Reading(seconds, width, utc, "UTC written without zone", 1))
    share = shares.other_zone / (1 + len(others))
    found += [Reading(seconds - other, width, share, "other zone", OTHER_ZONE) for other in others]
    return [*found, Reading(seconds - EASTMOST, EASTMOST + WESTMOST + width, share, "other zone", OTHER_ZONE)]


def mode_weights(weights: np.ndarray, marks: str) -> np.ndarray:
    """The weights of `MODES` for a statement that says whether it marks the start or the end.

    Args:
        weights: of a statement that does not say; shape (len(MODES),).
        marks: "start", "end" or "unknown".
    """
    start, near, end, wide = weights
    if marks == "start":
        return np.array([start + end, near, 0.0, wide])
    return np.array([0.0, near, start + end, wide]) if marks == "end" else weights


def statement_densities(
    times: np.ndarray, statement: TimeStatement, zones: Sequence[int], parameters: Parameters
) -> np.ndarray:
    """Likelihood of a statement over start times, for each mode and meaning that it can have.

    Args:
        times: POSIX seconds; shape (n,).
        statement: what was stated.
        zones: as in `readings`.
        parameters: of the model.

    Returns:
        densities per second; shape (len(MODES), len(MEANINGS), n); 0 for meanings that it cannot have.
    """
    found = np.zeros((len(MODES), len(MEANINGS), len(times)))
    meant = readings(statement, zones, parameters)
    for reading in meant:
        of_one = _mode_densities(times, reading, parameters)
        found[:, reading.meaning] += of_one / sum(other.meaning == reading.meaning for other in meant)
    return found


def _mode_densities(times: np.ndarray, reading: Reading, parameters: Parameters) -> np.ndarray:
    """Densities of one reading for each of `MODES`; shape (len(MODES), n)."""
    modes = parameters.modes
    begin, end = reading.seconds, reading.seconds + reading.width
    late = end - times
    error = np.minimum(late, 0.0) + np.maximum(begin - times, 0.0)  # stated - true
    spans = (modes.start, modes.near, modes.wide)
    start, near, wide = _two_piece_t(error, spans, reading.width, modes.degrees)
    if reading.width > 1:
        return np.array([start, near, near, wide])
    # what is stated is cut to whole seconds: a run began up to a width before or after
    (ended,) = _duration_densities(np.maximum(late, 1.0), (modes.end,))
    return np.array([start, near, ended * (late > 0), wide])


def _two_piece_t(error: np.ndarray, spans: Sequence[Sides], width: float, degrees: float) -> np.ndarray:
    """Student's t with one scale on each side of a flat top that is `width` seconds wide.

    `error` is stated - true: positive where the run began before. Shape (len(spans), n).
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


def delay_densities(delays: np.ndarray, quiet: float, delay: Delay) -> np.ndarray:
    """Densities of the time from the run to the commit that added its bundle, for each of `DELAYS`.

    Args:
        delays: seconds; shape (n,).
        quiet: seconds between the adding commit and its parent.
        delay: parameters; soon and late are log-normal with a log-uniform tail, and exponential for
            negative delays; "at once" is soon, and before anything else was committed.

    Returns:
        shape (len(DELAYS), n); the first two share one density.
    """
    is_after = delays >= 0
    late = delay.negative / delay.negative_scale * np.exp(np.minimum(delays, 0) / delay.negative_scale)
    far = delay.negative / 10 / (np.abs(delays) + delay.soon.longest)
    densities = _duration_densities(np.maximum(delays, 1.0), (delay.soon, delay.late))
    soon, later = np.where(is_after, (1 - delay.negative) * densities, late) + far
    return np.array([soon * (is_after & (delays <= quiet)), soon, later])


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


def recency_rate(ages: np.ndarray, recency: Recency) -> np.ndarray:
    """Relative rate of run starts by the age of the checkout; seconds, any shape."""
    rate: np.ndarray = 1 + recency.boost / (1 + ages / recency.scale) ** 2
    return rate


def blurs(middles: np.ndarray, widths: np.ndarray, clock: Clock) -> Iterator[np.ndarray]:
    """P(the clock shows cell j | the true time is in cell i) for normal errors of each scale but 0.

    Args:
        middles, widths: of the time cells, seconds; shape (n,).
        clock: the scales, each twice the last one.

    Yields:
        shape (n, n), float32, rows sum to 1; the widest scale first. Each is overwritten by the next one.
    """
    shape = ((middles[:, None] - middles) / clock.scales[-1]).astype(np.float32)
    np.square(shape, out=shape)
    shape *= -0.5
    np.exp(shape, out=shape)
    weights = widths.astype(np.float32)
    blur = np.empty_like(shape)
    for _ in range(clock.doublings):
        np.multiply(shape, weights, out=blur)
        blur /= (shape @ weights)[:, None]
        yield blur
        np.square(shape, out=shape)
        np.square(shape, out=shape)  # half the scale: exp(-x^2 / 2)^4

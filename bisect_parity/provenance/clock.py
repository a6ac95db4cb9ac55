"""When the run was: densities over its start time, from what was stated and when it was committed.

Pure computation: POSIX seconds in, densities out; numpy arrays, float64.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.evidence.model import TimeKind, TimeStatement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.parameters import Clock, Delay, Parameters, Recency, TimeSource

__all__ = ["Reading", "delay_density", "grid", "readings", "recency_rate", "statement_density"]

BROAD_SECONDS = 10 * 365.25 * 86400
DAY = 86400.0
ALL_ZONES = tuple(hour * 3600 for hour in range(-11, 14))


@frozen
class Reading:
    """One meaning of a time statement.

    Attributes:
        seconds: POSIX seconds of the stated instant (the first one, if it is a day).
        width: seconds that the statement covers: 86400 for a date.
        probability: of this meaning.
        name: "as written", "local time labelled Z", "UTC written without zone", "other zone".
    """

    seconds: float
    width: float
    probability: float
    name: str

    def distance(self, time: float) -> float:
        """Seconds between a time and what is stated; 0 within a day that is stated."""
        return abs(min(max(time, self.seconds), self.seconds + self.width) - time)


def readings(statement: TimeStatement, zone: int, parameters: Parameters) -> list[Reading]:
    """The meanings of a statement, if local time is `zone` seconds east of UTC."""
    zones = parameters.zones
    seconds, width = statement.seconds, max(statement.resolution, 1.0)
    if statement.kind is TimeKind.UTC:
        if zone == 0 or statement.origin == "trace":
            return [Reading(seconds, width, 1.0, "as written")]
        share = zones.local_labelled_utc
        return [
            Reading(seconds, width, 1 - share, "as written"),
            Reading(seconds - zone, width, share, "local time labelled Z"),
        ]
    others = [other for other in ALL_ZONES if other not in (0, zone)]
    as_written = 1 - zones.utc_labelled_local - zones.other_zone
    found = [Reading(seconds - zone, width, as_written, "as written")]
    if zone != 0:
        found.append(Reading(seconds, width, zones.utc_labelled_local, "UTC written without zone"))
    found += [Reading(seconds - z, width, zones.other_zone / len(others), "other zone") for z in others]
    return found


def _two_piece_t(error: np.ndarray, source: TimeSource, scale: float, degrees: float) -> np.ndarray:
    """Student's t with one scale on each side; `error` = stated - true, positive: the run began before."""
    before, after = max(source.before, scale), max(source.after, scale)
    side = np.where(error >= 0, before, after)
    norm = math.gamma((degrees + 1) / 2) / (math.sqrt(degrees * math.pi) * math.gamma(degrees / 2))
    shape: np.ndarray = (1 + (error / side) ** 2 / degrees) ** (-(degrees + 1) / 2)
    return shape * (2 * norm / (before + after))


def _reading_density(times: np.ndarray, reading: Reading, source: TimeSource, clock: Clock) -> np.ndarray:
    """Density of the statement given that the run began at `times`."""
    begin, end = reading.seconds, reading.seconds + (reading.width if reading.width > 1 else 0.0)
    error = np.where(times > end, end - times, np.where(times < begin, begin - times, 0.0))
    narrow = _two_piece_t(error, source, 0.0, clock.degrees)
    wide = _two_piece_t(error, source, clock.wide_scale, clock.degrees)
    density: np.ndarray = (1 - clock.wide_weight) * narrow + clock.wide_weight * wide
    # a day is a box: inside it the density is that of any instant of the box
    box = reading.width if reading.width > 1 else 0.0
    spread = (source.before + source.after) / 2
    return density * (spread / (spread + box))


def statement_density(
    times: np.ndarray, statement: TimeStatement, zone: int, parameters: Parameters
) -> np.ndarray:
    """Likelihood of one statement over start times, mixed over its meanings, with a floor for wrong ones.

    Args:
        times: POSIX seconds; shape (n,).
        statement: what was stated.
        zone: seconds east of UTC where the run probably was.
        parameters: of the model.
    """
    source = parameters.sources[statement.origin]
    mixed = np.zeros_like(times)
    for reading in readings(statement, zone, parameters):
        mixed += reading.probability * _reading_density(times, reading, source, parameters.clock)
    return source.reliability * mixed + (1 - source.reliability) / BROAD_SECONDS


def delay_density(delays: np.ndarray, delay: Delay) -> np.ndarray:
    """Density of the time from the run to the commit that added its bundle; seconds, shape (n,).

    A log-normal, a log-uniform tail, and an exponential for negative delays.
    """
    positive = np.maximum(delays, 1.0)
    logs = np.log(positive / delay.median) / delay.sigma
    normal = np.exp(-0.5 * logs**2) / (positive * delay.sigma * math.sqrt(2 * math.pi))
    tail = np.where(delays < delay.longest, 1 / (positive * math.log(delay.longest)), 0.0)
    density = (1 - delay.tail - delay.negative) * normal + delay.tail * tail
    late = delay.negative / delay.negative_scale * np.exp(np.minimum(delays, 0) / delay.negative_scale)
    far = delay.negative / 10 / (np.abs(delays) + delay.longest)
    total: np.ndarray = np.where(delays >= 0, density, late) + far
    return total


def recency_rate(ages: np.ndarray, recency: Recency) -> np.ndarray:
    """Relative rate of run starts by the age of the checkout; seconds, shape (n,)."""
    rate: np.ndarray = 1 + recency.boost / (1 + ages / recency.scale) ** 2
    return rate


def grid(centres: Sequence[float], latest: float, boundaries: np.ndarray) -> np.ndarray:
    """Start times to integrate over: dense around `centres`, logarithmic before `latest`, all boundaries.

    Returns:
        sorted POSIX seconds, shape (n,).
    """
    steps = np.sinh(np.linspace(0, math.asinh(2e5), 48))
    around = np.concatenate([-steps[::-1], steps])
    parts = [centre + around for centre in centres]
    parts.append(latest - np.geomspace(1, BROAD_SECONDS, 160))
    parts.append(latest + np.geomspace(1, DAY, 24))
    parts.append(boundaries)
    return np.unique(np.concatenate(parts))

"""What a stated time can mean, and how far the clock that it was read from was off. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.evidence.model import TimeKind, TimeStatement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.provenance.parameters import Clock, Parameters

BROAD_SECONDS = 10 * 365.25 * 86400
DAY = 86400.0
EASTMOST, WESTMOST = 14 * 3600.0, 12 * 3600.0
HOUR = 3600.0
ZONE_STEP = 900.0  # all zones in use differ from UTC by whole quarters of an hour
MODES = ("start", "near", "end", "wide")
MEANINGS = ("as written", "the other clock", "other zone")
OTHER_ZONE = 2
EXACT_ORIGINS = ("trace", "mtime")  # numbers of seconds
DELAYS = ("at once", "soon", "slow", "late")
NEGLIGIBLE = 1e-20  # of a kernel: products of still less are too small for floats, and slow processors down


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


def begins(statement: TimeStatement, reading: Reading, took: float | None) -> tuple[float, ...]:
    """When the run began by one reading of a statement, POSIX seconds: then, or so long before as it took."""
    before = () if took is None or not may_be_end(statement) else (reading.seconds - took,)
    return (reading.seconds, *before)


def may_be_end(statement: TimeStatement) -> bool:
    """Whether a statement may be of the end of the run, to the second or so."""
    return statement.marks != "start" and statement.kind is not TimeKind.DATE


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


def blurs(middles: np.ndarray, widths: np.ndarray, clock: Clock) -> Iterator[np.ndarray]:
    """P(the clock shows cell j | the true time is in cell i) for normal errors of each scale but 0.

    Args:
        middles, widths: of the time cells, seconds; shape (n,).
        clock: the scales, each twice the last one.

    Yields:
        shape (n, n), float32, rows sum to 1; the widest scale first. Each is overwritten by the next one.
    """
    weights = widths.astype(np.float32)
    blur = np.empty((len(middles), len(middles)), np.float32)
    for kernel in _kernels(middles, clock):
        np.multiply(kernel, weights, out=blur)
        blur /= (kernel @ weights)[:, None]
        yield blur


def blurred(
    masses: np.ndarray, middles: np.ndarray, widths: np.ndarray, clock: Clock
) -> Iterator[np.ndarray]:
    """`masses @ blur` for each of `blurs`, in half of the time that these take.

    Args:
        masses: of the true time's cells; shape (m, n).
        middles, widths: of the time cells, seconds; shape (n,).
        clock: the scales, each twice the last one.

    Yields:
        masses of what the clock shows; shape (m, n), float32; the widest scale first.
    """
    weights, narrow = widths.astype(np.float32), masses.astype(np.float32)
    for kernel in _kernels(middles, clock):
        yield (narrow / (kernel @ weights)) @ kernel * weights


def _kernels(middles: np.ndarray, clock: Clock) -> Iterator[np.ndarray]:
    """exp(-x^2 / 2) of the distances of all cells, in each scale but 0; shape (n, n), float32, as `blurs`."""
    kernel = ((middles[:, None] - middles) / clock.scales[-1]).astype(np.float32)
    np.square(kernel, out=kernel)
    kernel *= -0.5
    np.exp(kernel, out=kernel)
    for _ in range(clock.doublings):
        kernel *= kernel > NEGLIGIBLE
        yield kernel
        np.square(kernel, out=kernel)
        np.square(kernel, out=kernel)  # half the scale: exp(-x^2 / 2)^4

"""How good stated probabilities are: scores and calibration, as pure functions of forecasts and outcomes.

A forecast is the probability that was stated for an answer, and its outcome is whether the answer
was right. All functions take both as sequences of one length, and raise ValueError if the lengths
differ, if there are none, or if a probability is not in [0, 1].
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_PROBABILITY = 1e-12  # a miss at a stated 1.0 would otherwise make every other figure infinite
NORMAL_QUANTILE_95 = 1.959963984540054  # two-sided 95 % of the standard normal distribution


@frozen
class Bin:
    """Forecasts of about the same probability.

    Attributes:
        lowest, highest: of the probabilities in the bin.
        count: how many.
        mean_probability: what was claimed, on average.
        frequency: the share that was right.
        interval: 95 % Wilson interval of the frequency.
    """

    lowest: float
    highest: float
    count: int
    mean_probability: float
    frequency: float
    interval: tuple[float, float]


def brier_score(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The mean of (p - y)^2 (Brier 1950, for one event): 0 is perfect, 0.25 is what p = 1/2 gets."""
    _check(probabilities, outcomes)
    return math.fsum((p - y) ** 2 for p, y in zip(probabilities, outcomes, strict=True)) / len(outcomes)


def log_loss(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The mean of -ln(probability of what was so), in nats; probabilities below 1e-12 count as 1e-12."""
    _check(probabilities, outcomes)
    given = (p if y else 1 - p for p, y in zip(probabilities, outcomes, strict=True))
    return math.fsum(-math.log(max(p, LEAST_PROBABILITY)) for p in given) / len(outcomes)


def equal_width_bins(
    probabilities: Sequence[float], outcomes: Sequence[bool], count: int = 10
) -> tuple[Bin, ...]:
    """The forecasts in `count` intervals of one width, [0, 1/count) first; empty ones are left out."""
    _check(probabilities, outcomes)
    groups: dict[int, list[tuple[float, bool]]] = {}
    for p, y in zip(probabilities, outcomes, strict=True):
        groups.setdefault(min(int(p * count), count - 1), []).append((p, y))
    return tuple(_bin(groups[index]) for index in sorted(groups))


def equal_mass_bins(
    probabilities: Sequence[float], outcomes: Sequence[bool], count: int = 10
) -> tuple[Bin, ...]:
    """The forecasts in at most `count` groups of about one size, sorted by probability.

    Equal probabilities are never parted: their order would decide what each group's frequency is.
    """
    _check(probabilities, outcomes)
    pairs = sorted(zip(probabilities, outcomes, strict=True))
    bins: list[Bin] = []
    begin = 0
    for index in range(1, count + 1):
        end = max(begin, len(pairs) * index // count)
        while 0 < end < len(pairs) and pairs[end][0] == pairs[end - 1][0]:
            end += 1
        if end > begin:
            bins.append(_bin(pairs[begin:end]))
            begin = end
    return tuple(bins)


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """The mean over all forecasts of |frequency - mean probability| of their bin (Naeini et al. 2015).

    Raises:
        ValueError: there are no bins.
    """
    total = sum(each.count for each in bins)
    if not total:
        raise ValueError("no forecasts")
    return math.fsum(each.count * abs(each.frequency - each.mean_probability) for each in bins) / total


def wilson_interval(successes: int, count: int) -> tuple[float, float]:
    """The 95 % score interval of a frequency (Wilson 1927); it is right for small counts as well.

    Raises:
        ValueError: `count` is not positive, or there are more successes.
    """
    if not 0 <= successes <= count or count == 0:
        raise ValueError(f"{successes} of {count} is no frequency")
    z2 = NORMAL_QUANTILE_95**2
    frequency = successes / count
    centre = (frequency + z2 / (2 * count)) / (1 + z2 / count)
    spread = math.sqrt(frequency * (1 - frequency) / count + z2 / (4 * count**2))
    half = NORMAL_QUANTILE_95 * spread / (1 + z2 / count)
    # At 0 and 1 the formula gives the bound itself, up to rounding.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == count else min(1.0, centre + half)
    return low, high


def _bin(pairs: Sequence[tuple[float, bool]]) -> Bin:
    probabilities = [p for p, _ in pairs]
    right = sum(y for _, y in pairs)
    return Bin(
        lowest=min(probabilities),
        highest=max(probabilities),
        count=len(pairs),
        mean_probability=math.fsum(probabilities) / len(pairs),
        frequency=right / len(pairs),
        interval=wilson_interval(right, len(pairs)),
    )


def _check(probabilities: Sequence[float], outcomes: Sequence[bool]) -> None:
    if len(probabilities) != len(outcomes):
        raise ValueError(f"{len(probabilities)} probabilities for {len(outcomes)} outcomes")
    if not outcomes:
        raise ValueError("no forecasts")
    wrong = [p for p in probabilities if not 0 <= p <= 1]
    if wrong:
        raise ValueError(f"{wrong[0]} is not a probability")

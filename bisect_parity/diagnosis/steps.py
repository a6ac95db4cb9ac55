"""Where the level of a figure changes along a row of runs: steps that outliers and noise do not make. Pure.

Whether a stretch of runs has any step is a permutation test on ranks: circular binary segmentation (Olshen,
Venkatraman, Lucito and Wigler, "Circular binary segmentation for the analysis of array-based DNA copy number
data", Biostatistics 5, 2004). Where it is, the least absolute deviations from the medians say. Both sides are
then looked at in the same way.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from attrs import frozen

FEWEST_RUNS = 5
LEVEL = 0.05  # how often pure noise may show a step in any of the figures
SHORTEST = 2  # runs of one level: one run alone is an outlier
PERMUTATIONS = 1999
MOST_LOOKS = int(LEVEL * (PERMUTATIONS + 1))  # more figures than these could never pass
FIRST_LOOK, ENOUGH = 99, 10  # so many permutations as good among the first ones, and the rest is not tried
STANDARD_ERRORS = 3.5  # by which neighbouring levels differ at least
EFFICIENCY = math.sqrt(math.pi / 2)  # the standard error of a median in that of a mean, of normal noise
TO_DEVIATION = 1.4826  # from the median absolute deviation to the standard one, of normal noise
SURE = 0.95
DECADE = 10.0
DIGITS_OF_MEASUREMENT = 6  # so many digits do not repeat by chance
SEED = 13


@frozen
class LevelStep:
    """A change of level.

    Attributes:
        at: position of the first value of the new level, most probably.
        earliest, latest: between which it lies, with a probability of at least 0.95.
        before, after: medians of the two levels.
        p: the chance that noise shows a step as clear in any place of any figure looked at, by permutation;
            None where the values of each level are equal to the last digit, and there is no noise.
    """

    at: int
    earliest: int
    latest: int
    before: float
    after: float
    p: float | None


def find_steps(values: Sequence[float], looks: int = 1) -> tuple[LevelStep, ...]:
    """The steps of a row of values, first to last.

    Positive values that span a decade or more are compared by their logarithms.

    Args:
        values: in the order of the runs; so small that their sums are finite.
        looks: how many figures are looked at: p is multiplied by it (Bonferroni).
    """
    row = np.array(values, float)
    if len(row) < FEWEST_RUNS or (row == row[0]).all():
        return ()
    exact = _exact_steps(row)
    scaled = np.log(row) if row.min() > 0 and row.max() >= DECADE * row.min() else row
    if exact is not None:
        levels: dict[int, float | None] = dict.fromkeys(exact)
    else:
        levels = dict(_segmented(scaled, looks))
        for weak in iter(lambda: _weakest(scaled, sorted(levels)), None):
            del levels[weak]
    bounds = [0, *sorted(levels), len(row)]
    medians = [float(np.median(row[start:end])) for start, end in itertools.pairwise(bounds)]
    return tuple(
        LevelStep(at, *_range(scaled, bounds[place : place + 3]), before, after, levels[at])
        for place, (at, (before, after)) in enumerate(
            zip(bounds[1:-1], itertools.pairwise(medians), strict=True)
        )
    )


def _exact_steps(row: np.ndarray) -> list[int] | None:
    """The steps of figures that repeat to the last digit, single values that do not aside; else None.

    Few digits may repeat by chance, and so may fractions of a small count, which go to and fro.
    """
    if not any(_digits(value) >= DIGITS_OF_MEASUREMENT for value in set(row.tolist())):
        return None
    is_outlier = np.zeros(len(row), bool)
    is_outlier[1:-1] = (row[:-2] == row[2:]) & (row[1:-1] != row[:-2])
    kept = np.flatnonzero(~is_outlier)
    changes = np.flatnonzero(np.diff(row[kept])) + 1
    stretches = np.diff([0, *changes.tolist(), len(kept)])
    if stretches.min() < SHORTEST or 4 * (len(changes) + is_outlier.sum()) >= len(row):
        return None
    return [int(kept[at]) for at in changes]


def _digits(value: float) -> int:
    """The significant digits that a number is written with."""
    return len(repr(value).lstrip("-").partition("e")[0].replace(".", "").strip("0"))


def _segmented(row: np.ndarray, looks: int) -> Iterator[tuple[int, float]]:
    """The positions of steps, with their p; some may be too weak beside their neighbours."""
    random = np.random.default_rng(SEED)
    waiting = [(0, len(row))]
    while waiting:
        start, end = waiting.pop()
        if end - start < 2 * SHORTEST:
            continue
        p, is_within = _permutation_p(row[start:end], random)
        p *= looks
        if p > LEVEL:
            continue
        cuts = [start + cut for cut in _cuts(row[start:end], is_within=is_within)]
        yield from ((cut, p) for cut in cuts)
        waiting += itertools.pairwise([start, *cuts, end])


def _permutation_p(row: np.ndarray, random: np.random.Generator) -> tuple[float, bool]:
    """The chance that the values in random order show a step as clear; and whether it is a stretch within."""
    _, codes, counts = np.unique(row, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[codes]
    deviation = ranks.std()
    if deviation == 0.0:
        return 1.0, False
    scores = (ranks - ranks.mean()) / deviation
    single, within = (float(found[0]) for found in _clearest(scores[None, :]))
    observed = max(single, within) - 1e-9  # sums in another order round otherwise
    passed, tried = 0, 0
    for count in (FIRST_LOOK, PERMUTATIONS - FIRST_LOOK):
        shuffled = random.permuted(np.tile(scores, (count, 1)), axis=1)
        passed += int((np.maximum(*_clearest(shuffled)) >= observed).sum())
        tried += count
        if passed >= ENOUGH:
            break
    return (passed + 1) / (tried + 1), within > single


def _clearest(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The squared z of the clearest step, and of the clearest stretch between two; shape (rows,) of both.

    A stretch within the row pays ln n for its second end, as a parameter does by Schwarz's criterion.

    Args:
        scores: rows of mean 0 and variance 1; shape (rows, n).
    """
    n = scores.shape[1]
    sums = np.zeros((len(scores), n + 1))
    np.cumsum(scores, axis=1, out=sums[:, 1:])
    ends = np.arange(SHORTEST, n - SHORTEST + 1)
    single = (sums[:, ends] ** 2 * (n / (ends * (n - ends)))).max(axis=1)
    within = np.full(len(scores), -np.inf)
    inner = sums[:, SHORTEST : n - SHORTEST + 1]
    for length in _lengths(n - 2 * SHORTEST):
        squares = (inner[:, length:] - inner[:, :-length]) ** 2 * (n / (length * (n - length)))
        np.maximum(within, squares.max(axis=1) - math.log(n), out=within)
    return single, within


def _lengths(most: int) -> Iterator[int]:
    """Lengths of stretches, two in each doubling: one of them is like any stretch."""
    length = SHORTEST
    while length <= most:
        yield length
        if length + length // 2 <= most and length > SHORTEST:
            yield length + length // 2
        length *= 2


def _cuts(row: np.ndarray, *, is_within: bool) -> tuple[int, ...]:
    """The position, or both ends of a stretch, that leave the least absolute deviations from medians."""
    n = len(row)
    costs = np.full((n + 1, n + 1), np.inf)  # of the values from one position to another
    for length in range(SHORTEST, n - SHORTEST + 1):
        windows = np.lib.stride_tricks.sliding_window_view(row, length)
        starts = np.arange(len(windows))
        costs[starts, starts + length] = np.abs(windows - np.median(windows, axis=1)[:, None]).sum(axis=1)
    if is_within:
        return divmod(int((costs[0][:, None] + costs + costs[:, n][None, :]).argmin()), n + 1)
    return (int((costs[0] + costs[:, n]).argmin()),)


def _range(row: np.ndarray, bounds: Sequence[int]) -> tuple[int, int]:
    """The first and the last of the positions of a step that hold 95 % of its posterior.

    All positions are as probable beforehand. The likelihood of each, with Laplace's noise of an unknown scale
    about a median on either side, is the sum of absolute deviations to the power of -n.

    Args:
        row: of all values.
        bounds: where the level before begins, the step, and where the level after ends.
    """
    start, at, end = bounds
    stretch = row[start:end]
    places = np.arange(SHORTEST, len(stretch) - SHORTEST + 1)
    costs = np.array([_total(stretch[:place]) + _total(stretch[place:]) for place in places])
    if costs.min() == 0.0:
        return at, at
    chances = (costs / costs.min()) ** (2.0 - len(stretch))  # two medians were fitted
    order = np.argsort(-chances, kind="stable")
    covered = np.cumsum(chances[order]) / chances.sum()
    likely = places[order[: int(np.searchsorted(covered, SURE)) + 1]] + start
    return min(int(likely.min()), at), max(int(likely.max()), at)


def _total(part: np.ndarray) -> float:
    return float(np.abs(part - np.median(part)).sum())


def _weakest(row: np.ndarray, cuts: Sequence[int]) -> int | None:
    """The step whose levels are fewest standard errors apart, if these are too few."""
    bounds = [0, *cuts, len(row)]
    parts = [row[start:end] for start, end in itertools.pairwise(bounds)]
    found = min(
        (
            (_standard_errors(one, other), at)
            for at, (one, other) in zip(cuts, itertools.pairwise(parts), strict=True)
        ),
        default=(math.inf, 0),
    )
    return found[1] if found[0] < STANDARD_ERRORS else None


def _standard_errors(one: np.ndarray, other: np.ndarray) -> float:
    """How many standard errors two medians are apart; each side has a noise of its own."""
    far = abs(float(np.median(one) - np.median(other)))
    variance = sum((TO_DEVIATION * _deviation(part)) ** 2 / len(part) for part in (one, other))
    return far / (EFFICIENCY * math.sqrt(variance)) if variance > 0.0 else math.inf if far else 0.0


def _deviation(part: np.ndarray) -> float:
    return float(np.median(np.abs(part - np.median(part))))

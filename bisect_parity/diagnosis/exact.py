"""Exact tests: labelings are counted, and nothing is approximated but the last digits of floats. Pure."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

MOST_LABELINGS = 4096
MOST_STATES = 20_000
MOST_CELLS = 2_000_000
MOST_TABLES = 2**19
SEED = 13
LEAST_P = (
    1e-300  # what is less is hardly a float any more: a thousand runs are parted by one of 1e300 labelings
)


def least_p(good: int, bad: int) -> Fraction:
    """The least p that any two-sided test of `good` against `bad` runs can reach.

    One labelling of C(good + bad, good) is the one that was observed; where both groups are equally large,
    its mirror image is as extreme.
    """
    mirrored = 2 if good == bad else 1
    return min(Fraction(mirrored, math.comb(good + bad, good)), Fraction(1))


def can_count(good: Sequence[int], sizes: Sequence[int], *, is_ordered: bool) -> bool:
    """Whether the exact p takes no longer than a moment; else the labelings must be sampled."""
    if is_ordered:
        return sum(good) * sum(sizes) <= MOST_CELLS
    several = [size for size in sizes if size > 1]  # single ones only ever weigh 1
    return math.prod(min(size, sum(good)) + 1 for size in several[1:]) * (sum(good) + 1) <= MOST_STATES


def category_p(good: Sequence[int], sizes: Sequence[int]) -> Fraction:
    """P of a table at least as improbable as the observed one: Fisher's test in Freeman and Halton's form.

    Of two groups and any number of categories, given all margins. The number of labelings that give a
    table is a product of binomial coefficients; equal products are counted together, so that many small
    categories take no longer than few large ones.

    Args:
        good: how many of the good runs fall into each category.
        sizes: how many runs do.
    """
    total, observed = sum(good), math.prod(map(math.comb, sizes, good))
    tables = {(0, 1): 1}  # good runs used up, labelings of one such table -> number of such tables
    for size in sizes:
        further: Counter[tuple[int, int]] = Counter()
        for (used, weight), count in tables.items():
            for here in range(min(size, total - used) + 1):
                further[used + here, weight * math.comb(size, here)] += count
        tables = dict(further)
    extreme = sum(
        weight * count for (used, weight), count in tables.items() if used == total and weight <= observed
    )
    return Fraction(extreme, math.comb(sum(sizes), total))


def tables_p(good: Sequence[int], sizes: Sequence[int]) -> float | None:
    """As `category_p`, each table by itself and to the accuracy of a float; None if there are too many."""
    if 2 * sum(good) > sum(sizes):  # fewer tables have the same p
        good = [size - here for here, size in zip(good, sizes, strict=True)]
    total = sum(good)
    largest, *others = sorted(sizes, reverse=True)
    if math.prod(min(size, total) + 1 for size in others) > MOST_TABLES:
        return None
    logs = np.array([math.lgamma(count + 1) for count in range(sum(sizes) + 1)])
    used, weights = np.zeros(1, int), np.zeros(1)
    for size in others:
        here = np.arange(min(size, total) + 1)
        used = (used[:, None] + here).ravel()
        weights = (weights[:, None] - logs[here] - logs[size - here] + logs[size]).ravel()
        used, weights = used[used <= total], weights[used <= total]
    rest = total - used[used >= total - largest]
    weights = weights[used >= total - largest] - logs[rest] - logs[largest - rest] + logs[largest]
    row, column = np.array(sizes), np.array(good)
    observed = (logs[row] - logs[column] - logs[row - column]).sum()
    every = logs[sum(sizes)] - logs[total] - logs[sum(sizes) - total]
    return float(min(np.exp(weights[weights <= observed + 1e-9] - every).sum(), 1.0))


def threshold_distance(good: Sequence[int], sizes: Sequence[int]) -> int:
    """How well the best threshold separates the groups, in units of 1 / (good runs * bad runs).

    That is the statistic of Kolmogorov and Smirnov: the greatest difference of the shares of good and of
    bad runs below a threshold.

    Args:
        good: how many good runs have each of the values, the least value first.
        sizes: how many runs have it.
    """
    goods, bads = sum(good), sum(sizes) - sum(good)
    below = itertools.accumulate(zip(good, sizes, strict=True), lambda a, b: (a[0] + b[0], a[1] + b[1]))
    return max((abs(g * bads - (n - g) * goods) for g, n in below), default=0)


def threshold_misses(good: Sequence[int], sizes: Sequence[int]) -> int:
    """How many runs are on the wrong side of the best threshold; the arguments are as in that distance."""
    goods, bads = sum(good), sum(sizes) - sum(good)
    below = itertools.accumulate(zip(good, sizes, strict=True), lambda a, b: (a[0] + b[0], a[1] + b[1]))
    return min((min(g + bads - (n - g), goods - g + n - g) for g, n in below), default=0)


def shifted_p(codes: Sequence[int], is_good: Sequence[bool], *, is_ordered: bool) -> float:
    """The share of the shifts of the verdicts along time, in a ring, that an attribute fits as well as now.

    What changes seldom, such as a version, fits a stretch of bad runs more easily than runs at random. Where
    the verdicts change as often as in random order, as by turns, there is no stretch: 0.

    Args:
        codes: the value of each run by time, as a number in their order; -1 where it is not recorded.
        is_good: the verdicts by time.
        is_ordered: whether a limit is looked for.
    """
    columns, verdicts = np.array(codes), np.array(is_good)
    if np.count_nonzero(np.diff(verdicts)) * len(verdicts) >= 2 * verdicts.sum() * (~verdicts).sum():
        return 0.0
    known = columns >= 0
    sizes = np.bincount(columns[known])
    misses = []
    for shift in range(len(columns)):
        goods = np.bincount(columns[known & np.roll(verdicts, shift)], minlength=len(sizes))
        if is_ordered:  # as `threshold_misses`
            below = np.cumsum(2 * goods - sizes)
            misses.append(int(min(goods.sum() - below.max(), (sizes - goods).sum() + below.min())))
        else:
            misses.append(int(np.minimum(goods, sizes - goods).sum()))
    return sum(count <= misses[0] for count in misses) / len(misses)


@functools.lru_cache(maxsize=4096)
def _threshold_p(distance: int, goods: int, sizes: tuple[int, ...]) -> float:
    runs, passed, reached = sum(sizes), 0, 0.0
    bads, below = runs - goods, np.arange(goods + 1)
    chances = np.zeros(goods + 1)  # of so many good runs below the threshold, never so far apart before
    chances[0] = 1.0
    for size in sizes:
        for at in range(passed, passed + size):
            is_good = (goods - below) / (runs - at)  # the chance that the next one is
            further = chances * (1.0 - is_good)
            further[1:] += (chances * is_good)[:-1]
            chances = further
        passed += size
        is_far = np.abs(below * bads - (passed - below) * goods) >= distance
        reached += float(chances[is_far].sum())
        chances[is_far] = 0.0
    return min(float(f"{reached:.12g}"), 1.0)  # equal ones stay equal, whatever the order of sums


def threshold_p(good: Sequence[int], sizes: Sequence[int]) -> float:
    """P of a best threshold at least as good, over all labelings: with ties, two-sided, to 12 digits.

    The chance of the labelings that reach the observed distance is summed along the sorted values, as of
    lattice paths (Hodges, "The significance probability of the Smirnov two-sample test", 1957).

    Args:
        good, sizes: as in `threshold_distance`.
    """
    distance = threshold_distance(good, sizes)
    return 1.0 if distance == 0 else _threshold_p(distance, sum(good), tuple(sizes))


def pure_categories(sizes: Sequence[int]) -> Counter[int]:
    """How many labelings leave no category with both verdicts, by how many runs they call good.

    Args:
        sizes: how many runs fall into each category.
    """
    ways = Counter({0: 1})
    for size in sizes:
        further = Counter(ways)
        for goods, count in ways.items():
            further[goods + size] += count
        ways = further
    return ways


def pure_thresholds(sizes: Sequence[int]) -> Counter[int]:
    """How many labelings one threshold separates, by how many runs they call good.

    Args:
        sizes: how many runs have each of the values, the least value first.
    """
    total = sum(sizes)
    ways = Counter({0: 1, total: 1})
    for below in itertools.accumulate(sizes[:-1]):
        ways[below] += 1
        ways[total - below] += 1
    return ways


def pure_windows(sizes: Sequence[int]) -> Counter[int]:
    """As `pure_thresholds`, where one verdict lies between two limits, and the other on both sides."""
    total, below = sum(sizes), list(itertools.accumulate(sizes[:-1]))
    ways = pure_thresholds(sizes)
    for low, high in itertools.combinations(below, 2):
        ways[high - low] += 1
        ways[total - high + low] += 1
    return ways


def exact_p(good: Sequence[int], sizes: Sequence[int], *, is_ordered: bool) -> float | None:
    """The exact p of a category or a threshold that leaves good and bad runs together.

    Args:
        good, sizes: as in `category_p`.
        is_ordered: whether a threshold was sought.

    Returns:
        None if it takes too long to count all that is as good.
    """
    if not can_count(good, sizes, is_ordered=is_ordered):
        return None if is_ordered else tables_p(good, sizes)
    return float((threshold_p if is_ordered else category_p)(good, sizes))


def apart_p(
    good: Sequence[int], sizes: Sequence[int], pure: Callable[[Sequence[int]], Counter[int]]
) -> float:
    """The exact p where good and bad are apart: the share of labelings that are so, too, as `pure` counts."""
    return float(Fraction(pure(sizes)[sum(good)], math.comb(sum(sizes), sum(good))))


def labelings(good: Sequence[bool]) -> tuple[np.ndarray, bool]:
    """The ways to call as many of these runs good, the observed one first; shape (ways, runs), bool.

    All of them where there are at most `MOST_LABELINGS`; else as many drawn at random with a fixed seed, and
    the second value is False.
    """
    observed = np.array(good, bool)
    runs, goods = len(observed), int(observed.sum())
    if math.comb(runs, goods) <= MOST_LABELINGS:
        chosen = list(itertools.combinations(range(runs), goods))
        table = np.zeros((len(chosen), runs), bool)
        rows = np.repeat(np.arange(len(chosen)), goods)
        table[rows, np.array(chosen, int).reshape(-1)] = True
        first = np.flatnonzero((table == observed).all(axis=1))[0]
        table[[0, first]] = table[[first, 0]]
        return table, True
    random = np.random.default_rng(SEED)
    table = np.tile(observed, (MOST_LABELINGS, 1))
    return np.concatenate([table[:1], random.permuted(table[1:], axis=1)]), False


def bayes_factor_bound(p: float) -> float:
    """The greatest factor by which a p-value can speak for a cause: 1 / (-e p ln p), and 1 from p = 1/e on.

    From Sellke, Bayarri and Berger, "Calibration of p values for testing precise null hypotheses", 2001.
    """
    p = max(p, LEAST_P)
    return 1.0 if p >= 1 / math.e else 1.0 / (-math.e * p * math.log(p))

"""Two numbers that separate good runs from bad ones by a line, as a stability limit `dt / dx^2` does. Pure.

A limit on a product or a quotient is a line between logarithms. The p is exact: of all labelings with as many
good runs, the share that some line parts as well is counted, by turning a line around the points.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

from bisect_parity.diagnosis.attributes import Attribute, Grouped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_ATTRIBUTES = 12
MOST_RUNS = 150  # a line is turned around all pairs of them; of more, the labelings are bounded
FEWEST_VALUES = 3
DEALS = 200
FEWER_DEALS = 50
SEED = 13
_POWERS = (1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 1.5, -1.5)
_HALF_TURN = math.pi * (1 + 1e-9)


@frozen
class Points:
    """The runs that recorded two numbers.

    Attributes:
        first, second: the attributes.
        is_log: whether the points hold logarithms.
        points: of shape (runs, 2).
        is_good: whether each run is good.
    """

    first: Attribute
    second: Attribute
    is_log: bool
    points: np.ndarray
    is_good: np.ndarray


@frozen
class Line(Grouped):
    """Two numbers, neither of which separates the runs alone.

    Attributes:
        first, second: the attributes.
        is_log: whether a product of powers separates; else a weighted sum.
        weight: the power or the weight of the second one; that of the first is 1.
        is_low: whether good runs lie below.
        good_edge, bad_edge: of the product or sum, the values of the good and bad run nearest to each other.
        good, bad: how many runs recorded both.
        p: the share of all labelings that a line would part as well: exact, or for many runs at most that, by
            Cover's bound on the number of labelings of any balance.
        p_family: the same for anything that was tried (Bonferroni).
        tried: how many pairs were.
        p_weaker: how often another number in place of the weaker of the two would do as well.
        weaker: which that is.
        trial: the points, in the order of the attributes.
    """

    first: Attribute
    second: Attribute
    is_log: bool
    weight: float
    is_low: bool
    good_edge: float
    bad_edge: float
    good: int
    bad: int
    p: float
    p_family: float
    tried: int
    p_weaker: float
    weaker: Attribute
    trial: Points

    @property
    def attributes(self) -> tuple[Attribute, Attribute]:
        """Both."""
        return self.first, self.second

    @property
    def formula(self) -> str:
        """What is limited, such as `dt / dx^2` or `a + 3.1 * b`."""
        size = abs(self.weight)
        if not self.is_log:
            return f"{self.first.name} {'-' if self.weight < 0 else '+'} {size:.4g} * {self.second.name}"
        power = "" if size == 1 else f"^{size:.3g}"
        return f"{self.first.name} {'/' if self.weight < 0 else '*'} {self.second.name}{power}"


def line_trials(attributes: Sequence[Attribute], good: Sequence[int], bad: Sequence[int]) -> list[Points]:
    """The pairs of numbers that a line may part, with their logarithms where all are positive.

    Args:
        attributes: that differ, one of each group that sorts the runs alike; most telling first.
        good, bad: positions of the runs.
    """
    positions = (*good, *bad)
    numbers = [(attribute, attribute.numbers()) for attribute in attributes if not attribute.has_unit]
    ordered = [
        (attribute, [values[at] for at in positions])
        for attribute, values in numbers
        if values is not None and len({values[at] for at in positions} - {None}) >= FEWEST_VALUES
    ]
    return [
        points
        for one, other in itertools.combinations(ordered[:MOST_ATTRIBUTES], 2)
        for points in _points(one, other, len(good))
    ]


def _points(
    one: tuple[Attribute, Sequence[float | None]], other: tuple[Attribute, Sequence[float | None]], goods: int
) -> Iterator[Points]:
    (first, xs), (second, ys) = one, other
    known = [
        (x, y, at < goods)
        for at, (x, y) in enumerate(zip(xs, ys, strict=True))
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    ]
    table = np.array([(x, y) for x, y, _ in known], dtype=np.float64).reshape(-1, 2)
    is_good = np.array([side for _, _, side in known], dtype=bool)
    if not (is_good.any() and not is_good.all()):
        return
    if (table > 0).all():
        yield Points(first, second, True, np.log(table), is_good)
    yield Points(first, second, False, table, is_good)


def parted(trial: Points, every: int, tried: int, level: float) -> Line | None:
    """The line that parts good from bad, if there is one that few labelings would have.

    Args:
        trial: the points.
        every: how many hypotheses were tried, for the p of the family.
        tried: how many pairs were, to be told.
        level: the largest p of the family.
    """
    low, high = trial.points.min(axis=0), trial.points.max(axis=0)
    if not (high > low).all():
        return None
    unit = (trial.points - low) / (high - low)
    if _direction(unit, trial.is_good) is None:
        return None
    if abs(_weight(trial)) < 1:
        trial = Points(trial.second, trial.first, trial.is_log, trial.points[:, ::-1], trial.is_good)
    good = int(trial.is_good.sum())
    is_counted = len(unit) <= MOST_RUNS
    ways = _separable_labelings(unit, good) if is_counted else len(unit) * (len(unit) - 1) + 2
    p = Fraction(ways, math.comb(len(unit), good))
    if p * every > level:
        return None
    found = _simplest(trial, _weight(trial))
    if found is None:
        return None
    weight, is_low, good_edge, bad_edge = found
    return Line(
        trial.first,
        trial.second,
        trial.is_log,
        weight,
        is_low,
        math.exp(good_edge) if trial.is_log else good_edge,
        math.exp(bad_edge) if trial.is_log else bad_edge,
        good,
        len(unit) - good,
        float(p),
        float(p * every),
        tried,
        1.0,
        trial.second,
        trial,
    )


def weighed(line: Line) -> Line:
    """The line, with how often another number would do in place of the weaker of the two.

    Where one nearly separates alone, hardly a second is needed: the values of each are dealt to the runs at
    random, with a fixed seed.
    """
    trial, chance = line.trial, np.random.default_rng(SEED)
    unit = trial.points / np.ptp(trial.points, axis=0)
    shares, deals = [], DEALS if len(unit) <= MOST_RUNS else FEWER_DEALS
    for column, attribute in enumerate(line.attributes):
        hits, mixed = 0, unit.copy()
        for _ in range(deals):
            mixed[:, column] = chance.permutation(unit[:, column])
            hits += _direction(mixed, trial.is_good) is not None
        shares.append(((hits + 1) / (deals + 1), attribute))
    p_weaker, weaker = max(shares, key=lambda item: item[0])
    return evolve(line, p_weaker=p_weaker, weaker=weaker)


def _direction(points: np.ndarray, is_good: np.ndarray) -> np.ndarray | None:
    """The direction from good to bad that parts them with most room; None where no line parts them."""
    between = (points[~is_good][None, :, :] - points[is_good][:, None, :]).reshape(-1, 2)
    if (between == 0).all(axis=1).any():
        return None
    angles = np.sort(np.arctan2(between[:, 1], between[:, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * math.pi))
    widest = int(gaps.argmax())
    if gaps[widest] <= _HALF_TURN:
        return None
    opposite = angles[widest] + gaps[widest] / 2
    return -np.array([math.cos(opposite), math.sin(opposite)])


def _separable_labelings(points: np.ndarray, good: int) -> int:
    """How many sets of so many points some line parts from the others; equal points stay together."""
    distinct, sizes = np.unique(points, axis=0, return_counts=True)
    apart = (distinct[None, :, :] - distinct[:, None, :])[np.triu_indices(len(distinct), 1)]
    normals = np.arctan2(apart[:, 0], -apart[:, 1])  # where two points change their order
    turns = np.unique(np.round(np.mod(np.concatenate((normals, normals + math.pi)), 2 * math.pi), 12))
    middles = (turns + np.append(turns[1:], turns[0] + 2 * math.pi)) / 2
    sets: set[bytes] = set()
    for some in np.array_split(middles, max(1, len(middles) // 2048)):
        heights = np.stack((np.cos(some), np.sin(some)), axis=1) @ distinct.T
        order = heights.argsort(axis=1)
        reached = sizes[order].cumsum(axis=1)
        rows, counts = np.nonzero(reached == good)
        inside = np.zeros((len(rows), len(distinct)), dtype=bool)
        for at, (row, count) in enumerate(zip(rows, counts, strict=True)):
            inside[at, order[row, : count + 1]] = True
        sets.update(map(bytes, np.packbits(inside, axis=1)))
    return len(sets)


def _weight(trial: Points) -> float:
    """The weight of the second number, that of the first being 1, in the direction with most room."""
    scale = np.ptp(trial.points, axis=0)
    direction = _direction(trial.points / scale, trial.is_good)
    if direction is None:
        return math.inf
    x, y = direction / scale
    return float(y / x) if x else math.inf


def _simplest(trial: Points, exact: float) -> tuple[float, bool, float, float] | None:
    """The weight of the second number with the fewest digits that parts the runs, and where it does."""
    if not math.isfinite(exact):
        return None
    rounded = (float(f"{exact:.{digits}g}") for digits in range(1, 6))
    for weight in (*(_POWERS if trial.is_log else ()), *rounded, exact):
        heights = trial.points[:, 0] + weight * trial.points[:, 1]
        good, bad = heights[trial.is_good], heights[~trial.is_good]
        if good.max() < bad.min():
            return weight, True, float(good.max()), float(bad.min())
        if bad.max() < good.min():
            return weight, False, float(good.min()), float(bad.max())
    return None

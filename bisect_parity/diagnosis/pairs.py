"""Two attributes that separate good runs from bad ones only together: an interaction. Pure."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.diagnosis.attributes import Attribute
from bisect_parity.diagnosis.exact import pure_categories, pure_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.diagnosis.attributes import Kind

__all__ = ["LEVEL", "Cell", "Pair", "separating_pairs"]

LEVEL = 0.05  # of the family: a pair is told only if few of so many pairs would separate by chance
MOST_VALUES = 8
MOST_ATTRIBUTES = 40


@frozen
class Cell:
    """The runs with one value of the first attribute.

    Attributes:
        value: of the first attribute.
        good, bad: positions of the runs, by verdict.
    """

    value: str
    good: tuple[int, ...]
    bad: tuple[int, ...]


@frozen
class Pair:
    """Two attributes, neither of which separates the runs alone.

    Attributes:
        first: its values are told apart as names.
        second: separates good from bad within each value of the first one.
        is_ordered: whether it does so by a threshold within each; else by its values.
        cells: the runs by the value of the first attribute.
        p: exact: the share of all labelings that the two would separate as well.
        p_family: the same for any of the pairs and single attributes that were tried (Bonferroni).
        tried: how many pairs were.
    """

    first: Attribute
    second: Attribute
    is_ordered: bool
    cells: tuple[Cell, ...]
    p: float
    p_family: float
    tried: int

    @property
    def attributes(self) -> tuple[Attribute, Attribute]:
        """Both."""
        return self.first, self.second

    @property
    def sides(self) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """The good and the bad runs of each cell."""
        return [cell.good for cell in self.cells], [cell.bad for cell in self.cells]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What the two are attributes of, each kind once."""
        return tuple(dict.fromkeys(attribute.kind for attribute in self.attributes))


def separating_pairs(
    attributes: Sequence[Attribute], good: Sequence[int], bad: Sequence[int]
) -> tuple[Pair, ...]:
    """The pairs that separate all runs which recorded both, the most telling first.

    Args:
        attributes: that differ, one of each group that sorts the runs alike; most telling first.
        good, bad: positions of the runs.
    """
    tables = [_Codes.of(attribute, (*good, *bad)) for attribute in attributes]
    named = [table for table in tables if table.is_named][:MOST_ATTRIBUTES]
    ordered = [table for table in tables if table.ranks is not None][:MOST_ATTRIBUTES]
    plain = [table for table in named if table.ranks is None]
    trials = [
        *itertools.combinations(plain, 2),
        *((one, other) for one in named for other in ordered if one is not other),
    ]
    every = len(trials) + len(attributes)
    found = []
    for one, other in trials:
        values = other.names if other.ranks is None else other.ranks
        cells = tuple(_cells(one, values, good, bad))
        if all(_is_apart(cell, values, is_ordered=other.ranks is not None) for cell in cells):
            p = _p(cells, values, is_ordered=other.ranks is not None) * every
            if p <= LEVEL:
                found.append((p, one.attribute, other.attribute, other.ranks is not None, cells))
    return tuple(
        Pair(first, second, is_ordered, cells, float(p / every), float(p), len(trials))
        for p, first, second, is_ordered, cells in sorted(found, key=lambda item: (item[0], item[1].name))
    )


@frozen
class _Codes:
    """An attribute as numbers.

    Attributes:
        attribute: which.
        names: the number of each run's value, by its position; None where it is not recorded.
        ranks: the same, in the order of the values; None if they have none, or are only two.
        is_named: whether the values are few enough to be names of groups of runs.
    """

    attribute: Attribute
    names: Mapping[int, int | None]
    ranks: Mapping[int, int | None] | None
    is_named: bool

    @classmethod
    def of(cls, attribute: Attribute, positions: Sequence[int]) -> _Codes:
        names = dict(zip(positions, attribute.partition(positions), strict=True))
        counts = Counter(code for code in names.values() if code is not None)
        is_named = 2 <= len(counts) <= min(MOST_VALUES, sum(counts.values()) // 2)
        numbers = attribute.numbers()
        if numbers is None or len(counts) <= 2:
            return cls(attribute, names, None, is_named)
        distinct = sorted({number for at in positions for number in [numbers[at]] if number is not None})
        rank = {number: at for at, number in enumerate(distinct)}
        ranks = {at: None if (n := numbers[at]) is None else rank[n] for at in positions}
        return cls(attribute, names, ranks, is_named)


def _cells(
    first: _Codes, values: Mapping[int, int | None], good: Sequence[int], bad: Sequence[int]
) -> Iterator[Cell]:
    groups: dict[int, list[int]] = {}
    for at in sorted((*good, *bad)):
        code = first.names[at]
        if code is not None and values[at] is not None:
            groups.setdefault(code, []).append(at)
    goods = set(good)
    for group in groups.values():
        here = tuple(at for at in group if at in goods)
        there = tuple(at for at in group if at not in goods)
        yield Cell(first.attribute.values[group[0]] or "", here, there)


def _sides(cell: Cell, values: Mapping[int, int | None]) -> tuple[list[int], list[int]]:
    good, bad = ([values[at] or 0 for at in side] for side in (cell.good, cell.bad))  # none is unrecorded
    return good, bad


def _is_apart(cell: Cell, values: Mapping[int, int | None], *, is_ordered: bool) -> bool:
    good, bad = _sides(cell, values)
    if not (good and bad):
        return True
    if is_ordered:
        return max(good) < min(bad) or max(bad) < min(good)
    return not set(good) & set(bad)


def _p(cells: Sequence[Cell], values: Mapping[int, int | None], *, is_ordered: bool) -> Fraction:
    """The share of labelings that the two would separate as well, with as many good runs."""
    ways, goods, runs = Counter({0: 1}), 0, 0
    for cell in cells:
        good, bad = _sides(cell, values)
        counts = Counter((*good, *bad))
        sizes = [counts[value] for value in sorted(counts)]
        own = (pure_thresholds if is_ordered else pure_categories)(sizes)
        further: Counter[int] = Counter()
        for (one, count), (other, many) in itertools.product(ways.items(), own.items()):
            further[one + other] += count * many
        ways, goods, runs = further, goods + len(good), runs + len(good) + len(bad)
    return Fraction(ways[goods], math.comb(runs, goods))

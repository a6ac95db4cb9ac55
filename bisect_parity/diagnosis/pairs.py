"""Two attributes that separate good runs from bad ones only together: an interaction. Pure.

Either one of them separates within each value of the other, or both are numbers and a line does: see `lines`.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from attrs import evolve, frozen

from bisect_parity.diagnosis.attributes import Attribute, Grouped
from bisect_parity.diagnosis.exact import pure_categories, pure_thresholds
from bisect_parity.diagnosis.lines import Line, line_trials, parted, weighed
from bisect_parity.diagnosis.triples import Triple, deciding_triples

LEVEL = 0.05  # of the family: a pair is told only if few of so many pairs would separate by chance
DEALS = 200
MOST_TOLD = 12
SEED = 13
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
class Pair(Grouped):
    """Two attributes, neither of which separates the runs alone.

    Attributes:
        first: its values are told apart as names.
        second: separates good from bad within each value of the first one.
        is_ordered: whether it does so by a threshold within each; else by its values.
        cells: the runs by the value of the first attribute.
        p: exact: the share of all labelings that the two would separate as well.
        p_family: the same for any of the pairs and single attributes that were tried (Bonferroni).
        tried: how many pairs were.
        p_weaker: how often another attribute in place of the weaker of the two would do as well.
        weaker: which that is.
    """

    first: Attribute
    second: Attribute
    is_ordered: bool
    cells: tuple[Cell, ...]
    p: float
    p_family: float
    tried: int
    p_weaker: float
    weaker: Attribute

    @property
    def attributes(self) -> tuple[Attribute, Attribute]:
        """Both."""
        return self.first, self.second

    @property
    def sides(self) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """The good and the bad runs of each cell."""
        return [cell.good for cell in self.cells], [cell.bad for cell in self.cells]


def separating_pairs(
    attributes: Sequence[Attribute], good: Sequence[int], bad: Sequence[int]
) -> tuple[Pair | Line | Triple, ...]:
    """The pairs that separate all runs which recorded both, the most telling first; without any, triples.

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
    lines = line_trials(attributes, good, bad)
    tried = len(trials) + len(lines)
    every = tried + len(attributes)
    found = []
    for one, other in trials:
        values = other.names if other.ranks is None else other.ranks
        cells = tuple(_cells(one, values, good, bad))
        if all(_is_apart(cell, values, is_ordered=other.ranks is not None) for cell in cells):
            p = _p(cells, values, is_ordered=other.ranks is not None) * every
            if p <= LEVEL:
                found.append((p, one.attribute, other.attribute, other.ranks is not None, cells))
    by_name = {table.attribute.name: table for table in tables}
    pairs = [
        Pair(
            first,
            second,
            is_ordered,
            cells,
            float(p / every),
            float(p),
            tried,
            *_weaker(by_name[first.name], by_name[second.name], is_ordered, good, bad),
        )
        for p, first, second, is_ordered, cells in sorted(found, key=lambda item: item[0])[:MOST_TOLD]
    ]
    found_lines = [line for trial in lines if (line := parted(trial, every, tried, LEVEL)) is not None]
    with_lines = [weighed(line) for line in sorted(found_lines, key=lambda line: line.p)[:MOST_TOLD]]
    best: dict[tuple[str, ...], Pair | Line] = {}
    told: list[Pair | Line] = [*pairs, *with_lines]
    for item in sorted(told, key=lambda item: (item.p_weaker, item.p_family, item.first.name)):
        best.setdefault(tuple(sorted(attribute.name for attribute in item.attributes)), item)
    if best:
        return tuple(best.values())
    few = [(table.attribute, table.names) for table in named]
    return deciding_triples(few, (good, bad), tried, len(attributes), LEVEL)


def _weaker(
    one: _Codes, other: _Codes, is_ordered: bool, good: Sequence[int], bad: Sequence[int]
) -> tuple[float, Attribute]:
    """The attribute that any other could rather stand for, and how often one would.

    Where one nearly separates alone, hardly a second is needed: the values of each are dealt to the runs at
    random, with a fixed seed.
    """
    chance = random.Random(SEED)  # noqa: S311 - a test of permutations, nothing secret
    values = other.names if other.ranks is None or not is_ordered else other.ranks
    shares = []
    for is_first, attribute in ((True, one.attribute), (False, other.attribute)):
        dealt = one.names if is_first else values
        known = [at for at in dealt if dealt[at] is not None]
        hits = 0
        for _ in range(DEALS):
            codes = chance.sample([dealt[at] for at in known], len(known))
            mixed = {**dealt, **dict(zip(known, codes, strict=True))}
            first, second = (evolve(one, names=mixed), values) if is_first else (one, mixed)
            cells = _cells(first, second, good, bad)
            hits += all(_is_apart(cell, second, is_ordered=is_ordered) for cell in cells)
        shares.append(((hits + 1) / (DEALS + 1), attribute))
    return max(shares, key=lambda item: item[0])


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

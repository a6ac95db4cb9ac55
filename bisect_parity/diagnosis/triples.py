"""Three attributes that decide the verdict together, where no two do. Pure.

They do if runs that agree in all three never have different verdicts. The p is exact: of all labelings with
as many good runs, the share that is as pure.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.diagnosis.attributes import Attribute, Grouped
from bisect_parity.diagnosis.exact import pure_categories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_ATTRIBUTES = 12
MOST_CELLS = 64


@frozen
class TripleCell:
    """The runs with one value of each of the three.

    Attributes:
        values: of the three.
        good, bad: positions of the runs; one of both is empty.
    """

    values: tuple[str, ...]
    good: tuple[int, ...]
    bad: tuple[int, ...]


@frozen
class Triple(Grouped):
    """Three attributes, no two of which separate the runs.

    Attributes:
        attributes: all three.
        cells: the runs by their values.
        p: exact: the share of all labelings that would be as pure.
        p_family: the same for anything that was tried (Bonferroni).
        tried: how many pairs and triples were.
    """

    attributes: tuple[Attribute, ...]
    cells: tuple[TripleCell, ...]
    p: float
    p_family: float
    tried: int


def deciding_triples(
    named: Sequence[tuple[Attribute, Mapping[int, int | None]]],
    sides: tuple[Sequence[int], Sequence[int]],
    tried: int,
    singles: int,
    level: float,
) -> tuple[Triple, ...]:
    """The triples that decide the verdict of all runs which recorded them, the most telling first.

    Args:
        named: attributes of few values, with the number of each run's value; most telling first.
        sides: positions of the good and of the bad runs.
        tried: how many pairs were tried before.
        singles: how many single attributes were.
        level: the largest p of the family.
    """
    trials = list(itertools.combinations(named[:MOST_ATTRIBUTES], 3))
    every = len(trials) + tried + singles
    found = []
    for trial in trials:
        cells = _cells(trial, sides)
        if len(cells) > MOST_CELLS or any(cell.good and cell.bad for cell in cells):
            continue
        sizes = [len(cell.good) + len(cell.bad) for cell in cells]
        goods = sum(len(cell.good) for cell in cells)
        if not 0 < goods < sum(sizes):
            continue
        p = Fraction(pure_categories(sizes)[goods], math.comb(sum(sizes), goods))
        if p * every <= level:
            attributes = tuple(attribute for attribute, _ in trial)
            found.append(Triple(attributes, cells, float(p), float(p * every), len(trials) + tried))
    return tuple(sorted(found, key=lambda item: item.p))


def _cells(
    trial: Sequence[tuple[Attribute, Mapping[int, int | None]]], sides: tuple[Sequence[int], Sequence[int]]
) -> tuple[TripleCell, ...]:
    groups: dict[tuple[int, ...], tuple[list[int], list[int]]] = {}
    for side, positions in enumerate(sides):
        for at in positions:
            codes = [code for _, numbers in trial if (code := numbers[at]) is not None]
            if len(codes) == len(trial):
                groups.setdefault(tuple(codes), ([], []))[side].append(at)
    return tuple(
        TripleCell(
            tuple(attribute.values[(good or bad)[0]] or "" for attribute, _ in trial), tuple(good), tuple(bad)
        )
        for good, bad in groups.values()
    )

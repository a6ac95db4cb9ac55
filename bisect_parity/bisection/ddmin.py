"""Delta debugging: the smallest set of changes that still flips a verdict. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["chunks", "minimize"]

T = TypeVar("T")


def minimize(items: Sequence[T], flips: Callable[[Sequence[T]], bool]) -> tuple[T, ...]:
    """A subset that flips the verdict, and no item of which can be left out: ddmin.

    From Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002. Of one culprit
    among n items at most 2 log2(n) subsets are tested, rounded up at each halving; neighbours stay together,
    so a folder's files should stand side by side.

    Args:
        items: all of them together flip it; that is not tested again.
        flips: whether a subset alone does; it is asked for a subset once at most.
    """
    known: dict[frozenset[int], bool] = {}

    def test(positions: Sequence[int]) -> bool:
        key = frozenset(positions)
        if key not in known:
            known[key] = flips([items[at] for at in positions])
        return known[key]

    left, parts = list(range(len(items))), 2
    while len(left) > 1:
        pieces = chunks(left, parts)
        found = next((piece for piece in pieces if test(piece)), None)
        if found is not None:
            left, parts = found, 2
            continue
        if parts > 2:  # of two halves, the complement of one is the other
            rests = ([at for at in left if at not in set(piece)] for piece in pieces)
            found = next((rest for rest in rests if test(rest)), None)
            if found is not None:
                left, parts = found, max(parts - 1, 2)
                continue
        if parts >= len(left):
            break
        parts = min(2 * parts, len(left))
    return tuple(items[at] for at in left)


def chunks(positions: Sequence[int], parts: int) -> list[list[int]]:
    """The positions in as many runs of neighbours, as equal as can be."""
    edges = [len(positions) * part // parts for part in range(parts + 1)]
    return [list(positions[one:other]) for one, other in itertools.pairwise(edges)]

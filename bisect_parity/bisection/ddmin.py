"""Delta debugging: the smallest set of changes, or the smallest step, that still flips a verdict. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
Positions = tuple[int, ...]


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


class ChecksSpentError(Exception):
    """No further check may be run; what was found so far is the answer."""


def narrow(
    items: Sequence[T], flips: Callable[[Sequence[T]], bool | None]
) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Two sets: with the first the verdict is the old one, and with the second added to it the new one.

    The second is as small as can be. From Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
    input", 2002 (the algorithm dd). If every subset can be tested, a second set of one item takes log2(n)
    subsets, rounded up; each that cannot be tested costs more.

    Args:
        items: none of them has the old verdict, all of them the new one; neither is tested again.
        flips: whether a subset has the new verdict; None: it has neither. It is asked for a subset once at
            most, and may raise ChecksSpentError.
    """
    known: dict[frozenset[int], bool | None] = {}

    def test(positions: Positions) -> bool | None:
        key = frozenset(positions)
        if key not in known:
            known[key] = flips([items[at] for at in sorted(positions)])
        return known[key]

    kept: Positions = ()
    left, parts = tuple(range(len(items))), 2
    try:
        while len(left) > 1:
            found = _narrowed(kept, left, parts, test)
            if found is not None:
                kept, left, parts = found
            elif parts < len(left):
                parts = min(2 * parts, len(left))
            else:
                break
    except ChecksSpentError:
        pass
    return tuple(items[at] for at in sorted(kept)), tuple(items[at] for at in left)


def _narrowed(
    kept: Positions, left: Positions, parts: int, test: Callable[[Positions], bool | None]
) -> tuple[Positions, Positions, int] | None:
    """A smaller step, and into how many parts it is divided next; None where no part tells anything."""
    for part in chunks(left, parts):
        chunk, rest = tuple(part), tuple(at for at in left if at not in set(part))
        with_it = test((*kept, *chunk))
        if with_it:
            return kept, chunk, 2
        if with_it is False:
            return (*kept, *chunk), rest, max(parts - 1, 2)
        without = test((*kept, *rest))
        if without is False:
            return (*kept, *rest), chunk, 2
        if without:
            return kept, rest, max(parts - 1, 2)
    return None

"""Which tested commits follow each other, with none between them that was tested. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from bisect_parity.bisection.graph import RangeGraph

__all__ = ["neighbours"]


def neighbours(graph: RangeGraph, start: str, tested: Set[str]) -> Iterator[tuple[str, str, int]]:
    """Each commit that was tested after each that it follows, in the order of the commits.

    Args:
        graph: of the range.
        start: the commit before it: what a commit in the range has no tested ancestor in, it has here.
        tested: commits that change the code; whether `start` was is not asked.

    Yields:
        the earlier commit, the later one, and how many commits that change the code lie between them.
    """
    changing = set(graph.changing)
    nearest: dict[str, dict[str, int]] = {}  # tested commits that can be met first, and what lies between
    for commit in graph.commits:
        parents = graph.parents[commit]
        if commit not in changing:  # its code is that of a parent, and so is all that led there
            parents = tuple(parent for parent in parents if graph.states[parent] == graph.states[commit])
        before: dict[str, int] = {}
        for parent in parents or ("",):
            for other, count in nearest.get(parent, {start: 0}).items():
                before[other] = max(count, before.get(other, 0))
        if commit not in changing or commit not in tested:
            between = int(commit in changing)
            nearest[commit] = {other: count + between for other, count in before.items()}
            continue
        nearest[commit] = {commit: 0}
        yield from ((other, commit, count) for other, count in before.items())

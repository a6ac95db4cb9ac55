"""Which commits of a range lie after which candidates, as rows of bits. Pure."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.bisection.graph import RangeGraph, reach_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

MOST_QUESTIONS = 512


@frozen
class Descent:
    """The candidates for a change of the rate, and which commits lie after each of them.

    Attributes:
        candidates: full ids, parents before children.
        old: full id of the old end, which lies before all of them.
    """

    candidates: tuple[str, ...]
    old: str
    _graph: RangeGraph = field(repr=False)
    _bases: tuple[str, ...] = ()

    @functools.cached_property
    def _reach(self) -> Callable[[str], int]:
        return reach_of(self._graph)

    @functools.cached_property
    def _columns(self) -> NDArray[np.int64]:
        """The bits of the candidates that lie in the range."""
        place = {commit: number for number, commit in enumerate(self._graph.changing)}
        return np.array([place[commit] for commit in self.candidates[len(self._bases) :]], dtype=np.int64)

    def state(self, commit: str) -> str:
        """The code state of a commit; of what the graph does not hold, its own id."""
        return self._graph.states.get(commit, commit)

    def after(self, commits: Sequence[str]) -> NDArray[np.bool_]:
        """Whether the code of a commit descends from a candidate; shape (commits, candidates).

        What lies outside of the range descends from none.
        """
        packed = self._packed(commits)
        inside = np.unpackbits(packed, axis=1, bitorder="little")[:, self._columns].astype(bool)
        beside = np.zeros((len(commits), len(self._bases)), dtype=bool)
        for place, base in enumerate(self._bases):
            beside[:, place] = [commit == base or commit in self._graph.parents for commit in commits]
        return np.hstack([beside, inside])

    def questions(self, weights: NDArray[np.float64]) -> list[str]:
        """The commits whose check can be informative: the old end and the candidates.

        Of very many candidates, those that split the weights into steps of one size, as far as a systematic
        sample of the weights tells.

        Args:
            weights: of the candidates; shape (N,), float64.
        """
        if len(self.candidates) <= MOST_QUESTIONS:
            return [self.old, *self.candidates]
        drawn = (np.arange(MOST_QUESTIONS) + 0.5) / MOST_QUESTIONS * weights.sum()
        places = np.searchsorted(np.cumsum(weights), drawn).clip(max=len(weights) - 1) - len(self._bases)
        columns = self._columns[places[places >= 0]]
        masses = (self._candidate_bits[:, columns >> 3] >> (columns & 7) & 1).sum(axis=1)
        order = np.argsort(masses, kind="stable")
        steps = np.searchsorted(masses[order], np.arange(MOST_QUESTIONS + 1)).clip(max=len(order) - 1)
        return [self.old, *(self.candidates[place] for place in sorted(order[np.unique(steps)]))]

    @functools.cached_property
    def _candidate_bits(self) -> NDArray[np.uint8]:
        return self._packed(self.candidates)

    def _packed(self, commits: Sequence[str]) -> NDArray[np.uint8]:
        """Eight commits of the range to a byte: those that each commit is or descends from."""
        size = len(self._graph.changing) // 8 + 1
        bits = b"".join(self._bits(commit).to_bytes(size, "little") for commit in commits)
        return np.frombuffer(bits, dtype=np.uint8).reshape(len(commits), size)

    def _bits(self, commit: str) -> int:
        return self._reach(self._graph.source(commit))


def descent_of(graph: RangeGraph, old: str, new: str, bases: Sequence[str] = ()) -> Descent:
    """The candidates of a range.

    All commits with one code have one rate. So a commit is none if its code has no part in that of the
    new end; if code of the old end comes after it; or, unless that leaves none, if code of the new end lies
    before it.

    Args:
        graph: of the range; `new` has its code from a commit in it.
        old, new: full ids of the ends.
        bases: common ancestors of the ends, where the old end is no ancestor of the new one. Each is one more
            candidate: the change may lie on the side of the old end.
    """
    reach = reach_of(graph)
    left = reach(graph.source(new))
    for commit in graph.changing:
        if graph.states[commit] == graph.states[old]:
            left &= ~reach(commit)
    earliest = left
    for commit in graph.changing:
        if graph.states[commit] == graph.states[new]:
            earliest &= reach(commit)
    kept = earliest or left or reach(graph.source(new))
    inside = tuple(commit for place, commit in enumerate(graph.changing) if kept >> place & 1)
    return Descent((*bases, *inside), old, graph, tuple(bases))

"""What the lines of history have checked out in each cell of a grid of time. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.provenance.checkouts import is_rewritten_between
from bisect_parity.provenance.time_grid import changes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.provenance.checkouts import Hypotheses
    from bisect_parity.provenance.parameters import Elsewhere

__all__ = ["SMALLEST", "Held"]

LEAST_SHARE = 1e-3  # of the probability, for a checkout to be looked at closely
SMALLEST = 1e-300


class Held:
    """One entry for each checkout of each line and each cell that it reaches into, line by line.

    Args:
        hypotheses: the lines.
        middles: of the time cells, ascending; shape (n,).
        late: how probable it is that a run of each cell was committed late; shape (n,).

    Attributes:
        cells: of the entries; shape (k,).
        commits: numbers of the commits; shape (k,).
        ages: seconds since they were checked out; shape (k,).
        is_reflog: whether a reflog says so; shape (k,).
        beliefs: how far it is believed; shape (k,).
    """

    def __init__(self, hypotheses: Hypotheses, middles: np.ndarray, late: np.ndarray) -> None:
        self._count = len(middles)
        self._lines = hypotheses.lines
        found = [line.held(middles) for line in self._lines]
        sizes = [len(cells) for cells, _ in found]
        self._places = [places for _, places in found]
        self._parts = [
            slice(end - size, end) for end, size in zip(itertools.accumulate(sizes), sizes, strict=True)
        ]
        self.cells = np.concatenate([cells for cells, _ in found])
        times = middles[self.cells]
        pairs = list(zip(self._lines, self._places, strict=True))
        self.commits = np.concatenate([line.commits[places] for line, places in pairs])
        self.ages = times - np.concatenate([line.starts[places] for line, places in pairs])
        of_line = np.arange(len(sizes)).repeat(sizes)
        self.is_reflog = hypotheses.is_reflog[of_line]
        self.beliefs = _shares(hypotheses, sizes, late)[of_line, self.cells]
        for line, part in zip(self._lines, self._parts, strict=True):
            if line.weights is not None:
                self.beliefs[part] *= line.belief(times[part])

    def by_cell(self, values: np.ndarray) -> np.ndarray:
        """The sums of some values of the entries, shape (k,), for each cell; shape (n,)."""
        return np.bincount(self.cells, values, self._count)

    def numbered(self) -> tuple[np.ndarray, np.ndarray]:
        """The different commits, sorted, and the position of each entry's commit among them.

        Returns:
            shapes (c,) and (k,), int32.
        """
        is_new = changes(self.commits)
        some = self.commits[is_new]
        order = some.argsort()
        ordered = some[order]
        is_other = changes(ordered)
        numbers = np.empty(len(some), np.int32)
        numbers[order] = is_other.cumsum() - 1
        return ordered[is_other], numbers[is_new.cumsum() - 1]

    def elsewhere(self, share: float, parameters: Elsewhere) -> np.ndarray:
        """P(another commit than the line says) for each entry: nothing is amiss in a reflog; shape (k,).

        There is more of it where a person's commits do not follow on each other, and where the line's commit
        has replaced the one that was there.
        """
        odds = np.full(self._count, share / (1 - share))
        for line, part in zip(self._lines, self._parts, strict=True):
            if line.origin == "own parents":
                odds[self.cells[part][self.beliefs[part] > 0]] *= parameters.broken
        found: np.ndarray = (odds / (1 + odds))[self.cells]
        found[self.is_reflog] = 0.0
        for line, part, places in zip(self._lines, self._parts, self._places, strict=True):
            if line.replaced is not None:
                found[part][line.replaced[places]] = parameters.replaced
        return found

    def unrelated(self, weights: np.ndarray, added: float, is_related: Callable[[int], bool]) -> np.ndarray:
        """Which entries are of a reflog's checkouts that matter, are no ancestors, nor were rewritten to be.

        Args:
            weights: of the cells; shape (n,).
            added: POSIX seconds until when they may have been rewritten.
            is_related: whether a commit, given by its number, is an ancestor of the adding commit.

        Returns:
            shape (k,).
        """
        found = np.zeros(len(self.cells), bool)
        least = LEAST_SHARE * max(weights.sum(), SMALLEST)
        for line, part, places in zip(self._lines, self._parts, self._places, strict=True):
            if not line.entries:
                continue
            mass = np.bincount(places, weights[self.cells[part]])
            for position in np.flatnonzero(mass > least).tolist():
                commit = int(line.commits[position])
                if not is_related(commit) and not is_rewritten_between(line, position, added):
                    found[part] |= places == position
        return found


def _shares(hypotheses: Hypotheses, sizes: Sequence[int], late: np.ndarray) -> np.ndarray:
    """The probability of each line in each cell; where a reflog says nothing, the others do; shape (l, n)."""
    both = np.array([1 - late, late])
    found: np.ndarray = hypotheses.priors @ both
    is_reflog = hypotheses.is_reflog
    silent = np.zeros(len(late))
    for place in np.flatnonzero(is_reflog).tolist():
        first = len(late) - sizes[place]
        silent[:first] += found[place, :first]
    found[~is_reflog] *= 1 + silent / np.maximum(hypotheses.rest @ both, SMALLEST)
    return found

"""What the lines of history have checked out in each cell of the grids of time of several runs. Pure."""

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

LEAST_SHARE = 1e-3  # of the probability, for a checkout to be looked at closely
SMALLEST = 1e-300


def parts(sizes: Sequence[int]) -> list[slice]:
    """Where each of some sequences is that stand one after another."""
    return [slice(end - size, end) for end, size in zip(itertools.accumulate(sizes), sizes, strict=True)]


class Held:
    """One entry for each checkout of each line and each cell that it reaches into: run by run, line by line.

    Args:
        runs: the lines of each run.
        grids: the middles of the time cells of each run, ascending; those of all runs are counted through.
        late: how probable it is that a run of each cell was committed late; shape (n,).

    Attributes:
        cells: of the entries; shape (k,).
        commits: numbers of the commits; shape (k,).
        ages: seconds since they were checked out; shape (k,).
        is_reflog: whether a reflog says so; shape (k,).
        kinds: position of the line's kind in `KINDS`; shape (k,).
        beliefs: how far it is believed; shape (k,).
        of_runs: the entries of each run.
    """

    def __init__(self, runs: Sequence[Hypotheses], grids: Sequence[np.ndarray], late: np.ndarray) -> None:
        self._grids = parts([len(grid) for grid in grids])
        self._lines = [line for run in runs for line in run.lines]
        self._of_lines = parts([len(run.lines) for run in runs])
        where = [place for place, run in enumerate(runs) for _ in run.lines]
        found = [line.held(grids[run]) for line, run in zip(self._lines, where, strict=True)]
        sizes = [len(places) for _, places in found]
        self._parts = parts(sizes)
        self._places = [places for _, places in found]
        self.of_runs = parts([sum(sizes[lines]) for lines in self._of_lines])
        self.cells = np.concatenate(
            [cells + self._grids[run].start for (cells, _), run in zip(found, where, strict=True)]
        )
        every = np.concatenate(grids)
        times = every[self.cells]
        pairs = list(zip(self._lines, self._places, strict=True))
        self.commits = np.concatenate([line.commits[places] for line, places in pairs])
        self.ages = times - np.concatenate([line.starts[places] for line, places in pairs])
        self.kinds = np.concatenate([run.kinds for run in runs]).repeat(sizes)
        self.is_reflog = np.concatenate([run.is_reflog for run in runs]).repeat(sizes)
        priors = np.concatenate([run.priors for run in runs]).repeat(sizes, axis=0)
        more = np.where(self.is_reflog, 1.0, self._others(runs, every, late)[self.cells])
        self.beliefs = _mixed(priors, late[self.cells]) * more
        for line, part in zip(self._lines, self._parts, strict=True):
            if line.weights is not None:
                self.beliefs[part] *= line.belief(times[part])

    def _others(self, runs: Sequence[Hypotheses], times: np.ndarray, late: np.ndarray) -> np.ndarray:
        """How much more the other lines count in each cell, where a reflog says nothing; shape (n,)."""
        rests = np.array([run.rest for run in runs])
        rest = _mixed(rests.repeat([cells.stop - cells.start for cells in self._grids], axis=0), late)
        more: np.ndarray = 1 + self._silent(runs, times, late) / np.maximum(rest, SMALLEST)
        return more

    def _silent(self, runs: Sequence[Hypotheses], times: np.ndarray, late: np.ndarray) -> np.ndarray:
        """The probability of the reflogs that say nothing in each cell; shape (n,)."""
        found = np.zeros(len(late))
        for run, lines, cells in zip(runs, self._of_lines, self._grids, strict=True):
            for place in np.flatnonzero(run.is_reflog).tolist():
                size = len(self._places[lines.start + place])
                before = slice(cells.start, cells.stop - size)
                found[before] += _mixed(run.priors[place], late[before])
                if run.lines[place].weights is not None:
                    since = slice(before.stop, cells.stop)
                    doubt = 1 - run.lines[place].belief(times[since])
                    found[since] += _mixed(run.priors[place], late[since]) * doubt
        return found

    def by_cell(self, values: np.ndarray) -> np.ndarray:
        """The sums of some values of the entries, shape (k,), for each cell; shape (n,)."""
        return np.bincount(self.cells, values, self._grids[-1].stop)

    def numbered(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each run, its different commits, sorted, and the position of each entry's commit among them.

        Returns:
            shapes (c,) and (k,), int32.
        """
        size = int(self.commits.max(initial=0)) + 1
        of_entries = np.arange(len(self.of_runs)).repeat([part.stop - part.start for part in self.of_runs])
        keys = self.commits + size * of_entries
        is_new = changes(keys)
        some = keys[is_new]
        order = some.argsort()
        ordered = some[order]
        is_other = changes(ordered)
        places = np.empty(len(some), np.int32)
        places[order] = is_other.cumsum() - 1
        numbers, different = places[is_new.cumsum() - 1], ordered[is_other]
        firsts = different.searchsorted(size * np.arange(len(self.of_runs) + 1)).tolist()
        return [
            (different[first:last] - size * run, numbers[part] - np.int32(first))
            for run, (part, (first, last)) in enumerate(
                zip(self.of_runs, itertools.pairwise(firsts), strict=True)
            )
        ]

    def elsewhere(
        self, shares: Sequence[float], parameters: Elsewhere, rates: np.ndarray, at_any_time: float
    ) -> np.ndarray:
        """P(another commit than the line says) for each entry: nothing is amiss in a reflog; shape (k,).

        There is more of it where a person's commits do not follow on each other, and where the line's commit
        has replaced the one that was there; less soon after a checkout, which runs follow, and more long
        after: a commit that is not here may have been checked out at any time.

        Args:
            shares: of each run, where nothing speaks for more of it.
            parameters: of the model.
            rates: of run starts by the age of each checkout, as `recency_rate` gives them; shape (k,).
            at_any_time: share of the runs that do not follow a checkout.
        """
        odds = np.array([share / (1 - share) for share in shares])
        odds = odds.repeat([cells.stop - cells.start for cells in self._grids])
        for line, part in zip(self._lines, self._parts, strict=True):
            if line.origin == "own parents":
                odds[self.cells[part][self.beliefs[part] > 0]] *= parameters.broken
        of_entries = odds[self.cells] / (at_any_time + (1 - at_any_time) * rates / parameters.pace)
        found: np.ndarray = of_entries / (1 + of_entries)
        found[self.is_reflog] = 0.0
        for line, part, places in zip(self._lines, self._parts, self._places, strict=True):
            if line.replaced is not None:
                found[part][line.replaced[places]] = parameters.replaced
        return found

    def unrelated(
        self, run: int, weights: np.ndarray, added: float, is_related: Callable[[int], bool]
    ) -> np.ndarray:
        """Which entries are of a reflog's checkouts that matter, are no ancestors, nor were rewritten to be.

        Args:
            run: whose.
            weights: of all cells; shape (n,).
            added: POSIX seconds until when they may have been rewritten.
            is_related: whether a commit, given by its number, is an ancestor of the adding commit.

        Returns:
            positions of entries.
        """
        found = [np.zeros(0, np.int64)]
        least = LEAST_SHARE * max(weights[self._grids[run]].sum(), SMALLEST)
        for place in range(len(self._lines))[self._of_lines[run]]:
            line, part, places = self._lines[place], self._parts[place], self._places[place]
            if not line.entries:
                continue
            mass = np.bincount(places, weights[self.cells[part]])
            for position in np.flatnonzero(mass > least).tolist():
                commit = int(line.commits[position])
                if not is_related(commit) and not is_rewritten_between(line, position, added):
                    found.append(part.start + np.flatnonzero(places == position))
        return np.concatenate(found)


def _mixed(priors: np.ndarray, late: np.ndarray) -> np.ndarray:
    """Probabilities where `late` is known, from those of runs committed soon and late, (..., 2) and (n,)."""
    soon, later = priors[..., 0], priors[..., 1]
    found: np.ndarray = soon + (later - soon) * late
    return found

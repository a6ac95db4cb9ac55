"""One run on a grid of time: what is stated, when it was committed, and what was checked out. Pure.

What the run's own clock showed at its start differs from the true time by an error that all statements of
the run share. Statements are densities over the clock's time, checkouts and delays over the true time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.evidence.model import TimeStatement
from bisect_parity.provenance.checkouts import KINDS, LEAST_REST, WORKTREE, Hypotheses
from bisect_parity.provenance.clock import (
    DAY,
    OTHER_ZONE,
    begins,
    blurs,
    readings,
)
from bisect_parity.provenance.densities import (
    Arrival,
    arrival_densities,
    late_share,
    recency_rate,
    statement_densities,
)
from bisect_parity.provenance.grid_statement import GridStatement
from bisect_parity.provenance.held import SMALLEST, Held, parts
from bisect_parity.provenance.parameters import Clock
from bisect_parity.provenance.time_grid import distinct, grid

if TYPE_CHECKING:
    from bisect_parity.provenance.habits import Habits
    from bisect_parity.provenance.parameters import Parameters

LEAST_SCALE_SHARE = 0.003  # of a clock scale, to be integrated over
NEAR = 24  # checkouts before and after a stated time whose exact begin counts


@frozen
class Sheet:
    """One run on a grid of time, before the habits of its repository are known.

    Attributes:
        middles, widths: of the time cells, seconds; shape (n,).
        stated: the statements.
        prior: for each of `Habits.moments`, the probability of each cell before any statement; shape (m, n).
        commits: numbers of the commits that can be named; shape (c,).
        cells: for each checkout that a line has in a cell, the cell; shape (k,), as the next four.
        numbers: positions in `commits`, int32.
        factors: what it counts for.
        is_reflog: whether the line is a reflog.
        kinds: position of its kind in `KINDS`, int32.
        elsewhere: probability that another commit was checked out than the line says.
        shares: what all checkouts in a cell count for; shape (n,).
        here: prior probability, in each cell, that the worktree in which it was committed tells; shape (n,).
        clock: the scales of its error.
    """

    middles: np.ndarray = field(eq=False)
    widths: np.ndarray = field(eq=False)
    stated: tuple[GridStatement, ...]
    prior: np.ndarray = field(eq=False)
    commits: np.ndarray = field(eq=False)
    cells: np.ndarray = field(eq=False)
    numbers: np.ndarray = field(eq=False)
    factors: np.ndarray = field(eq=False)
    is_reflog: np.ndarray = field(eq=False)
    kinds: np.ndarray = field(eq=False)
    elsewhere: np.ndarray = field(eq=False)
    shares: np.ndarray = field(eq=False)
    here: np.ndarray = field(eq=False)
    clock: Clock

    def over_true_time(self, likelihoods: np.ndarray, habits: Habits) -> np.ndarray:
        """Likelihoods over the clock's time as likelihoods over the true time; shapes (k, n)."""
        exact, *others = habits.clock.tolist()
        others = list(itertools.dropwhile(lambda share: share < LEAST_SCALE_SHARE, others))
        if not others:
            return likelihoods
        matrix = np.diag(np.full(len(self.middles), exact, np.float32))
        widest_first = blurs(self.middles, self.widths, self.clock)
        for share, blur in zip(reversed(others), widest_first, strict=False):
            if share >= LEAST_SCALE_SHARE:
                matrix += np.multiply(blur, np.float32(share), out=blur)
        found: np.ndarray = likelihoods @ matrix.T
        return found

    def mass(self, over: np.ndarray, counted: np.ndarray | None = None) -> np.ndarray:
        """Probability mass of each commit, not normalised; shape (c,).

        Args:
            over: mass of each time cell, before it is shared by the lines; shape (n,).
            counted: how far the checkouts count; shape (k,).
        """
        weights = self.factors * over[self.cells]
        if counted is not None:
            weights *= counted
        return np.bincount(self.numbers, weights, len(self.commits))

    def mass_by_kind(self, over: np.ndarray, counted: np.ndarray) -> np.ndarray:
        """The same by the lines of each of `KINDS`; shape (len(KINDS), c)."""
        count = len(self.commits)
        weights = self.factors * over[self.cells] * counted
        found = np.bincount(self.kinds * np.int32(count) + self.numbers, weights, len(KINDS) * count)
        return found.reshape(len(KINDS), count)

    def not_here(self, over: np.ndarray) -> float:
        """How much more probable all statements are if that worktree tells nothing of the run.

        Args:
            over: probability of each time cell by all statements; shape (n,).
        """
        of_worktree = np.where(self.kinds == WORKTREE, self.factors, 0.0)
        share = np.bincount(self.cells, of_worktree, len(over)) / np.maximum(self.shares, SMALLEST)
        return float((over * (1 - share) / np.maximum(1 - self.here, LEAST_REST)).sum())

    def share_of(self, number: int) -> np.ndarray:
        """Probability that a commit is checked out, for each cell; shape (n,)."""
        here = self.commits[self.numbers] == number
        share: np.ndarray = np.bincount(self.cells[here], self.factors[here], len(self.middles))
        share /= np.maximum(self.shares, SMALLEST)
        return share


@frozen
class RunFacts:
    """What is known of one run, to be put on a grid of time.

    Attributes:
        hypotheses: of what was checked out when.
        statements: times that the bundle states.
        arrivals: when the bundle may have been committed; none if it never was.
        zones: seconds east of UTC where the run probably was, and where else in this repository.
        elsewhere: prior probability that the run's commit is on no history line.
        is_related: whether a commit, given by its number, is an ancestor of the adding commit.
        took: seconds from its begin to its end, where its bundle states them.
    """

    hypotheses: Hypotheses
    statements: Sequence[TimeStatement]
    arrivals: Sequence[Arrival]
    zones: Sequence[int]
    elsewhere: float
    is_related: Callable[[int], bool]
    took: float | None = None

    @property
    def latest(self) -> list[float]:
        """The times before which it began, POSIX seconds."""
        lasts = (float(line.starts.max()) for line in self.hypotheses.lines)
        return [each.time for each in self.arrivals] or [max(lasts) + 1]


def lay_out(runs: Sequence[RunFacts], parameters: Parameters, usual: Habits) -> list[Sheet]:
    """Put each of some runs on a grid of time; many of them cost little more than one.

    Args:
        runs: any number.
        parameters: of the model.
        usual: the habits of repositories of which nothing is known.
    """
    if not runs:
        return []
    edges = [_edges(run, parameters) for run in runs]
    grids = [(each[1:] + each[:-1]) / 2 for each in edges]
    widths = np.concatenate([np.diff(each) for each in edges])
    delays = _delays(runs, grids, parameters)
    held = Held([run.hypotheses for run in runs], grids, late_share(delays, usual.moments))
    rates = recency_rate(held.ages, parameters.recency)
    factors = held.beliefs * rates
    stated = _stated(runs, grids, parameters)
    weights = widths * delays.sum(axis=0) * held.by_cell(factors)
    grid_parts = parts([len(grid) for grid in grids])
    for place, (run, cells, entries) in enumerate(zip(runs, grid_parts, held.of_runs, strict=True)):
        if run.arrivals and held.is_reflog[entries].any():
            weights[cells] *= _product(stated[place], usual, grids[place])
            unrelated = held.unrelated(place, weights, max(run.latest), run.is_related)
            factors[unrelated] *= parameters.lines.not_an_ancestor
    shares, at_any_time = held.by_cell(factors), held.by_cell(held.beliefs)
    priors = np.concatenate([delays * widths * rate for rate in (shares, at_any_time)])
    here = held.by_cell(np.where(held.kinds == WORKTREE, held.beliefs, 0.0)) / np.maximum(
        at_any_time, SMALLEST
    )
    shares_elsewhere, at_random = [run.elsewhere for run in runs], parameters.recency.at_any_time
    elsewhere = held.elsewhere(shares_elsewhere, parameters.elsewhere, rates, at_random)
    numbered = held.numbered()
    return [
        Sheet(
            grids[place],
            widths[cells],
            stated[place],
            priors[:, cells] / np.maximum(priors[:, cells].sum(axis=1, keepdims=True), SMALLEST),
            numbered[place][0],
            held.cells[entries] - cells.start,
            numbered[place][1],
            factors[entries],
            held.is_reflog[entries],
            held.kinds[entries],
            elsewhere[entries],
            shares[cells],
            here[cells],
            parameters.clock,
        )
        for place, (cells, entries) in enumerate(zip(grid_parts, held.of_runs, strict=True))
    ]


def _edges(run: RunFacts, parameters: Parameters) -> np.ndarray:
    """The edges of the time cells: dense around what is stated; shape (n + 1,)."""
    starts = np.concatenate([line.starts for line in run.hypotheses.lines])
    meant = [(s, r) for s in run.statements for r in readings(s, run.zones, parameters) if r.width <= DAY]
    centres = [time for s, r in meant if r.meaning < OTHER_ZONE for time in begins(s, r, run.took)]
    minor = [time for s, r in meant if r.meaning == OTHER_ZONE for time in begins(s, r, run.took)]
    minor += [r.seconds + r.width for _, r in meant if r.width > 1]
    return grid(centres, minor, run.latest, _near(distinct(starts), [*centres, *run.latest]))


def _delays(runs: Sequence[RunFacts], grids: Sequence[np.ndarray], parameters: Parameters) -> np.ndarray:
    """For each of `DELAYS`, how probable it is by when a run's results came in; shape (d, n).

    Delays count from the begin; where it is stated how long a run took, from the end.
    """
    arrivals = [run.arrivals or [Arrival(run.latest[0], 0.0)] for run in runs]
    found = arrival_densities(list(zip(grids, arrivals, strict=True)), parameters.delay)
    for place, run in enumerate(runs):
        if run.took is not None and run.arrivals:
            (of_end,) = arrival_densities([(grids[place] + run.took, arrivals[place])], parameters.delay)
            found[place] = parameters.modes.stated * of_end + (1 - parameters.modes.stated) * found[place]
    for run, densities in zip(runs, found, strict=True):
        if run.statements and not run.arrivals:
            densities[:] = 1.0
    return np.concatenate(found, axis=1)


def _stated(
    runs: Sequence[RunFacts], grids: Sequence[np.ndarray], parameters: Parameters
) -> list[tuple[GridStatement, ...]]:
    """The statements of each run, on its grid."""
    asked = [
        (times, s, run.zones, run.took)
        for run, times in zip(runs, grids, strict=True)
        for s in run.statements
    ]
    densities = iter(statement_densities(asked, parameters))
    return [
        tuple(GridStatement(s, next(densities), _reliability(s, parameters)) for s in run.statements)
        for run in runs
    ]


def _reliability(statement: TimeStatement, parameters: Parameters) -> float:
    """Probability that a statement is about its run.

    That of its best origin, where a program wrote one time in several places; but a file's own time is no
    copy of what is written, and both are of something else by chance only.
    """
    doubts = {
        origin: 1 - parameters.sources[origin].reliability for origin in {statement.origin, *statement.also}
    }
    of_file = doubts.pop("mtime", 1.0)
    return 1 - of_file * min(doubts.values(), default=1.0)


def _product(stated: Sequence[GridStatement], habits: Habits, times: np.ndarray) -> np.ndarray:
    """Likelihood of all statements together; shape (n,)."""
    found = np.ones_like(times)
    for each in stated:
        found *= each.mixture(habits)
    return found


def _near(boundaries: np.ndarray, centres: Sequence[float]) -> np.ndarray:
    """The boundaries that matter: a bounded number around each centre."""
    places = boundaries.searchsorted(centres).tolist()
    return np.concatenate([boundaries[max(place - NEAR, 0) : place + NEAR] for place in places])

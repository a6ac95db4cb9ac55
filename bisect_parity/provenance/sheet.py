"""One run on a grid of time: what is stated, when it was committed, and what was checked out. Pure.

What the run's own clock showed at its start differs from the true time by an error that all statements of
the run share. Statements are densities over the clock's time, checkouts and delays over the true time.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.evidence.model import TimeStatement
from bisect_parity.provenance.clock import (
    BROAD_SECONDS,
    DAY,
    OTHER_ZONE,
    Arrival,
    arrival_densities,
    blurs,
    late_share,
    mode_weights,
    readings,
    recency_rate,
    statement_densities,
)
from bisect_parity.provenance.held import SMALLEST, Held
from bisect_parity.provenance.parameters import Clock
from bisect_parity.provenance.time_grid import distinct, grid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.provenance.checkouts import Hypotheses
    from bisect_parity.provenance.habits import Habits
    from bisect_parity.provenance.parameters import Parameters

__all__ = ["Sheet", "Stated", "lay_out"]

LEAST_SCALE_SHARE = 0.003  # of a clock scale, to be integrated over
NEAR = 24  # checkouts before and after a stated time whose exact begin counts


@frozen
class Stated:
    """One statement of time, on the grid.

    Attributes:
        statement: what was stated.
        densities: for each mode and meaning; shape (modes, meanings, n).
        reliability: probability that it is about this run.
    """

    statement: TimeStatement
    densities: np.ndarray = field(eq=False)
    reliability: float

    def mixture(self, habits: Habits) -> np.ndarray:
        """Its likelihood over the clock's time, with a floor for a wrong one; shape (n,)."""
        can_be = self.densities[-1, :, 0] > 0  # a clock that is far off may have shown any time
        meanings = habits.meanings[self.statement.kind] * can_be
        shares = np.outer(self._modes(habits), meanings / meanings.sum()).ravel()
        mixed = shares @ self.densities.reshape(len(shares), -1)
        total: np.ndarray = self.reliability * mixed + (1 - self.reliability) / BROAD_SECONDS
        return total

    def counts(self, habits: Habits, odds: np.ndarray) -> np.ndarray:
        """How much each mode and meaning explains of some times.

        Args:
            habits: of the repository.
            odds: probability of each cell over its `mixture`; shape (n,).

        Returns:
            shape (modes, meanings).
        """
        shares = np.outer(self._modes(habits), habits.meanings[self.statement.kind])
        found: np.ndarray = self.reliability * shares * (self.densities @ odds)
        return found

    def _modes(self, habits: Habits) -> np.ndarray:
        return mode_weights(habits.modes[self.statement.origin], self.statement.marks)


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
        elsewhere: probability that another commit was checked out than the line says.
        shares: what all checkouts in a cell count for; shape (n,).
        clock: the scales of its error.
    """

    middles: np.ndarray = field(eq=False)
    widths: np.ndarray = field(eq=False)
    stated: tuple[Stated, ...]
    prior: np.ndarray = field(eq=False)
    commits: np.ndarray = field(eq=False)
    cells: np.ndarray = field(eq=False)
    numbers: np.ndarray = field(eq=False)
    factors: np.ndarray = field(eq=False)
    is_reflog: np.ndarray = field(eq=False)
    elsewhere: np.ndarray = field(eq=False)
    shares: np.ndarray = field(eq=False)
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

    def share_of(self, number: int) -> np.ndarray:
        """Probability that a commit is checked out, for each cell; shape (n,)."""
        here = self.commits[self.numbers] == number
        share: np.ndarray = np.bincount(self.cells[here], self.factors[here], len(self.middles))
        share /= np.maximum(self.shares, SMALLEST)
        return share


def lay_out(
    hypotheses: Hypotheses,
    statements: Sequence[TimeStatement],
    arrivals: Sequence[Arrival],
    zones: Sequence[int],
    elsewhere: float,
    parameters: Parameters,
    is_related: Callable[[int], bool],
    usual: Habits,
) -> Sheet:
    """Put one run on a grid of time.

    Args:
        hypotheses: of what was checked out when.
        statements: times that the bundle states.
        arrivals: when the bundle may have been committed; none if it never was.
        zones: seconds east of UTC where the run probably was, and where else in this repository.
        elsewhere: prior probability that the run's commit is on no history line.
        parameters: of the model.
        is_related: whether a commit, given by its number, is an ancestor of the adding commit.
        usual: the habits of repositories of which nothing is known.
    """
    starts = np.concatenate([line.starts for line in hypotheses.lines])
    latest = [each.time for each in arrivals] or [float(starts.max()) + 1]
    edges = _edges(starts, statements, zones, latest, parameters)
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    delays = arrival_densities(middles, arrivals or [Arrival(latest[0], 0.0)], parameters.delay)
    if not arrivals and statements:
        delays = np.ones_like(delays)
    held = Held(hypotheses, middles, late_share(delays, usual.moments))
    factors = held.beliefs * recency_rate(held.ages, parameters.recency)
    stated = tuple(
        Stated(
            s, statement_densities(middles, s, zones, parameters), parameters.sources[s.origin].reliability
        )
        for s in statements
    )
    if arrivals and held.is_reflog.any():
        weights = widths * delays.sum(axis=0) * held.by_cell(factors) * _product(stated, usual, middles)
        factors[held.unrelated(weights, max(latest), is_related)] *= parameters.lines.not_an_ancestor
    shares = held.by_cell(factors)
    at_any_time = held.by_cell(held.beliefs)
    prior = np.concatenate([delays * widths * rate for rate in (shares, at_any_time)])
    commits, numbers = held.numbered()
    return Sheet(
        middles,
        widths,
        stated,
        prior / np.maximum(prior.sum(axis=1, keepdims=True), SMALLEST),
        commits,
        held.cells,
        numbers,
        factors,
        held.is_reflog,
        held.elsewhere(elsewhere, parameters.elsewhere),
        shares,
        parameters.clock,
    )


def _edges(
    starts: np.ndarray,
    statements: Sequence[TimeStatement],
    zones: Sequence[int],
    latest: Sequence[float],
    parameters: Parameters,
) -> np.ndarray:
    """The edges of the time cells: dense around what is stated; shape (n + 1,)."""
    meant = [r for s in statements for r in readings(s, zones, parameters) if r.width <= DAY]
    centres = [r.seconds for r in meant if r.meaning < OTHER_ZONE]
    minor = [r.seconds for r in meant if r.meaning == OTHER_ZONE]
    minor += [r.seconds + r.width for r in meant if r.width > 1]
    return grid(centres, minor, latest, _near(distinct(starts), [*centres, *latest]))


def _product(stated: Sequence[Stated], habits: Habits, times: np.ndarray) -> np.ndarray:
    """Likelihood of all statements together; shape (n,)."""
    found = np.ones_like(times)
    for each in stated:
        found *= each.mixture(habits)
    return found


def _near(boundaries: np.ndarray, centres: Sequence[float]) -> np.ndarray:
    """The boundaries that matter: a bounded number around each centre."""
    places = boundaries.searchsorted(centres).tolist()
    return np.concatenate([boundaries[max(place - NEAR, 0) : place + NEAR] for place in places])

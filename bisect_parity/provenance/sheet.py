"""One run on a grid of time: what is stated, when it was committed, and what was checked out. Pure.

What the run's own clock showed at its start differs from the true time by an error that all statements of
the run share. Statements are densities over the clock's time, checkouts and delays over the true time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.evidence.model import TimeStatement
from bisect_parity.provenance.checkouts import is_rewritten_between
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
from bisect_parity.provenance.parameters import Clock
from bisect_parity.provenance.time_grid import grid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.provenance.checkouts import Line
    from bisect_parity.provenance.habits import Habits
    from bisect_parity.provenance.parameters import Parameters

__all__ = ["Sheet", "Stated", "lay_out"]

LEAST_SHARE = 1e-3  # of the probability, for a checkout to be looked at closely
LEAST_SCALE_SHARE = 0.003  # of a clock scale, to be integrated over
SMALLEST = 1e-300
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
        modes = mode_weights(habits.modes[self.statement.origin], self.statement.marks)
        meanings = habits.meanings[self.statement.kind] * self.densities.any(axis=(0, 2))
        meanings = meanings / meanings.sum()
        mixed = meanings @ np.tensordot(modes, self.densities, 1)
        total: np.ndarray = self.reliability * mixed + (1 - self.reliability) / BROAD_SECONDS
        return total


@frozen
class Sheet:
    """One run on a grid of time, before the habits of its repository are known.

    Attributes:
        middles, widths: of the time cells, seconds; shape (n,).
        stated: the statements.
        prior: for each of `Habits.moments`, the probability of each cell before any statement; shape (m, n).
        commits: numbers of the commits that can be named; shape (c,).
        numbers: positions in `commits`, for each line and cell; shape (l, n), int32.
        factors: what a line's checkout in a cell counts for; shape (l, n).
        is_reflog: whether the line is a reflog; shape (l,).
        elsewhere: probability that another commit was checked out than the line says; shape (l, n).
        clock: the scales of its error.
    """

    middles: np.ndarray = field(eq=False)
    widths: np.ndarray = field(eq=False)
    stated: tuple[Stated, ...]
    prior: np.ndarray = field(eq=False)
    commits: np.ndarray = field(eq=False)
    numbers: np.ndarray = field(eq=False)
    factors: np.ndarray = field(eq=False)
    is_reflog: np.ndarray = field(eq=False)
    elsewhere: np.ndarray = field(eq=False)
    clock: Clock

    def blur(self, likelihoods: np.ndarray, habits: Habits) -> np.ndarray:
        """From the clock's time to the true time; shapes (n, k)."""
        shares = habits.clock
        if shares[1:].max(initial=0.0) < LEAST_SCALE_SHARE:
            return likelihoods
        matrix = np.diag(np.full(len(self.middles), shares[0], np.float32))
        widest_first = zip(shares[:0:-1], blurs(self.middles, self.widths, self.clock), strict=True)
        for share, blur in widest_first:
            if share >= LEAST_SCALE_SHARE:
                matrix += np.float32(share) * blur
        shown: np.ndarray = matrix @ likelihoods
        return shown

    def mass(self, over: np.ndarray, counted: np.ndarray | None = None) -> np.ndarray:
        """Probability mass of each commit, not normalised; shape (c,).

        Args:
            over: mass of each time cell, before it is shared by the lines; shape (n,).
            counted: how far lines and cells count; shape (l, n).
        """
        weights = self.factors * over
        if counted is not None:
            weights = weights * counted
        return np.bincount(self.numbers.ravel(), weights=weights.ravel(), minlength=len(self.commits))

    def share_of(self, number: int) -> np.ndarray:
        """Probability that a commit is checked out, for each cell; shape (n,)."""
        here = self.commits[self.numbers] == number
        share: np.ndarray = (self.factors * here).sum(axis=0) / np.maximum(self.factors.sum(axis=0), SMALLEST)
        return share


def lay_out(
    lines: Sequence[Line],
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
        lines: hypotheses of what was checked out when; their priors sum to 1.
        statements: times that the bundle states.
        arrivals: when the bundle may have been committed; none if it never was.
        zones: seconds east of UTC where the run probably was, and where else in this repository.
        elsewhere: prior probability that the run's commit is on no history line.
        parameters: of the model.
        is_related: whether a commit, given by its number, is an ancestor of the adding commit.
        usual: the habits of repositories of which nothing is known.
    """
    all_starts = np.concatenate([line.starts for line in lines])
    starts = np.unique(all_starts)
    latest = [each.time for each in arrivals] or [float(starts[-1]) + 1]
    meant = [r for s in statements for r in readings(s, zones, parameters) if r.width <= DAY]
    centres = [r.seconds for r in meant if r.meaning < OTHER_ZONE]
    minor = [r.seconds for r in meant if r.meaning == OTHER_ZONE]
    minor += [r.seconds + r.width for r in meant if r.width > 1]
    edges = grid(centres, minor, latest, _near(starts, [*centres, *latest]))
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    places = np.stack([line.at(middles) for line in lines])
    firsts = np.cumsum([0, *(len(line.starts) for line in lines[:-1])])
    held = np.maximum(places, 0) + firsts[:, None]  # among the checkouts of all lines
    commits, numbers = _numbered(held, np.concatenate([line.commits for line in lines]))
    delays = arrival_densities(middles, arrivals or [Arrival(latest[0], 0.0)], parameters.delay)
    if not arrivals and statements:
        delays = np.ones_like(delays)
    beliefs = _beliefs(lines, middles, places, late_share(delays, usual.moments))
    factors = beliefs * recency_rate(np.maximum(middles - all_starts[held], 0.0), parameters.recency)
    stated = tuple(
        Stated(
            s, statement_densities(middles, s, zones, parameters), parameters.sources[s.origin].reliability
        )
        for s in statements
    )
    if arrivals:
        weights = widths * delays.sum(axis=0) * factors.sum(axis=0) * _product(stated, usual, middles)
        for place, line in enumerate(lines):
            for position in _unrelated(line, places[place], weights, max(latest), is_related):
                factors[place, places[place] == position] *= parameters.lines.not_an_ancestor
    at_any_time = beliefs.sum(axis=0)
    prior = np.concatenate([delays * widths * rate for rate in (factors.sum(axis=0), at_any_time)])
    return Sheet(
        middles,
        widths,
        stated,
        prior / np.maximum(prior.sum(axis=1, keepdims=True), SMALLEST),
        commits,
        numbers,
        factors,
        np.array([bool(line.entries) for line in lines]),
        _elsewhere(lines, places, beliefs, elsewhere, parameters),
        parameters.clock,
    )


def _numbered(held: np.ndarray, commits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different commits that are held, sorted, and which of them each cell holds.

    Args:
        held: positions in `commits`, ascending along each line; shape (l, n).
        commits: of the checkouts.

    Returns:
        shapes (c,) and (l, n), int32.
    """
    is_new = np.ones(held.size, bool)
    np.not_equal(held.ravel()[1:], held.ravel()[:-1], out=is_new[1:])
    found, numbers = np.unique(commits[held.ravel()[is_new]], return_inverse=True)
    spread: np.ndarray = numbers.astype(np.int32)[np.cumsum(is_new) - 1].reshape(held.shape)
    return found, spread


def _product(stated: Sequence[Stated], habits: Habits, times: np.ndarray) -> np.ndarray:
    """Likelihood of all statements together; shape (n,)."""
    found = np.ones_like(times)
    for each in stated:
        found *= each.mixture(habits)
    return found


def _near(boundaries: np.ndarray, centres: Sequence[float]) -> np.ndarray:
    """The boundaries that matter: a bounded number around each centre."""
    kept = [np.zeros(0)]
    for centre in centres:
        place = int(np.searchsorted(boundaries, centre))
        kept.append(boundaries[max(place - NEAR, 0) : place + NEAR])
    return np.unique(np.concatenate(kept))


def _beliefs(lines: Sequence[Line], middles: np.ndarray, places: np.ndarray, late: np.ndarray) -> np.ndarray:
    """How far each line's checkout is believed in each cell; where a reflog says nothing, the others do.

    Args:
        lines: the hypotheses.
        middles: of the time cells; shape (n,).
        places: of the checkouts; shape (l, n).
        late: how probable it is that a run of each cell was committed late; shape (n,).

    Returns:
        shape (l, n).
    """
    priors = np.array([line.priors for line in lines])
    found: np.ndarray = priors[:, :1] * (1 - late) + priors[:, 1:] * late
    is_reflog = np.array([bool(line.entries) for line in lines])[:, None]
    silent = (found * (is_reflog & (places < 0))).sum(axis=0)
    others = (found * ~is_reflog).sum(axis=0)
    found = np.where(is_reflog, found, found * (1 + silent / np.maximum(others, SMALLEST)))
    found *= places >= 0
    for number, line in enumerate(lines):
        if line.weights is not None:
            found[number] *= line.belief(middles, places[number])
    return found


def _elsewhere(
    lines: Sequence[Line], places: np.ndarray, beliefs: np.ndarray, share: float, parameters: Parameters
) -> np.ndarray:
    """P(another commit than the line says) for each line and cell: nothing is amiss in a reflog.

    There is more of it where a person's commits do not follow on each other, and where the line's commit
    has replaced the one that was there.
    """
    own = [place for place, line in enumerate(lines) if line.origin == "own parents"]
    broken = (beliefs[own] > 0).any(axis=0)
    odds = share / (1 - share) * np.where(broken, parameters.elsewhere.broken, 1.0)
    found = np.tile(odds / (1 + odds), (len(lines), 1))
    for place, line in enumerate(lines):
        if line.entries:
            found[place] = 0.0
        elif line.replaced is not None:
            is_gone = (places[place] >= 0) & line.replaced[np.maximum(places[place], 0)]
            found[place, is_gone] = parameters.elsewhere.replaced
    return found


def _unrelated(
    line: Line,
    place: np.ndarray,
    weights: np.ndarray,
    added: float,
    is_related: Callable[[int], bool],
) -> list[int]:
    """A reflog's checkouts that matter, are no ancestors of the adding commit, nor were rewritten to be."""
    inside = place >= 0
    if not line.entries or not inside.any():
        return []
    mass = np.bincount(place[inside], weights=weights[inside])
    heavy = np.flatnonzero(mass > LEAST_SHARE * max(weights.sum(), SMALLEST)).tolist()
    return [
        position
        for position in heavy
        if not is_related(int(line.commits[position])) and not is_rewritten_between(line, position, added)
    ]

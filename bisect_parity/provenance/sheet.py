"""One run on a grid of time: what is stated, when it was committed, and what was checked out. Pure.

What the run's own clock showed at its start differs from the true time by an error that all statements of
the run share. Statements are densities over the clock's time, checkouts and delays over the true time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.provenance.checkouts import is_rewritten_between
from bisect_parity.provenance.clock import (
    DAY,
    OTHER_ZONE,
    blurs,
    readings,
    statement_densities,
)
from bisect_parity.provenance.moments import (
    DELAYS,
    Arrival,
    arrival_densities,
    begin_rates,
    late_share,
)
from bisect_parity.provenance.parameters import Clock
from bisect_parity.provenance.stated import Stated
from bisect_parity.provenance.time_grid import grid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.evidence.model import TimeStatement
    from bisect_parity.provenance.checkouts import Line
    from bisect_parity.provenance.habits import Habits
    from bisect_parity.provenance.parameters import Parameters

__all__ = ["Sheet", "lay_out"]

LEAST_SHARE = 1e-3  # of the probability, for a checkout to be looked at closely
LEAST_SCALE_SHARE = 0.003  # of a clock scale, to be integrated over
SMALLEST = 1e-300
NEAR = 24  # checkouts before and after a stated time whose exact begin counts


@frozen
class Sheet:
    """One run on a grid of time, before the habits of its repository are known.

    Attributes:
        middles, widths: of the time cells, seconds; shape (n,).
        stated: the statements.
        prior: for each of `Habits.moments`, the probability of each cell before any statement; shape (m, n).
        delays: for each of `Habits.moments`, what a line's checkout in a cell is multiplied by for its
            part of `prior`; shape (m, n).
        commits: numbers of the commits that can be named; shape (c,).
        numbers: positions in `commits`, for each line and cell; shape (l, n), int32.
        factors: for each of `BEGINNINGS`, what a line's checkout in a cell counts for; shape (b, l, n).
        is_reflog: whether the line is a reflog; shape (l,).
        elsewhere: probability that another commit was visited than the line says; shape (l, n).
        replaced: probability that what the line's commit has replaced was checked out; shape (l, n).
        clock: the scales of its error.
        alike: share of the runs elsewhere that begin when those on the lines do.
    """

    middles: np.ndarray = field(eq=False)
    widths: np.ndarray = field(eq=False)
    stated: tuple[Stated, ...]
    prior: np.ndarray = field(eq=False)
    delays: np.ndarray = field(eq=False)
    commits: np.ndarray = field(eq=False)
    numbers: np.ndarray = field(eq=False)
    factors: np.ndarray = field(eq=False)
    is_reflog: np.ndarray = field(eq=False)
    elsewhere: np.ndarray = field(eq=False)
    replaced: np.ndarray = field(eq=False)
    clock: Clock
    alike: float

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

    def on_lines(self, habits: Habits) -> np.ndarray:
        """Probability of each line and cell before any statement; shape (l, n)."""
        rates = (
            (habits.moments[:, None] * self.delays).reshape(-1, len(DELAYS), len(self.middles)).sum(axis=1)
        )
        found: np.ndarray = np.einsum("bln,bn->ln", self.factors, rates)
        return found

    def visits(self, habits: Habits) -> np.ndarray:
        """The same, of runs at a commit that no line knows.

        One that was visited for the run alone was so at any time; one that was amended or rebased since was
        run when runs on the lines are.
        """
        shares = habits.moments.reshape(-1, len(DELAYS)).sum(axis=0)
        at_any_time = self.factors[-1] * (shares @ self.delays[-len(DELAYS) :])
        found: np.ndarray = self.alike * self.on_lines(habits) + (1 - self.alike) * at_any_time
        return found

    def mass(self, over: np.ndarray) -> np.ndarray:
        """Probability mass of each commit; shape (c,).

        Args:
            over: mass of each line and cell; shape (l, n).
        """
        return np.bincount(self.numbers.ravel(), weights=over.ravel(), minlength=len(self.commits))

    def share_of(self, number: int) -> np.ndarray:
        """Probability that a commit is checked out, for each of `BEGINNINGS` and each cell; shape (b, n)."""
        here = self.commits[self.numbers] == number
        whole = self.factors.sum(axis=1, dtype=np.float64)
        share: np.ndarray = (self.factors * here).sum(axis=1) / np.maximum(whole, SMALLEST)
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
    stated = tuple(
        Stated(
            s, statement_densities(middles, s, zones, parameters), parameters.sources[s.origin].reliability
        )
        for s in statements
    )
    if arrivals:
        weights = widths * delays.sum(axis=0) * beliefs.sum(axis=0) * _product(stated, usual, middles)
        for place, line in enumerate(lines):
            for position in _unrelated(line, places[place], weights, max(latest), is_related):
                beliefs[place, places[place] == position] *= parameters.lines.not_an_ancestor
    factors = beliefs * begin_rates(np.maximum(middles - all_starts[held], 0.0), parameters.recency)
    each = delays * widths
    prior = np.concatenate([each * rate for rate in factors.sum(axis=1)])
    total = np.maximum(prior.sum(axis=1, keepdims=True), SMALLEST)
    replaced = _replaced(lines, places, parameters.elsewhere.replaced)
    return Sheet(
        middles,
        widths,
        stated,
        prior / total,
        np.tile(each, (len(factors), 1)) / total,
        commits,
        numbers,
        factors.astype(np.float32),
        np.array([bool(line.entries) for line in lines]),
        _elsewhere(lines, beliefs, elsewhere, parameters.elsewhere.broken),
        replaced,
        parameters.clock,
        parameters.elsewhere.alike,
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


def _elsewhere(lines: Sequence[Line], beliefs: np.ndarray, share: float, broken: float) -> np.ndarray:
    """P(another commit was visited than the line says) for each line and cell: nothing is amiss in a reflog.

    There is more of it, by the factor `broken` on its odds, where a person's commits do not follow on each
    other.
    """
    own = [place for place, line in enumerate(lines) if line.origin == "own parents"]
    odds = share / (1 - share) * np.where((beliefs[own] > 0).any(axis=0), broken, 1.0)
    is_reflog = np.array([bool(line.entries) for line in lines])
    found: np.ndarray = np.where(is_reflog[:, None], 0.0, odds / (1 + odds))
    return found


def _replaced(lines: Sequence[Line], places: np.ndarray, share: float) -> np.ndarray:
    """P(what a commit has replaced was checked out, not itself) for each line and cell."""
    found = np.zeros(places.shape)
    for line, place, row in zip(lines, places, found, strict=True):
        if line.replaced is not None:
            row[(place >= 0) & line.replaced[np.maximum(place, 0)]] = share
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

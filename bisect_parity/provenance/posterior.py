"""The posterior over commits: clue densities integrated over the run's start time.

P(commit) is the sum over lines of history of prior(line) times the integral, over the times at which the
line has the commit checked out, of the product of all clues' likelihoods. Pure computation.

What the run's own clock showed at its start differs from the true time by an error that all statements of
the run share. Statements are densities over the clock's time, checkouts and delays over the true time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.evidence.model import TimeStatement
from bisect_parity.provenance.clock import (
    BROAD_SECONDS,
    DAY,
    OTHER_ZONE,
    blurs,
    delay_densities,
    grid,
    mode_weights,
    readings,
    recency_rate,
    statement_densities,
)
from bisect_parity.provenance.lines import is_rewritten_between
from bisect_parity.provenance.parameters import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.provenance.habits import Habits
    from bisect_parity.provenance.lines import Line
    from bisect_parity.provenance.parameters import Parameters

__all__ = ["Posterior", "Sheet", "Stated", "lay_out", "posterior"]

LEAST_SHARE = 1e-3  # of the probability, for a checkout to be looked at closely
LEAST_SCALE_SHARE = 0.003  # of a clock scale, to be integrated over
SMALLEST = 1e-300
NEAR = 24  # checkouts before and after a stated time whose exact begin counts


@frozen
class Posterior:
    """Probabilities of commits by everything but written ids.

    Attributes:
        commits: full ids; length n.
        probabilities: shape (n,); they sum to 1 - elsewhere.
        elsewhere: probability that it is none of them.
        alone: for each clue ("time 0", ..., "delay"), the probabilities by it alone; for "reflog", the
            probabilities by everything else.
        run_time, run_time_error: mean and standard deviation of the start, POSIX seconds.
    """

    commits: tuple[str, ...]
    probabilities: np.ndarray = field(eq=False)
    elsewhere: float
    alone: dict[str, np.ndarray] = field(eq=False)
    run_time: float
    run_time_error: float

    def probability(self, commit: str) -> float:
        """Probability of one commit; 0 where it is no candidate."""
        return float(self.probabilities[self.commits.index(commit)]) if commit in self.commits else 0.0

    def without(self, commit: str) -> Posterior:
        """With a commit that cannot be named counted as none of them."""
        if commit not in self.commits:
            return self
        place = self.commits.index(commit)
        return evolve(
            self,
            commits=(*self.commits[:place], *self.commits[place + 1 :]),
            probabilities=np.delete(self.probabilities, place),
            elsewhere=min(self.elsewhere + float(self.probabilities[place]), 1.0),
            alone={name: np.delete(each, place) for name, each in self.alone.items()},
        )

    def order(self) -> np.ndarray:
        """Positions of the commits, most probable first."""
        return np.argsort(-self.probabilities, kind="stable")


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
        numbers: positions in `commits`, for each line and cell; shape (l, n).
        factors: what a line's checkout in a cell counts for; shape (l, n).
        is_entry: whether a reflog tells it; shape (l, n).
        is_reflog: whether the line is a reflog; shape (l,).
        elsewhere: probability that the commit is on no line, for each cell; shape (n,).
        clock: the scales of its error.
    """

    middles: np.ndarray = field(eq=False)
    widths: np.ndarray = field(eq=False)
    stated: tuple[Stated, ...]
    prior: np.ndarray = field(eq=False)
    commits: np.ndarray = field(eq=False)
    numbers: np.ndarray = field(eq=False)
    factors: np.ndarray = field(eq=False)
    is_entry: np.ndarray = field(eq=False)
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
            counted: which lines and cells count; shape (l, n).
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
    added: float | None,
    parent: float | None,
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
        added: when the bundle was committed, POSIX seconds; None if it never was.
        parent: when the parent of that commit was made.
        zones: seconds east of UTC where the run probably was, and where else in this repository.
        elsewhere: prior probability that the run's commit is on no history line.
        parameters: of the model.
        is_related: whether a commit, given by its number, is an ancestor of the adding commit.
        usual: the habits of repositories of which nothing is known.
    """
    starts = np.unique(np.concatenate([line.starts for line in lines]))
    latest = added if added is not None else float(starts[-1]) + 1
    meant = [r for s in statements for r in readings(s, zones, parameters) if r.width <= DAY]
    centres = [r.seconds for r in meant if r.meaning < OTHER_ZONE]
    minor = [r.seconds for r in meant if r.meaning == OTHER_ZONE]
    minor += [r.seconds + r.width for r in meant if r.width > 1]
    edges = grid(centres, minor, latest, _near(starts, [*centres, latest]))
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    places = np.stack([np.searchsorted(line.starts, middles, side="right") - 1 for line in lines])
    begins = np.stack([line.starts[np.maximum(place, 0)] for line, place in zip(lines, places, strict=True)])
    priors = np.array([line.prior for line in lines])[:, None]
    factors = (places >= 0) * priors * recency_rate(np.maximum(middles - begins, 0.0), parameters.recency)
    touched = np.stack([line.commits[np.maximum(p, 0)] for line, p in zip(lines, places, strict=True)])
    commits, numbers = np.unique(touched, return_inverse=True)
    quiet = latest - parent if parent is not None else 0.0
    delays = delay_densities(latest - middles, quiet, parameters.delay)
    if added is None and statements:
        delays = np.ones_like(delays)
    stated = tuple(
        Stated(
            s, statement_densities(middles, s, zones, parameters), parameters.sources[s.origin].reliability
        )
        for s in statements
    )
    if added is not None:
        weights = widths * delays.sum(axis=0) * factors.sum(axis=0) * _product(stated, usual, middles)
        for place, line in enumerate(lines):
            for position in _unrelated(line, places[place], weights, added, is_related):
                factors[place, places[place] == position] *= parameters.lines.not_an_ancestor
    at_any_time = ((places >= 0) * priors).sum(axis=0)
    prior = np.concatenate([delays * widths * rate for rate in (factors.sum(axis=0), at_any_time)])
    return Sheet(
        middles,
        widths,
        stated,
        prior / np.maximum(prior.sum(axis=1, keepdims=True), SMALLEST),
        commits,
        numbers.reshape(places.shape),
        factors,
        places >= np.array([line.first_entry for line in lines])[:, None],
        np.array([bool(line.entries) for line in lines]),
        _elsewhere(lines, touched, elsewhere, parameters),
        parameters.clock,
    )


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


def _elsewhere(
    lines: Sequence[Line], touched: np.ndarray, share: float, parameters: Parameters
) -> np.ndarray:
    """P(no line has the commit) for each cell: more where a person's commits do not follow on each other."""
    own = {line.origin: place for place, line in enumerate(lines) if line.origin.startswith("own ")}
    broken = np.zeros(touched.shape[1], bool)
    if len(own) == 2:
        broken = touched[own["own commits"]] != touched[own["own parents"]]
    odds = share / (1 - share) * np.where(broken, parameters.elsewhere.broken, 1.0)
    found: np.ndarray = odds / (1 + odds)
    return found


def _unrelated(
    line: Line,
    place: np.ndarray,
    weights: np.ndarray,
    added: float,
    is_related: Callable[[int], bool],
) -> list[int]:
    """A reflog's checkouts that matter, are no ancestors of the adding commit, nor were rewritten to be."""
    inside = place >= line.first_entry
    if not line.entries or not inside.any():
        return []
    mass = np.bincount(place[inside], weights=weights[inside])
    heavy = np.flatnonzero(mass > LEAST_SHARE * max(weights.sum(), SMALLEST)).tolist()
    return [
        position
        for position in heavy
        if not is_related(int(line.commits[position])) and not is_rewritten_between(line, position, added)
    ]


def posterior(sheet: Sheet, habits: Habits, name: Callable[[int], str]) -> Posterior:
    """Integrate all clues over the run's start time.

    Args:
        sheet: the run.
        habits: of its repository.
        name: full id of a commit's number.
    """
    prior = habits.moments @ sheet.prior
    shares = np.maximum(sheet.factors.sum(axis=0), SMALLEST)
    mixtures = [stated.mixture(habits) for stated in sheet.stated]
    likelihoods = np.stack([*mixtures, np.prod([np.ones_like(prior), *mixtures], axis=0)], axis=1)
    *single, together = sheet.blur(likelihoods, habits).T
    over = prior * together
    if over.sum() <= 0:
        over = prior  # every density underflowed: only the adding commit is left
    over = over / over.sum()
    alone = {f"time {i}": _normal(sheet.mass(sheet.widths * each)) for i, each in enumerate(single)}
    alone["delay"] = _normal(sheet.mass(prior / shares))
    mass = sheet.mass(over / shares)
    away = float(sheet.mass(over * sheet.elsewhere / shares, ~sheet.is_entry).sum())
    if sheet.is_reflog.any():
        alone["reflog"] = _normal(sheet.mass(over / shares, ~sheet.is_reflog[:, None]))
    mean = float((over * sheet.middles).sum())
    spread = float(np.sqrt((over * (sheet.middles - mean) ** 2).sum()))
    commits = tuple(name(number) for number in sheet.commits.tolist())
    return Posterior(commits, _normal(mass) * (1 - away), away, alone, mean, spread)


def _normal(mass: np.ndarray) -> np.ndarray:
    total: np.ndarray = mass / max(mass.sum(), SMALLEST)
    return total

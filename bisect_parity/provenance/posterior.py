"""The posterior over commits: clue densities integrated over the run's start time.

P(commit) is the sum over lines of history of prior(line) times the integral, over the times at which the
line has the commit checked out, of the product of all clues' likelihoods. Pure computation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.provenance.clock import delay_density, grid, readings, recency_rate, statement_density
from bisect_parity.provenance.lines import is_rewritten_between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.evidence.model import TimeStatement
    from bisect_parity.provenance.lines import Line
    from bisect_parity.provenance.parameters import Parameters

__all__ = ["Posterior", "integrate"]

LEAST_SHARE = 1e-3  # of the probability, for a checkout to be looked at closely


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

    def order(self) -> np.ndarray:
        """Positions of the commits, most probable first."""
        return np.argsort(-self.probabilities, kind="stable")


def integrate(
    lines: Sequence[Line],
    statements: Sequence[TimeStatement],
    added: float | None,
    zone: int,
    elsewhere: float,
    parameters: Parameters,
    is_related: Callable[[int], bool],
    name: Callable[[int], str],
) -> Posterior:
    """Integrate all clues over the run's start time.

    Args:
        lines: hypotheses of what was checked out when; their priors sum to 1.
        statements: times that the bundle states.
        added: when the bundle was committed, POSIX seconds; None if it never was.
        zone: seconds east of UTC where the run probably was.
        elsewhere: prior probability that the run's commit is on no history line.
        parameters: of the model.
        is_related: whether a commit, given by its number, is an ancestor of the adding commit.
        name: full id of a commit's number.
    """
    starts = np.unique(np.concatenate([line.starts for line in lines]))
    latest = added if added is not None else float(starts[-1]) + 1
    centres = [r.seconds for s in statements for r in readings(s, zone, parameters) if r.probability > 1e-3]
    centres += [r.seconds + r.width for s in statements for r in readings(s, zone, parameters) if r.width > 1]
    edges = grid(centres, latest, _near(starts, [*centres, latest]))
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    densities = {
        f"time {i}": statement_density(middles, s, zone, parameters) for i, s in enumerate(statements)
    }
    if added is not None or not statements:
        densities["delay"] = delay_density(latest - middles, parameters.delay)
    total = widths * np.prod(list(densities.values()), axis=0)
    table = _Checkouts(lines, middles, total, added, parameters, is_related)
    mass = table.mass(total)
    if mass.sum() <= 0:
        total = widths.copy()  # every density underflowed: only the order of time is left
        mass = table.mass(total)
    alone = {name: _normal(table.mass(widths * density)) for name, density in densities.items()}
    if table.has_reflog:
        alone["reflog"] = _normal(table.mass(total, reflogs=False))
    away = elsewhere * table.history_share(total)
    mean = float((total * middles).sum() / total.sum())
    spread = float(np.sqrt((total * (middles - mean) ** 2).sum() / total.sum()))
    commits = tuple(name(number) for number in table.commits.tolist())
    return Posterior(commits, mass / mass.sum() * (1 - away), away, alone, mean, spread)


def _normal(mass: np.ndarray) -> np.ndarray:
    total: np.ndarray = mass / max(mass.sum(), 1e-300)
    return total


def _near(boundaries: np.ndarray, centres: Sequence[float]) -> np.ndarray:
    """The boundaries that matter: a bounded number around each centre."""
    kept = [np.zeros(0)]
    for centre in centres:
        place = int(np.searchsorted(boundaries, centre))
        kept.append(boundaries[max(place - 200, 0) : place + 200])
    return np.unique(np.concatenate(kept))


class _Checkouts:
    """For each line and time cell, which commit was checked out, and how much that counts."""

    def __init__(
        self,
        lines: Sequence[Line],
        times: np.ndarray,
        weights: np.ndarray,
        added: float | None,
        parameters: Parameters,
        is_related: Callable[[int], bool],
    ) -> None:
        self._cells = []
        self.has_reflog = any(line.entries for line in lines)
        touched = []
        for line in lines:
            place = np.searchsorted(line.starts, times, side="right") - 1
            known = place >= 0
            ages = np.where(known, times - line.starts[np.maximum(place, 0)], 0.0)
            factors = known * line.prior * recency_rate(ages, parameters.recency)
            from_reflog = np.zeros(len(times), bool)
            if line.entries:
                from_reflog = place >= line.first_entry
                for position in self._unrelated(line, place, weights, added, is_related):
                    factors = np.where(place == position, factors * parameters.lines.not_an_ancestor, factors)
            touched.append(line.commits[np.maximum(place, 0)])
            self._cells.append((factors, from_reflog, bool(line.entries)))
        self.commits, numbers = np.unique(np.concatenate(touched), return_inverse=True)
        self._numbers = numbers.reshape(len(lines), len(times))

    @staticmethod
    def _unrelated(
        line: Line,
        place: np.ndarray,
        weights: np.ndarray,
        added: float | None,
        is_related: Callable[[int], bool],
    ) -> list[int]:
        """The checkouts that matter, are no ancestors of the adding commit, and were not rewritten to be."""
        inside = place >= line.first_entry
        if added is None or not inside.any():
            return []
        mass = np.bincount(place[inside], weights=weights[inside])
        heavy = np.flatnonzero(mass > LEAST_SHARE * max(weights.sum(), 1e-300)).tolist()
        return [
            position
            for position in heavy
            if not is_related(int(line.commits[position])) and not is_rewritten_between(line, position, added)
        ]

    def mass(self, weights: np.ndarray, *, reflogs: bool = True) -> np.ndarray:
        """Sum `weights` of the time cells for each commit, over all lines."""
        mass = np.zeros(len(self.commits))
        for numbers, (factors, _, is_reflog) in zip(self._numbers, self._cells, strict=True):
            if reflogs or not is_reflog:
                mass += np.bincount(numbers, weights=weights * factors, minlength=len(mass))
        return mass

    def history_share(self, weights: np.ndarray) -> float:
        """Which part of the probability comes from history, not from reflog entries."""
        everything = sum(float((weights * factors).sum()) for factors, _, _ in self._cells)
        seen = sum(float((weights * factors)[here].sum()) for factors, here, _ in self._cells)
        return 1 - seen / everything if everything > 0 else 1.0

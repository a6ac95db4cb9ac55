"""The posterior over commits: clue densities integrated over the run's start time.

P(commit) is the sum over lines of history of prior(line) times the integral, over the times at which the
line has the commit checked out, of the product of all clues' likelihoods. Pure computation.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.provenance.checkouts import KINDS
from bisect_parity.provenance.held import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bisect_parity.provenance.habits import Habits
    from bisect_parity.provenance.sheet import Sheet

ONE_DEVIATION = (0.1587, 0.5, 0.8413)  # shares of a normal below -1, 0 and +1 standard deviations


@frozen
class Posterior:
    """Probabilities of commits by everything but written ids.

    Attributes:
        commits: full ids; length n.
        probabilities: shape (n,); they sum to 1 - elsewhere.
        elsewhere: probability that it is none of them.
        alone: for each clue ("time 0", ..., "delay"), the probabilities by it alone; for "reflog", the
            probabilities by everything else.
        run_time, run_time_error: median of the start, and half the width of the interval that holds it
            with 68 %, seconds; what a long tail adds to a mean would be of no use to anybody.
        by_kind: probabilities of the commits by lines of each of `KINDS`; shape (len(KINDS), n), float32.
        not_here: as `Sheet.not_here` tells; 1 where no worktree tells anything.
    """

    commits: tuple[str, ...]
    probabilities: np.ndarray = field(eq=False)
    elsewhere: float
    alone: dict[str, np.ndarray] = field(eq=False)
    run_time: float
    run_time_error: float
    by_kind: np.ndarray = field(eq=False)
    not_here: float = 1.0

    @by_kind.default
    def _of_no_kind(self) -> np.ndarray:
        return np.zeros((len(KINDS), len(self.commits)), np.float32)

    def probability(self, commit: str) -> float:
        """Probability of one commit; 0 where it is no candidate."""
        return float(self.probabilities[self.commits.index(commit)]) if commit in self.commits else 0.0

    @property
    def likeliest(self) -> str:
        """The commit of most probability; there must be one."""
        return self.commits[int(self.probabilities.argmax())]

    def without(self, commit: str) -> Posterior:
        """With a commit that cannot be named counted as none of them."""
        if commit not in self.commits:
            return self
        place = self.commits.index(commit)
        return evolve(
            self,
            commits=(*self.commits[:place], *self.commits[place + 1 :]),
            probabilities=np.delete(self.probabilities, place),
            by_kind=np.delete(self.by_kind, place, axis=1),
            elsewhere=min(self.elsewhere + float(self.probabilities[place]), 1.0),
            alone={name: np.delete(each, place) for name, each in self.alone.items()},
        )

    def mixed(self, commits: Sequence[str], likely: np.ndarray, share: float, clue: str) -> Posterior:
        """If with a probability of `share` its commit is one of some others instead, as a clue says.

        Args:
            commits: the others; shape (k,).
            likely: their probabilities if it is; shape (k,).
            share: how probable that is.
            clue: its name.
        """
        new = [commit for commit in commits if commit not in self.commits]
        every = (*self.commits, *new)
        places = {commit: place for place, commit in enumerate(every)}
        told, nothing = np.zeros(len(every)), np.zeros(len(new))
        told[[places[commit] for commit in commits]] = likely
        return evolve(
            self,
            commits=every,
            probabilities=(1 - share) * np.append(self.probabilities, nothing) + share * told,
            elsewhere=(1 - share) * self.elsewhere + share * (1 - float(told.sum())),
            alone={name: np.append(each, nothing) for name, each in self.alone.items()} | {clue: told},
            by_kind=np.pad(np.float32(1 - share) * self.by_kind, ((0, 0), (0, len(new)))),
        )

    def likely(self, most: int, least: float) -> list[str]:
        """The commits of at least some probability, most probable first."""
        order = self.order()[:most]
        return [self.commits[place] for place in order[self.probabilities[order] >= least].tolist()]

    def order(self) -> np.ndarray:
        """Positions of the commits, most probable first."""
        return np.argsort(-self.probabilities, kind="stable")


NOTHING = Posterior((), np.zeros(0), 1.0, {}, 0.0, 0.0)


def posterior(sheet: Sheet, habits: Habits, names: Callable[[np.ndarray], Sequence[str]]) -> Posterior:
    """Integrate all clues over the run's start time.

    Args:
        sheet: the run.
        habits: of its repository.
        names: full ids of commits' numbers.
    """
    prior = habits.moments @ sheet.prior
    if not prior.any():
        return NOTHING  # by their clocks, all commits are later than the one that added the run
    shares = np.maximum(sheet.shares, SMALLEST)
    mixtures = [stated.mixture(habits) for stated in sheet.stated]
    product = functools.reduce(operator.mul, mixtures, np.ones_like(prior))
    *single, together = sheet.over_true_time(np.array([*mixtures, product]), habits)
    over = prior * together
    if over.sum() <= 0:
        over = prior  # every density underflowed: only the adding commit is left
    over = over / over.sum()
    alone = {f"time {i}": _normal(sheet.mass(sheet.widths * each)) for i, each in enumerate(single)}
    alone["delay"] = _normal(sheet.mass(prior / shares))
    by_kind = sheet.mass_by_kind(over / shares, 1 - sheet.elsewhere)
    mass = by_kind.sum(axis=0)
    if sheet.is_reflog.any():
        alone["reflog"] = _normal(sheet.mass(over / shares, ~sheet.is_reflog))
    early, median, late = _quantiles(sheet.middles, over, ONE_DEVIATION)
    commits, elsewhere = tuple(names(sheet.commits)), max(1 - float(mass.sum()), 0.0)
    kinds = by_kind.astype(np.float32)
    return Posterior(commits, mass, elsewhere, alone, median, (late - early) / 2, kinds, sheet.not_here(over))


def _quantiles(values: np.ndarray, weights: np.ndarray, shares: Sequence[float]) -> Iterator[float]:
    """The values, in ascending order, below which these shares of the weight lie."""
    below = weights.cumsum()
    return iter(values[below.searchsorted(below[-1] * np.array(shares))].tolist())


def _normal(mass: np.ndarray) -> np.ndarray:
    total: np.ndarray = mass / max(mass.sum(), SMALLEST)
    return total

"""Which commit changed the rate of a verdict: the posterior of every candidate, and what to check next. Pure.

A candidate c is guilty where the rate is another one from c on: in c and in all its descendants. Every check
is one observation, of a commit that then lies before c or after it. The rates are not known, and are
integrated out (`rates`). By Bayes' theorem, with a prior P(c) of the candidates,

    P(c, rises | counts) ~ P(c) P(rises) P(counts split by c | rises)

and likewise for `falls`; where the rate is the same on both sides it does not matter where c lies. The next
check is the one after which the entropy of all that is left is smallest on average: its verdict tells most
(D. V. Lindley, Ann. Math. Statist. 27 (1956) 986). Nothing here looks more than one check ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bisect_parity.bisection.rates import RatePrior

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]


@frozen
class CulpritPosterior:
    """What is known after some checks.

    Attributes:
        rises: probability that the candidate is guilty, as the ends are named; shape (N,), float64.
        falls: the same with the ends the other way round.
        same: probability that the rate is one and the same everywhere.
        before, after: probability that the next check shows the verdict if it lies before or after the
            candidate, for rises, same and falls; shape (N, 3), float64.
    """

    rises: Floats
    falls: Floats
    same: float
    before: Floats
    after: Floats

    @property
    def leader(self) -> int:
        """The place of the candidate that is most probable; of equal ones the first."""
        return int(np.argmax(self.rises))

    def chance(self, after: Bools) -> float:
        """The probability that the next check of a commit shows the verdict.

        Args:
            after: whether it lies after a candidate; shape (N,).
        """
        next_of = np.where(after[:, None], self.after, self.before)
        return float(self.rises @ next_of[:, 0] + self.same * next_of[0, 1] + self.falls @ next_of[:, 2])

    def information(self, after: Bools) -> Floats:
        """The expected information of one check of a commit, in bits; shape (Q,), float64, never below 0.

        Args:
            after: whether a commit lies after a candidate; shape (Q, N).
        """
        falls = self.falls.sum()
        entropy = _log_sum(self.rises).sum() + _log_sum(np.array([self.same, falls])).sum()
        left = np.zeros(after.shape[0])
        places = after.astype(np.float64)
        for is_seen in (True, False):
            one, other = (side if is_seen else 1 - side for side in (self.before, self.after))
            ends = [self.rises * one[:, 0], self.rises * other[:, 0]]
            turned = [self.falls * one[:, 2], self.falls * other[:, 2]]
            columns = [(ends[0], ends[1]), (_log_sum(ends[0]), _log_sum(ends[1])), (turned[0], turned[1])]
            steps = np.stack([late - early for early, late in columns], axis=1)
            guilty, logs, swapped = (places @ steps + [early.sum() for early, _ in columns]).T
            alike = self.same * one[0, 1]
            total = guilty + swapped + alike
            logs = logs + _log_sum(np.maximum(swapped, 0)) + _log_sum(np.array([alike]))
            left += logs - _log_sum(total)
        return np.asarray(np.maximum(left - entropy, 0) / np.log(2))


def posterior(
    prior: RatePrior, after: Bools, seen: Counts, other: Counts, *, chances: Sequence[float] | None = None
) -> CulpritPosterior:
    """The posterior of N candidates from the checks of T commits.

    Args:
        prior: of the rates.
        after: whether a commit that was checked lies after a candidate; shape (T, N).
        seen, other: how often its checks showed the verdict, and how often the other one; shape (T,).
        chances: the prior probability of each of the N candidates, above 0; None: all are alike.
    """
    rows, place = np.unique(split(after, seen, other), axis=0, return_inverse=True)
    evidence = prior.evidence(rows)
    place = place.reshape(-1)  # its shape differs between releases of numpy
    count = after.shape[1]
    log = evidence.log[place] + np.log(np.full(count, 1 / count) if chances is None else chances)[:, None]
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    return CulpritPosterior(
        rises=weights[:, 0],
        falls=weights[:, 2],
        same=float(weights[:, 1].sum()),
        before=evidence.before[place],
        after=evidence.after[place],
    )


def split(after: Bools, seen: Counts, other: Counts) -> Counts:
    """The counts before and after each candidate, as `RatePrior.evidence` takes them; shape (N, 4), int64."""
    late = [counts @ after.astype(np.int64) for counts in (seen, other)]
    early = [counts.sum() - part for counts, part in zip((seen, other), late, strict=True)]
    return np.stack([*early, *late], axis=1)


def smallest_set(probabilities: Sequence[float] | Floats, share: float) -> list[int]:
    """The fewest places that hold a share of all probability together, most probable first.

    Args:
        probabilities: which need not sum to 1.
        share: of their sum.
    """
    weights = np.asarray(probabilities, dtype=np.float64)
    order = np.argsort(-weights, kind="stable")
    reached = np.cumsum(weights[order])
    if not order.size or reached[-1] <= 0:
        return []
    wanted = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12))) + 1
    return [int(place) for place in order[:wanted]]


def _log_sum(weights: Floats) -> Floats:
    """Of each weight w: w ln w, and 0 at 0."""
    return np.asarray(weights * np.log(np.where(weights > 0, weights, 1)))

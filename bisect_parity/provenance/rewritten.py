"""Whether the ids that runs wrote down are gone because the whole history was rewritten since. Pure.

`git filter-repo`, `git filter-branch`, the BFG and converters from other systems give every commit another
id, and leave all dates as they were: the ids of all runs until then are gone, and say nothing. Ids of
squashed and rebased branches are gone one by one, and say that the run's commit is not here.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.provenance.held import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.provenance.parameters_of_several import Rewriting


@frozen
class Written:
    """A run whose commit a program wrote down.

    Attributes:
        time: when it began, POSIX seconds.
        gone: the id, where it names no commit here.
        inferred: the commit that everything else speaks for.
    """

    time: float
    gone: str | None
    inferred: str


def rewritten_since(runs: Sequence[Written | None], parameters: Rewriting) -> np.ndarray:
    """For each run, the probability that the history was rewritten since, so that its id says nothing.

    The moment of the rewriting lies behind one of the runs, and the first commit that it changed before one:
    all ids between are gone, and were as different from each other as the commits that took their place. Else
    each id is gone by itself, at a rate with a beta prior.

    Args:
        runs: of one repository; None for those that wrote no id, or whose adding commit shows that its
            branch was squashed or rebased.
        parameters: of the model.

    Returns:
        shape (n,); 0 for None.
    """
    found = np.zeros(len(runs))
    in_order = sorted(((run, place) for place, run in enumerate(runs) if run is not None), key=_begin)
    gone, count = sum(run.gone is not None for run, _ in in_order), len(in_order)
    rates = parameters.gone, parameters.there
    by_itself = _log_rate(gone, count - gone, *rates)
    gains = np.array([_log_rate(gone - k, count - gone, *rates) for k in range(1, gone + 1)]) - by_itself
    clashes = np.cumsum([0, *(_clash(one, other) for (one, _), (other, _) in itertools.pairwise(in_order))])
    # mostly, all of a history is rewritten; it is done once, before it is handed over
    begins = np.full(count, (1 - parameters.whole) / max(count, 1))
    begins[:1] += parameters.whole
    ends = np.full(count, (1 - parameters.handed_over) / max(count, 1))
    ends[-1:] += parameters.handed_over

    def log_odds(begin: int, last: int) -> np.ndarray:
        """That it was rewritten from one run on, until each of the next ones, against that it was not."""
        by_clashes = (clashes[begin:last] - clashes[begin]) * math.log(parameters.clash)
        found: np.ndarray = np.log(begins[begin] * ends[begin:last]) + gains[: last - begin] + by_clashes
        return found

    stretches = _stretches([run.gone is not None for run, _ in in_order])
    rows = [(begin, last) for first, last in stretches for begin in range(first, last)]
    highest = max((float(log_odds(*row).max()) for row in rows), default=0.0)
    total, covered = 0.0, np.zeros(count)
    for begin, last in rows:
        odds = np.exp(log_odds(begin, last) - highest)
        total += float(odds.sum())
        covered[begin:last] += odds[::-1].cumsum()[::-1]
    by_chance = (1 - parameters.prior) / parameters.prior * math.exp(-highest)
    shares = np.minimum(covered / max(total + by_chance, SMALLEST), 1.0)
    found[[place for _, place in in_order]] = shares
    return found


def _stretches(gone: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The first and the last place, exclusive, of each unbroken row of ids that are gone."""
    place = 0
    for is_gone, group in itertools.groupby(gone):
        size = sum(1 for _ in group)
        if is_gone:
            yield place, place + size
        place += size


def _begin(pair: tuple[Written, int]) -> float:
    return pair[0].time


def _clash(one: Written, other: Written) -> bool:
    """Whether two runs wrote one id down, but were at different commits, or the other way round."""
    return (one.gone == other.gone) != (one.inferred == other.inferred)


def _log_rate(gone: int, there: int, prior_gone: float, prior_there: float) -> float:
    """Log probability of a sequence of ids that are gone or there; the rate has a beta prior."""

    def log_beta(one: float, other: float) -> float:
        return math.lgamma(one) + math.lgamma(other) - math.lgamma(one + other)

    return log_beta(prior_gone + gone, prior_there + there) - log_beta(prior_gone, prior_there)

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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.parameters_of_several import Rewriting

__all__ = ["Written", "rewritten_since"]


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

    The moment of the rewriting lies behind one of the runs: all ids until then are gone, and were as
    different from each other as the commits that took their place. Else each id is gone by itself, at a
    rate with a beta prior.

    Args:
        runs: of one repository; None for those that wrote no id, or whose adding commit shows that its
            branch was squashed or rebased.
        parameters: of the model.

    Returns:
        shape (n,); 0 for None.
    """
    found = np.zeros(len(runs))
    in_order = sorted(((run, place) for place, run in enumerate(runs) if run is not None), key=_begin)
    firsts = list(itertools.takewhile(lambda pair: pair[0].gone is not None, in_order))
    if not firsts:
        return found
    gone = sum(run.gone is not None for run, _ in in_order)
    rates = parameters.gone, parameters.there
    by_itself = _log_rate(gone, len(in_order) - gone, *rates)
    clashes = np.cumsum([0, *(_clash(*pair) for pair in itertools.pairwise(run for run, _ in firsts))])
    since = np.array([_log_rate(gone - k, len(in_order) - gone, *rates) for k in range(1, len(firsts) + 1)])
    moments = np.full(len(firsts), 0.5 / len(in_order))
    if len(firsts) == len(in_order):
        moments[-1] += 0.5  # it is done once, before the history is handed over
    odds = np.exp(since - by_itself) * parameters.clash**clashes * moments * parameters.prior
    shares = odds / (odds.sum() + 1 - parameters.prior)
    found[[place for _, place in firsts]] = shares[::-1].cumsum()[::-1]
    return found


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

"""Weigh the clues per repository: what its recorded runs teach about the others. Pure.

Nothing simple carries over from one repository to the next: in one the history gives away every commit, in
another runs were made on branches and machines that it knows nothing of. Two numbers are learned from the
runs whose commit a program recorded, or whose code reveals it: a factor on the odds that a run's commit is on
no known line, and a temperature of the posterior. Both have priors around 1, and a run never teaches itself.
The prior of the odds has heavy tails (Cauchy): most repositories are as usual, some are not at all.
For runs that are older than the reflog, the odds are learned from the visits that it tells of, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from bisect_parity.provenance.held import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.line_shares import Lesson
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.visits import Visits

ODDS = np.geomspace(1 / 30, 300, 28)
TEMPERATURES = np.geomspace(0.4, 2.5, 11)


def adapt(
    posteriors: Sequence[Posterior],
    lessons: Sequence[Lesson | None],
    parameters: Parameters,
    visits: Visits | None = None,
) -> list[Posterior]:
    """Adapt every posterior to what is known of the other runs' commits.

    Args:
        posteriors: of all runs, by everything but written ids and code.
        lessons: what else gives the commit of each run: a record, or code that fits; or None.
        parameters: of the model.
        visits: that the reflog tells of.
    """
    spread = parameters.adaptation
    prior = -np.log1p((np.log(ODDS)[:, None] / spread.odds) ** 2)
    prior = prior - 0.5 * (np.log(TEMPERATURES)[None, :] / spread.temperature) ** 2
    tempered = [_tempered(posterior) for posterior in posteriors]
    taught = [
        _taught(posterior, own, lesson, parameters.records.alternatives)
        for posterior, own, lesson in zip(posteriors, tempered, lessons, strict=True)
    ]
    total = prior + sum((each for each in taught if each is not None), start=np.zeros_like(prior))
    before, older = total, frozenset[int]()
    if visits is not None:
        away, older = _away(parameters.elsewhere.plain), visits.older
        before = total + (visits.count * np.log(away) + visits.others * np.log(1 - away))[:, None]
    found = []
    for place, (posterior, own, each) in enumerate(zip(posteriors, tempered, taught, strict=True)):
        known = before if place in older else total
        found.append(_adapted(posterior, own, *_shares(known if each is None else known - each)))
    return found


def _taught(
    posterior: Posterior, tempered: np.ndarray, lesson: Lesson | None, alternatives: float
) -> np.ndarray | None:
    """Log likelihood of what is known of one run over the grid; shape (len(ODDS), len(TEMPERATURES))."""
    if lesson is None or not posterior.commits:
        return None
    known = tempered[:, lesson.known(posterior)].sum(axis=1)
    away = _away(posterior.elsewhere)[:, None]
    found: np.ndarray = np.log(lesson.likelihood((1 - away) * known, away, alternatives))
    return found


def _tempered(posterior: Posterior) -> np.ndarray:
    """The probabilities of the commits, given that it is one of them; shape (len(TEMPERATURES), n)."""
    logs = np.log(np.maximum(posterior.probabilities, SMALLEST))
    raised: np.ndarray = np.exp(logs / TEMPERATURES[:, None])
    raised /= raised.sum(axis=1, keepdims=True)
    return raised


def _away(elsewhere: float) -> np.ndarray:
    """The probability that a run's commit is on no known line, for each of `ODDS`."""
    raised = ODDS * elsewhere
    share: np.ndarray = raised / (raised + (1 - elsewhere))
    return share


def _shares(log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The probabilities of `ODDS`, and of `TEMPERATURES`."""
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    return weights.sum(axis=1), weights.sum(axis=0)


def _adapted(
    posterior: Posterior, tempered: np.ndarray, odds: np.ndarray, temperatures: np.ndarray
) -> Posterior:
    if not posterior.commits:
        return posterior
    away = float(odds @ _away(posterior.elsewhere))
    return evolve(posterior, probabilities=temperatures @ tempered * (1 - away), elsewhere=away)

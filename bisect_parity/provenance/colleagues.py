"""Whether results that came in late were made by colleagues, who commit code here but never results. Pure.

No run says so. But those that were made elsewhere begin at moments that suit the commits of others, not what
the reflog had checked out: all late runs of a worktree together tell what share of them was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from bisect_parity.history.commit_details import is_robot
from bisect_parity.provenance.checkouts import KINDS, WORKTREE
from bisect_parity.provenance.held import SMALLEST
from bisect_parity.provenance.other_machine import delay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.background import History
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.survey import SurveyedRun

SHARES = np.linspace(0, 1, 11)  # of the late runs that are of colleagues


def with_colleagues(
    runs: Sequence[SurveyedRun], posteriors: Sequence[Posterior], history: History, parameters: Parameters
) -> list[Posterior]:
    """The posteriors, with the reflogs believed as far as late results are those of who committed them.

    Args:
        runs: all runs.
        posteriors: of each by itself, by everything but written ids.
        history: of the repository.
        parameters: of the model.
    """
    heads = [log for log in history.reflogs if log.ref == "HEAD" and log.entries]
    created = frozenset(entry.new for log in heads for entry in log.entries if entry.is_created_here)
    began = min((log.entries[0].time for log in heads), default=0)
    adding = {person for run in runs if run.subject.addition for person in run.subject.addition.people}
    groups: dict[str, list[int]] = {}
    for place, (run, posterior) in enumerate(zip(runs, posteriors, strict=True)):
        addition = run.subject.addition
        if addition is None or addition.detail.commit not in created or not posterior.by_kind[WORKTREE].any():
            continue
        late, says_who = delay(run.subject), run.subject.account or run.subject.machine
        if late is None or late < parameters.delay.slow.median or says_who:
            continue
        others = (
            each for each in run.near.values() if each.commit not in created and each.committer_time > began
        )
        if any(
            each.author == each.committer not in adding and not is_robot(each.committer) for each in others
        ):
            groups.setdefault(addition.detail.committer, []).append(place)
    found = list(posteriors)
    for places in groups.values():
        likelihoods = np.array([_likelihoods(posteriors[place].not_here) for place in places])
        total = np.log(likelihoods).sum(axis=0)
        for place, own in zip(places, likelihoods, strict=True):
            logs = _log_prior(parameters.lines.of_colleagues) + total - np.log(own)
            weights = np.exp(logs - logs.max())
            share = float(weights @ SHARES / weights.sum())
            found[place] = _weighed(posteriors[place], share)
    return found


def _log_prior(of_colleagues: float) -> np.ndarray:
    """Of each of `SHARES`: mostly none is, else any share of them."""
    rest = len(SHARES) - 1
    shares = np.array([1 - of_colleagues, *[of_colleagues / rest] * rest])
    found: np.ndarray = np.log(np.maximum(shares, SMALLEST))
    return found


def _likelihoods(not_here: float) -> np.ndarray:
    """Of the moment of a run, for each of `SHARES`; shape (len(SHARES),)."""
    found: np.ndarray = np.maximum(1 - SHARES + SHARES * not_here, SMALLEST)
    return found


def _weighed(posterior: Posterior, share: float) -> Posterior:
    """A posterior with the reflog of the worktree believed less by a share."""
    here = float(posterior.by_kind[WORKTREE].sum())
    total = 1 - share + share * posterior.not_here
    if here >= 1 or total <= 0:
        return posterior
    factors = np.full(len(KINDS), (1 - share + share * posterior.not_here / (1 - here)) / total)
    factors[WORKTREE] = (1 - share) / total
    by_kind = factors[:, None] * posterior.by_kind
    mass = by_kind.sum(axis=0)
    return evolve(
        posterior,
        probabilities=mass,
        elsewhere=max(1 - float(mass.sum()), 0.0),
        by_kind=by_kind.astype(np.float32),
    )

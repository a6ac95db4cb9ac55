"""Whether results that came in late were made by colleagues, who commit code here but never results. Pure.

No run says so. But those that were made elsewhere begin at moments that suit the commits of others, not what
the reflog had checked out: all late runs of a worktree together tell what share of them was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from bisect_parity.history.commit_details import is_robot
from bisect_parity.provenance.checkouts import KINDS
from bisect_parity.provenance.held import SMALLEST
from bisect_parity.provenance.other_machine import delay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.background import History
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.survey import SurveyedRun

SHARES = np.linspace(0, 1, 11)  # of the late runs that are of colleagues
_HERE = KINDS.index("worktree")


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
    reflog = parameters.lines.late.here_if_created
    groups: dict[str, list[int]] = {}
    for place, (run, posterior) in enumerate(zip(runs, posteriors, strict=True)):
        addition = run.subject.addition
        if addition is None or addition.detail.commit not in created or not posterior.by_kind[_HERE].any():
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
        likelihoods = np.array([_likelihoods(posteriors[place], reflog) for place in places])
        total = np.log(likelihoods).sum(axis=0)
        for place, own in zip(places, likelihoods, strict=True):
            logs = _log_prior(parameters.lines.of_colleagues) + total - np.log(own)
            weights = np.exp(logs - logs.max())
            share = float(weights @ SHARES / weights.sum())
            found[place] = _weighed(posteriors[place], share, reflog)
    return found


def _log_prior(of_colleagues: float) -> np.ndarray:
    """Of each of `SHARES`: mostly none is, else any share of them."""
    rest = len(SHARES) - 1
    found: np.ndarray = np.log(np.array([1 - of_colleagues, *[of_colleagues / rest] * rest]))
    return found


def _likelihoods(posterior: Posterior, reflog: float) -> np.ndarray:
    """Of the moment of a run, for each of `SHARES`; shape (len(SHARES),)."""
    here = float(posterior.by_kind[_HERE].sum())
    rest = float(posterior.by_kind.sum()) - here
    likelihoods = (1 - SHARES) * (here + rest) + SHARES * rest / (1 - reflog)
    found: np.ndarray = np.maximum(likelihoods, SMALLEST)
    return found


def _weighed(posterior: Posterior, share: float, reflog: float) -> Posterior:
    """A posterior with the reflog of the worktree believed less by a share."""
    factors = np.full(len(KINDS), 1 + share * reflog / (1 - reflog))
    factors[_HERE] = 1 - share
    weighed = factors @ posterior.by_kind
    before, total = float(posterior.by_kind.sum()), float(weighed.sum())
    if total <= 0:
        return posterior
    scale = before / total
    by_walks = np.maximum(posterior.probabilities - posterior.by_kind.sum(axis=0), 0.0)
    return evolve(
        posterior,
        probabilities=by_walks + weighed * scale,
        by_kind=(factors[:, None] * posterior.by_kind * scale).astype(np.float32),
    )

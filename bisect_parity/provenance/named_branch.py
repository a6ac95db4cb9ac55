"""Branches that runs wrote down: what was checked out is on them, if they are still here. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.commits import CommitTable
    from bisect_parity.provenance.background import History
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

LEAST_PROBABILITY = 1e-4  # of a commit that is looked for on a branch


def tips_of(subject: Subject, history: History) -> frozenset[int]:
    """The rows of the newest commits of the branches that a run wrote down."""
    names = {str(branch.value).removeprefix("refs/heads/") for branch in subject.branches}
    return frozenset(tip for name in names for tip in history.tips.get(name, ()))


def on_named_branches(
    subjects: Sequence[Subject], posteriors: Sequence[Posterior], history: History, parameters: Parameters
) -> list[Posterior]:
    """The posteriors, with commits that are on other branches only than a run named believed less.

    What no branch holds any more, as after a rebase, may have been on that one.
    """
    found, groups = list(posteriors), dict[frozenset[int], list[int]]()
    for place, subject in enumerate(subjects):
        groups.setdefault(tips_of(subject, history), []).append(place)
    groups.pop(frozenset(), None)
    heads = [tip for tips in history.tips.values() for tip in tips]
    on_any = history.table.reached_from(heads if groups else ())
    for tips, places in groups.items():
        is_off = on_any & ~history.table.reached_from(tips)
        for place in places:
            found[place] = _weighed(found[place], is_off, history.table, parameters.lines.off_branch)
    return found


def _weighed(posterior: Posterior, is_off: np.ndarray, table: CommitTable, off_branch: float) -> Posterior:
    factors = np.ones(len(posterior.commits))
    for place in np.flatnonzero(posterior.probabilities > LEAST_PROBABILITY).tolist():
        row = table.index(posterior.commits[place])
        factors[place] = off_branch if row is not None and is_off[row] else 1.0
    if (factors == 1).all():
        return posterior
    weighed = posterior.probabilities * factors
    total = float(weighed.sum()) + posterior.elsewhere
    return evolve(
        posterior,
        probabilities=weighed / total,
        elsewhere=posterior.elsewhere / total,
        by_kind=posterior.by_kind * (factors / total).astype(np.float32),
        alone=posterior.alone | {"branch": factors / factors.sum()},
    )

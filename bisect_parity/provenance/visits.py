"""Commits that were visited for a run alone: how often, as a reflog tells of the runs that it covers. Pure.

Where git has expired its older entries, runs were made in the same worktree before it begins: as often at a
commit that was visited for them, which nothing else tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.background import History
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject


@frozen
class Visits:
    """What a reflog tells of runs of the people whose results were committed there.

    Attributes:
        count: how many of the runs that it covers were at a commit that nothing else gives.
        others: how many were not.
        older: places of the runs that are older than it, by the same people.
    """

    count: int
    others: int
    older: frozenset[int]


def visits(
    subjects: Sequence[Subject], posteriors: Sequence[Posterior], history: History, parameters: Parameters
) -> Visits | None:
    """Visits by the HEAD reflog of this worktree; None where nothing of it was expired.

    Args:
        subjects: all runs.
        posteriors: of each by itself, by everything but written ids.
        history: of the repository.
        parameters: of the model.
    """
    own = next((log for log in history.reflogs if log.path == history.own_reflog and log.entries), None)
    if own is None or set(own.entries[0].old) == {"0"}:
        return None
    created = frozenset(entry.new for entry in own.entries if entry.is_created_here)
    people, is_visit, older = set(), [], []
    for subject, posterior in zip(subjects, posteriors, strict=True):
        if subject.addition is not None and subject.addition.detail.commit in created:
            people.add(subject.addition.detail.committer)
            is_visit.append(_is_visit(posterior, parameters))
    for place, (subject, posterior) in enumerate(zip(subjects, posteriors, strict=True)):
        if subject.addition is not None and subject.addition.detail.committer in people:
            older += [place] if posterior.run_time < own.entries[0].time else []
    return Visits(is_visit.count(True), is_visit.count(False), frozenset(older))


def _is_visit(posterior: Posterior, parameters: Parameters) -> bool | None:
    """Whether a reflog alone gives the commit of a run; None where it says nothing clear."""
    unaided = posterior.alone.get("reflog")
    if unaided is None or not parameters.elsewhere.is_told(posterior.elsewhere):
        return None
    top = int(posterior.probabilities.argmax())
    if posterior.probabilities[top] < parameters.classes.stands_out:
        return None
    return bool(unaided[top] < parameters.classes.disagrees)

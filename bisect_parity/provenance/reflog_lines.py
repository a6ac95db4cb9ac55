"""Reflogs as lines of checkouts, made once for all runs, and how far each run believes them. Pure."""

from __future__ import annotations

import itertools
import math
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.history.commit_details import is_robot
from bisect_parity.history.reflog import LOST, Reflog, ReflogEntry
from bisect_parity.provenance.checkouts import Hypotheses, Line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.provenance.lines import Names
    from bisect_parity.provenance.parameters import Lines
    from bisect_parity.provenance.subject import Addition, Subject

NOTHING_NEAR: Mapping[int, Detail] = MappingProxyType({})
LEAST_RESULTS = 3  # commits of nothing but results, before a worktree is taken to be for them alone


@frozen
class _Log:
    """A reflog: its line, and the commits that were made where it is, with their times.

    Attributes:
        other: its line for runs whose results were committed somewhere else.
        holds_results: whether nothing but results was committed there, time and again.
    """

    reflog: Reflog
    line: Line
    other: Line
    created: frozenset[str] = field(repr=False)
    created_at: frozenset[int] = field(repr=False)
    holds_results: bool


class ReflogLines:
    """The reflogs of a repository as lines; all commits that they alone know have their numbers then.

    Args:
        reflogs: of the repository.
        own: path of this worktree's HEAD reflog.
        names: of commits.
        adding: numbers of the commits that added results.
    """

    def __init__(
        self, reflogs: Sequence[Reflog], own: str, names: Names, adding: Collection[int] = frozenset()
    ) -> None:
        logs = [log for reflog in reflogs if len((log := _log(reflog, names, adding)).line.commits)]
        self._own, self._adding = own, adding
        self._lines = {log.reflog.path: log.line for log in logs}
        self._heads = [log for log in logs if log.reflog.ref == "HEAD"]
        self._branches = [log for log in logs if log.reflog.ref.startswith("refs/heads/")]

    def at(self, path: str) -> Line:
        """The line of the reflog at a path."""
        return self._lines[path]

    def of(
        self,
        subject: Subject,
        parameters: Lines,
        last: Detail | None = None,
        near: Mapping[int, Detail] = NOTHING_NEAR,
    ) -> Hypotheses:
        """The lines that a run can have been on, each with its prior.

        Args:
            subject: the run.
            parameters: of the model.
            last: the last commit that the person who made it had made before it, where that is known.
            near: row -> details of the commits around it.
        """
        heads, priors = self._of_heads(subject, parameters, last, near)
        branches = self._of_branches(subject)
        named = (1 - priors.sum(axis=0)) * parameters.named_branch / max(len(branches), 1)
        every = [*priors, *([named] * len(branches))]
        return Hypotheses((*heads, *branches), np.array(every).reshape(-1, 2))

    def _of_heads(
        self, subject: Subject, parameters: Lines, last: Detail | None, near: Mapping[int, Detail]
    ) -> tuple[list[Line], np.ndarray]:
        """The reflogs of the worktrees, and how probable it is that the run was in each, soon and late."""
        if subject.addition is None:
            own = [log.line for log in self._heads if log.reflog.path == self._own]
            return own, np.full((len(own), 2), parameters.here_if_untracked)
        makers = self._makers(subject.addition)
        others = [log for log in self._heads if log not in makers]
        places = (parameters.soon, parameters.late)
        here = np.array([each.here_if_created if makers else 0.0 for each in places])
        there = np.array([each.other_worktree if makers else each.here_otherwise for each in places])
        if last is not None and self._is_made_away(last, makers):
            here = np.minimum(here, parameters.here_if_away)
        if makers and self._is_a_guest(subject, near, makers):
            here = np.minimum(here, parameters.here_if_guest)
        if self.is_for_results(subject):
            here, there = np.full(2, parameters.here_for_results), np.full(2, parameters.other_for_results)
        priors = [here / max(len(makers), 1)] * len(makers) + [there / max(len(others), 1)] * len(others)
        lines = [*(log.line for log in makers), *(log.other for log in others)]
        return lines, (1 - subject.is_remote) * np.array(priors).reshape(-1, 2)

    def _is_a_guest(self, subject: Subject, near: Mapping[int, Detail], makers: Sequence[_Log]) -> bool:
        """Whether who made a run has made nothing but results in the worktrees in which another committed it.

        A robot that commits in the name of another has run it there itself; and where several people share an
        account, their work is committed in their names.
        """
        person, added = subject.person, subject.addition
        if added is None or person == added.detail.committer:
            return False
        if not subject.account and is_robot(added.detail.committer):
            return False
        own = (
            each.commit
            for row, each in near.items()
            if each.committer == person or (each.author == person and row not in self._adding)
        )
        return not any(commit in log.created for commit in own for log in makers)

    def is_for_results(self, subject: Subject) -> bool:
        """Whether a run was committed where nothing but results is, while others are in another worktree."""
        makers = self._makers(subject.addition) if subject.addition is not None else []
        apart = [log for log in self._heads if log.holds_results]
        return bool(makers) and all(log in apart for log in makers) and len(apart) < len(self._heads)

    def is_made_here(self, addition: Addition) -> bool:
        """Whether an adding commit was made in one of the worktrees."""
        return bool(self._makers(addition))

    def _makers(self, addition: Addition) -> list[_Log]:
        """The reflogs of the worktrees in which an adding commit was made."""
        added = addition.detail
        # what was amended or rebased since was first made where that time shows a commit
        first = [log for log in self._heads if added.author_time in log.created_at]
        is_of_another = added.is_rewritten and added.author != added.committer  # who imported or picked it
        return first or [log for log in self._heads if added.commit in log.created and not is_of_another]

    def _is_made_away(self, commit: Detail, makers: Sequence[_Log]) -> bool:
        """Whether a commit was made in no worktree here, though the reflogs of some would tell of it."""
        began = (log.reflog.entries[0].time for log in makers)
        is_told = commit.committer_time > min(began, default=math.inf)
        return is_told and not any(commit.commit in log.created for log in self._heads)

    def not_there(self, subject: Subject) -> frozenset[str]:
        """The commits that were made in these worktrees, where a run was added in another clone meanwhile.

        Whoever works in two clones has what was made in one of them in the other later.
        """
        addition = subject.addition
        if addition is None or addition.detail.is_landed or self._makers(addition):
            return frozenset()
        if any(addition.detail.commit in log.created for log in self._heads):  # work of another, put in here
            return frozenset()
        began = (log.reflog.entries[0].time for log in self._heads)
        if addition.time < min(began, default=math.inf):
            return frozenset()
        return frozenset().union(*(log.created for log in self._heads))

    def _of_branches(self, subject: Subject) -> list[Line]:
        """The reflogs of the branches that the run named: they give the branch's tip in any worktree."""
        names = {f"refs/heads/{name}" for name in subject.branch_names}
        return [log.line for log in self._branches if log.reflog.ref in names]


def _log(reflog: Reflog, names: Names, adding: Collection[int]) -> _Log:
    """The checkouts of a reflog; before its first entry nothing is known."""
    known, weights = _with_lost(tuple(entry for entry in reflog.entries if not _is_none(entry.new)))
    starts = np.array([float(entry.time) for entry in known])
    commits = np.array([names.number(entry.new) for entry in known], np.int64)
    made = [entry for entry in reflog.entries if entry.is_created_here]
    created, times = frozenset(entry.new for entry in made), frozenset(entry.time for entry in made)
    kind = "worktree" if reflog.ref == "HEAD" else "branch reflog"
    line = Line(starts, commits, reflog.path, known, kind, weights)
    own = [names.number(entry.new) in adding for entry in made if entry.kind == "commit"]
    holds_results = len(own) >= LEAST_RESULTS and all(own)
    return _Log(reflog, line, evolve(line, kind="other worktree"), created, times, holds_results)


def _with_lost(entries: tuple[ReflogEntry, ...]) -> tuple[tuple[ReflogEntry, ...], np.ndarray | None]:
    """Entries, with some that stand for those that were expired, and how far each is believed.

    git expires the entries of commits that a rebase or amend left behind sooner than the others. It shows
    where an entry does not begin where the last one ended: what that one checked out is believed for about as
    long as is usual in this reflog, and where the next one begins for as long before it; nothing in between.
    A rebase begins with a checkout of its own.
    """
    gaps = [place for place, pair in enumerate(itertools.pairwise(entries), 1) if _is_gap(*pair)]
    if not gaps:
        return entries, None
    usual = 2.0 * float(np.median(np.diff([entry.time for entry in entries])))
    found: list[ReflogEntry] = []
    believed: list[tuple[float, float]] = []
    for place, entry in enumerate(entries):
        if place in gaps:
            begin = entries[place - 1].time
            span = int(min(usual, (entry.time - begin) / 2))
            lost = evolve(entry, new=entry.old, message=LOST)
            found += [evolve(lost, time=begin + span), evolve(lost, time=entry.time - span)]
            believed[-1] = (1.0, 0.0)
            believed += [(0.0, 0.0), (0.0, 0.0 if entry.kind.startswith("rebase") else 1.0)]
        found.append(entry)
        believed.append((1.0, 1.0))
    return tuple(found), np.array(believed)


def _is_gap(before: ReflogEntry, entry: ReflogEntry) -> bool:
    """Whether entries between two were expired; those that a clock put out of order say nothing."""
    return entry.line > before.line and entry.old != before.new and not _is_none(entry.old)


def _is_none(commit: str) -> bool:
    return set(commit) == {"0"}

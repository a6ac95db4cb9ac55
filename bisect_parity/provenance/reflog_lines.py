"""Reflogs as lines of checkouts, made once for all runs, and how far each run believes them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.history.reflog import Reflog
from bisect_parity.provenance.checkouts import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.lines import Names
    from bisect_parity.provenance.parameters import Lines
    from bisect_parity.provenance.subject import Subject

__all__ = ["ReflogLines"]


@frozen
class _Log:
    """A reflog that has entries: its line, and the commits that were made where it is, with their times."""

    reflog: Reflog
    line: Line
    created: frozenset[str] = field(repr=False)
    created_at: frozenset[int] = field(repr=False)


class ReflogLines:
    """The reflogs of a repository as lines; all commits that they alone know have their numbers then.

    Args:
        reflogs: of the repository.
        own: path of this worktree's HEAD reflog.
        names: of commits.
    """

    def __init__(self, reflogs: Sequence[Reflog], own: str, names: Names) -> None:
        logs = [_log(reflog, names) for reflog in reflogs if reflog.entries]
        self._own = own
        self._lines = {log.reflog.path: log.line for log in logs}
        self._heads = [log for log in logs if log.reflog.ref == "HEAD"]
        self._branches = [log for log in logs if log.reflog.ref.startswith("refs/heads/")]

    def at(self, path: str) -> Line:
        """The line of the reflog at a path."""
        return self._lines[path]

    def of(self, subject: Subject, parameters: Lines) -> list[Line]:
        """The lines that a run can have been on, each with its prior."""
        heads = self._of_heads(subject, parameters)
        return [*heads, *self._of_branches(subject, heads, parameters)]

    def _of_heads(self, subject: Subject, parameters: Lines) -> list[Line]:
        """The reflogs of the worktrees, by how probable it is that the run was there."""
        if subject.addition is None:
            here = parameters.here_if_untracked
            own = (log.line for log in self._heads if log.reflog.path == self._own)
            return [evolve(line, priors=(here, here)) for line in own]
        added = subject.addition.detail
        # what was amended or rebased since was first made where that time shows a commit
        first = [log for log in self._heads if added.author_time in log.created_at]
        makers = first or [log for log in self._heads if added.commit in log.created]
        soon, late = (
            places.here_if_created if makers else places.here_otherwise
            for places in (parameters.soon, parameters.late)
        )
        found = makers or self._heads
        return [evolve(log.line, priors=(soon / len(found), late / len(found))) for log in found]

    def _of_branches(self, subject: Subject, others: Sequence[Line], parameters: Lines) -> list[Line]:
        """The reflogs of the branches that the run named: they tell the branch's tip in any worktree."""
        names = {f"refs/heads/{branch.value}" for branch in subject.branches}
        found = [log.line for log in self._branches if log.reflog.ref in names]
        soon, late = (
            (1 - sum(line.priors[kind] for line in others)) * parameters.named_branch / max(len(found), 1)
            for kind in (0, 1)
        )
        return [evolve(line, priors=(soon, late)) for line in found]


def _log(reflog: Reflog, names: Names) -> _Log:
    """The checkouts of a reflog; before its first entry nothing is known."""
    known = tuple(entry for entry in reflog.entries if set(entry.new) != {"0"})
    starts = np.array([float(entry.time) for entry in known])
    commits = np.array([names.number(entry.new) for entry in known], np.int64)
    made = [entry for entry in reflog.entries if entry.is_created_here]
    created, times = frozenset(entry.new for entry in made), frozenset(entry.time for entry in made)
    return _Log(reflog, Line((0.0, 0.0), starts, commits, reflog.path, known), created, times)

"""One hypothesis about what was checked out when. Pure."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from bisect_parity.history.reflog import LOST, ReflogEntry

KINDS = (
    "history",
    "author times",
    "side branch",
    "any branch",
    "own commits",
    "own parents",
    "named branch",
    "worktree",
    "other worktree",
    "branch reflog",
)
WORKTREE = KINDS.index("worktree")  # in which its results were committed, or that this is
REWRITING = ("rebase", "commit (amend)", "reset", "cherry-pick", LOST)
LEAST_REST = 1e-6


@frozen
class Line:
    """One hypothesis about what was checked out: `commits[k]` from `starts[k]` to `ends[k]`.

    Attributes:
        starts: POSIX seconds; shape (n,). Ascending, unless `ends` are given.
        commits: numbers of commits, see `Names`; shape (n,).
        origin: "history", "side branch", "author times", "any branch", "own commits", "own parents", "named
            branch" or the path of a reflog.
        entries: the reflog entries behind the checkouts, for a reflog; else empty.
        kind: one of `KINDS`: its origin where that is no reflog.
        weights: how far each checkout is believed at its begin and at its end, linear in between; shape
            (n, 2); None where all are alike.
        replaced: whether a commit was checked out that the named one has replaced since; shape (n,); None
            where none was.
        ends: POSIX seconds; shape (n,). None where each checkout ends when the next one begins.
    """

    starts: np.ndarray = field(eq=False)
    commits: np.ndarray = field(eq=False)
    origin: str
    entries: tuple[ReflogEntry, ...] = ()
    kind: str = field()
    weights: np.ndarray | None = field(default=None, eq=False)
    replaced: np.ndarray | None = field(default=None, eq=False)
    ends: np.ndarray | None = field(default=None, eq=False)

    @kind.default
    def _kind_of_origin(self) -> str:
        return "worktree" if self.entries else self.origin

    def held(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What was checked out at some ascending times: nothing is known before the first start.

        Args:
            times: POSIX seconds; shape (m,).

        Returns:
            positions in `times`, and the positions of the checkouts then; shapes (k,).
        """
        if self.ends is None:
            places = self.starts.searchsorted(times, side="right") - 1
            first = int(places.searchsorted(0))
            return np.arange(first, len(times)), places[first:]
        begins = times.searchsorted(self.starts)
        counts = times.searchsorted(self.ends) - begins
        places = np.repeat(np.arange(len(counts)), counts)
        return np.arange(len(places)) + (begins - counts.cumsum() + counts)[places], places

    def belief(self, times: np.ndarray) -> np.ndarray:
        """How far the checkouts are believed at some times from the first start on; shapes (n,)."""
        if self.weights is None:
            return np.ones_like(times)
        # a begin and an end at each moment of change; the last one has no end
        found: np.ndarray = np.interp(times, self.starts.repeat(2)[1:], self.weights.ravel()[:-1])
        return found


@frozen
class Hypotheses:
    """All that may have been checked out when.

    Attributes:
        lines: those that say anything.
        priors: probability of each for runs that were committed soon, and late; shape (l, 2).
        is_reflog: whether each line is a reflog; shape (l,).
        kinds: position of the kind of each in `KINDS`, int32; shape (l,).
        rest: what the reflogs leave to the other lines, soon and late; shape (2,).
    """

    lines: tuple[Line, ...]
    priors: np.ndarray = field(eq=False)
    is_reflog: np.ndarray = field(eq=False, init=False)
    rest: np.ndarray = field(eq=False, init=False)
    kinds: np.ndarray = field(eq=False, init=False)

    @is_reflog.default
    def _which_are_reflogs(self) -> np.ndarray:
        return np.array([bool(line.entries) for line in self.lines], bool)

    @kinds.default
    def _which_kinds(self) -> np.ndarray:
        return np.array([KINDS.index(line.kind) for line in self.lines], np.int32)

    @rest.default
    def _what_reflogs_leave(self) -> np.ndarray:
        left: np.ndarray = np.maximum(1 - self.priors[self.is_reflog].sum(axis=0), LEAST_REST)
        return left


def is_rewritten_between(line: Line, first: int, end_time: float) -> bool:
    """Whether a reflog shows a rebase, amend or reset after its checkout `first` and before a time."""
    return any(
        entry.time <= end_time and entry.kind.startswith(REWRITING) for entry in line.entries[first + 1 :]
    )

"""One hypothesis about what was checked out when. Pure."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from bisect_parity.history.reflog import ReflogEntry

__all__ = ["Line", "is_rewritten_between"]

REWRITING = ("rebase", "commit (amend)", "reset", "cherry-pick")


@frozen
class Line:
    """One hypothesis about what was checked out: `commits[k]` from `starts[k]` to `starts[k + 1]`.

    Attributes:
        priors: probability of the hypothesis for what was committed soon, and for what was committed late.
        starts: POSIX seconds, ascending; shape (n,). Before `starts[0]` the line knows nothing.
        commits: numbers of commits, see `Names`; shape (n,).
        origin: "history", "side branch", "author times", "any branch", "own commits", "own parents" or the
            path of a reflog.
        entries: the reflog entries behind the checkouts, for a reflog; else empty.
        weights: how far each checkout is believed at its begin and at its end, linear in between; shape
            (n, 2); None where all are alike.
        replaced: whether a commit was checked out that the named one has replaced since; shape (n,); None
            where none was.
    """

    priors: tuple[float, float]
    starts: np.ndarray = field(eq=False)
    commits: np.ndarray = field(eq=False)
    origin: str
    entries: tuple[ReflogEntry, ...] = ()
    weights: np.ndarray | None = field(default=None, eq=False)
    replaced: np.ndarray | None = field(default=None, eq=False)

    def at(self, times: np.ndarray) -> np.ndarray:
        """The position of the checkout at each time; -1 before the first one; any shape."""
        return np.searchsorted(self.starts, times, side="right") - 1

    def belief(self, times: np.ndarray, places: np.ndarray) -> np.ndarray:
        """How far the checkouts at `places` are believed at `times`; shapes (n,); 0 before the first one."""
        if self.weights is None:
            return (places >= 0).astype(np.float64)
        held = np.maximum(places, 0)
        begin, end = self.starts[held], np.append(self.starts[1:], np.inf)[held]
        first, last = self.weights[held].T
        share = np.where(np.isinf(end), 0.0, (times - begin) / np.maximum(end - begin, 1.0))
        found: np.ndarray = (places >= 0) * (first + (last - first) * np.clip(share, 0.0, 1.0))
        return found


def is_rewritten_between(line: Line, first: int, end_time: float) -> bool:
    """Whether a reflog shows a rebase, amend or reset after its checkout `first` and before a time."""
    return any(
        entry.time <= end_time and entry.kind.startswith(REWRITING) for entry in line.entries[first + 1 :]
    )

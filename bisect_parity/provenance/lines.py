"""Which commit was checked out when: lines of history and reflogs as sequences of checkouts.

Pure computation over the commit table and parsed reflogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.history.reflog import ReflogEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.reflog import Reflog
    from bisect_parity.provenance.parameters import Lines

__all__ = ["Chain", "Line", "Names", "build_lines", "is_rewritten_between", "walk"]

LONGEST_CHAIN = 20_000
MOST_SIDE_BRANCHES = 24
AFTER_SECONDS = 86400.0
REWRITING = ("rebase", "commit (amend)", "reset", "cherry-pick")


class Names:
    """Numbers for commits: rows of the table, and further numbers for ids that only a reflog knows."""

    def __init__(self, table: CommitTable) -> None:
        self.table = table
        self._others: dict[str, int] = {}
        self._other_ids: list[str] = []

    def number(self, commit: str) -> int:
        """The number of a commit given by its full id."""
        if commit not in self._others:
            row = self.table.index(commit)
            if row is None:
                row = len(self.table) + len(self._other_ids)
                self._other_ids.append(commit)
            self._others[commit] = row
        return self._others[commit]

    def commit(self, number: int) -> str:
        """The full id of a number."""
        size = len(self.table)
        return self.table.commit(number) if number < size else self._other_ids[number - size]


@frozen
class Line:
    """One hypothesis about what was checked out: `commits[k]` from `starts[k]` to `starts[k + 1]`.

    Attributes:
        prior: probability of the hypothesis.
        starts: POSIX seconds, ascending; shape (n,). Before `starts[0]` the line knows nothing.
        commits: numbers of commits, see `Names`; shape (n,).
        origin: "history", "side branch", "author times", "any branch" or the path of a reflog.
        entries: the reflog entries behind the checkouts, for a reflog; else empty.
    """

    prior: float
    starts: np.ndarray = field(eq=False)
    commits: np.ndarray = field(eq=False)
    origin: str
    entries: tuple[ReflogEntry | None, ...] = ()

    @property
    def first_entry(self) -> int:
        """The position of the first checkout that a reflog tells."""
        return next(
            (place for place, entry in enumerate(self.entries) if entry is not None), len(self.commits)
        )


@frozen
class Chain:
    """Rows of a first-parent history, newest first, and of the side branches that merges in it took in.

    Attributes:
        rows: rows of the commit table; shape (n,).
        sides: for each side branch, how many of `rows` are not older than its merge, and its own rows.
    """

    rows: np.ndarray = field(eq=False)
    sides: tuple[tuple[int, np.ndarray], ...]


def walk(table: CommitTable, start: int, earliest: float, *, include_start: bool) -> Chain:
    """Walk back from a commit until well before `earliest`.

    Args:
        table: all commits.
        start: row of the adding commit, or of HEAD.
        earliest: POSIX seconds before which no run can have been.
        include_start: whether `start` itself can have been checked out.
    """
    full = _walk(table, start, earliest, frozenset())
    merges = np.flatnonzero(table.parent_counts[full] > 1)[:MOST_SIDE_BRANCHES]
    on_chain = frozenset(full.tolist()) if len(merges) else frozenset()
    skip = 0 if include_start else 1
    sides = []
    for place in merges.tolist():
        for side in table.parents(int(full[place]))[1:]:
            branch = _walk(table, side, earliest, on_chain)
            if len(branch):
                sides.append((place + 1 - skip, branch))
    return Chain(full[skip:], tuple(sides))


def _walk(table: CommitTable, start: int, earliest: float, until: frozenset[int]) -> np.ndarray:
    rows = []
    for row in table.first_parents(start):
        if row in until:
            break
        rows.append(row)
        if len(rows) > LONGEST_CHAIN or (table.time(row) < earliest and len(rows) > 1):
            break
    return np.array(rows, np.int64)


def build_lines(
    names: Names,
    chain: Chain,
    author_times: Mapping[int, int],
    reflogs: tuple[tuple[Reflog, float], ...],
    parameters: Lines,
) -> tuple[Line, ...]:
    """All hypotheses, with priors that sum to 1.

    Args:
        names: numbers of commits.
        chain: from the adding commit, or from HEAD.
        author_times: row -> author time of rewritten commits, POSIX seconds.
        reflogs: HEAD reflogs, each with the probability that the run was in its work tree.
        parameters: of the model.
    """
    table = names.table
    rest = max(1 - sum(prior for _, prior in reflogs), 1e-6)
    sides = len(chain.sides)
    side_prior = parameters.side_branch if sides else 0.0
    author_prior = parameters.author_time if author_times else 0.0
    lines_prior = rest * (1 - parameters.any_branch)
    history = _history(
        chain.rows, table.times, lines_prior * (1 - side_prior) * (1 - author_prior), "history"
    )
    lines = [history]
    if author_times:
        times = table.times[chain.rows].copy()
        for place, row in enumerate(chain.rows.tolist()):
            times[place] = min(times[place], author_times.get(row, times[place]))
        prior = lines_prior * (1 - side_prior) * author_prior
        lines.append(_line(chain.rows, times, prior, "author times"))
    for newer, rows in chain.sides:
        both = np.concatenate([chain.rows[:newer], rows])
        lines.append(_history(both, table.times, lines_prior * side_prior / sides, "side branch"))
    lines.append(_any_branch(table, history, rest * parameters.any_branch))
    lines += [_reflog_line(names, reflog, prior, history) for reflog, prior in reflogs]
    return tuple(line for line in lines if len(line.commits))


def _history(rows: np.ndarray, times: np.ndarray, prior: float, origin: str) -> Line:
    return _line(rows, times[rows], prior, origin)


def _line(rows: np.ndarray, times: np.ndarray, prior: float, origin: str) -> Line:
    """Checkouts along a line of commits; clocks that run backwards are cut to those of the later commit."""
    starts = np.minimum.accumulate(times.astype(np.float64)) if len(times) else np.zeros(0)
    return Line(prior, starts[::-1], rows[::-1], origin)


def _any_branch(table: CommitTable, history: Line, prior: float) -> Line:
    """The newest commit of the whole repository at any time that the history covers."""
    if not len(history.starts):
        return Line(prior, history.starts, history.commits, "any branch")
    rows = table.between(float(history.starts[0]), float(history.starts[-1]) + AFTER_SECONDS)
    return Line(prior, table.times[rows].astype(np.float64), rows, "any branch")


def _reflog_line(names: Names, reflog: Reflog, prior: float, history: Line) -> Line:
    """The checkouts of a reflog; before its first entry nothing is known but the history."""
    first = reflog.entries[0].time if reflog.entries else np.inf
    earlier = int(np.searchsorted(history.starts, first))
    known = [entry for entry in reflog.entries if set(entry.new) != {"0"}]
    starts = np.concatenate([history.starts[:earlier], [float(entry.time) for entry in known]])
    numbers = np.array([names.number(entry.new) for entry in known], np.int64)
    commits = np.concatenate([history.commits[:earlier], numbers])
    return Line(prior, starts, commits, reflog.path, (*((None,) * earlier), *known))


def is_rewritten_between(line: Line, first: int, end_time: float) -> bool:
    """Whether a reflog shows a rebase, amend or reset after its checkout `first` and before a time."""
    return any(
        entry is not None and entry.time <= end_time and entry.kind.startswith(REWRITING)
        for entry in line.entries[first + 1 :]
    )

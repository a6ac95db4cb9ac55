"""Which commit was checked out when: lines of history and reflogs as sequences of checkouts.

Pure computation over the commit table and parsed reflogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.history.reflog import ReflogEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.history.commits import CommitTable, Detail
    from bisect_parity.history.reflog import Reflog
    from bisect_parity.provenance.parameters import Lines

__all__ = ["Chain", "Line", "Names", "build_lines", "is_rewritten_between", "walk"]

LONGEST_CHAIN = 20_000
MOST_SIDE_BRANCHES = 24
AFTER_SECONDS = 86400.0
BEYOND_SECONDS = 10 * 365.25 * 86400  # before a shallow clone's first commit, for which it lacks the history
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
        origin: "history", "side branch", "author times", "any branch", "own commits", "own parents" or the
            path of a reflog.
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
        newest: row of the adding commit, or of HEAD.
        sides: for each side branch, how many of `rows` are not older than its merge, and its own rows.
        beyond: full id of the commit before `rows` where a shallow clone ends there; else empty.
    """

    rows: np.ndarray = field(eq=False)
    newest: int
    sides: tuple[tuple[int, np.ndarray], ...]
    beyond: str = ""


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
    return Chain(full[skip:], start, tuple(sides), table.beyond.get(int(full[-1]), ""))


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
    near: Mapping[int, Detail],
    reflogs: tuple[tuple[Reflog, float], ...],
    parameters: Lines,
) -> tuple[Line, ...]:
    """All hypotheses, with priors that sum to 1.

    Args:
        names: numbers of commits.
        chain: from the adding commit, or from HEAD.
        near: row -> details of the commits around the run, and of the adding commit.
        reflogs: HEAD reflogs, each with the probability that the run was in its work tree.
        parameters: of the model.
    """
    table = names.table
    history = _line(chain.rows, table.times[chain.rows], "history")
    lines = [_from_beyond(names, chain, history), _by_author_times(chain.rows, table, near)]
    lines.append(_any_branch(table, history))
    lines += _own_lines(chain, table, near)
    for newer, rows in chain.sides:
        both = np.concatenate([chain.rows[:newer], rows])
        lines.append(_line(both, table.times[both], "side branch"))
    lines = [line for line in lines if len(line.commits)]
    odds = np.array([parameters.origins.get(line.origin, 1.0) for line in lines])
    odds /= np.array([sum(other.origin == line.origin for other in lines) for line in lines])
    rest = max(1 - sum(prior for _, prior in reflogs), 1e-6)
    shares = rest * odds / odds.sum() if lines else odds
    found = [evolve(line, prior=share) for line, share in zip(lines, shares.tolist(), strict=True)]
    found += [_reflog_line(names, reflog, prior, history) for reflog, prior in reflogs]
    return tuple(line for line in found if len(line.commits))


def _from_beyond(names: Names, chain: Chain, history: Line) -> Line:
    """The history with what a shallow clone lacks of it as its first checkout."""
    if not chain.beyond:
        return history
    first = float(history.starts[0]) if len(history.starts) else float(names.table.time(chain.newest))
    return evolve(
        history,
        starts=np.concatenate([[first - BEYOND_SECONDS], history.starts]),
        commits=np.concatenate([[names.number(chain.beyond)], history.commits]),
    )


def _line(rows: np.ndarray, times: np.ndarray, origin: str) -> Line:
    """Checkouts along a line of commits; clocks that run backwards are cut to those of the later commit."""
    starts = np.minimum.accumulate(times.astype(np.float64)) if len(times) else np.zeros(0)
    return Line(0.0, starts[::-1], rows[::-1], origin)


def _by_author_times(rows: np.ndarray, table: CommitTable, near: Mapping[int, Detail]) -> Line:
    """The history as it was before commits were rewritten; empty where none was."""
    times = table.times[rows].copy()
    for place, row in enumerate(rows.tolist()):
        if row in near:
            times[place] = min(times[place], near[row].author_time)
    if (times == table.times[rows]).all():
        rows, times = rows[:0], times[:0]
    return _line(rows, times, "author times")


def _own_lines(chain: Chain, table: CommitTable, near: Mapping[int, Detail]) -> list[Line]:
    """What the person who added the bundle had checked out, by the commits that this person made.

    A commit is checked out once it is made, and its first parent is until then. Where the next commit's
    parent is the last commit, both lines agree, and nothing else was checked out in between.
    """
    adding = near.get(chain.newest)
    if adding is None:
        return []
    person = adding.author
    rows = sorted((row for row, detail in near.items() if detail.committer == person), key=table.time)
    times = [float(table.time(row)) for row in rows]
    before: list[tuple[float, int]] = []  # of the line of parents
    for last, row in zip([None, *rows[:-1]], rows, strict=True):
        begin = table.time(last) if last is not None else -np.inf
        parent = next(iter(table.parents(row)), None)
        if last is not None and parent != last:
            before.append((begin, last))
        if parent is not None:
            before.append((max(begin, table.time(parent)), parent))
    if rows:
        before.append((times[-1], rows[-1]))
    own = Line(0.0, np.array(times), np.array(rows, np.int64), "own commits")
    starts = np.maximum.accumulate(np.array([time for time, _ in before], np.float64))
    return [own, Line(0.0, starts, np.array([row for _, row in before], np.int64), "own parents")]


def _any_branch(table: CommitTable, history: Line) -> Line:
    """The newest commit of the whole repository at any time that the history covers."""
    if not len(history.starts):
        return evolve(history, origin="any branch")
    rows = table.between(float(history.starts[0]), float(history.starts[-1]) + AFTER_SECONDS)
    return Line(0.0, table.times[rows].astype(np.float64), rows, "any branch")


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

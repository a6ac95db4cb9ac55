"""Which commit was checked out when: lines of history and reflogs as sequences of checkouts.

Pure computation over the commit table and parsed reflogs.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.provenance.checkouts import Line
from bisect_parity.provenance.own_work import originals, own_lines, work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.provenance.own_work import Work
    from bisect_parity.provenance.parameters import Lines

__all__ = ["Chain", "Names", "build_lines", "walk"]

LONGEST_CHAIN = 20_000
MOST_SIDE_BRANCHES = 24
AFTER_SECONDS = 86400.0
BEYOND_SECONDS = 10 * 365.25 * 86400  # before a shallow clone's first commit, for which it lacks the history


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

    def commits(self, numbers: np.ndarray) -> list[str]:
        """The full ids of some numbers in ascending order."""
        size = len(self.table)
        known = int(np.searchsorted(numbers, size))
        others = (self._other_ids[number - size] for number in numbers[known:].tolist())
        return [*self.table.commits(numbers[:known]), *others]

    def commit(self, number: int) -> str:
        """The full id of a number."""
        size = len(self.table)
        return self.table.commit(number) if number < size else self._other_ids[number - size]


@frozen
class Chain:
    """Rows of a first-parent history, newest first, and of the side branches that merges in it took in.

    Attributes:
        rows: rows of the commit table; shape (n,).
        newest: row of the adding commit, or of HEAD.
        sides: for each side branch, how many of `rows` are not older than its merge, and its own rows.
        beyond: full id of the commit before `rows` where a shallow clone ends there; else empty.
        aside: rows of the adding commit's own history where that holds evidence only; `rows` is the code's.
    """

    rows: np.ndarray = field(eq=False)
    newest: int
    sides: tuple[tuple[int, np.ndarray], ...]
    beyond: str = ""
    aside: np.ndarray = field(factory=lambda: np.zeros(0, np.int64), eq=False)


def walk(table: CommitTable, start: int, earliest: float, *, include_start: bool) -> Chain:
    """Walk back from a commit until well before `earliest`.

    Args:
        table: all commits.
        start: row of the adding commit, or of HEAD.
        earliest: POSIX seconds before which no run can have been.
        include_start: whether `start` itself can have been checked out.
    """
    full = table.first_parents_since(start, earliest, LONGEST_CHAIN)
    merges = np.flatnonzero(table.parent_counts[full] > 1)[:MOST_SIDE_BRANCHES]
    on_chain = frozenset(full.tolist()) if len(merges) else frozenset()
    skip = 0 if include_start else 1
    sides = []
    for place in merges.tolist():
        for side in table.parents(int(full[place]))[1:]:
            branch = table.first_parents_since(side, earliest, LONGEST_CHAIN, on_chain)
            if len(branch):
                sides.append((place + 1 - skip, branch))
    return Chain(full[skip:], start, tuple(sides), table.beyond.get(int(full[-1]), ""))


def build_lines(
    names: Names,
    chain: Chain,
    near: Mapping[int, Detail],
    reflogs: Sequence[Line],
    parameters: Lines,
) -> tuple[Line, ...]:
    """All hypotheses, with priors that sum to 1.

    Args:
        names: numbers of commits.
        chain: from the adding commit, or from HEAD.
        near: row -> details of the commits around the run, and of the adding commit.
        reflogs: their lines, with the probabilities that the run was in the worktree of each.
        parameters: of the model.
    """
    table = names.table
    history = _line(chain.rows, table.times[chain.rows], "history")
    kept = originals(near)
    lines = [_from_beyond(names, chain, history), _by_author_times(chain.rows, table, near, kept)]
    lines.append(_any_branch(table, history, chain.aside))
    lines += own_lines(chain, table, near, kept, parameters.follows_on)
    for newer, rows in chain.sides:
        both = np.concatenate([chain.rows[:newer], rows])
        lines.append(_line(both, table.times[both], "side branch"))
    lines = [line for line in lines if len(line.commits)]
    alike = Counter(line.origin for line in lines)
    counts = np.array([alike[line.origin] for line in lines])
    shares = []
    for kind, places in enumerate((parameters.soon, parameters.late)):
        odds = np.array([places.origins.get(line.origin, 1.0) for line in lines]) / counts
        rest = max(1 - sum(line.priors[kind] for line in reflogs), 1e-6)
        shares.append((rest * odds / odds.sum()).tolist() if lines else [])
    found = [evolve(line, priors=priors) for line, *priors in zip(lines, *shares, strict=True)]
    return tuple(line for line in (*found, *reflogs) if len(line.commits))


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
    return Line((0.0, 0.0), starts[::-1], rows[::-1], origin)


def _by_author_times(
    rows: np.ndarray, table: CommitTable, near: Mapping[int, Detail], kept: Mapping[Work, int]
) -> Line:
    """The history as it was before commits were rewritten; empty where none was.

    Until a commit was rewritten, another one was checked out in its place, which is gone.
    """
    made = table.times[rows]
    times, first = made.copy(), rows.copy()
    for place, row in enumerate(rows.tolist()):
        if row in near:
            times[place] = min(times[place], near[row].author_time)
            first[place] = kept.get(work(near[row]), row)
    if (times == made).all():
        return _line(rows[:0], times[:0], "author times")
    line = _line(rows, times, "author times")
    made = made[::-1]
    first = first[::-1]
    comes = (made > line.starts) & (made < np.append(line.starts[1:], np.inf))
    starts = np.concatenate([line.starts, made[comes]])
    order = np.argsort(starts, kind="stable")
    return evolve(
        line,
        starts=starts[order],
        commits=np.concatenate([first, line.commits[comes]])[order],
        replaced=np.concatenate(
            [(made > line.starts) & (first == line.commits), np.zeros(comes.sum(), bool)]
        )[order],
    )


def _any_branch(table: CommitTable, history: Line, aside: np.ndarray) -> Line:
    """The newest commit of the whole repository, but those set aside, at any time that the history covers."""
    if not len(history.starts):
        return evolve(history, origin="any branch")
    rows = table.between(float(history.starts[0]), float(history.starts[-1]) + AFTER_SECONDS)
    rows = rows[np.isin(rows, aside, invert=True)] if len(aside) else rows
    return Line((0.0, 0.0), table.times[rows].astype(np.float64), rows, "any branch")

"""The history that a run can have been on: first parents, and the side branches that merges took in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.provenance.checkouts import Line

if TYPE_CHECKING:
    from bisect_parity.history.commits import CommitTable

LONGEST_CHAIN = 20_000
MOST_SIDE_BRANCHES = 24


@frozen
class Chain:
    """Rows of a first-parent history, newest first, and of the side branches that merges in it took in.

    Attributes:
        rows: rows of the commit table; shape (n,).
        starts: since when each was there, POSIX seconds; a clock that runs backwards is cut to that of the
            later commit; shape (n,).
        newest: row of the adding commit, or of HEAD; -1 where the adding commit is on another history.
        sides: what was checked out on the side branches until they were merged; any number of them at a time.
        merged: for each side branch, how many of `rows` are not older than its merge; shape (s,).
        beyond: full id of the commit before `rows` where a shallow clone ends there; else empty.
        aside: rows of the adding commit's own history where that holds evidence only; `rows` is the code's.
    """

    rows: np.ndarray = field(eq=False)
    starts: np.ndarray = field(eq=False)
    newest: int
    sides: Line
    merged: np.ndarray = field(eq=False)
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
    skip = 0 if include_start else 1
    rows = full[skip:]
    starts = np.minimum.accumulate(table.times[rows].astype(np.float64))
    places, heads = table.merged_into(full, MOST_SIDE_BRANCHES)
    branches, is_there = table.side_branches.down(heads, earliest, LONGEST_CHAIN, until=full)
    merged = np.append(np.full(skip, np.inf), starts)[places]
    sides = _sides(table, branches, is_there, merged)
    beyond = table.beyond.get(int(full[-1]), "")
    return Chain(rows, starts, start, sides, places[is_there.any(axis=1)] + 1 - skip, beyond)


def _sides(table: CommitTable, branches: np.ndarray, is_there: np.ndarray, merged: np.ndarray) -> Line:
    """The checkouts of side branches.

    Args:
        table: all commits.
        branches: their rows, newest first; shape (b, k).
        is_there: which of these count; shape (b, k).
        merged: the times of their merges, POSIX seconds; shape (b,).
    """
    times = np.concatenate([merged[:, None], table.times[branches]], axis=1)
    since = np.minimum.accumulate(times, axis=1)
    return _side_branch(branches[is_there].astype(np.int64), since[:, 1:][is_there], since[:, :-1][is_there])


def _side_branch(commits: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> Line:
    return Line(starts, commits, "side branch", ends=ends)


_NO_ROWS, _NO_TIMES = np.zeros(0, np.int64), np.zeros(0)
NO_CHAIN = Chain(_NO_ROWS, _NO_TIMES, -1, _side_branch(_NO_ROWS, _NO_TIMES, _NO_TIMES), _NO_ROWS)

"""The history that a run can have been on: first parents, and the side branches that merges took in. Pure."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.provenance.checkouts import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.commits import CommitTable

__all__ = ["NO_CHAIN", "Chain", "walk"]

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
    merges = np.flatnonzero(table.parent_counts[full] > 1)[:MOST_SIDE_BRANCHES].tolist()
    on_chain = frozenset(full.tolist()) if merges else frozenset()
    skip = 0 if include_start else 1
    rows = full[skip:]
    starts = np.minimum.accumulate(table.times[rows].astype(np.float64))
    branches, ends, merged = [], [], []
    for place in merges:
        for side in table.parents(int(full[place]))[1:]:
            branch = table.side_branch(side, earliest, LONGEST_CHAIN, on_chain)
            if branch:
                branches.append(branch)
                ends.append(float(starts[place - skip]) if place >= skip else math.inf)
                merged.append(place + 1 - skip)
    beyond = table.beyond.get(int(full[-1]), "")
    return Chain(rows, starts, start, _sides(table, branches, ends), np.array(merged, np.int64), beyond)


def _sides(table: CommitTable, branches: Sequence[Sequence[int]], merged: Sequence[float]) -> Line:
    """The checkouts of side branches, each given by its rows, newest first, and the time of its merge."""
    rows = np.array([row for branch in branches for row in branch], np.int64)
    times = iter(table.times[rows].tolist())
    starts: list[float] = []
    ends: list[float] = []
    for branch, merge in zip(branches, merged, strict=True):
        start = merge
        for time in itertools.islice(times, len(branch)):
            ends.append(start)
            start = min(start, time)
            starts.append(start)
    return _side_branch(rows, np.array(starts, np.float64), np.array(ends, np.float64))


def _side_branch(commits: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> Line:
    return Line(starts, commits, "side branch", ends=ends)


_NO_ROWS, _NO_TIMES = np.zeros(0, np.int64), np.zeros(0)
NO_CHAIN = Chain(_NO_ROWS, _NO_TIMES, -1, _side_branch(_NO_ROWS, _NO_TIMES, _NO_TIMES), _NO_ROWS)

"""What one person had checked out, by the commits that this person made, amended and rebased. Pure."""

from __future__ import annotations

import itertools
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.history.commit_graph import NO_PARENT
from bisect_parity.provenance.checkouts import Line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.commits import CommitTable

Work = tuple[str, int]


@frozen
class _Moves:
    """When a person came to each own commit, and to those that it has replaced, in order.

    Attributes:
        starts: POSIX seconds; shape (m,).
        rows: of the commits; shape (m,).
        is_replaced: whether it was one that the row's has replaced since; shape (m,).
        parents: rows of the first parents, or NO_PARENT; shape (m,).
    """

    starts: np.ndarray = field(eq=False)
    rows: np.ndarray = field(eq=False)
    is_replaced: np.ndarray = field(eq=False)
    parents: np.ndarray = field(eq=False)


def own_lines(
    person: str,
    table: CommitTable,
    near: Mapping[int, Detail],
    kept: Mapping[Work, int],
    follows_on: float,
    results: Collection[int],
) -> list[Line]:
    """What the person who made the run had checked out, by the commits that this person made.

    A commit is checked out once it is made, and the first parent of the next one is until that is made. Where
    they are one, nothing else was checked out in between, which counts `follows_on`; where they are not, the
    person changed from one to the other at any moment since that parent was there. The commits of those who
    commit nothing but results, as robots do, say nothing: these fetch what others made, and run it.

    Args:
        person: e-mail address; empty where it is not known.
        table: all commits.
        near: row -> details of the commits around the run.
        kept: as `originals` tells.
        follows_on: as in `parameters.Lines`.
        results: rows of all commits that added results.
    """
    moves = _moves(person, table, near, kept)
    if all(row in results for row in moves.rows.tolist()):
        return []
    follow = _follow(moves, near)
    left = np.flatnonzero(~follow & (moves.parents[1:] != NO_PARENT))  # for the parent of the next one
    since = np.clip(table.times[moves.parents[left + 1]], moves.starts[left], moves.starts[left + 1])
    return [
        _commits(moves, np.where(np.append(follow, False), follows_on, 1.0), left, since),
        _parents(moves, left, since, table),
    ]


def _commits(moves: _Moves, weights: np.ndarray, left: np.ndarray, since: np.ndarray) -> Line:
    """A person's own commits; those that were left for another one are believed less and less since then."""
    order = np.sort(np.concatenate([np.arange(len(weights)), left]))
    fading = left + 1 + np.arange(len(left))
    starts, believed = moves.starts[order], weights[order, None].repeat(2, axis=1)
    starts[fading], believed[fading] = since, (1.0, 0.0)
    return Line(
        starts,
        moves.rows[order],
        "own commits",
        weights=believed,
        replaced=moves.is_replaced[order] if moves.is_replaced.any() else None,
    )


def _parents(moves: _Moves, left: np.ndarray, since: np.ndarray, table: CommitTable) -> Line:
    """The parents that a person changed to, each until a commit was made on it; and that of the first."""
    starts = np.array([since, moves.starts[left + 1]]).T.ravel()
    rows = np.array([moves.parents[left + 1], moves.rows[left + 1]]).T.ravel()
    weights = np.tile([[0.0, 1.0], [0.0, 0.0]], (len(left), 1))
    first, parent = float(moves.starts[0]), int(moves.parents[0])
    if parent != NO_PARENT and not moves.is_replaced[0]:
        starts = np.concatenate([[min(table.time(parent), first), first], starts])
        rows = np.concatenate([[parent, moves.rows[0]], rows])
        weights = np.concatenate([[[1.0, 1.0], [0.0, 0.0]], weights])
    return Line(starts, rows, "own parents", weights=weights)


def _follow(moves: _Moves, near: Mapping[int, Detail]) -> np.ndarray:
    """Whether a person's next commit was made on the last one, or took its place, for all but the last one.

    One that was amended or rebased since was made on what was there: its parent may have come later.
    """
    rows, is_replaced = moves.rows, moves.is_replaced
    found: np.ndarray = is_replaced[1:] | (moves.parents[1:] == rows[:-1]) & ~is_replaced[:-1]
    for place in np.flatnonzero(~found).tolist():
        one, other = (near[row] for row in rows[place : place + 2].tolist())
        if is_replaced[place]:
            found[place] = one.committer_time == moves.starts[place + 1]
        else:
            found[place] = one is not other and work(one) == work(other)
    return found


def _moves(person: str, table: CommitTable, near: Mapping[int, Detail], kept: Mapping[Work, int]) -> _Moves:
    """When a person came to each own commit, and to those that it replaced, in order."""
    own = [(row, detail) for row, detail in near.items() if detail.committer == person]
    times = table.times[[row for row, _ in own]].tolist() if own else []
    found = []
    for (row, detail), made in zip(own, times, strict=True):
        found.append((made, row, False))
        if detail.author_time < made and detail.author == person and work(detail) not in kept:
            found.append((detail.author_time, row, detail.author_time >= table.begin))
    found.sort(key=itemgetter(0))
    pairs = itertools.pairwise(found)
    alike = {row for one, other in pairs if one[0] == other[0] for row in (one[1], other[1])}
    if alike:
        depths = _depths(alike, table)
        found.sort(key=lambda move: (move[0], depths.get(move[1], 0)))
    starts, rows, is_replaced = zip(*found, strict=True) if found else ((), (), ())
    numbers = np.array(rows, np.int64)
    return _Moves(
        np.array(starts, np.float64),
        numbers,
        np.array(is_replaced, bool),
        table.first_parent_rows[numbers].astype(np.int64),
    )


def originals(near: Mapping[int, Detail]) -> dict[Work, int]:
    """The commits as they were first made, of those that are still there: `work` -> row."""
    return {work(detail): row for row, detail in near.items() if not detail.is_rewritten}


def work(detail: Detail) -> Work:
    """What stays the same when a commit is amended, rebased or picked."""
    return detail.author, detail.author_time


def _depths(rows: Iterable[int], table: CommitTable) -> dict[int, int]:
    """How many first ancestors of each commit were made in the same second, such as by one rebase."""
    depths = {}
    for row in rows:
        depth = 0
        for ancestor in itertools.islice(table.first_parents(row), 1, None):
            if table.time(ancestor) != table.time(row):
                break
            depth += 1
        depths[row] = depth
    return depths

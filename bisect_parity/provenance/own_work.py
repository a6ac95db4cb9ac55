"""What one person had checked out, by the commits that this person made, amended and rebased. Pure."""

from __future__ import annotations

import itertools
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bisect_parity.provenance.checkouts import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.provenance.chain import Chain

__all__ = ["Work", "originals", "own_lines", "work"]

Work = tuple[str, int]


class _Move(NamedTuple):
    """A commit that a person came to, or one that it has replaced."""

    start: float
    row: int
    is_replaced: bool


class _Checkout(NamedTuple):
    """What was checked out from a time on; see `checkouts.Line`."""

    start: float
    row: int
    is_replaced: bool
    first_weight: float
    last_weight: float


def own_lines(
    chain: Chain,
    table: CommitTable,
    near: Mapping[int, Detail],
    kept: Mapping[Work, int],
    follows_on: float,
) -> list[Line]:
    """What the person who added the bundle had checked out, by the commits that this person made.

    A commit is checked out once it is made, and the first parent of the next one is until that is made. Where
    they are one, nothing else was checked out in between, which counts `follows_on`; where they are not, the
    person changed from one to the other at any moment since that parent was there.
    """
    adding = near.get(chain.newest)
    moves = _moves(adding.author, table, near, kept) if adding is not None else []
    commits, parents = [], _before(moves, table)
    for move, following in itertools.pairwise(moves):
        start, row, is_replaced = move
        parent = table.first_parent(following.row)
        if _follows(move, following, parent, near):
            commits.append(_Checkout(start, row, is_replaced, follows_on, follows_on))
            continue
        commits.append(_Checkout(start, row, is_replaced, 1.0, 1.0))
        if parent is not None:
            there = min(max(start, table.time(parent)), following.start)
            commits.append(_Checkout(there, row, is_replaced, 1.0, 0.0))
            parents.append(_Checkout(there, parent, False, 0.0, 1.0))
            parents.append(_Checkout(following.start, following.row, False, 0.0, 0.0))
    commits += [_Checkout(*move, 1.0, 1.0) for move in moves[-1:]]
    return [_moving(commits, "own commits"), _moving(parents, "own parents")]


def _before(moves: Sequence[_Move], table: CommitTable) -> list[_Checkout]:
    """The parent of a person's first commit, until that was made."""
    first = moves[0] if moves else None
    parent = None if first is None else table.first_parent(first.row)
    if first is None or parent is None or first.is_replaced:
        return []
    return [
        _Checkout(min(table.time(parent), first.start), parent, False, 1.0, 1.0),
        _Checkout(first.start, first.row, False, 0.0, 0.0),
    ]


def _follows(move: _Move, following: _Move, parent: int | None, near: Mapping[int, Detail]) -> bool:
    """Whether a person's next commit was made on the last one, or took its place.

    One that was amended or rebased since was made on what was there: its parent may have come later.
    """
    if following.is_replaced:
        return True
    if move.is_replaced:
        return near[move.row].committer_time == following.start
    is_other = move.row != following.row
    return parent == move.row or (is_other and work(near[move.row]) == work(near[following.row]))


def _moves(
    person: str, table: CommitTable, near: Mapping[int, Detail], kept: Mapping[Work, int]
) -> list[_Move]:
    """When a person came to each own commit, and to those that it replaced, in order."""
    found = []
    for row, detail in near.items():
        if detail.committer != person:
            continue
        made = table.time(row)
        found.append(_Move(made, row, False))
        if detail.author_time < made and detail.author == person and work(detail) not in kept:
            found.append(_Move(detail.author_time, row, True))
    found.sort(key=itemgetter(0))
    pairs = itertools.pairwise(found)
    alike = {move.row for pair in pairs if pair[0].start == pair[1].start for move in pair}
    if alike:
        depths = _depths(alike, table)
        found.sort(key=lambda move: (move.start, depths.get(move.row, 0)))
    return found


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


def _moving(checkouts: Sequence[_Checkout], origin: str) -> Line:
    """A line of checkouts."""
    starts, rows, are_replaced, *weights = zip(*checkouts, strict=True) if checkouts else [()] * 5
    return Line(
        np.array(starts, np.float64),
        np.array(rows, np.int64),
        origin,
        weights=np.array(weights, np.float64).T,
        replaced=np.array(are_replaced, bool) if any(are_replaced) else None,
    )

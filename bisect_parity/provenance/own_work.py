"""What one person had checked out, by the commits that this person made, amended and rebased. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bisect_parity.provenance.checkouts import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.provenance.lines import Chain

__all__ = ["Work", "originals", "own_lines", "work"]

Work = tuple[str, int]


class _Checkout(NamedTuple):
    """A commit that was checked out from a time on, or one that it has replaced; see `checkouts.Line`."""

    start: float
    row: int
    weights: tuple[float, float] = (1.0, 1.0)
    is_replaced: bool = False


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
        commits.append(move)
        parent = table.first_parent(following.row)
        if _follows(move, following, parent, near):
            commits[-1] = _Checkout(move.start, move.row, (follows_on, follows_on), move.is_replaced)
        elif parent is not None:
            there = min(max(move.start, float(table.time(parent))), following.start)
            commits.append(_Checkout(there, move.row, (1.0, 0.0), move.is_replaced))
            parents.append(_Checkout(there, parent, (0.0, 1.0)))
            parents.append(_Checkout(following.start, following.row, (0.0, 0.0)))
    commits += moves[-1:]
    return [_moving(commits, "own commits"), _moving(parents, "own parents")]


def _before(moves: Sequence[_Checkout], table: CommitTable) -> list[_Checkout]:
    """The parent of a person's first commit, until that was made."""
    first = moves[0] if moves else None
    parent = None if first is None else table.first_parent(first.row)
    if first is None or parent is None or first.is_replaced:
        return []
    return [_Checkout(float(table.time(parent)), parent), _Checkout(first.start, first.row, (0.0, 0.0))]


def _follows(move: _Checkout, following: _Checkout, parent: int | None, near: Mapping[int, Detail]) -> bool:
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
) -> list[_Checkout]:
    """When a person came to each own commit, and to those that it replaced, in order."""
    own = [row for row, detail in near.items() if detail.committer == person]
    found = []
    for row in own:
        detail = near[row]
        found.append(_Checkout(float(table.time(row)), row))
        is_mine = detail.author == person and work(detail) not in kept
        if is_mine and detail.author_time < table.time(row):
            found.append(_Checkout(float(detail.author_time), row, is_replaced=True))
    alike = Counter(move.start for move in found)
    depths = _depths((move.row for move in found if alike[move.start] > 1), table)
    return sorted(found, key=lambda move: (move.start, depths.get(move.row, 0)))


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
    return Line(
        (0.0, 0.0),
        np.array([each.start for each in checkouts]),
        np.array([each.row for each in checkouts], np.int64),
        origin,
        weights=np.array([each.weights for each in checkouts]).reshape(-1, 2),
        replaced=np.array([each.is_replaced for each in checkouts], bool),
    )

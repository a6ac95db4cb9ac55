"""Commits that were rebased with their dates kept: they cannot be older than what they were put upon.

`git rebase --committer-date-is-author-date` writes no time of its own into a commit, and Mercurial, which
many histories were converted from, has none to write. What shows it is that such a commit claims to be older
than its parent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.history.commit_details import read_details
from bisect_parity.history.commit_graph import NO_PARENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository

LEAST_SECONDS = 60  # behind the parent
CLOCKS_SECONDS = (
    2 * 3600
)  # by which the clocks of two people may differ, with a zone or summer time forgotten
MOST_BREAKS = 5000  # of more, the clocks are not worth anything
LONGEST_BRANCH = 5000


def as_remade(repository: Repository, table: CommitTable) -> CommitTable:
    """The table in which each such commit is as new as the newest of what it was put upon.

    One person must have made all commits that are older than that parent, in a row and without merges; the
    same person's clock may have been wrong for one commit, and those of two people differ by some hours,
    but for people who have rebased so beyond that.
    """
    parents, times = table.first_parent_rows, table.times
    breaks = np.flatnonzero((parents != NO_PARENT) & (times < times[parents] - LEAST_SECONDS))
    if not 0 < len(breaks) <= MOST_BREAKS:
        return table
    children = _Children(parents)
    in_order = breaks[np.argsort(times[parents[breaks]])].tolist()
    branches = [(row, branch) for row in in_order if (branch := _older(row, table, children))]
    around = {row for _, branch in branches for row in branch} | set(parents[breaks].tolist())
    rows = table.oldest_first(around)
    details = dict(zip(rows.tolist(), _in_order(repository, table.commits(rows)), strict=True))
    keepers = {
        _committer(row, details) for row, branch in branches if _is_rebased(row, branch, table, details)
    }
    made: dict[int, int] = {}
    for row, branch in branches:
        clocks = 0 if _committer(row, details) in keepers else CLOCKS_SECONDS
        if _is_rebased(row, branch, table, details, clocks):
            parent = int(parents[row])
            since = max(table.time(parent), made.get(parent, 0))
            made |= {each: max(since, made.get(each, 0)) for each in branch}
    return table.with_times(made)


def as_made(details: dict[str, Detail], table: CommitTable) -> dict[str, Detail]:
    """Details of commits by their ids, with the times at which the table says that they were made."""
    remade = {commit: row for row in table.remade if (commit := table.commit(row)) in details}
    made = {
        commit: details[commit]._replace(committer_time=table.time(row)) for commit, row in remade.items()
    }
    return details | made if made else details


class _Children:
    """The commits whose first parent each commit is."""

    def __init__(self, parents: np.ndarray) -> None:
        self._order = np.argsort(parents, kind="stable")
        self._parents = parents[self._order]

    def of(self, row: int) -> list[int]:
        first, last = self._parents.searchsorted([row, row + 1]).tolist()
        found: list[int] = self._order[first:last].tolist()
        return found


def _older(row: int, table: CommitTable, children: _Children) -> list[int]:
    """A commit and those on it that claim to be older than its parent; none where a merge is among them."""
    until = table.time(int(table.first_parent_rows[row]))
    found, waiting = [], [row]
    while waiting:
        each = waiting.pop()
        if table.time(each) >= until:
            continue
        found.append(each)
        if table.parent_counts[each] > 1 or len(found) > LONGEST_BRANCH:
            return []
        waiting += children.of(each)
    return found


def _is_rebased(
    row: int,
    branch: Sequence[int],
    table: CommitTable,
    details: Mapping[int, Detail | None],
    clocks: int = CLOCKS_SECONDS,
) -> bool:
    parent = int(table.first_parent_rows[row])
    first, onto = details[row], details[parent]
    if first is None or onto is None or first.is_rewritten:
        return False
    if any(each is None or each.committer != first.committer for each in (details[one] for one in branch)):
        return False
    if onto.committer != first.committer:
        return table.time(parent) - table.time(row) > clocks
    before = table.first_parent(parent)
    return before is not None and table.time(row) < table.time(before)


def _committer(row: int, details: Mapping[int, Detail | None]) -> str | None:
    detail = details[row]
    return None if detail is None else detail.committer


def _in_order(repository: Repository, commits: Sequence[str]) -> list[Detail | None]:
    details = read_details(repository, commits)
    return [details.get(commit) for commit in commits]

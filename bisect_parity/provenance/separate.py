"""Evidence on a history of its own, such as gh-pages: no run had it checked out, the code is on another.

Two histories are separate where neither first-parent line leads to the root of the other. Whether one
holds evidence only is recognised by what lies at its top: a project that was rewritten looks like itself.
If it was merged into that of the code, as when results were moved there, it must have no sources.
A branch of the code on which nothing but results was ever committed, by robots or people who commit no code,
is as separate: they run what is on the other one.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.history.code_rules import is_source
from bisect_parity.history.commit_details import is_robot, read_details

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.first_parents import FirstParentWalks
    from bisect_parity.history.repository import Repository

TRUNKS = (
    "refs/remotes/origin/HEAD",
    "refs/heads/main",
    "refs/heads/master",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "HEAD",
)
ALIKE = 0.5  # of the trunk's names at the top, to be the same project
LEAST_RESULTS = 3  # commits on a branch, before it is taken to be for results alone
MOST_READ = 500  # commits of the code whose people are asked for


class SeparateHistories:
    """Tells which commits are on a history that holds evidence only.

    Attributes:
        trunk: row of the newest commit of the branch with the code; None where there is one history only.
    """

    def __init__(self, repository: Repository, table: CommitTable) -> None:
        self._repository = repository
        self._table = table
        self._roots = np.full(len(table) if self._has_several_roots() else 0, -1, np.int32)
        self._answers: dict[int, bool] = {}
        there = _trunks(repository, table) if len(self._roots) else ()
        self.trunk = next((row for row in there if self._has_sources(row)), next(iter(there), None))

    def trunks(self, rows: Iterable[int]) -> dict[int, int]:
        """The newest commit of the code, for those of some adding commits whose history is another."""
        if self.trunk is None:
            return {}
        return {row: self.trunk for row in set(rows) if self.holds_evidence_only(row)}

    def holds_evidence_only(self, row: int) -> bool:
        """Whether the history of an adding commit is another than that of the code."""
        if self.trunk is None:
            return False
        root = self._root(row)
        if root == self._root(self.trunk):
            return False
        if root not in self._answers:
            if self._table.is_ancestor(row, self.trunk):
                self._answers[root] = not self._has_sources(row)
            else:
                ours, theirs = (self._names(each) for each in (self.trunk, row))
                self._answers[root] = len(ours & theirs) < ALIKE * len(ours)
        return self._answers[root]

    @functools.cached_property
    def _walks(self) -> FirstParentWalks:
        return self._table.first_parent_walks()

    def _has_several_roots(self) -> bool:
        return int((self._table.parent_counts == 0).sum()) > 1

    def _root(self, row: int) -> int:
        """The first commit of the first-parent line of a row; every row is walked over once."""
        *rows, end = self._walks.down(row).tolist()
        root = int(self._roots[end]) if end >= 0 else rows[-1]
        self._roots[rows] = root
        return root

    def _has_sources(self, row: int) -> bool:
        return any(is_source(path.rpartition("/")[2]) for path in self._names(row, "-r"))

    def _names(self, row: int, *options: str) -> set[str]:
        return set(self._repository.fields("ls-tree", "--name-only", *options, self._table.commit(row)))


def code_of(
    repository: Repository, table: CommitTable, tips: Iterable[int], people: Mapping[int, Collection[str]]
) -> dict[int, int]:
    """The newest commit of the code, for those of some adding commits that are on a history without it.

    Args:
        repository: to read from.
        table: all commits.
        tips: rows of the newest commits of the branches.
        people: who made each adding commit, by its row.
    """
    found = SeparateHistories(repository, table).trunks(people)
    ends = set(tips) & people.keys()
    lines = [list(itertools.takewhile(people.__contains__, table.first_parents(tip))) for tip in ends]
    branches = [rows for rows in lines if len(rows) >= LEAST_RESULTS]
    below = (table.first_parent(rows[-1]) for rows in branches)
    wanted = {row for row in itertools.chain(*branches, below) if row is not None}
    trunks = _trunks(repository, table) if branches else ()
    reached = [(trunk, table.reached_from([trunk], wanted)) for trunk in trunks]  # once for all branches
    coders = functools.cache(functools.partial(_people, repository, table))
    for rows in branches:
        for trunk, is_code in reached:
            own = [row for row in rows if not is_code[row]]
            fork = table.first_parent(own[-1]) if len(own) >= LEAST_RESULTS else None
            if own[:1] == rows[:1] and fork is not None and fork != trunk and is_code[fork]:
                makers = {person for row in own for person in people[row] if not is_robot(person)}
                if not makers or makers.isdisjoint(coders(trunk)):
                    found |= dict.fromkeys(own, trunk)
                break
    return found


def _trunks(repository: Repository, table: CommitTable) -> Sequence[int]:
    """The rows of the commits that may be the newest of the code, the likeliest first."""
    tips = (repository.try_resolve(name) for name in TRUNKS)
    rows = (table.index(tip) for tip in tips if tip is not None)
    return list(dict.fromkeys(row for row in rows if row is not None))  # most names are of one commit


def _people(repository: Repository, table: CommitTable, tip: int) -> set[str]:
    """Who made the newest commits of a first-parent history."""
    rows = itertools.islice(table.first_parents(tip), MOST_READ)
    details = read_details(repository, map(table.commit, rows))
    return {person for detail in details.values() for person in (detail.author, detail.committer)}

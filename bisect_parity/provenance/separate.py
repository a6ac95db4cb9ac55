"""Evidence on a history of its own, such as gh-pages: no run had it checked out, the code is on another.

Two histories are separate where neither first-parent line leads to the root of the other. Whether one
holds evidence only is recognised by what lies at its top: a project that was rewritten looks like itself.
If it was merged into that of the code, as when results were moved there, it must have no sources.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.history.code_rules import is_source

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        tips = (repository.try_resolve(name) for name in TRUNKS) if len(self._roots) else ()
        rows = (table.index(tip) for tip in tips if tip is not None)
        there = dict.fromkeys(row for row in rows if row is not None)  # most names are of one commit
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

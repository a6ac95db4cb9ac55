"""Which commits change some folders, found in a large history without reading every commit's trees.

`git log -- FOLDER` reads the trees of all commits. Here the folder's tree is looked up at commits here and
there along each first-parent history; between two commits that hold the same tree nothing is looked for, and
every other span is divided again, until the single commits are found. Of a change that was undone within a
span, so that both ends of it are equal, nothing is seen.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.history.commit_graph import NO_PARENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository

__all__ = ["changing_commits"]

FIRST_SAMPLES = 4096
PIECES = 3  # more of them make fewer rounds, and more look-ups in all
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@frozen
class _Line:
    """A first-parent history: its rows, newest first, down to the row that another line has, or NO_PARENT.

    Attributes:
        rows: the last one is not part of the line; shape (n + 1,).
        ages: POSIX seconds that never rise along the line; of `rows` but the last.
    """

    rows: np.ndarray = field(eq=False)
    ages: np.ndarray = field(eq=False)


def changing_commits(repository: Repository, table: CommitTable, folders: Sequence[str]) -> list[int]:
    """The rows of the commits at which a folder is not as at the first parent, newest first.

    Args:
        repository: where.
        table: all commits.
        folders: paths relative to the top, without newlines.

    Raises:
        RepositoryError: git could not read a tree.
    """
    trees = _Trees(repository, table)
    tips = repository.git("rev-list", "--no-walk=unsorted", "--all").decode("ascii").split()
    starts = [(row, np.inf) for tip in tips if (row := table.index(tip)) is not None]
    is_seen = bytearray(len(table))
    found: dict[int, float] = {}
    while starts:
        lines = [line for row, age in starts if (line := _walk(table, row, age, is_seen)) is not None]
        starts = []
        for line, place in _changes(trees, lines, folders):
            row, age = int(line.rows[place]), float(line.ages[place])
            if row not in found:
                found[row] = age
                starts += [(other, age) for other in table.parents(row)[1:] if not is_seen[other]]
    return sorted(found, key=lambda row: -found[row])


def _walk(table: CommitTable, start: int, latest: float, is_seen: bytearray) -> _Line | None:
    rows = table.first_parents_until(start, is_seen)
    if len(rows) < 2:
        return None
    return _Line(rows, np.minimum.accumulate(np.minimum(table.times[rows[:-1]], latest)))


class _Trees:
    """The ids of folders' trees at commits, looked up in batches."""

    def __init__(self, repository: Repository, table: CommitTable) -> None:
        self._repository = repository
        self._table = table
        self._known: dict[tuple[int, str], str] = {}

    def read(self, wanted: Iterable[tuple[int, str]]) -> None:
        """Look up the trees of some rows and folders."""
        new = [key for key in dict.fromkeys(wanted) if key not in self._known and key[0] != NO_PARENT]
        if not new:
            return
        ids = self._table.commits(np.array([row for row, _ in new], np.int64))
        request = "".join(f"{commit}:{folder}\n" for commit, (_, folder) in zip(ids, new, strict=True))
        answer = self._repository.git(
            "cat-file", "--batch-check=%(objectname)", stdin=request.encode(errors="surrogateescape")
        )
        lines = answer.decode(errors="replace").split("\n")
        for key, line in zip(new, lines, strict=False):
            self._known[key] = line if _ID.fullmatch(line) else ""

    def of(self, row: int, folder: str) -> str:
        """The id of a folder's tree at a commit that was looked up; empty where there is none."""
        return self._known.get((row, folder), "")


def _changes(trees: _Trees, lines: Sequence[_Line], folders: Sequence[str]) -> Iterator[tuple[_Line, int]]:
    """The lines and places at which a folder is not as at the next place."""
    spans = [
        (line, folder, span)
        for line in lines
        for folder in folders
        for span in _pieces(0, len(line.rows) - 1, FIRST_SAMPLES)
    ]
    while spans:
        trees.read((int(line.rows[place]), folder) for line, folder, span in spans for place in span)
        different = [
            (line, folder, (newer, older))
            for line, folder, (newer, older) in spans
            if trees.of(int(line.rows[newer]), folder) != trees.of(int(line.rows[older]), folder)
        ]
        yield from ((line, newer) for line, _, (newer, older) in different if older - newer == 1)
        spans = [
            (line, folder, piece)
            for line, folder, (newer, older) in different
            if older - newer > 1
            for piece in _pieces(newer, older, PIECES)
        ]


def _pieces(newer: int, older: int, count: int) -> Iterator[tuple[int, int]]:
    length = older - newer
    count = min(count, length)
    return itertools.pairwise(newer + length * place // count for place in range(count + 1))

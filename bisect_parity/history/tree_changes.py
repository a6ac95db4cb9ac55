"""Which commits change some folders, found in a large history without reading every commit's trees.

`git log -- FOLDER` reads the trees of all commits. Here the folder's tree is looked up at commits here and
there along each first-parent history; between two commits that hold the same tree nothing is looked for, and
every other span is divided again, until the single commits are found. Of a change that was undone within a
span, so that both ends of it are equal, nothing is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.history.commit_graph import NO_PARENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository

FIRST_SAMPLES = 4096
PIECES = 3  # more of them make fewer rounds, and more look-ups in all
_NO_TREE = 0


def changing_commits(repository: Repository, table: CommitTable, folders: Sequence[str]) -> list[int]:
    """The rows of the commits at which a folder is not as at the first parent, newest first.

    Args:
        repository: where.
        table: all commits.
        folders: paths relative to the top, without newlines.

    Raises:
        RepositoryError: git could not read a tree.
    """
    trees = _Trees(repository, table, folders)
    walks = table.first_parent_walks()
    tips = repository.git("rev-list", "--no-walk=unsorted", "--all").decode("ascii").split()
    starts = [(row, np.inf) for tip in tips if (row := table.index(tip)) is not None]
    found: dict[int, float] = {}
    while starts:
        lines = [(rows, age) for row, age in starts if len(rows := walks.down(row)) > 1]
        starts = []
        for row, age in _changes(trees, lines) if lines else ():
            if row not in found:
                found[row] = age
                starts += [(other, age) for other in table.parents(row)[1:]]
    return sorted(found, key=lambda row: -found[row])


class _Trees:
    """Numbers for the trees of folders at commits: equal trees have equal ones."""

    def __init__(self, repository: Repository, table: CommitTable, folders: Sequence[str]) -> None:
        self._repository = repository
        self.table = table
        self.folders = folders
        self._numbers: dict[bytes, int] = {}

    def read(self, rows: np.ndarray, folders: np.ndarray) -> np.ndarray:
        """The trees of some folders, given by their places, each at a row; _NO_TREE where there is none.

        Raises:
            RepositoryError: git could not read a tree.
        """
        found = np.full(len(rows), _NO_TREE)
        is_commit = rows != NO_PARENT
        if not is_commit.any():
            return found
        names = zip(self.table.commits(rows[is_commit]), folders[is_commit].tolist(), strict=True)
        request = "".join(f"{commit}:{self.folders[folder]}\n" for commit, folder in names)
        options = ("--buffer", "--batch-check=%(objectname)")
        answer = self._repository.git("cat-file", *options, stdin=request.encode(errors="surrogateescape"))
        found[is_commit] = [self._number(line) for line in answer.split(b"\n")[:-1]]
        return found

    def _number(self, line: bytes) -> int:
        if len(line) != self._repository.id_length:  # longer: what was asked for, and that it is missing
            return _NO_TREE
        return self._numbers.setdefault(line, len(self._numbers) + 1)


@frozen
class _Spans:
    """Parts of lines in which a folder may have changed.

    Attributes:
        folders: places of the folders; shape (n,).
        ends: places of the newest commit and of the one after the oldest; shape (n, 2).
        trees: numbers of the folder's trees at both; shape (n, 2).
    """

    folders: np.ndarray = field(eq=False)
    ends: np.ndarray = field(eq=False)
    trees: np.ndarray = field(eq=False)

    def where(self, chosen: np.ndarray) -> _Spans:
        """Some of the spans."""
        return _Spans(self.folders[chosen], self.ends[chosen], self.trees[chosen])

    @property
    def lengths(self) -> np.ndarray:
        """The number of commits of each; shape (n,)."""
        lengths: np.ndarray = self.ends[:, 1] - self.ends[:, 0]
        return lengths


def _changes(trees: _Trees, lines: Sequence[tuple[np.ndarray, float]]) -> Iterator[tuple[int, float]]:
    """The rows at which a folder is not as at the next row of the line, and their ages.

    Args:
        trees: of the folders.
        lines: rows, newest first, down to one that another line has, or NO_PARENT; and the age of what merged
            them. Ages are POSIX seconds that never rise along a line.
    """
    rows = np.concatenate([line for line, _ in lines])
    ages = np.concatenate(
        [np.minimum.accumulate(np.minimum(trees.table.times[line], latest)) for line, latest in lines]
    )
    spans = _first_spans(trees, rows, [len(line) for line, _ in lines])
    while len(spans.folders):
        spans = spans.where(spans.trees[:, 0] != spans.trees[:, 1])
        found = spans.ends[spans.lengths == 1, 0]
        yield from zip(rows[found].tolist(), ages[found].tolist(), strict=True)
        spans = _divided(trees, rows, spans.where(spans.lengths > 1))


def _first_spans(trees: _Trees, rows: np.ndarray, sizes: Sequence[int]) -> _Spans:
    """Each line in parts of equal length, for each folder."""
    places, folders, is_last = [], [], []
    for end, size in zip(np.cumsum(sizes).tolist(), sizes, strict=True):
        count = min(size - 1, FIRST_SAMPLES)
        cuts = end - size + (size - 1) * np.arange(count + 1) // count
        for number in range(len(trees.folders)):
            places.append(cuts)
            folders.append(np.full(count + 1, number))
            is_last.append(np.arange(count + 1) == count)
    place, folder = np.concatenate(places), np.concatenate(folders)
    found = trees.read(rows[place], folder)
    begins = np.flatnonzero(~np.concatenate(is_last))
    ends = np.stack([begins, begins + 1], axis=1)
    return _Spans(folder[begins], place[ends], found[ends])


def _divided(trees: _Trees, rows: np.ndarray, spans: _Spans) -> _Spans:
    """Each span in pieces; of a short one, the last pieces are empty, and both their ends are alike."""
    begin, end = spans.ends[:, :1], spans.ends[:, 1:]
    counts = np.minimum(end - begin, PIECES)
    cuts = begin + (end - begin) * np.minimum(np.arange(PIECES + 1), counts) // np.maximum(counts, 1)
    numbers = spans.trees[:, [0, *[1] * PIECES]]
    is_new = (cuts > begin) & (cuts < end)
    folders = np.repeat(spans.folders[:, None], PIECES + 1, axis=1)
    numbers[is_new] = trees.read(rows[cuts[is_new]], folders[is_new])
    pieces = [np.stack([each[:, :-1], each[:, 1:]], axis=2).reshape(-1, 2) for each in (cuts, numbers)]
    return _Spans(folders[:, 1:].ravel(), *pieces)

"""The commit table: ids, times and parents of every commit, and walks along them."""

from __future__ import annotations

import bisect
import functools
import math
import re
from array import array
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from bisect_parity.history.all_commits import first_missing_parents, never_checked_out, read_all_commits
from bisect_parity.history.commit_graph import NO_PARENT
from bisect_parity.history.first_parents import FirstParentWalks, SideBranches, Strides
from bisect_parity.history.time_order import rows_by_time

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bisect_parity.history.commit_graph import CommitGraph
    from bisect_parity.history.repository import Repository

_HEX = re.compile(r"[0-9a-f]*")


class CommitTable:
    """All commits that refs and reflogs reach, or lost, in arrays: a million take about 60 MB.

    A commit graph gives its rows as they are; commits that are newer than the graph come after them, and
    those that nothing reaches any more come last.

    Attributes:
        times: committer times, POSIX seconds; shape (n,), int64.
        first_parent_rows: rows of the first parents, or NO_PARENT; shape (n,), int32.
        parent_counts: number of parents that are there; shape (n,), int32.
        beyond: of each commit at which a shallow clone ends, by its row, the full id of its first parent,
            which is not there.
        remade: rows of the commits whose times `with_times` gave.
    """

    def __init__(
        self, graph: CommitGraph, aside: Sequence[str] = (), beyond: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """See `load`.

        Args:
            graph: the commits.
            aside: ids of those that were never checked out.
            beyond: of each commit at which a shallow clone ends, the id of its first parent.
        """
        self.times = graph.times
        self.first_parent_rows = graph.first
        self._graph = graph
        self._raw = tuple(layer.view(np.uint8).data for layer in graph.layers)
        self._starts = np.cumsum([0, *(len(layer) for layer in graph.layers)]).tolist()
        self._width = graph.layers[0].dtype.itemsize if graph.layers else 20
        self._first, self._second, self._time = graph.first.data, graph.second.data, graph.times.data
        self._aside = [row for commit in aside if (row := self.index(commit)) is not None]
        self.beyond = {row: parent for end, parent in beyond.items() if (row := self.index(end)) is not None}
        self.remade: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.times)

    @classmethod
    def load(cls, repository: Repository) -> CommitTable:
        """Read the table from all refs, HEAD, reflogs and lost objects; empty where there is no commit yet.

        Raises:
            RepositoryError: git could not walk the history.
        """
        graph = read_all_commits(repository)
        return cls(graph, never_checked_out(repository), first_missing_parents(repository))

    def with_times(self, made: Mapping[int, int]) -> CommitTable:
        """The same commits, some of which were made at other times than they say: row -> POSIX seconds."""
        times = self.times.copy()
        times[list(made)] = list(made.values())
        ends = {self.commit(row): parent for row, parent in self.beyond.items()}
        found = CommitTable(evolve(self._graph, times=times), list(map(self.commit, self._aside)), ends)
        found.remade = frozenset(made)
        return found

    def index(self, commit: str) -> int | None:
        """The row of a commit given by its full id, or None."""
        try:
            key = bytes.fromhex(commit)
        except ValueError:
            return None
        if len(key) != self._width:
            return None
        wanted = np.array(key, f"S{self._width}")
        for begin, layer in zip(self._starts, self._graph.layers, strict=False):
            place = int(layer.searchsorted(wanted))
            if place < len(layer) and layer[place] == wanted:
                return int(begin) + place
        return None

    def commit(self, row: int) -> str:
        """The full id of a row."""
        layer = bisect.bisect_right(self._starts, row) - 1 if len(self._raw) > 1 else 0
        begin = (row - self._starts[layer]) * self._width
        return self._raw[layer][begin : begin + self._width].hex()

    def is_lost(self, commit: str) -> bool:
        """Whether no ref and no reflog reaches a commit given by its full id, so that git will remove it."""
        row = self.index(commit)
        return row is not None and row >= len(self) - self._graph.lost

    def commits(self, rows: np.ndarray) -> list[str]:
        """The full ids of some rows; shape (n,)."""
        layers = self._graph.layers
        raw = layers[0][rows] if len(layers) == 1 else np.empty(len(rows), f"S{self._width}")
        for begin, layer in zip(self._starts, layers, strict=False) if len(layers) > 1 else ():
            inside = (rows >= begin) & (rows < begin + len(layer))
            raw[inside] = layer[rows[inside] - begin]
        return raw.tobytes().hex(" ", self._width).split()

    def oldest_first(self, rows: Iterable[int]) -> np.ndarray:
        """Some rows by committer time: about the order in which a pack holds commits, to be read in it."""
        found = np.fromiter(rows, np.int64)
        order: np.ndarray = found[np.argsort(self.times[found], kind="stable")]
        return order

    def time(self, row: int) -> int:
        """The committer time of a row, POSIX seconds."""
        return self._time[row]

    def parents(self, row: int) -> list[int]:
        """The rows of a commit's parents, first parent first; a shallow boundary has none."""
        two = (self._first[row], self._second[row])
        return [parent for parent in (*two, *self._graph.further.get(row, ())) if parent != NO_PARENT]

    def merged_into(self, rows: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
        """The second and later parents of the first `most` merges among some commits.

        Returns:
            the place in `rows` of the merge of each, and its row; shapes (s,).
        """
        places = np.flatnonzero(self.parent_counts[rows] > 1)[:most]
        if self._graph.further.keys().isdisjoint(rows[places].tolist()):
            return places, self._graph.second[rows[places]]
        others = [self.parents(row)[1:] for row in rows[places].tolist()]
        return places.repeat(list(map(len, others))), np.concatenate(others).astype(np.int32)

    def first_parent(self, row: int) -> int | None:
        """The row of a commit's first parent; None of a root, and at a shallow boundary."""
        parent = self._first[row]
        return None if parent == NO_PARENT else parent

    @functools.cached_property
    def parent_counts(self) -> np.ndarray:
        """The number of parents of every commit; shape (n,), int32."""
        counts: np.ndarray = (self._graph.first != NO_PARENT).astype(np.int32)
        counts += self._graph.second != NO_PARENT
        for row, others in self._graph.further.items():
            counts[row] += len(others)
        return counts

    @functools.cached_property
    def _by_time(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows that can have been checked out, oldest committer time first, and their times."""
        order, times = rows_by_time(self.times)
        if self._aside:
            is_there = np.isin(order, self._aside, invert=True)
            order, times = order[is_there], times[is_there]
        return order, times

    @functools.cached_property
    def begin(self) -> float:
        """When the oldest commit was made, POSIX seconds; minus infinity where that is not known here."""
        _, times = self._by_time
        return float(times[0]) if len(times) and not self.beyond else -math.inf

    def between(self, first: float, last: float) -> tuple[np.ndarray, np.ndarray]:
        """The rows and times of the commits of a span of time, oldest first, and of the newest one before it.

        Commits that were never checked out (notes, stashes) are left out, here and in `around`.
        """
        order, times = self._by_time
        begin, end = max(_place(times, first) - 1, 0), _place(times, last)
        return order[begin:end], times[begin:end]

    def around(self, time: float, count: int) -> np.ndarray:
        """The rows of the `count` commits before a time and the `count` after it, oldest first."""
        order, times = self._by_time
        place = _place(times, time)
        return order[max(place - count, 0) : place + count]

    def matching(self, prefix: str) -> list[str]:
        """The full ids that begin with `prefix`; at most 50."""
        digits = 2 * self._width
        if len(prefix) > digits or not _HEX.fullmatch(prefix):
            return []
        least = np.array(bytes.fromhex(prefix.ljust(digits, "0")), f"S{self._width}")
        most = np.array(bytes.fromhex(prefix.ljust(digits, "f")), f"S{self._width}")
        found: list[str] = []
        for begin, layer in zip(self._starts, self._graph.layers, strict=False):
            low, high = int(layer.searchsorted(least)), int(layer.searchsorted(most, side="right"))
            found += [self.commit(int(begin) + place) for place in range(low, min(high, low + 50))]
        return sorted(found)[:50]

    def first_parents(self, row: int) -> Iterator[int]:
        """The rows of the first-parent history of a commit, itself first."""
        first_parent = self._first
        while row != NO_PARENT:
            yield row
            row = first_parent[row]

    def first_parents_since(self, row: int, earliest: float, most: int) -> np.ndarray:
        """As `first_parents`, ending with the first commit before a time that is not `row` itself.

        Args:
            row: of the commit.
            earliest: POSIX seconds.
            most: rows after which the walk ends, too.

        Returns:
            rows; shape (k,), int64.
        """
        ends, times = self._strides.ends, self._time
        heads = [row]
        row = ends[row]
        while row != NO_PARENT and times[row] >= earliest and len(heads) * self._strides.size <= most:
            heads.append(row)
            row = ends[row]
        rows = np.append(self._strides.rows([*heads, row]), NO_PARENT)[: most + 2]
        is_end = rows == NO_PARENT
        is_end[2:] |= self.times[rows[1:-1]] < earliest
        return rows[: int(is_end.argmax()) if is_end.any() else most + 1].astype(np.int64)

    @functools.cached_property
    def side_branches(self) -> SideBranches:
        """What walks along the first parents of several commits at once."""
        return SideBranches(self._strides, self.times)

    def first_parent_walks(self) -> FirstParentWalks:
        """What walks along long first-parent histories, over each row once."""
        return FirstParentWalks(self._strides)

    @functools.cached_property
    def _strides(self) -> Strides:
        return Strides(self.first_parent_rows)

    def is_ancestor(self, ancestor: int, descendant: int) -> bool:
        """Whether a commit is an ancestor of another, or the same; dates are not trusted, only ancestry."""
        generations = self._generations
        least = generations[ancestor]
        seen = {descendant}
        stack = [descendant]
        while stack:
            row = stack.pop()
            if row == ancestor:
                return True
            for parent in self.parents(row):
                if parent not in seen and generations[parent] >= least:
                    seen.add(parent)
                    stack.append(parent)
        return False

    def reached_from(self, rows: Iterable[int], wanted: Collection[int]) -> np.ndarray:
        """Which of the commits at the rows `wanted` are some others, or their ancestors; shape (n,), bool."""
        generations = np.frombuffer(self._generations, np.int32)
        least = min((self._generations[row] for row in wanted), default=0)
        walks, left = FirstParentWalks(self._strides, generations < least), list(rows)
        found = np.zeros(len(self), bool)
        while left:
            line = walks.down(left.pop())[:-1]  # the last one was there, or is none
            found[line] = True
            merges = line[self.parent_counts[line] > 1].tolist()
            left += (parent for row in merges for parent in self.parents(row)[1:])
        return found

    @functools.cached_property
    def _generations(self) -> array[int]:
        """One more than the largest generation of the parents: an ancestor's is always smaller."""
        found = array("i", self._graph.generations.tobytes())
        for newest in np.flatnonzero(self._graph.generations == 0).tolist():
            stack = [newest]
            while stack:
                row = stack[-1]
                missing = [parent for parent in self.parents(row) if not found[parent]]
                if missing and not found[row]:
                    stack += missing
                    continue
                stack.pop()
                found[row] = 1 + max((found[parent] for parent in self.parents(row)), default=0)
        return found


def _place(times: np.ndarray, time: float) -> int:
    """How many of some sorted whole seconds are not after a time."""
    # numpy would turn all of them into floats to look for one
    return int(np.searchsorted(times, np.int64(math.floor(time)), side="right"))

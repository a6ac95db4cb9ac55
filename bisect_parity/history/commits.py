"""The commit table: ids, times and parents of every commit, from one `git rev-list` pass."""

from __future__ import annotations

import functools
from array import array
from typing import IO, TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bisect_parity.history.repository import Repository

__all__ = ["CommitTable", "Detail", "read_details"]

CHUNK_BYTES = 1 << 22
NO_PARENT = -1
_NEWLINE, _SPACE = 10, 32


@frozen
class Detail:
    """What only a commit object tells.

    Attributes:
        commit: full id.
        author_time, committer_time: POSIX seconds.
        zone: of the author, seconds east of UTC.
        author, committer: e-mail addresses, as they stand.
        subject: first line of the message.
    """

    commit: str
    author_time: int
    committer_time: int
    zone: int
    author: str
    committer: str
    subject: str

    @property
    def is_rewritten(self) -> bool:
        """Whether it was amended, rebased or cherry-picked: its author time is not its committer time."""
        return self.author_time != self.committer_time


class CommitTable:
    """All commits that refs and reflogs reach, in arrays: a million take about 100 MB.

    Attributes:
        ids: hexadecimal ids; shape (n,), bytes.
        times: committer times, POSIX seconds; shape (n,), int64.
        parent_counts: number of parents; shape (n,), int32.
    """

    def __init__(self, ids: np.ndarray, times: np.ndarray, first: np.ndarray, parents: np.ndarray) -> None:
        """Sort by id; `parents` holds the parents' ids, `first[k]:first[k+1]` those of commit k."""
        order = np.argsort(ids, kind="stable")
        self.ids = ids[order]
        self.times = times[order]
        places = np.searchsorted(self.ids, parents) if len(ids) else np.zeros(0, np.int64)
        known = np.zeros(len(parents), bool)
        inside = places < len(ids)
        known[inside] = self.ids[places[inside]] == parents[inside]
        self._parents = np.where(known, places, NO_PARENT).astype(np.int32)
        self._first = first[:-1][order]
        self.parent_counts = np.diff(first)[order].astype(np.int32)
        padded = np.append(self._parents, NO_PARENT)
        firsts = np.where(self.parent_counts > 0, padded[self._first], NO_PARENT)
        self._first_parent = array("i", firsts.astype(np.int32).tobytes())
        self._time = array("q", self.times.astype(np.int64).tobytes())

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def load(cls, repository: Repository) -> CommitTable:
        """Read the table from all refs, HEAD and reflogs; empty where there is no commit yet.

        Raises:
            RepositoryError: git could not walk the history.
        """
        arguments = ("--timestamp", "--parents", "--all")
        try:
            with repository.stream("rev-list", *arguments, "--reflog") as lines:
                return cls(*_parse(lines, repository.id_length))
        except RepositoryError:  # a reflog may name commits that are gone
            with repository.stream("rev-list", *arguments) as lines:
                return cls(*_parse(lines, repository.id_length))

    def index(self, commit: str) -> int | None:
        """The row of a commit given by its full id, or None."""
        key = commit.encode()
        place = int(np.searchsorted(self.ids, np.array(key, self.ids.dtype))) if len(self) else 0
        return place if place < len(self) and self.ids[place] == key else None

    def commit(self, row: int) -> str:
        """The full id of a row."""
        text: str = self.ids[row].decode()
        return text

    def time(self, row: int) -> int:
        """The committer time of a row, POSIX seconds."""
        return self._time[row]

    def parents(self, row: int) -> list[int]:
        """The rows of a commit's parents, first parent first; a shallow boundary has none."""
        begin = int(self._first[row])
        found = self._parents[begin : begin + int(self.parent_counts[row])].tolist()
        return [parent for parent in found if parent != NO_PARENT]

    @functools.cached_property
    def by_time(self) -> np.ndarray:
        """All rows, oldest committer time first; shape (n,)."""
        return np.argsort(self.times, kind="stable")

    @functools.cached_property
    def _sorted_times(self) -> np.ndarray:
        times: np.ndarray = self.times[self.by_time]
        return times

    def between(self, first: float, last: float) -> np.ndarray:
        """The rows of the commits of a span of time, oldest first, and the newest one before it."""
        begin, end = np.searchsorted(self._sorted_times, [first, last], side="right")
        return self.by_time[max(int(begin) - 1, 0) : int(end)]

    def around(self, time: float, count: int) -> np.ndarray:
        """The rows of the `count` commits before a time and the `count` after it, oldest first."""
        place = int(np.searchsorted(self._sorted_times, time, side="right"))
        return self.by_time[max(place - count, 0) : place + count]

    def matching(self, prefix: str) -> list[str]:
        """The full ids that begin with `prefix`; at most 50."""
        if not len(self) or len(prefix) >= self.ids.dtype.itemsize:
            row = self.index(prefix)
            return [] if row is None else [prefix]
        begin = int(np.searchsorted(self.ids, np.array(prefix.encode(), self.ids.dtype)))
        end = int(np.searchsorted(self.ids, np.array(prefix.encode() + b"g", self.ids.dtype)))
        return [self.commit(row) for row in range(begin, min(end, begin + 50))]

    def first_parents(self, row: int) -> Iterator[int]:
        """The rows of the first-parent history of a commit, itself first."""
        first_parent = self._first_parent
        while row != NO_PARENT:
            yield row
            row = first_parent[row]

    def is_ancestor(self, ancestor: int, descendant: int, limit: int = 1_000_000) -> bool:
        """Whether a commit is an ancestor of another, or the same; dates are not trusted, only ancestry."""
        seen = {descendant}
        stack = [descendant]
        while stack and len(seen) <= limit:
            row = stack.pop()
            if row == ancestor:
                return True
            for parent in self.parents(row):
                if parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return False


def _parse(lines: IO[bytes], id_length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Parse `TIME ID PARENT...` lines without a Python loop over them."""
    ids: list[np.ndarray] = []
    times: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    parents: list[np.ndarray] = []
    rest = b""
    while True:
        block = lines.read(CHUNK_BYTES)
        text = rest + block
        cut = text.rfind(b"\n") + 1
        rest = text[cut:]
        if cut:
            part = _parse_block(np.frombuffer(text, np.uint8, cut), id_length)
            for whole, piece in zip((ids, times, counts, parents), part, strict=True):
                whole.append(piece)
        if not block:
            break
    if not ids:
        empty = np.zeros(0, f"S{id_length}")
        return empty, np.zeros(0, np.int64), np.zeros(1, np.int64), empty
    first = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return np.concatenate(ids), np.concatenate(times), first, np.concatenate(parents)


def _parse_block(text: np.ndarray, id_length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    ends = np.flatnonzero((text == _SPACE) | (text == _NEWLINE))
    starts = np.concatenate([[0], ends[:-1] + 1])
    is_last = text[ends] == _NEWLINE
    is_first = np.concatenate([[True], is_last[:-1]])
    position = np.arange(len(ends))
    line_first = position[is_first]
    counts = np.diff(np.append(line_first, len(ends))) - 2
    digits = np.zeros(len(line_first), np.int64)
    begin, length = starts[line_first], (ends - starts)[line_first]
    for place in range(int(length.max())):
        here = place < length
        digits[here] = digits[here] * 10 + (text[begin[here] + place] - 48)
    id_tokens = line_first + 1
    is_parent = np.ones(len(ends), bool)
    is_parent[line_first] = False
    is_parent[id_tokens] = False
    return (
        _gather(text, starts[id_tokens], id_length),
        digits,
        counts,
        _gather(text, starts[is_parent], id_length),
    )


def _gather(text: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(text, length) if len(text) >= length else text
    rows = windows[starts] if len(starts) else np.zeros((0, length), np.uint8)
    return np.ascontiguousarray(rows).view(f"S{length}").reshape(len(starts))


def read_details(repository: Repository, commits: Iterable[str]) -> dict[str, Detail]:
    """Read times, zones, people and subjects of some commits in one pass; missing commits are left out."""
    wanted = sorted(set(commits))
    if not wanted:
        return {}
    request = "".join(commit + "\n" for commit in wanted).encode()
    options = ("--no-walk=unsorted", "--ignore-missing", "--stdin", "-z", "--date=raw")
    answer = repository.git("log", *options, "--format=%H%n%ad%n%ct%n%ae%n%ce%n%s", stdin=request)
    details = {}
    for entry in answer.split(b"\0"):
        words = entry.decode(errors="replace").split("\n", 5)
        if len(words) < 6:
            continue
        seconds, _, zone = words[1].partition(" ")
        details[words[0]] = Detail(words[0], int(seconds), int(words[2]), zone_seconds(zone), *words[3:])
    return details


def zone_seconds(zone: str) -> int:
    """Seconds east of UTC of a zone written as git does, such as -0730; 0 where it is malformed."""
    if len(zone) != 5 or zone[0] not in "+-" or not zone[1:].isdigit():
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[3:]) * 60
    return -seconds if zone[0] == "-" else seconds

"""git's commit-graph files: ids, parents, times and generations of a million commits, mapped in milliseconds.

The format is that of gitformat-commit-graph(5), as one file or as a chain of files. As in git, the graph
does not count where commits are replaced or cut off, or where `core.commitGraph` is false.
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.history.repository import Repository

NO_PARENT = -1
SAMPLES = 16
_SIGNATURE, _VERSION = b"CGPH", 1
_HASH_BYTES = {1: 20, 2: 32}
_ABSENT, _IN_EDGES, _LAST_EDGE = 0x7000_0000, 0x8000_0000, 0x8000_0000
_TIME_BITS = 34
_COMMITTER = re.compile(rb"committer .* (\d+) [+-]\d+")
_CHAIN_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class _MalformedGraphError(Exception):
    """A file that is no commit graph, or not a whole one."""


@frozen
class CommitGraph:
    """The commits of a commit graph; row numbers are git's own positions.

    Attributes:
        layers: raw ids, each array sorted; rows are counted through all layers. Dtype S20 or S32.
        times: committer times, POSIX seconds; shape (n,), int64.
        first, second: rows of the first two parents, or NO_PARENT; shape (n,), int32.
        further: row -> rows of its third and later parents.
        generations: larger than those of the parents; shape (n,), int32; 0 where it is not known.
        lost: how many of the last rows no ref and no reflog reaches.
    """

    layers: tuple[np.ndarray, ...] = field(eq=False)
    times: np.ndarray = field(eq=False)
    first: np.ndarray = field(eq=False)
    second: np.ndarray = field(eq=False)
    further: Mapping[int, tuple[int, ...]]
    generations: np.ndarray = field(eq=False)
    lost: int = 0

    def heads(self) -> np.ndarray:
        """The rows of the commits that have no child in the graph."""
        is_head = np.ones(len(self.times), bool)
        for parents in (self.first, self.second):
            is_head[parents[parents != NO_PARENT]] = False
        for rows in self.further.values():
            is_head[list(rows)] = False
        return np.flatnonzero(is_head)

    def id(self, row: int) -> str:
        """The full id of a row."""
        for layer in self.layers:
            if row < len(layer):
                raw: bytes = layer[row]
                return raw.ljust(layer.dtype.itemsize, b"\0").hex()
            row -= len(layer)
        raise IndexError(row)


def read_commit_graph(repository: Repository) -> CommitGraph | None:
    """The commit graph of a repository; None where git would not use one, or it is damaged."""
    folder = repository.common_dir / "objects" / "info"
    try:
        files = _files(folder)
        if not files or not _counts(repository):
            return None
        graph = _join([_map(path, repository.id_length // 2) for path in files])
    except (OSError, ValueError, struct.error, _MalformedGraphError):
        return None
    return graph if len(graph.times) and _agrees(repository, graph) else None


def _files(folder: Path) -> list[Path]:
    """The files of the graph, base first; a single file goes before a chain, as in git."""
    single = folder / "commit-graph"
    if single.is_file():
        return [single]
    chain = folder / "commit-graphs" / "commit-graph-chain"
    if not chain.is_file():
        return []
    names = chain.read_text(encoding="ascii").split()
    if not all(_CHAIN_NAME.fullmatch(name) for name in names):
        raise _MalformedGraphError
    return [chain.parent / f"graph-{name}.graph" for name in names]


def _counts(repository: Repository) -> bool:
    """Whether git itself would use a commit graph here."""
    if repository.is_shallow:
        return False
    is_off = repository.git_result("config", "--type=bool", "core.commitGraph").stdout.strip() == b"false"
    return not is_off and not repository.git("for-each-ref", "--count=1", "refs/replace/")


@frozen
class _File:
    """The chunks of one file: raw ids, commit data and octopus edges; and the mapping that they lie in."""

    whole: mmap.mmap = field(eq=False, repr=False)
    ids: np.ndarray = field(eq=False)
    data: np.ndarray = field(eq=False)
    edges: np.ndarray = field(eq=False)


def _map(path: Path, id_bytes: int) -> _File:
    with path.open("rb") as opened:
        whole = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    signature, version, hash_version, chunk_count, _ = struct.unpack_from(">4sBBBB", whole)
    if (signature, version) != (_SIGNATURE, _VERSION) or _HASH_BYTES.get(hash_version) != id_bytes:
        raise _MalformedGraphError
    entries = [struct.unpack_from(">4sQ", whole, 8 + 12 * number) for number in range(chunk_count + 1)]
    spans = {name: (begin, entries[place + 1][1]) for place, (name, begin) in enumerate(entries[:-1])}
    if any(not 0 < begin <= end <= len(whole) for begin, end in spans.values()):
        raise _MalformedGraphError
    (count,) = struct.unpack_from(">I", whole, spans.get(b"OIDF", (0, 0))[0] + 255 * 4)
    row = np.dtype([("tree", f"V{id_bytes}"), ("first", ">u4"), ("second", ">u4"), ("time", ">u8")])

    def chunk(name: bytes, dtype: np.dtype, expected: int | None) -> np.ndarray:
        begin, end = spans.get(name, (0, 0))
        size = (end - begin) // dtype.itemsize
        if expected is not None and size != expected:
            raise _MalformedGraphError
        return np.frombuffer(whole, dtype, size, begin) if size else np.zeros(0, dtype)

    ids = chunk(b"OIDL", np.dtype(f"S{id_bytes}"), count)
    return _File(whole, ids, chunk(b"CDAT", row, count), chunk(b"EDGE", np.dtype(">u4"), None))


def _join(files: Sequence[_File]) -> CommitGraph:
    further: dict[int, tuple[int, ...]] = {}
    firsts, seconds, offset = [], [], 0
    for file in files:
        first, second = file.data["first"].astype(np.int64), file.data["second"].astype(np.int64)
        for place in np.flatnonzero((second & _IN_EDGES) != 0).tolist():
            others = _edges(file.edges, int(second[place]) & ~_IN_EDGES)
            second[place] = others[0]
            further[offset + place] = others[1:]
        firsts.append(first)
        seconds.append(second)
        offset += len(first)
    total = offset
    parents = [np.concatenate(part) for part in (firsts, seconds)]
    for rows in (*parents, np.array([row for some in further.values() for row in some], np.int64)):
        if np.any((rows >= total) & (rows != _ABSENT)):
            raise _MalformedGraphError
    words = np.concatenate([file.data["time"] for file in files]).astype(np.uint64)
    narrow = [np.where(rows == _ABSENT, NO_PARENT, rows).astype(np.int32) for rows in parents]
    graph = CommitGraph(
        layers=tuple(file.ids for file in files),
        times=(words & np.uint64((1 << _TIME_BITS) - 1)).astype(np.int64),
        first=narrow[0],
        second=narrow[1],
        further=further,
        generations=(words >> np.uint64(_TIME_BITS)).astype(np.int32),
    )
    if not _is_ordered(graph):
        raise _MalformedGraphError
    for file in files:
        file.whole.madvise(mmap.MADV_DONTNEED)  # what was copied need not stay in memory; ids are read again
    return graph


def _is_ordered(graph: CommitGraph) -> bool:
    """Whether every commit's generation is larger than its parents': then no walk goes round for ever."""
    generations = graph.generations
    for parents in (graph.first, graph.second):
        rows = np.flatnonzero(parents != NO_PARENT)
        if np.any(generations[parents[rows]] >= generations[rows]):
            return False
    further = ((row, parent) for row, others in graph.further.items() for parent in others)
    return bool(np.all(generations > 0)) and all(generations[p] < generations[row] for row, p in further)


def _edges(edges: np.ndarray, begin: int) -> tuple[int, ...]:
    """The second and later parents of an octopus merge: the last one is marked."""
    rows = []
    for value in edges[begin:].tolist():
        rows.append(value & ~_LAST_EDGE)
        if value & _LAST_EDGE:
            return tuple(rows)
    raise _MalformedGraphError


def _agrees(repository: Repository, graph: CommitGraph) -> bool:
    """Whether commits here and there in the graph are, object by object, what the graph says of them."""
    rows = np.unique(np.linspace(0, len(graph.times) - 1, SAMPLES).astype(np.int64)).tolist()
    objects = repository.objects(graph.id(row) for row in rows)
    for row, found in zip(rows, objects, strict=True):
        if found is None or found[1] != "commit":
            return False
        header = found[2].partition(b"\n\n")[0].split(b"\n")
        parents = [line[7:].decode() for line in header if line.startswith(b"parent ")]
        rows_of = [int(part[row]) for part in (graph.first, graph.second) if part[row] != NO_PARENT]
        times = [match[1] for line in header if (match := _COMMITTER.fullmatch(line))]
        if parents != [graph.id(r) for r in (*rows_of, *graph.further.get(row, ()))]:
            return False
        if times != [b"%d" % graph.times[row]]:
            return False
    return True

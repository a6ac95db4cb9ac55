"""`git rev-list`: its lines parsed without a Python loop over them, and commits in the order of ancestry."""

from __future__ import annotations

import binascii
from typing import IO, TYPE_CHECKING

import numpy as np
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bisect_parity.history.repository import Repository

CHUNK_BYTES = 1 << 22
_NEWLINE, _SPACE, _ZERO = 10, 32, 48


@frozen
class Listed:
    """Commits in the order in which they were listed.

    Attributes:
        ids: raw; shape (n,), S20 or S32.
        times: committer times, POSIX seconds; shape (n,), int64.
        starts: `parents[starts[k]:starts[k + 1]]` are those of commit k; shape (n + 1,), int64.
        parents: raw ids.
    """

    ids: np.ndarray = field(eq=False)
    times: np.ndarray = field(eq=False)
    starts: np.ndarray = field(eq=False)
    parents: np.ndarray = field(eq=False)


def parse_rev_list(lines: IO[bytes], id_length: int) -> Listed:
    """Parse `TIME ID PARENT...` lines.

    Args:
        lines: standard output of git.
        id_length: hex digits of an id.
    """
    parts: list[tuple[np.ndarray, ...]] = []
    rest = b""
    for block in _blocks(lines):
        text = rest + block
        cut = text.rfind(b"\n") + 1
        rest = text[cut:]
        if cut:
            parts.append(_parse_block(np.frombuffer(text, np.uint8, cut), id_length))
    if not parts:
        none = np.zeros(0, f"S{id_length // 2}")
        return Listed(none, np.zeros(0, np.int64), np.zeros(1, np.int64), none)
    columns = list(zip(*parts, strict=True))
    del parts  # each column is let go as it is joined: together they would double the memory
    ids, times, counts, parents = (np.concatenate(columns.pop(0)) for _ in range(len(columns)))
    return Listed(ids, times, np.concatenate([[0], np.cumsum(counts)]), parents)


def _blocks(lines: IO[bytes]) -> Iterator[bytes]:
    """What git writes, in blocks; of a long list, each is read while the one before it is parsed."""
    block = lines.read(CHUNK_BYTES)
    if len(block) < CHUNK_BYTES:
        yield block
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import, for few histories

    with ThreadPoolExecutor(1) as reader:
        while block:
            coming = reader.submit(lines.read, CHUNK_BYTES)
            yield block
            block = coming.result()


def _parse_block(text: np.ndarray, id_length: int) -> tuple[np.ndarray, ...]:
    ends = np.flatnonzero(text <= _SPACE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    is_last = text[ends] == _NEWLINE
    is_first = np.concatenate([[True], is_last[:-1]])
    position = np.arange(len(ends))
    line_first = position[is_first]
    counts = np.diff(np.append(line_first, len(ends))) - 2
    digits = np.zeros(len(line_first), np.int64)
    begin, length = starts[line_first], (ends - starts)[line_first]
    for size in np.unique(length).tolist():
        here = length == size
        figures = np.lib.stride_tricks.sliding_window_view(text, size)[begin[here]] - _ZERO
        digits[here] = figures.astype(np.int64) @ 10 ** np.arange(size - 1, -1, -1)
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
    """The raw ids whose hex digits begin at `starts`."""
    windows = np.lib.stride_tricks.sliding_window_view(text, length) if len(text) >= length else text
    rows = windows[starts] if len(starts) else np.zeros((0, length), np.uint8)
    return np.frombuffer(binascii.unhexlify(rows.tobytes()), f"S{length // 2}")


def ancestry_order(repository: Repository, commits: Collection[str]) -> dict[str, int]:
    """The places of some commits in the history; lines of development stand one after the other.

    Only what is not in the history of all of them is walked. Commits that are not here have no place.

    Args:
        repository: that holds them.
        commits: full ids.

    Raises:
        RepositoryError: git cannot walk the history.
    """
    wanted = sorted(commits)
    if not wanted:
        return {}
    base = repository.git_result("merge-base", "--octopus", *wanted).stdout.decode("ascii").strip()
    tips = "".join(f"{line}\n" for line in (*wanted, *([f"^{base}^@"] if base else [])))
    words = ("rev-list", "--topo-order", "--reverse", "--ignore-missing", "--stdin")
    listed = repository.git(*words, stdin=tips.encode("ascii")).decode("ascii").split()
    chosen = set(wanted)
    return {commit: place for place, commit in enumerate(filter(chosen.__contains__, listed))}

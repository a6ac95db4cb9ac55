"""The lines of `git rev-list --timestamp --parents`, parsed without a Python loop over them. Pure."""

from __future__ import annotations

from typing import IO

import numpy as np
from attrs import field, frozen

__all__ = ["Listed", "parse_rev_list"]

CHUNK_BYTES = 1 << 22
_NEWLINE, _SPACE = 10, 32


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
    while True:
        block = lines.read(CHUNK_BYTES)
        text = rest + block
        cut = text.rfind(b"\n") + 1
        rest = text[cut:]
        if cut:
            parts.append(_parse_block(np.frombuffer(text, np.uint8, cut), id_length))
        if not block:
            break
    if not parts:
        none = np.zeros(0, f"S{id_length // 2}")
        return Listed(none, np.zeros(0, np.int64), np.zeros(1, np.int64), none)
    ids, times, counts, parents = (np.concatenate(pieces) for pieces in zip(*parts, strict=True))
    return Listed(ids, times, np.concatenate([[0], np.cumsum(counts)]), parents)


def _parse_block(text: np.ndarray, id_length: int) -> tuple[np.ndarray, ...]:
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
    """The raw ids whose hex digits begin at `starts`."""
    windows = np.lib.stride_tricks.sliding_window_view(text, length) if len(text) >= length else text
    rows = windows[starts] if len(starts) else np.zeros((0, length), np.uint8)
    return np.frombuffer(bytes.fromhex(rows.tobytes().decode("ascii")), f"S{length // 2}")

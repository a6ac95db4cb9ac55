"""Walks along first parents in strides go as far as single steps would, and over no row twice."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.history.commit_graph import NO_PARENT, CommitGraph
from bisect_parity.history.commits import CommitTable


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """First parents, each of an earlier row or none, long lines among them; and where walks begin."""
    size = draw(st.integers(1, 120))
    jumps = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    parents = [max(row - 1 - jump, NO_PARENT) for row, jump in enumerate(jumps)]
    return parents, draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=6))


def table_of(parents: list[int], times: list[int]) -> CommitTable:
    size = len(parents)
    ids = np.array([b"%020d" % row for row in range(size)], "S20")
    nothing = np.full(size, NO_PARENT, np.int32)
    first = np.array(parents, np.int32)
    return CommitTable(CommitGraph((ids,), np.array(times, np.int64), first, nothing, {}, nothing + 1))


@given(histories())
def test_a_walk_ends_with_the_first_row_that_was_seen(history: tuple[list[int], list[int]]) -> None:
    parents, starts = history
    walks = table_of(parents, [0] * len(parents)).first_parent_walks()
    seen = {NO_PARENT}
    for start in starts:
        expected = [start]
        while expected[-1] not in seen:
            expected.append(parents[expected[-1]])
        seen.update(expected)
        assert walks.down(start).tolist() == expected


@given(histories(), st.data())
def test_a_history_since_a_time_is_that_of_single_steps(
    history: tuple[list[int], list[int]], data: st.DataObject
) -> None:
    parents, starts = history
    size = len(parents)
    steps = st.lists(st.integers(-3, 9), min_size=size, max_size=size)  # clocks may run backwards
    table = table_of(parents, np.cumsum(data.draw(steps)).tolist())
    earliest = data.draw(st.integers(-20, 400))
    most = data.draw(st.integers(0, 150))
    for start in starts:
        single = table.side_branch(start, earliest, most, ())
        assert table.first_parents_since(start, earliest, most).tolist() == single

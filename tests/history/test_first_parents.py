"""Walks along first parents in strides go as far as single steps would, and over no row twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.history.commit_graph import NO_PARENT, CommitGraph
from bisect_parity.history.commits import CommitTable

if TYPE_CHECKING:
    from collections.abc import Collection


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
        single = single_steps(table, start, earliest, most)
        assert table.first_parents_since(start, earliest, most).tolist() == single


@given(histories(), st.data())
def test_side_branches_are_those_of_single_steps(
    history: tuple[list[int], list[int]], data: st.DataObject
) -> None:
    parents, heads = history
    size = len(parents)
    steps = st.lists(st.integers(-3, 9), min_size=size, max_size=size)
    table = table_of(parents, np.cumsum(data.draw(steps)).tolist())
    for _ in range(2):  # what one walk marks, it unmarks
        earliest, most = data.draw(st.integers(-20, 400)), data.draw(st.integers(0, 150))
        until = data.draw(st.lists(st.integers(0, size - 1), max_size=9))
        rows, is_there = table.side_branches.down(np.array(heads), earliest, most, np.array(until, np.int64))
        found = [branch[there].tolist() for branch, there in zip(rows, is_there, strict=True)]
        assert found == [single_steps(table, head, earliest, most, until) for head in heads]


def test_where_nothing_was_merged_there_are_no_side_branches() -> None:
    table = table_of([NO_PARENT, 0, 1], [1, 2, 3])
    places, heads = table.merged_into(np.array([2, 1, 0]), 9)
    rows, is_there = table.side_branches.down(heads, 0.0, 9, np.array([2, 1, 0]))
    assert places.tolist() == heads.tolist() == rows[is_there].tolist() == []


def single_steps(
    table: CommitTable, row: int, earliest: float, most: int, until: Collection[int] = ()
) -> list[int]:
    found: list[int] = []
    while row != NO_PARENT and row not in until and len(found) <= most:
        found.append(row)
        if table.time(row) < earliest and len(found) > 1:
            break
        row = int(table.first_parent_rows[row])
    return found


def test_what_an_octopus_took_in_is_all_merged_into_it() -> None:
    ids = np.array([b"%020d" % row for row in range(5)], "S20")
    first, second = np.array([-1, 0, 0, 0, 3], np.int32), np.array([-1, -1, -1, 1, -1], np.int32)
    times = np.arange(5)
    for further, expected in (({3: (2,)}, ([1, 1], [1, 2])), ({0: ()}, ([1], [1]))):
        table = CommitTable(CommitGraph((ids,), times, first, second, further, second + 2))
        places, heads = table.merged_into(np.array([4, 3, 0]), 9)
        assert (places.tolist(), heads.tolist()) == expected
        assert table.merged_into(np.array([4, 3, 0]), 0)[1].tolist() == []

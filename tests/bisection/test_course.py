from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.checks_at_once import rounds, row
from bisect_parity.bisection.course import GraphCourse, expected
from fixtures.graphs import draw
from tests.bisection.test_graph import chain
from tests.bisection.test_rival import KINDS, graph_of


def test_the_question_comes_first_and_then_what_follows_either_verdict() -> None:
    course = row(8)
    first, *then = itertools.islice(expected(course, {}), 3)
    assert (first, set(then)) == ("c3", {"c1", "c5"})
    assert course.question() == "c3"  # it is left as it was


def test_what_was_seen_ahead_is_not_expected_again_and_tells_where_to_look_next() -> None:
    assert list(expected(row(8), {"c1": "new"})) == ["c3", "c0"]  # that c3 is old is ruled out
    assert "c5" not in list(expected(row(8), {"c5": "skip"}))


@pytest.mark.parametrize("culprit", [0, 17, 40, 63])
@pytest.mark.parametrize(("jobs", "most"), [(1, 6), (3, 3), (7, 2), (63, 1)])
def test_a_row_of_64_takes_as_many_rounds_as_the_checks_at_once_allow(
    jobs: int, most: int, culprit: int
) -> None:
    course = row(64)
    found = rounds(course, lambda commit: "new" if int(commit[1:]) >= culprit else "old", jobs)
    assert course.walk.new == f"c{culprit}"
    assert found[1] == most


@given(st.integers(0, 400), st.integers(2, 9))
def test_a_search_asks_the_same_however_many_checks_run_at_once(seed: int, jobs: int) -> None:
    history = draw(seed)
    ids = [str(place) for place in range(len(history.commits))]
    graph = graph_of(history, ids)
    found = []
    for at_once in (1, jobs):
        course = GraphCourse(graph, graph.states[ids[history.old]], ids[history.new], frozenset)
        found.append(rounds(course, lambda commit: KINDS[history.verdict(int(commit))], at_once))
    (alone, steps), (together, fewer) = found
    assert together == alone
    assert fewer <= steps == len(alone)


def test_a_course_that_was_forked_goes_on_by_itself() -> None:
    course = GraphCourse(chain(9), "old", "c8", frozenset)
    other = course.fork()
    question = other.question()
    assert question is not None
    other.observe(question, "skip")
    assert course.question() == question
    assert question not in course.walk.skipped

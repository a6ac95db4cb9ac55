from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.bisection.choice import choose
from bisect_parity.bisection.graph import (
    ChainWalk,
    GraphWalk,
    RangeGraph,
    contradictions,
    steps_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.bisection.graph import Walk


def chain(count: int) -> RangeGraph:
    names = tuple(f"c{number}" for number in range(count))
    parents: dict[str, tuple[str, ...]] = {
        name: (before,) for name, before in zip(names, ("old", *names), strict=False)
    }
    return of_own_code(parents)


def of_own_code(parents: dict[str, tuple[str, ...]]) -> RangeGraph:
    """A graph in which no two commits have the same code."""
    return RangeGraph(parents, {name: name for name in ("old", *parents)})


def search(walk: Walk, verdict: Callable[[str], str], known: frozenset[str] = frozenset()) -> list[str]:
    """Ask until nothing more can be told; return what was asked for and was not known."""
    asked = []
    while (commit := choose(walk, known)) is not None:
        if commit not in known:
            asked.append(commit)
        answer = verdict(commit)
        {"new": walk.mark_new, "old": walk.mark_old, "skip": walk.skipped.add}[answer](commit)
    return asked


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 9, 16, 100, 1000])
def test_a_chain_takes_log2_of_its_candidates_wherever_the_culprit_is(count: int) -> None:
    graph = chain(count)
    for culprit in {0, count // 3, count // 2, count - 1}:
        new = set(graph.commits[culprit:])
        for walk in (GraphWalk(graph, graph.commits[-1]), ChainWalk(graph.commits)):
            asked = search(walk, {c: "new" if c in new else "old" for c in graph.commits}.__getitem__)
            assert list(walk.candidates) == [f"c{culprit}"] == [walk.new]
            assert len(asked) <= steps_of(count)


def test_steps_are_log2_rounded_up() -> None:
    assert [steps_of(count) for count in (0, 1, 2, 3, 4, 5, 1024, 1025)] == [0, 0, 1, 2, 2, 3, 10, 11]


def test_a_stretch_that_cannot_be_tested_is_left_soon() -> None:
    graph = chain(100)
    walk = GraphWalk(graph, "c99")
    asked = search(walk, lambda c: "skip" if 35 <= int(c[1:]) < 65 else "new" if int(c[1:]) >= 80 else "old")
    assert list(walk.candidates) == ["c80"]
    assert len(asked) <= steps_of(100) + 4


def test_what_hides_behind_skips_is_all_that_is_left() -> None:
    walk = GraphWalk(chain(20), "c19")
    search(walk, lambda c: "skip" if 8 <= int(c[1:]) < 12 else "new" if int(c[1:]) >= 12 else "old")
    assert list(walk.candidates) == ["c8", "c9", "c10", "c11", "c12"]
    assert walk.new == "c12"
    assert walk.skipped == {"c8", "c9", "c10", "c11"}


@pytest.mark.parametrize("known", [{"c3"}, {"c3", "c500", "c999"}, {f"c{n}" for n in range(0, 1000, 7)}])
def test_known_verdicts_go_first_and_cost_no_check_more(known: set[str]) -> None:
    graph = chain(1000)
    assert choose(GraphWalk(graph, "c999"), known) in known
    walk = GraphWalk(graph, "c999")
    asked = search(walk, lambda commit: "new" if int(commit[1:]) >= 700 else "old", frozenset(known))
    assert list(walk.candidates) == ["c700"]
    assert len(asked) <= steps_of(1000)


graphs = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=40)


def graph_of(steps: list[list[int]]) -> RangeGraph:
    """A graph in which each commit names its parents by how far back they are."""
    names = tuple(f"c{number}" for number in range(len(steps)))
    parents = {
        name: tuple(dict.fromkeys(names[at - back] if at >= back else "old" for back in steps[at]))
        for at, name in enumerate(names)
    }
    return of_own_code(parents)


def descendants(graph: RangeGraph, commit: str) -> set[str]:
    found = {commit}
    for name in graph.commits:
        if found & set(graph.parents[name]):
            found.add(name)
    return found


@given(graphs, st.integers(0, 39), st.sets(st.integers(0, 39), max_size=8))
def test_any_graph_leaves_the_culprit_and_what_cannot_be_told_from_it(
    steps: list[list[int]], place: int, skips: set[int]
) -> None:
    graph = graph_of(steps)
    last = graph.commits[-1]
    possible = [commit for commit in graph.commits if last in descendants(graph, commit)]
    culprit = possible[place % len(possible)]
    new = descendants(graph, culprit)
    cannot = {f"c{number}" for number in skips} - {last}
    walk = GraphWalk(graph, last)
    asked = search(walk, lambda c: "skip" if c in cannot else "new" if c in new else "old")
    assert culprit in walk.candidates
    assert len(asked) == len(set(asked))
    if not cannot:
        assert list(walk.candidates) == [culprit]
    assert set(walk.candidates) - {walk.new} <= cannot


def test_commits_whose_code_is_that_of_a_parent_do_not_count() -> None:
    parents = {"a": ("old",), "b": ("a",), "s": ("old",), "m": ("a", "s"), "n": ("m",)}
    states = {"old": "0", "a": "1", "b": "1", "s": "2", "m": "2", "n": "3"}
    graph = RangeGraph(parents, states)
    assert graph.changing == ("a", "s", "n")
    assert [graph.source(commit) for commit in ("b", "m", "n")] == ["a", "s", "n"]


def test_an_old_commit_after_a_new_one_is_a_contradiction() -> None:
    graph = chain(10)
    assert contradictions(graph, ["c7", "c8"], ["c1", "c3"]) == []
    assert contradictions(graph, ["c2", "c4", "c8"], ["c1", "c6", "c9"]) == [("c4", "c6"), ("c8", "c9")]


def test_what_a_merge_left_out_is_old_once_the_side_is_whose_code_it_took() -> None:
    parents = {"a": ("o",), "b": ("o",), "m": ("a", "b"), "n": ("m",)}
    graph = RangeGraph(parents, {"o": "0", "a": "1", "b": "2", "m": "1", "n": "3"})
    walk = GraphWalk(graph, "n")
    walk.mark_old("a")
    assert walk.candidates == ["n"]
    walk = GraphWalk(graph, "n")
    walk.mark_new("b")
    walk.mark_old("a")
    assert walk.candidates == ["b"]  # the merge comes after it

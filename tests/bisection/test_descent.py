from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.bisection import descent as module
from bisect_parity.bisection.descent import descent_of
from bisect_parity.bisection.graph import RangeGraph
from tests.bisection.test_graph import chain, of_own_code

if TYPE_CHECKING:
    import pytest


def row(states: str) -> RangeGraph:
    """Commits in a row with these code states; the first one is the old end."""
    names = ["old", *(f"c{number}" for number in range(1, len(states)))]
    parents = {name: (before,) for before, name in itertools.pairwise(names)}
    return RangeGraph(parents, dict(zip(names, states, strict=True)))


def candidates(states: str) -> tuple[str, ...]:
    return descent_of(row(states), "old", f"c{len(states) - 1}").candidates


@given(st.lists(st.lists(st.integers(0, 11), min_size=1, max_size=3), min_size=1, max_size=12))
def test_what_lies_after_a_candidate_descends_from_it(drawn: list[list[int]]) -> None:
    parents: dict[str, tuple[str, ...]] = {}
    for place, numbers in enumerate(drawn):
        before = ["old", *parents]
        parents[f"c{place}"] = tuple(dict.fromkeys(before[number % len(before)] for number in numbers))
    above: dict[str, set[str]] = {"old": set()}
    for commit, of in parents.items():
        above[commit] = {commit}.union(*(above[parent] for parent in of))
    new = f"c{len(drawn) - 1}"
    found = descent_of(of_own_code(parents), "old", new)
    assert set(found.candidates) == above[new]
    commits = ["old", *parents]
    table = found.after(commits)
    for place, commit in enumerate(commits):
        assert {found.candidates[n] for n in np.flatnonzero(table[place])} == above[commit] & above[new]


def test_all_commits_with_one_code_have_one_rate() -> None:
    assert candidates("0123") == ("c1", "c2", "c3")
    assert candidates("0102") == ("c3",)  # what was taken back is not guilty
    assert candidates("0121") == ("c1",)  # the code of the new end already exists
    assert candidates("01021") == ("c3", "c4")  # taken back, and in again
    assert candidates("0112") == ("c1", "c3")  # a commit of documentation changes nothing


def test_a_commit_without_code_of_its_own_is_as_the_one_that_made_it() -> None:
    found = descent_of(row("01123"), "old", "c4")
    assert found.after(["c1", "c2", "old", "elsewhere"]).tolist() == [
        [True, False, False],
        [True, False, False],
        [False, False, False],
        [False, False, False],
    ]


def test_a_common_ancestor_is_a_candidate_for_all_but_the_old_end() -> None:
    graph = RangeGraph({"c1": ("base",), "c2": ("c1",)}, {"old": "0", "base": "b", "c1": "1", "c2": "2"})
    found = descent_of(graph, "old", "c2", ["base"])
    assert found.candidates == ("base", "c1", "c2")
    assert found.after(["old", "base", "c1"]).tolist() == [
        [False, False, False],
        [True, False, False],
        [True, True, False],
    ]


def test_of_very_many_candidates_those_are_asked_that_split_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_QUESTIONS", 16)
    found = descent_of(chain(400), "old", "c399")
    even = found.questions(np.full(400, 1 / 400))
    assert even[0] == "old"
    assert len(even) <= 18
    steps = np.diff([int(name[1:]) for name in even[1:]])
    assert steps.max() <= 27
    peaked = np.full(400, 1e-9)
    peaked[250:254] = 0.25
    assert {"c250", "c251", "c252", "c253"} <= {*found.questions(peaked)}

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.bisections import asked_by_git
from bisect_parity.bisection.graph import GraphWalk, RangeGraph, steps_of
from bisect_parity.bisection.plain_git import PlainGit, Rival
from fixtures.graphs import draw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fixtures.graphs import History

KINDS = {"good": "old", "bad": "new", "skip": "skip"}


@pytest.fixture(scope="module")
def one_flip() -> list[History]:
    return [history for history in map(draw, range(240)) if len(history.flips) == 1]


def graph_of(history: History, ids: Sequence[str]) -> RangeGraph:
    commits = history.commits
    return RangeGraph(
        {ids[place]: tuple(ids[parent] for parent in commits[place].parents) for place in history.range},
        {commit: ",".join(sorted(code)) for commit, code in zip(ids, history.code, strict=True)},
        {ids[place]: commits[place].seconds for place in history.range},
    )


def asked_in_mind(history: History, ids: Sequence[str]) -> list[str]:
    graph = graph_of(history, ids)
    git = PlainGit(graph.parents, graph.dates)
    state, asked = git.start(ids[history.new]), []
    while (commit := git.question(state)) is not None:
        asked.append(commit)
        state = git.after(state, commit, KINDS[history.verdict(ids.index(commit))])
    return asked


def search(history: History) -> tuple[set[int], int]:
    """What is left of a history, and the checks that it took; one code state is checked once."""
    ids = [str(place) for place in range(len(history.commits))]
    graph = graph_of(history, ids)
    walk = GraphWalk(graph, graph.source(ids[history.new]))
    rival = Rival(graph, graph.states[ids[history.old]], ids[history.new])
    known = {graph.states[ids[place]] for place in (history.old, history.new)}
    checks = 0
    while True:
        free = [commit for commit in walk.questions() if graph.states[commit] in known]
        commit = free[0] if free else rival.choose(walk)
        if commit is None:
            return {int(candidate) for candidate in walk.candidates}, checks
        kind = KINDS[history.verdict(int(commit))]
        {"new": walk.mark_new, "old": walk.mark_old, "skip": walk.skipped.add}[kind](commit)
        rival.observe(commit, kind, is_run=not free)
        known.add(graph.states[commit])
        checks += not free


@pytest.mark.parametrize("seed", [0, 9, 13, 25])  # a row, octopus merges, commits that cannot be tested
def test_what_git_asks_next_is_known_without_git(seed: int, tmp_path: Path) -> None:
    history = draw(seed)
    ids = history.build(tmp_path / "repository")
    assert asked_in_mind(history, ids) == asked_by_git(history, ids, tmp_path / "git")


def test_no_search_takes_more_checks_than_plain_git(one_flip: list[History]) -> None:
    for history in one_flip:
        left, checks = search(history)
        assert set(history.candidates) <= left, history.seed
        git = asked_in_mind(history, [str(place) for place in range(len(history.commits))])
        assert checks <= len(git), history.seed


def test_a_row_takes_log2_of_its_code_states(one_flip: list[History]) -> None:
    for history in one_flip:
        if history.is_linear and not history.skipped:
            assert search(history)[1] <= steps_of(history.state_count), history.seed


def test_code_that_only_changes_in_a_corner_of_a_long_row_is_found_at_once() -> None:
    names = [f"c{number}" for number in range(1000)]
    states = {name: str(max(0, number - 991)) for number, name in enumerate(names)} | {"old": "0"}
    parents: dict[str, tuple[str, ...]] = {
        name: (before,) for name, before in zip(names, ["old", *names], strict=False)
    }
    graph = RangeGraph(parents, states)
    walk = GraphWalk(graph, graph.source("c999"))
    rival = Rival(graph, "0", "c999")
    checks = 0
    while (commit := rival.choose(walk)) is not None:
        verdict = "new" if int(commit[1:]) >= 994 else "old"
        (walk.mark_new if verdict == "new" else walk.mark_old)(commit)
        rival.observe(commit, verdict, is_run=True)
        checks += 1
    assert (list(walk.candidates), checks) == (["c994"], 3)

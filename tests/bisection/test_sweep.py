from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.bisection.folder import SweepRequest, create_folder, open_folder
from bisect_parity.bisection.graph import RangeGraph
from bisect_parity.bisection.moves import failure_changes
from bisect_parity.bisection.span import read_span
from bisect_parity.bisection.sweep import Sweep, flips_of, spread
from bisect_parity.bisection.sweep_session import SweepPlan, SweepSession
from bisect_parity.config import load_settings
from bisect_parity.errors import CheckError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.parity.case import find_case
from bisect_parity.schemas import complaint
from tests.history.checkout import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.bisection.model import Check
    from tests.bisection.conftest import Lab


def sweeping(
    lab: Lab,
    start: str,
    end: str,
    budget: int | None = None,
    tell: Callable[[Check], None] | None = None,
    jobs: int = 1,
) -> SweepSession:
    repository = opened(lab.sandbox.top)
    settings = load_settings(lab.settings)
    code_states = CodeStates(repository, lab.paths)
    span = read_span(repository, start, end, code_states)
    folder = create_folder(repository, settings)
    folder.write(SweepRequest(start, end, "stub", 64, budget=budget))
    case = find_case(settings, None)
    plan = SweepPlan(
        span=span,
        budget=budget,
        check_command=lab.stub,
        jobs=jobs,
        repository=repository,
        code_states=code_states,
        case=case,
        folder=folder,
    )

    def told(check: Check, _left: object) -> None:
        if tell is not None:
            tell(check)

    return SweepSession(plan, told)


def flips(result: Sweep) -> list[tuple[str, str, str]]:
    return [(flip.before, flip.after, flip.change) for flip in result.flips]


def test_every_flip_of_a_range_is_found_and_each_code_state_is_checked_once(lab: Lab) -> None:
    commits = lab.history(["good 1", "bad 1", "bad 2", "good 1", "good 2", "bad 3", "bad 1"])
    before = lab.sandbox.snapshot()
    result = sweeping(lab, commits[0], commits[-1]).run()
    assert lab.sandbox.snapshot() == before
    assert flips(result) == [
        (commits[0], commits[1], "good to bad"),
        (commits[2], commits[3], "bad to good"),
        (commits[4], commits[5], "good to bad"),
    ]
    assert [check.commit for check in result.checks] == commits
    document = json.loads(json.dumps(result.to_json()))
    assert complaint(document, "sweep") is None
    assert (document["checks_run"], document["checks_cached"], document["complete"]) == (5, 2, True)
    assert document["code_states"] == 5


def test_a_budget_is_spread_evenly_and_what_it_leaves_out_is_counted(lab: Lab) -> None:
    commits = lab.history([*(f"good {n}" for n in range(5)), *(f"bad {n}" for n in range(4))])
    result = sweeping(lab, commits[0], commits[-1], budget=3).run()
    assert [check.commit for check in result.checks] == [commits[0], commits[4], commits[8]]
    assert [(flip.before, flip.after, flip.untested) for flip in result.flips] == [
        (commits[4], commits[8], 3)
    ]
    assert not result.is_complete


def test_commits_that_cannot_be_tested_lie_between_the_flip(lab: Lab) -> None:
    commits = lab.history(["good 1", "skip x 1", "skip x 2", "bad 1"])
    result = sweeping(lab, commits[0], commits[-1]).run()
    assert [(flip.before, flip.after, flip.untested) for flip in result.flips] == [
        (commits[0], commits[3], 2)
    ]


def test_one_fault_at_both_ends_and_between_them_ends_the_sweep(lab: Lab) -> None:
    commits = lab.history([f"skip no compiler\n{number}" for number in range(9)])
    with pytest.raises(CheckError, match="for the same reason: no compiler"):
        sweeping(lab, commits[0], commits[-1]).run()


def test_a_sweep_that_was_stopped_goes_on_without_repeating_a_check(lab: Lab) -> None:
    commits = lab.history([f"good {n}" for n in range(6)])
    asked: list[str] = []

    def interrupt(check: Check) -> None:
        asked.append(check.code_state)
        if len(asked) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweeping(lab, commits[0], commits[-1], tell=interrupt).run()
    repository = opened(lab.sandbox.top)
    folder, request = open_folder(repository, "latest", SweepRequest)
    code_states = CodeStates(repository, lab.paths)
    span = read_span(repository, request.start, request.end, code_states)
    case = find_case(load_settings(folder.settings), None)
    plan = SweepPlan(
        span=span,
        budget=request.budget,
        check_command=lab.stub,
        repository=repository,
        code_states=code_states,
        case=case,
        folder=folder,
    )
    result = SweepSession(plan, lambda *_: None).run()
    assert (result.to_json()["checks_run"], result.is_complete) == (3, True)


def test_flips_of_a_merged_branch_stand_where_it_changes_and_not_at_the_merge() -> None:
    parents = {"a": ("old",), "s1": ("old",), "s2": ("s1",), "m": ("a", "s2"), "n": ("m",)}
    states = {"old": "0", "a": "0", "s1": "1", "s2": "2", "m": "2", "n": "3"}
    graph = RangeGraph(parents, states)
    verdicts = {"old": "good", "s1": "good", "s2": "bad", "n": "bad"}
    assert [(flip.before, flip.after) for flip in flips_of(graph, "old", verdicts)] == [("s1", "s2")]


def test_a_merge_flips_nothing_that_happened_on_one_of_its_sides() -> None:
    parents = {"a": ("old",), "s": ("old",), "m": ("a", "s"), "n": ("m",)}
    graph = RangeGraph(parents, {name: name for name in ("old", *parents)})
    verdicts = {"old": "good", "a": "good", "s": "bad", "m": "bad", "n": "bad"}
    assert [(flip.before, flip.after) for flip in flips_of(graph, "old", verdicts)] == [("old", "s")]


def test_a_merge_that_breaks_what_one_side_had_fixed_flips_though_both_were_broken_before() -> None:
    parents = {"x": ("old",), "a": ("x",), "s": ("x",), "m": ("a", "s")}
    graph = RangeGraph(parents, {name: name for name in ("old", *parents)})
    verdicts = {"old": "good", "x": "bad", "a": "bad", "s": "good", "m": "bad"}
    assert [(flip.before, flip.after) for flip in flips_of(graph, "old", verdicts)] == [
        ("old", "x"),
        ("x", "s"),
        ("s", "m"),
    ]


def test_a_merge_that_loses_a_fix_or_breaks_what_both_sides_kept_flips() -> None:
    parents = {"a": ("old",), "s": ("old",), "m": ("a", "s")}
    graph = RangeGraph(parents, {name: name for name in ("old", *parents)})
    lost = {"old": "bad", "a": "good", "s": "bad", "m": "bad"}
    assert [(flip.before, flip.after) for flip in flips_of(graph, "old", lost)] == [("old", "a"), ("a", "m")]
    broken = {"old": "good", "a": "good", "s": "good", "m": "bad"}
    beside = {"old": "good", "a": "good", "m": "bad"}  # s cannot be tested
    assert [(flip.before, flip.after) for flip in flips_of(graph, "old", beside)] == [("a", "m")]
    assert [(flip.before, flip.after) for flip in flips_of(graph, "old", broken)] == [("a", "m")]


def test_where_bad_commits_fail_for_another_reason_is_told_once_and_merges_inherit_it() -> None:
    parents = {
        "a": ("old",),
        "b": ("a",),
        "c": ("b",),
        "s": ("a",),
        "m": ("c", "s"),
        "n": ("m",),
        "g": ("n",),
    }
    graph = RangeGraph(parents, {name: name for name in ("old", *parents)})
    low, nan = "correlation 0.5 is below 0.999", "the candidate has 4 pixels that are NaN or infinite"
    reasons = {"old": "", "a": low, "b": low.replace("0.5", "0.4"), "c": nan, "s": low, "m": low, "n": nan}
    found = failure_changes(graph, "old", reasons | {"g": ""})
    assert [(change.before, change.after, change.new) for change in found] == [
        ("b", "c", nan),
        ("m", "n", nan),
    ]
    del reasons["m"]  # it cannot be tested: n may have it of c
    assert [change.after for change in failure_changes(graph, "old", reasons)] == ["c"]


@given(st.integers(0, 300), st.none() | st.integers(2, 300))
def test_places_are_spread_over_the_whole_range_each_once(count: int, budget: int | None) -> None:
    places = spread(count, budget)
    assert len(places) == len(set(places)) <= (count if budget is None else min(budget, count))
    assert all(0 <= place < count for place in places)
    if count >= 2:
        assert {0, count - 1} <= set(places[:2])
    if budget is None:
        assert sorted(places) == list(range(count))
    elif count >= budget:
        assert len(places) == budget
        gaps = [after - before for before, after in zip(sorted(places), sorted(places)[1:], strict=False)]
        assert max(gaps, default=0) - min(gaps, default=0) <= 1

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bisect_parity.bisection.graph import RangeGraph
from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.moves import figures_of, halfway, move_between, moves_of
from bisect_parity.config import Thresholds
from bisect_parity.wording import move_text

USUAL = Thresholds()


def figures(correlation: float, sum_ratio: float = 1.0) -> dict[str, float]:
    return {"correlation": correlation, "sum_ratio": sum_ratio}


def is_good(words: list[str], end: dict[str, float]) -> bool:
    """The verdict on figures by options that were told."""
    named = dict(zip(words[::2], map(float, words[1::2]), strict=True))
    least = named.get("--correlation-min", USUAL.correlation_min)
    tolerance = named.get("--sum-ratio-tolerance", USUAL.sum_ratio_tolerance)
    return end["correlation"] >= least and abs(end["sum_ratio"] - 1) <= tolerance


def test_the_figure_that_went_farther_in_units_of_its_tolerance_is_told() -> None:
    found = move_between("a", "b", figures(1.0, 1.0), figures(0.9999, 1.004), USUAL)
    assert found is not None
    assert (found.figure, found.old, found.new) == ("sum_ratio", 1.0, 1.004)
    assert found.share == pytest.approx(0.8)


def test_a_figure_that_came_nearer_to_parity_has_a_negative_share() -> None:
    found = move_between("a", "b", figures(0.9995), figures(0.9999), USUAL)
    assert found is not None
    assert found.share == pytest.approx(-0.4)


def test_rounding_is_no_move() -> None:
    assert move_between("a", "b", figures(1 - 1e-9, 1 + 5e-8), figures(1 - 2e-9, 1 + 9e-8), USUAL) is None


def test_a_check_without_images_has_no_figures() -> None:
    check = Check("0001", "c", "s", Role.SWEEP, 64, "good")
    assert figures_of(check) == {}
    broken = {"correlation": None, "sum_ratio": float("nan")}
    assert figures_of(Check("0001", "c", "s", Role.SWEEP, 64, "bad", document={"comparison": broken})) == {}
    assert move_between("a", "b", {}, figures(0.5), USUAL) is None


def test_a_merge_moves_nothing_that_one_of_its_sides_has() -> None:
    parents = {"a": ("old",), "s": ("old",), "m": ("a", "s"), "n": ("m",)}
    graph = RangeGraph(parents, {name: name for name in ("old", *parents)})
    found = {"old": 1.0, "a": 1.0, "s": 0.9998, "m": 0.9998, "n": 0.9993}
    moves = moves_of(graph, "old", {name: figures(value) for name, value in found.items()}, USUAL)
    assert [(move.before, move.after) for move in moves] == [("m", "n"), ("old", "s")]


def test_commits_that_were_not_compared_lie_between_a_move() -> None:
    parents = {"a": ("old",), "b": ("a",), "c": ("b",)}
    graph = RangeGraph(parents, {name: name for name in ("old", *parents)})
    (move,) = moves_of(graph, "old", {"old": figures(1.0), "c": figures(0.9995)}, USUAL)
    assert (move.before, move.after, move.untested) == ("old", "c", 2)


@pytest.mark.parametrize(("noise", "told"), [(0.0, [("d", "e")]), (1e-9, [])])
def test_where_a_case_repeats_itself_exactly_every_move_counts(
    noise: float, told: list[tuple[str, str]]
) -> None:
    parents = {after: (before,) for before, after in itertools.pairwise(["old", *"abcdef"])}
    graph = RangeGraph(parents, {name: name for name in ("old", *parents)})
    found = {name: figures(1.0, 1.0 if name in "ef" else 1 - 2.4e-10) for name in graph.states}
    found = {name: {**item, "correlation": 1 - noise * at} for at, (name, item) in enumerate(found.items())}
    moves = moves_of(graph, "old", found, USUAL)
    assert [(move.before, move.after) for move in moves] == told
    for move in moves:
        text = move_text(move.figure, move.old, move.new, move.share)
        assert text == "sum_ratio moved from 0.99999999976 to 1.0, 4.8e-06% of its tolerance nearer to 1"


@given(
    st.tuples(st.floats(-1, 1), st.floats(-3, 3), st.floats(-1, 1), st.floats(-3, 3))
    | st.tuples(*[st.floats(0.99999, 1), st.floats(0.9999, 1.0001)] * 2)
)
def test_a_threshold_halfway_separates_the_ends_whatever_they_failed_before(
    values: tuple[float, float, float, float],
) -> None:
    old, new = figures(*values[:2]), figures(*values[2:])
    move = move_between("a", "b", old, new, USUAL)
    assume(move is not None)
    assert move is not None
    words = halfway(move, USUAL, old, new)
    assert (is_good(words, old), is_good(words, new)) == (move.share > 0, move.share < 0)

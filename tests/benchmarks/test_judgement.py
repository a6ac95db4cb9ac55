from __future__ import annotations

import pytest
from attrs import evolve

from benchmarks.judgement import Judged, chance_calibration_error, figures, figures_text, misses_text

RIGHT = Judged(
    source="seed 1",
    path="reports/a",
    slices=(),
    truth="a" * 40,
    answer="a" * 40,
    probability=0.9,
    state_probability=0.95,
    right=True,
    state_right=True,
    nameable=True,
    told_gone=False,
    rules={"parent of adder": (True, True)},
    about="true aaaa",
)
MISS = evolve(RIGHT, path="reports/b", answer="b" * 40, right=False, rules={"parent of adder": (False, True)})


def test_shares_are_of_all_bundles_and_the_gain_is_of_the_errors_of_the_best_rule() -> None:
    group = figures([RIGHT, RIGHT, RIGHT, MISS, evolve(RIGHT, rules={"parent of adder": (False, False)})])
    assert group.by_commit == pytest.approx(0.8)
    assert group.by_state == 1.0
    assert group.rules["parent of adder"] == pytest.approx((0.6, 0.8))
    assert group.gain == pytest.approx(0.5)
    assert group.brier == pytest.approx((4 * 0.01 + 0.81) / 5)
    assert group.mass_error == pytest.approx(0.1)


def test_to_say_that_a_commit_is_gone_is_right_if_it_is() -> None:
    wrong = evolve(MISS, rules={"parent of adder": (False, False)})
    told, gone = evolve(wrong, told_gone=True), evolve(wrong, nameable=False)
    group = figures([RIGHT, told, gone, evolve(told, nameable=False)])
    assert (group.by_commit, group.answered) == (0.25, 0.5)
    assert (group.gain, group.answered_gain) == pytest.approx((0.0, 1 / 3))


def test_a_rule_without_errors_leaves_no_gain_to_state() -> None:
    assert figures([RIGHT]).gain is None


def test_the_text_shows_the_table_where_it_is_wanted() -> None:
    group = figures([RIGHT, MISS])
    assert "reliability" not in figures_text("judge", group, tables=False)
    text = figures_text("judge", group, tables=True)
    assert text.isascii()
    assert "0.9000   0.5000" in text


def test_the_worst_misses_come_first() -> None:
    lines = misses_text([RIGHT, MISS, evolve(MISS, probability=0.99, path="reports/c")], 5).splitlines()
    assert lines[0] == "worst misses, 2 of 2:"
    assert "reports/c" in lines[1]
    assert "reports/b" in lines[2]


def test_the_error_that_chance_makes_is_smaller_of_more_forecasts_and_none_of_certain_ones() -> None:
    few, many = (chance_calibration_error([0.1, 0.4, 0.7, 0.9] * times) for times in (5, 200))
    assert 0 < many < 0.5 * few
    assert chance_calibration_error([0.0, 1.0]) == 0

"""Steps: exact where nothing is noisy, found in noise, and not made by noise or outliers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisect_parity.diagnosis.steps import LEVEL, find_steps

GOOD, BAD = 0.9999984741695391, 0.7211752710777161
REPETITIONS = 100
FEWER = 40


def levels(*parts: tuple[int, float]) -> list[float]:
    return [value for count, value in parts for _ in range(count)]


@given(st.lists(st.integers(3, 9), min_size=2, max_size=5))
@settings(max_examples=40, deadline=None)
def test_values_that_repeat_to_the_last_digit_have_exact_steps(lengths: list[int]) -> None:
    row = levels(*((length, 0.123456789 * (place + 1)) for place, length in enumerate(lengths)))
    found = find_steps(row)
    if 4 * (len(lengths) - 1) < len(row):
        assert [step.at for step in found] == list(itertools.accumulate(lengths))[:-1]
        assert {(step.earliest - step.at, step.latest - step.at, step.p) for step in found} == {(0, 0, None)}


def test_a_short_row_of_repeated_values_needs_no_more_runs() -> None:
    (step,) = find_steps([GOOD, GOOD, GOOD, BAD, BAD])
    assert (step.at, step.before, step.after, step.p) == (3, GOOD, BAD, None)


@pytest.mark.parametrize("place", [0, 7, 14])
def test_one_value_that_differs_is_no_step(place: int) -> None:
    row = levels((15, BAD))
    row[place] = GOOD
    assert find_steps(row) == ()


def test_an_outlier_beside_a_step_hides_nothing() -> None:
    random = np.random.default_rng(2)
    row = np.concatenate([1.0 + 0.03 * random.normal(size=30), 1.3 + 0.03 * random.normal(size=30)])
    row[12] = 40.0
    (step,) = find_steps(row.tolist())
    assert step.earliest <= 30 <= step.latest
    assert step.before == pytest.approx(1.0, abs=0.02)
    assert step.after == pytest.approx(1.3, abs=0.02)


def test_a_stretch_between_two_steps_is_found_though_its_ends_are_alike() -> None:
    random = np.random.default_rng(3)
    row = np.array(levels((20, 1.0), (20, 2.0), (20, 1.0))) + 0.2 * random.standard_t(3, 60)
    first, second = find_steps(row.tolist())
    assert first.earliest <= 20 <= first.latest
    assert second.earliest <= 40 <= second.latest


def test_values_that_span_decades_are_compared_by_their_logarithms() -> None:
    random = np.random.default_rng(4)
    row = np.array(levels((15, 1e-6), (15, 3e-4), (15, 1e-2))) * random.lognormal(0.0, 0.4, 45)
    assert [step.at for step in find_steps(row.tolist())] == [15, 30]


NOISE = {
    "normal": lambda random: random.normal(size=30),
    "without a mean": lambda random: random.standard_cauchy(30),
    "over decades": lambda random: random.lognormal(0.0, 2.0, 30),
    "growing fivefold": lambda random: random.normal(size=30) * np.repeat([1.0, 5.0], 15),
    "of few values": lambda random: random.integers(0, 4, 30) / 3,
}


@pytest.mark.parametrize("kind", NOISE)
def test_noise_shows_steps_no_more_often_than_stated(kind: str) -> None:
    random = np.random.default_rng(5)
    found = sum(bool(find_steps(NOISE[kind](random).tolist())) for _ in range(REPETITIONS))
    assert found <= REPETITIONS * LEVEL + 3 * (REPETITIONS * LEVEL * (1 - LEVEL)) ** 0.5


def test_the_more_figures_are_looked_at_the_clearer_a_step_must_be() -> None:
    row = [1.0, 1.1, 1.2, 1.15, 1.05, 2.0, 2.1, 2.2, 2.15, 2.05]
    (step,) = find_steps(row)
    assert step.p is not None
    assert step.p <= LEVEL
    assert find_steps(row, looks=20) == ()


def test_where_a_step_lies_is_as_sure_as_stated() -> None:
    random = np.random.default_rng(6)
    inside: list[bool] = []
    while len(inside) < FEWER:
        row = np.concatenate([random.normal(size=12), 3.0 + random.normal(size=18)])
        found = find_steps(row.tolist())
        if len(found) == 1:
            inside.append(found[0].earliest <= 12 <= found[0].latest)
    assert sum(inside) >= 0.9 * FEWER


@pytest.mark.parametrize("row", [[], [1.5, 2.5, 2.5], levels((9, GOOD)), [GOOD, BAD] * 10])
def test_rows_without_a_level_to_change_have_no_step(row: list[float]) -> None:
    assert find_steps(row) == ()

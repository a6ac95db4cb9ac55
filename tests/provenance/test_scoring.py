from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.provenance.scoring import (
    brier_score,
    equal_mass_bins,
    equal_width_bins,
    expected_calibration_error,
    log_loss,
    wilson_interval,
)

FORECASTS = st.lists(
    st.tuples(st.floats(0, 1) | st.sampled_from([0.0, 0.5, 0.95, 1.0]), st.booleans()),
    min_size=1,
    max_size=60,
)
Pairs = list[tuple[float, bool]]


def apart(pairs: Pairs) -> tuple[list[float], list[bool]]:
    return [p for p, _ in pairs], [y for _, y in pairs]


def test_brier_score_is_the_mean_squared_distance() -> None:
    assert brier_score([1.0, 0.5, 0.0], [True, False, True]) == pytest.approx((0 + 0.25 + 1) / 3)


def test_log_loss_is_the_mean_surprise() -> None:
    assert log_loss([0.5, 0.25], [True, False]) == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)


def test_a_miss_at_certainty_costs_much_but_not_everything() -> None:
    assert log_loss([1.0], [False]) == pytest.approx(-math.log(1e-12))


def test_perfect_forecasts_score_nothing() -> None:
    probabilities, outcomes = [1.0, 0.0, 1.0], [True, False, True]
    assert brier_score(probabilities, outcomes) == 0
    assert log_loss(probabilities, outcomes) == 0
    assert expected_calibration_error(equal_mass_bins(probabilities, outcomes)) == 0
    assert expected_calibration_error(equal_width_bins(probabilities, outcomes)) == 0


@given(FORECASTS)
def test_scores_stay_in_their_ranges_and_do_not_depend_on_the_order(pairs: Pairs) -> None:
    shuffled = pairs[:]
    random.Random(0).shuffle(shuffled)  # noqa: S311 - no secret
    for score, most in ((brier_score, 1.0), (log_loss, -math.log(1e-12))):
        value = score(*apart(pairs))
        assert 0 <= value <= most
        assert value == score(*apart(shuffled))


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.floats(0, 1))
def test_stating_the_frequency_scores_best_of_all_constants(outcomes: list[bool], stated: float) -> None:
    frequency = sum(outcomes) / len(outcomes)
    for score in (brier_score, log_loss):
        best = score([frequency] * len(outcomes), outcomes)
        assert best <= score([stated] * len(outcomes), outcomes) + 1e-9


@given(FORECASTS, st.integers(1, 12))
def test_bins_hold_every_forecast_once_in_order(pairs: Pairs, count: int) -> None:
    for make in (equal_width_bins, equal_mass_bins):
        bins = make(*apart(pairs), count)
        assert 1 <= len(bins) <= count
        assert sum(each.count for each in bins) == len(pairs)
        assert sum(each.count * each.frequency for each in bins) == pytest.approx(sum(y for _, y in pairs))
        for each in bins:
            assert each.lowest <= each.mean_probability + 1e-12
            assert each.mean_probability <= each.highest + 1e-12
            assert each.interval[0] <= each.frequency <= each.interval[1]
        edges = [(each.lowest, each.highest) for each in bins]
        assert all(low[1] < high[0] for low, high in itertools.pairwise(edges)), "equals were parted"


@given(FORECASTS, st.integers(1, 12))
def test_calibration_error_is_a_mean_of_distances(pairs: Pairs, count: int) -> None:
    probabilities, outcomes = apart(pairs)
    overall = abs(sum(probabilities) - sum(outcomes)) / len(pairs)
    for make in (equal_width_bins, equal_mass_bins):
        error = expected_calibration_error(make(probabilities, outcomes, count))
        # Distances of one sign cancel only within a bin: more bins never hide what one bin shows.
        assert overall - 1e-9 <= error <= 1 + 1e-9


def test_bins_of_one_width_are_cut_at_tenths() -> None:
    bins = equal_width_bins([0.05, 0.1, 0.19, 0.95, 1.0], [False, False, True, True, True])
    assert [(each.count, each.frequency) for each in bins] == [(1, 0.0), (2, 0.5), (2, 1.0)]


def test_bins_of_one_mass_hold_a_tenth_each() -> None:
    probabilities = [index / 100 for index in range(100)]
    bins = equal_mass_bins(probabilities, [True] * 100)
    assert [each.count for each in bins] == [10] * 10


def test_calibrated_forecasts_have_a_small_error_and_boasting_ones_a_large_one() -> None:
    rng = random.Random(1)  # noqa: S311 - no secret
    probabilities = [rng.uniform(0.5, 1) for _ in range(4000)]
    outcomes = [rng.random() < p for p in probabilities]
    boasted = [min(1.0, p + 0.2) for p in probabilities]
    for make in (equal_width_bins, equal_mass_bins):
        assert expected_calibration_error(make(probabilities, outcomes)) < 0.03
        assert expected_calibration_error(make(boasted, outcomes)) > 0.12


def test_the_interval_of_a_frequency_agrees_with_published_values() -> None:
    # 81 of 263 gives 0.2553 to 0.3662 (Newcombe 1998, table I, method 3).
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


@pytest.mark.parametrize(
    ("probabilities", "outcomes"),
    [([], []), ([0.5], []), ([1.5], [True]), ([-0.1], [False]), ([math.nan], [True])],
)
def test_what_is_no_forecast_is_refused(probabilities: list[float], outcomes: list[bool]) -> None:
    for score in (brier_score, log_loss, equal_width_bins, equal_mass_bins):
        with pytest.raises(ValueError, match=r"probabilit|forecasts"):
            score(probabilities, outcomes)


def test_no_bins_and_no_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="no forecasts"):
        expected_calibration_error(())
    for successes, count in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="no frequency"):
            wilson_interval(successes, count)

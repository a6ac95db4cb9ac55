"""The exact tests agree with plain counting over every labelling."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.diagnosis.exact import (
    MOST_LABELINGS,
    bayes_factor_bound,
    category_p,
    labelings,
    least_p,
    pure_windows,
    shifted_p,
    tables_p,
    threshold_distance,
    threshold_misses,
    threshold_p,
)
from bisect_parity.diagnosis.sentences import p_text


@st.composite
def samples(draw: st.DrawFn) -> tuple[list[int], list[bool]]:
    """Values with ties, and a verdict for each; both verdicts occur."""
    count = draw(st.integers(2, 8))
    values = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    good = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return values, [True, *good[1:-1], False]


def counts(values: list[int], good: tuple[bool, ...] | list[bool]) -> tuple[list[int], list[int]]:
    kinds = sorted(set(values))
    return [sum(g for v, g in zip(values, good, strict=True) if v == k) for k in kinds], [
        values.count(k) for k in kinds
    ]


def every_labelling(good: list[bool]) -> list[list[bool]]:
    chosen = itertools.combinations(range(len(good)), sum(good))
    return [[at in some for at in range(len(good))] for some in chosen]


@given(st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_windows_are_the_pure_labelings_of_at_most_three_stretches(sizes: list[int]) -> None:
    found = pure_windows(sizes)
    for goods in range(sum(sizes) + 1):
        pure = [
            sides
            for sides in itertools.product((True, False), repeat=len(sizes))
            if sum(itertools.compress(sizes, sides)) == goods and len(list(itertools.groupby(sides))) <= 3
        ]
        assert found[goods] == len(pure)


@given(samples())
def test_the_category_test_counts_the_labelings_that_are_as_improbable(
    sample: tuple[list[int], list[bool]],
) -> None:
    values, good = sample

    def weight(labels: list[bool]) -> int:
        return math.prod(map(math.comb, *reversed(counts(values, labels))))

    ways = every_labelling(good)
    extreme = sum(weight(labels) <= weight(good) for labels in ways)
    expected = Fraction(extreme, len(ways))
    assert category_p(*counts(values, good)) == expected
    assert tables_p(*counts(values, good)) == pytest.approx(float(expected), rel=1e-9)


@given(samples())
def test_the_threshold_test_counts_the_labelings_with_as_good_a_threshold(
    sample: tuple[list[int], list[bool]],
) -> None:
    values, good = sample
    ways = every_labelling(good)
    observed = threshold_distance(*counts(values, good))
    extreme = sum(threshold_distance(*counts(values, labels)) >= observed for labels in ways)
    assert threshold_p(*counts(values, good)) == pytest.approx(extreme / len(ways), rel=1e-11)


def test_one_good_run_against_twelve_bad_ones_cannot_go_below_one_in_thirteen() -> None:
    assert least_p(1, 12) == Fraction(1, 13)
    assert category_p([1, 0], [1, 12]) == Fraction(1, 13)
    assert threshold_p([1, 0], [1, 12]) == pytest.approx(1 / 13)
    assert threshold_p([1] + [0] * 12, [1] * 13) == pytest.approx(2 / 13)  # lowest or highest of all


def test_two_runs_prove_nothing_and_five_against_five_something() -> None:
    assert least_p(1, 1) == 1
    assert least_p(5, 5) == Fraction(2, 252)


def test_another_value_in_every_run_says_nothing() -> None:
    assert category_p([1, 0, 0, 0, 1], [1] * 5) == 1


def test_hundreds_of_runs_are_counted_without_listing_their_labelings() -> None:
    p = threshold_p([1] * 100 + [0] * 100, [1] * 200)
    assert p == pytest.approx(2 / math.comb(200, 100), rel=1e-11)


def test_all_labelings_are_listed_once_and_the_observed_one_comes_first() -> None:
    ways, is_exact = labelings([False, True, False, True])
    assert is_exact
    assert ways[0].tolist() == [False, True, False, True]
    assert len(np.unique(ways, axis=0)) == math.comb(4, 2)


def test_too_many_labelings_are_sampled_in_the_same_way_each_time() -> None:
    good = [True] * 15 + [False] * 15
    (ways, is_exact), (again, _) = labelings(good), labelings(good)
    assert not is_exact
    assert ways.shape == (MOST_LABELINGS, 30)
    assert (ways == again).all()
    assert (ways.sum(axis=1) == 15).all()


def test_a_p_of_five_percent_speaks_at_most_two_and_a_half_times_for_a_cause() -> None:
    assert bayes_factor_bound(0.05) == pytest.approx(2.456, abs=1e-3)
    assert bayes_factor_bound(0.5) == 1
    assert 1e290 < bayes_factor_bound(0.0) < math.inf  # of 1500 runs, p is less than a float holds
    assert p_text(0.0) == "below 1e-300"


@given(samples())
def test_verdicts_are_shifted_along_the_runs_unless_they_change_by_turns(
    drawn: tuple[list[int], list[bool]],
) -> None:
    values, verdicts = sorted(drawn[0]), sorted(drawn[1])
    codes = [sorted(set(values)).index(value) for value in values]
    misses = []
    for shift in range(len(verdicts)):
        turned = [verdicts[at - shift] for at in range(len(verdicts))]
        goods = [
            sum(t for c, t in zip(codes, turned, strict=True) if c == code) for code in sorted(set(codes))
        ]
        misses.append(threshold_misses(goods, [codes.count(code) for code in sorted(set(codes))]))
    share = sum(count <= misses[0] for count in misses) / len(misses)
    change_seldom = 2 * sum(verdicts) * verdicts.count(False) > len(verdicts)
    assert shifted_p(codes, verdicts, is_ordered=True) == (share if change_seldom else 0)
    assert shifted_p([0, 1] * 9, [True, False] * 8 + [True, True], is_ordered=False) == 0

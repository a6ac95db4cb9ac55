"""Delta debugging finds what matters, in few tests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.bisection.ddmin import minimize
from bisect_parity.bisection.isolation import most_checks

if TYPE_CHECKING:
    from collections.abc import Sequence


class Counter:
    """Says whether all culprits are among some items, and counts how often it is asked."""

    def __init__(self, *culprits: int) -> None:
        self.culprits = set(culprits)
        self.count = 0

    def __call__(self, some: Sequence[int]) -> bool:
        self.count += 1
        return self.culprits <= set(some)


@given(st.integers(1, 600), st.data())
def test_one_culprit_takes_two_tests_a_halving(size: int, data: st.DataObject) -> None:
    culprit = data.draw(st.integers(0, size - 1))
    flips = Counter(culprit)
    assert minimize(range(size), flips) == (culprit,)
    assert flips.count <= 2 * math.ceil(math.log2(size))
    assert flips.count + 6 <= most_checks(size)  # both ends, the likely files, and the proof


@given(st.sets(st.integers(0, 39), min_size=1, max_size=4))
def test_culprits_that_need_each_other_are_found_together(culprits: set[int]) -> None:
    assert set(minimize(range(40), Counter(*culprits))) == culprits


def test_of_culprits_that_each_suffice_one_is_found() -> None:
    found = minimize(range(64), lambda some: 5 in some or 60 in some)
    assert found in ((5,), (60,))


def test_what_is_left_needs_each_of_its_items() -> None:
    def flips(some: Sequence[int]) -> bool:
        return sum(some) >= 30

    found = minimize(range(16), flips)
    assert flips(found)
    assert not any(flips([item for item in found if item != left_out]) for left_out in found)


@pytest.mark.parametrize("items", [(), (7,)])
def test_nothing_is_tested_where_there_is_nothing_to_leave_out(items: tuple[int, ...]) -> None:
    flips = Counter()
    assert minimize(items, flips) == items
    assert flips.count == 0

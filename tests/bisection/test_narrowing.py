"""Delta debugging of changes that need each other: the step is minimal, and few subsets are asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.bisection.ddmin import ChecksSpentError, narrow

if TYPE_CHECKING:
    from collections.abc import Sequence


@given(st.integers(1, 600), st.data())
def test_one_culprit_is_found_as_fast_as_by_bisection(count: int, data: st.DataObject) -> None:
    culprit = data.draw(st.integers(0, count - 1))
    asked: list[Sequence[int]] = []

    def flips(some: Sequence[int]) -> bool:
        asked.append(some)
        return culprit in some

    beside, found = narrow(range(count), flips)
    assert found == (culprit,)
    assert culprit not in beside
    assert len(asked) <= math.ceil(math.log2(count))
    assert all(list(some) == sorted(some) for some in asked)


@given(st.integers(2, 40), st.data())
def test_a_step_turns_the_verdict_and_none_of_it_can_be_left_out(count: int, data: st.DataObject) -> None:
    """Some items need others: without them nothing can be tested."""
    culprits = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=4))
    needs = data.draw(st.dictionaries(st.integers(0, count - 1), st.integers(0, count - 1), max_size=6))
    asked: list[frozenset[int]] = []

    def verdict(some: Sequence[int]) -> bool | None:
        if any(item in needs and needs[item] not in some for item in some):
            return None
        return culprits <= set(some)

    def flips(some: Sequence[int]) -> bool | None:
        assert frozenset(some) not in asked, "a subset is asked for once"
        asked.append(frozenset(some))
        return verdict(some)

    beside, found = narrow(range(count), flips)
    assert not set(beside) & set(found)
    assert verdict(beside) is False
    assert verdict([*beside, *found]) is True
    for item in found if len(found) > 1 else ():
        assert verdict([*beside, item]) is None
        assert verdict([*beside, *(other for other in found if other != item)]) is None


def test_a_search_that_may_not_go_on_tells_how_far_it_came() -> None:
    asked = 0

    def flips(some: Sequence[int]) -> bool:
        nonlocal asked
        asked += 1
        if asked > 3:
            raise ChecksSpentError
        return 700 in some

    beside, found = narrow(range(1024), flips)
    assert len(found) == 128
    assert 700 in found
    assert 700 not in beside


def test_one_item_is_not_tested_again() -> None:
    def flips(_some: Sequence[str]) -> bool:
        raise AssertionError

    assert narrow(["all"], flips) == ((), ("all",))

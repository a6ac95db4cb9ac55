"""The limit between the figures of two ends."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bisect_parity.bisection.figure_limit import figure_change, limit_between, range_texts

FIGURES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12)


@given(FIGURES, st.floats(1e-3, 10))
def test_figures_that_do_not_overlap_are_told_apart_whatever_they_are(good: list[float], gap: float) -> None:
    bad = [value + (max(good) - min(good)) + gap for value in good]
    lower, higher = limit_between(good, bad), limit_between(bad, good)
    assert (lower.better, higher.better) == ("lower", "higher")
    assert lower.separation == higher.separation == 1
    assert max(good) <= lower.limit < min(bad)
    assert max(good) < higher.limit <= min(bad) or higher.limit == lower.limit


@given(FIGURES, FIGURES)
@example([5e-324], [0.0])
@example([1.0], [math.nextafter(1.0, 0)])
def test_the_separation_is_what_the_limit_reaches(good: list[float], bad: list[float]) -> None:
    found = limit_between(good, bad)
    assert 0 <= found.separation <= 1
    if found.separation:
        beyond = (lambda v: v > found.limit) if found.better == "lower" else (lambda v: v < found.limit)
        reached = sum(map(beyond, bad)) / len(bad) - sum(map(beyond, good)) / len(good)
        assert reached == pytest.approx(found.separation)


def test_the_limit_has_few_digits_and_lies_in_the_widest_gap() -> None:
    assert limit_between([0.81, 0.79], [1.2, 1.3]).limit == 1
    assert limit_between([120.0], [180.0]).limit == 150
    assert not limit_between([120.0, 120.0], [180.0]).varies
    assert limit_between([1.0, 1.1], [2.0]).varies
    assert limit_between([1.0], [1.0]).separation == 0


def check(commit: str, figure: float | None) -> Any:
    return SimpleNamespace(commit=commit, document={"figure": figure})


def test_an_answer_tells_the_figures_of_the_commit_and_of_its_parents() -> None:
    checks = [check("a", 1.0), check("b", 2.0), check("b", 3.0), check("b", 2.5), check("c", 9.0)]
    says = "Its figure is 2.5 (the median of 3, 2 to 3); before it, 1."
    assert figure_change(checks, "b", ["a"]) == (says,)
    assert figure_change([check("a", None), check("b", 2.0)], "b", ["a"]) == ()
    hair = [check("a", -6088.9223074401225), check("b", -6088.922307440123)]
    says = "Its figure is -6088.922307440123; before it, -6088.922307440122."
    assert figure_change(hair, "b", ["a"]) == (says,)
    assert range_texts([1.0, 1.00001], [2.0]) == ["1 to 1.00001", "2"]

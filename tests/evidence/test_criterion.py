"""Runs are judged by a figure of the user's choice."""

from __future__ import annotations

import math
from typing import Any

import pytest
from attrs import evolve

from bisect_parity.config import Criterion
from bisect_parity.evidence.criterion import criterion_figures, criterion_verdict, recorded_names
from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.model import Bundle, Trust


def bundle(**values: Any) -> Bundle:
    return Bundle("r", (), (), (collect("r/results.json", values, Trust.MACHINE),))


def verdict(criterion: Criterion, **values: Any) -> str:
    return criterion_verdict(criterion_figures(bundle(**values), criterion), criterion).verdict


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.9, "good"), (0.95, "good"), (0.8999, "bad"), (math.nan, "bad"), (True, "good"), ("0.9", "unknown")],
)
def test_a_run_is_good_from_the_least_value_on(value: Any, expected: str) -> None:
    assert verdict(Criterion("accuracy", min=0.9), accuracy=value) == expected


def test_the_last_part_of_a_dotted_name_is_enough_and_wildcards_match() -> None:
    values = {"test": {"top1_accuracy": 0.5}}
    assert verdict(Criterion("top1_accuracy", min=0.9), **values) == "bad"
    assert verdict(Criterion("test.top1_accuracy", max=0.9), **values) == "good"
    assert verdict(Criterion("*accuracy", min=0.1, max=0.4), **values) == "bad"
    assert verdict(Criterion("loss", max=0.9), **values) == "unknown"


def test_all_figures_of_the_name_must_hold() -> None:
    criterion = Criterion("error", max=1.0)
    found = criterion_verdict(
        criterion_figures(bundle(a={"error": 0.5}, b={"error": 2}), criterion), criterion
    )
    assert (found.verdict, found.reason) == ("bad", "error 2.0 is not at most 1.0")


def test_what_a_log_states_goes_before_notes_and_neither_is_judged_by_its_targets() -> None:
    texts = {
        "r/NOTES.md": "correlation: 0.5\nrequired correlation: 0.95\n",
        "r/run.log": "target correlation: 0.8\ncorrelation: 0.99\n",
    }
    found = [evolve(read_text(path, text), path=path) for path, text in texts.items()]
    criterion = Criterion("correlation", min=0.9)
    told = [criterion_figures(Bundle("r", (), (), files), criterion) for files in (tuple(found), (found[0],))]
    assert [criterion_verdict(figures, criterion).reason for figures in told] == [
        "correlation 0.99 is at least 0.9",
        "correlation 0.5 is not at least 0.9",
    ]


def test_a_criterion_needs_a_limit_and_limits_in_order() -> None:
    for limits in ({}, {"min": 2.0, "max": 1.0}, {"min": math.nan}):
        with pytest.raises(ValueError, match="min"):
            Criterion("accuracy", **limits)


def test_the_figures_that_bundles_record_are_named_most_common_first() -> None:
    found = recorded_names([bundle(a=1, b=2), bundle(b=3, note="x"), bundle(b=1, a=2), bundle(c=1)])
    assert list(found.items()) == [("b", 3), ("a", 2), ("c", 1)]
    assert list(recorded_names([bundle(a=1, rmse=2), bundle(a=3)])) == [
        "rmse",
        "a",
    ]  # metrics before all others

"""Verdicts: both thresholds, the table of bad images, and the JSON that everything else reads."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch

from bisect_parity.config import Thresholds
from bisect_parity.parity.layout import Fault, ImageError
from bisect_parity.parity.model import Scope
from bisect_parity.parity.moments import compare_tensors
from bisect_parity.parity.verdict import CheckVerdict, Comparison, judge, judge_error

FIELDS = (
    "verdict",
    "reason",
    "correlation",
    "one_minus_correlation",
    "sum_ratio",
    "sum_reference",
    "sum_candidate",
    "rmse",
    "max_abs_difference",
    "max_abs_difference_at",
    "non_finite",
    "shape",
    "margins",
    "count",
    "mean",
    "norm",
    "deviation",
)
RAMP = torch.arange(1, 101, dtype=torch.float64).view(10, 10)


def judged(reference: torch.Tensor, candidate: torch.Tensor, **thresholds: float) -> Comparison:
    return judge(compare_tensors(reference, candidate, scope=Scope(extremes=True)), Thresholds(**thresholds))


def test_images_in_parity_are_good_with_their_margins() -> None:
    comparison = judged(RAMP, RAMP * 1.001)
    assert comparison.verdict is CheckVerdict.GOOD
    assert comparison.margins is not None
    assert comparison.margins.correlation == pytest.approx(1e-3)
    assert comparison.margins.sum_ratio == pytest.approx(4e-3)
    assert "correlation 1 is at least 0.999" in comparison.reason


def test_a_threshold_near_one_is_told_as_it_is() -> None:
    comparison = judged(RAMP, RAMP, correlation_min=0.99999999)
    assert "correlation 1 is at least 0.99999999," in comparison.reason


def test_the_correlation_alone_can_make_it_bad() -> None:
    comparison = judged(RAMP, RAMP.flip(0))
    assert comparison.verdict is CheckVerdict.BAD
    assert "correlation" in comparison.reason
    assert "sum ratio" not in comparison.reason


def test_the_sum_ratio_alone_can_make_it_bad() -> None:
    comparison = judged(RAMP, RAMP * 1.006)
    assert comparison.verdict is CheckVerdict.BAD
    assert "sum ratio 1.006 is not within 0.005 of 1" in comparison.reason
    assert "correlation" not in comparison.reason
    assert comparison.margins is not None
    assert comparison.margins.sum_ratio < 0 < comparison.margins.correlation


def test_both_reasons_are_told() -> None:
    reason = judged(RAMP, RAMP.flip(0) * 2).reason
    assert "correlation" in reason
    assert "sum ratio" in reason


def test_both_thresholds_are_inclusive() -> None:
    assert judged(RAMP, RAMP * 1.5, sum_ratio_tolerance=0.5).verdict is CheckVerdict.GOOD
    assert judged(RAMP, RAMP, correlation_min=1.0, sum_ratio_tolerance=0.0).verdict is CheckVerdict.GOOD
    noisy = RAMP + (torch.arange(100).view(10, 10) % 3) * 10
    exactly = compare_tensors(RAMP, noisy).correlation
    assert exactly is not None
    least, greater = exactly, math.nextafter(exactly, 2)
    assert judged(RAMP, noisy, correlation_min=least, sum_ratio_tolerance=9).verdict is CheckVerdict.GOOD
    beyond = judged(RAMP, noisy, correlation_min=greater, sum_ratio_tolerance=9)
    assert beyond.verdict is CheckVerdict.BAD
    assert repr(least) in beyond.reason  # and not the ten digits of the limit


def test_negative_sums_are_compared_by_their_size() -> None:
    assert judged(-RAMP, -RAMP * 1.004).verdict is CheckVerdict.GOOD
    assert judged(-RAMP, -RAMP * 1.006).verdict is CheckVerdict.BAD
    assert judged(-RAMP, RAMP, correlation_min=-1).verdict is CheckVerdict.BAD


def with_pixel(value: float) -> torch.Tensor:
    image = RAMP.clone()
    image[3, 4] = value
    return image


FLAWED = {
    "NaN": with_pixel(math.nan),
    "infinite": with_pixel(-math.inf),
    "constant": torch.full((10, 10), 3.0),
    "zero": torch.zeros(10, 10),
    "sum zero": RAMP - RAMP.mean(),
}


@pytest.mark.parametrize("flaw", FLAWED)
def test_a_flawed_reference_aborts_whatever_the_candidate(flaw: str) -> None:
    for candidate in (RAMP, *FLAWED.values()):
        comparison = judged(FLAWED[flaw], candidate)
        assert comparison.verdict is CheckVerdict.ABORT
        assert comparison.reason.startswith("the reference ")


@pytest.mark.parametrize("flaw", FLAWED)
def test_a_flawed_candidate_is_bad(flaw: str) -> None:
    comparison = judged(RAMP, FLAWED[flaw])
    assert comparison.verdict is CheckVerdict.BAD
    assert comparison.reason.startswith("the candidate ")


def test_nan_is_not_let_through_where_thresholds_admit_everything() -> None:
    comparison = judged(RAMP, FLAWED["NaN"], correlation_min=-1, sum_ratio_tolerance=1e300)
    assert comparison.verdict is CheckVerdict.BAD
    assert comparison.reason == "the candidate has 1 pixel that is NaN or infinite, the first at [3, 4]"


def test_sums_beyond_float64_cannot_be_judged() -> None:
    huge = RAMP * 1e306
    assert judged(huge, huge).verdict is CheckVerdict.ABORT


FAULTS = {
    Fault.MISSING: CheckVerdict.SKIP,
    Fault.UNREADABLE: CheckVerdict.ABORT,
    Fault.DAMAGED: CheckVerdict.BAD,
    Fault.SHAPE: CheckVerdict.BAD,
    Fault.DTYPE: CheckVerdict.BAD,
}


@pytest.mark.parametrize("fault", Fault)
def test_what_cannot_be_read_is_laid_to_the_image_that_it_concerns(fault: Fault) -> None:
    assert judge_error(ImageError(fault, "x", role="candidate")).verdict is FAULTS[fault]
    for role in ("reference", "mask", None):
        assert judge_error(ImageError(fault, "x", role=role)).verdict is CheckVerdict.ABORT
    comparison = judge_error(ImageError(fault, "it went wrong", "Do that.", role="candidate"))
    assert comparison.reason == "candidate: it went wrong. Do that."
    named = judge_error(ImageError(fault, "the candidate is smaller", role="candidate"))
    assert named.reason == "the candidate is smaller"


def test_the_json_has_every_field_of_the_contract() -> None:
    document = judged(RAMP, RAMP + 1).to_json()
    assert tuple(document)[: len(FIELDS)] == FIELDS
    assert document["verdict"] == "bad"
    assert document["sum_reference"] == 5050.0
    assert document["sum_candidate"] == 5150.0
    assert document["max_abs_difference_at"] == [0, 0]
    assert document["non_finite"] == {"reference": 0, "candidate": 0}
    assert document["shape"] == [10, 10]
    assert set(document["margins"]) == {"correlation", "sum_ratio"}


@pytest.mark.parametrize("candidate", [RAMP, *FLAWED.values()])
@pytest.mark.parametrize("reference", [RAMP, *FLAWED.values()])
def test_the_json_never_holds_nan(reference: torch.Tensor, candidate: torch.Tensor) -> None:
    moments = compare_tensors(reference, candidate, scope=Scope(extremes=True, tiles=True, digits=True))
    document = judge(moments, Thresholds()).to_json()
    read: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    assert read["verdict"] in ("good", "bad", "abort")


def test_a_refused_image_has_null_for_every_number() -> None:
    document = judge_error(ImageError(Fault.MISSING, "gone", role="candidate")).to_json()
    assert tuple(document) == FIELDS
    assert {document[name] for name in FIELDS[2:]} == {None}

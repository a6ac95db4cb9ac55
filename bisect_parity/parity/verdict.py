"""From moments to a verdict: good, bad, skip or abort, with its reason and margins.

| image | reference | candidate |
|---|---|---|
| missing, or empty | abort | skip |
| unreadable, or changed while it was read | abort | abort |
| damaged, of another shape or pixel type | abort | bad |
| NaN or infinite pixels | abort | bad |
| constant, or its sum zero | abort | bad |
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from bisect_parity.parity.layout import Fault
from bisect_parity.parity.model import ImageMoments, Moments

if TYPE_CHECKING:
    from bisect_parity.config import Thresholds
    from bisect_parity.parity.layout import ImageError


class CheckVerdict(enum.Enum):
    """What a check says of a commit; the values are the words of every output."""

    GOOD = "good"
    BAD = "bad"
    SKIP = "skip"
    ABORT = "abort"


DECIDED = frozenset({CheckVerdict.GOOD.value, CheckVerdict.BAD.value})  # as documents have them


CANDIDATE_FAULTS = {
    Fault.MISSING: CheckVerdict.SKIP,
    Fault.UNREADABLE: CheckVerdict.ABORT,
    Fault.DAMAGED: CheckVerdict.BAD,
    Fault.SHAPE: CheckVerdict.BAD,
    Fault.DTYPE: CheckVerdict.BAD,
}


@frozen
class Margins:
    """How far the numbers are inside the thresholds; negative is outside.

    Attributes:
        correlation: correlation - correlation_min.
        sum_ratio: sum_ratio_tolerance - |sum_ratio - 1|.
    """

    correlation: float
    sum_ratio: float


@frozen
class Comparison:
    """A verdict on two images.

    Attributes:
        verdict: good, bad, skip or abort.
        reason: why, in one line.
        moments: what the verdict rests on; None where the images could not be compared.
        margins: None where there is no correlation or no sum ratio.
    """

    verdict: CheckVerdict
    reason: str
    moments: Moments | None = None
    margins: Margins | None = None

    def to_json(self) -> dict[str, Any]:
        """The fields that every output of the tool uses; what could not be computed is None."""
        moments = self.moments
        images = {} if moments is None else {"reference": moments.reference, "candidate": moments.candidate}

        def of_both(name: str) -> dict[str, Any] | None:
            return {role: getattr(image, name) for role, image in images.items()} or None

        known = {} if moments is None else asdict(moments, recurse=False)
        known = {name: list(value) if isinstance(value, tuple) else value for name, value in known.items()}
        document = {
            "verdict": self.verdict.value,
            "reason": self.reason,
            "correlation": known.get("correlation"),
            "one_minus_correlation": known.get("one_minus_correlation"),
            "sum_ratio": known.get("sum_ratio"),
            "sum_reference": images["reference"].sum if images else None,
            "sum_candidate": images["candidate"].sum if images else None,
            "rmse": known.get("rmse"),
            "max_abs_difference": known.get("max_abs_difference"),
            "max_abs_difference_at": known.get("max_abs_difference_at"),
            "non_finite": of_both("non_finite"),
            "shape": known.get("shape"),
            "margins": None if self.margins is None else asdict(self.margins),
            "count": known.get("count"),
            "mean": of_both("mean"),
            "norm": of_both("norm"),
            "deviation": of_both("deviation"),
        }
        maps = {name: asdict(known[name]) for name in ("tiles", "digits") if known.get(name) is not None}
        return document | maps


def judge(moments: Moments, thresholds: Thresholds) -> Comparison:
    """The verdict on two images that could be compared; both thresholds are inclusive, and both must hold."""
    for role, image, verdict in (
        ("reference", moments.reference, CheckVerdict.ABORT),
        ("candidate", moments.candidate, CheckVerdict.BAD),
    ):
        flaw = _flaw(image)
        if flaw:
            return Comparison(verdict, f"the {role} {flaw}", moments, _margins(moments, thresholds))
    margins = _margins(moments, thresholds)
    sums = (moments.reference.sum, moments.candidate.sum)
    if margins is None or moments.correlation is None or None in sums:
        return Comparison(CheckVerdict.ABORT, "the sums are too large for float64", moments)
    said = []
    if moments.correlation < thresholds.correlation_min:
        correlation = _beside(moments.correlation, thresholds.correlation_min)
        said.append(f"correlation {correlation} is below {thresholds.correlation_min:.10g}")
    if not _sums_agree(moments, thresholds):
        tolerance = thresholds.sum_ratio_tolerance
        ratio = _beside(moments.sum_ratio, 1 - tolerance, 1 + tolerance)
        said.append(f"sum ratio {ratio} is not within {tolerance:.10g} of 1")
    if said:
        return Comparison(CheckVerdict.BAD, ", and ".join(said), moments, margins)
    reason = (
        f"correlation {moments.correlation:.10g} is at least {thresholds.correlation_min:.10g}, and "
        f"sum ratio {moments.sum_ratio:.10g} is within {thresholds.sum_ratio_tolerance:.10g} of 1"
    )
    return Comparison(CheckVerdict.GOOD, reason, moments, margins)


def judge_error(error: ImageError) -> Comparison:
    """The verdict where an image could not be used; one of unknown role counts as the tool's fault."""
    verdict = CANDIDATE_FAULTS[error.fault] if error.role == "candidate" else CheckVerdict.ABORT
    names_role = error.role is None or error.message.startswith(f"the {error.role} ")
    return Comparison(verdict, str(error) if names_role else f"{error.role}: {error}")


def _beside(value: float | None, *limits: float) -> str:
    """A figure that is beyond a limit, with so many digits that it does not look like it."""
    short = f"{value:.10g}"
    return repr(value) if short in [f"{limit:.10g}" for limit in limits] else short


def _flaw(image: ImageMoments) -> str:
    if image.non_finite:
        at = "" if image.first_non_finite_at is None else f", the first at {list(image.first_non_finite_at)}"
        plural = "pixel that is" if image.non_finite == 1 else "pixels that are"
        return f"has {image.non_finite} {plural} NaN or infinite{at}"
    if image.is_constant:
        return f"is constant: every pixel is {image.mean:.10g}"
    if image.sum_is_zero:
        return "has the sum zero"
    return ""


def _margins(moments: Moments, thresholds: Thresholds) -> Margins | None:
    if moments.correlation is None or moments.sum_ratio is None:
        return None
    return Margins(
        correlation=moments.correlation - thresholds.correlation_min,
        sum_ratio=thresholds.sum_ratio_tolerance - abs(moments.sum_ratio - 1),
    )


def _sums_agree(moments: Moments, thresholds: Thresholds) -> bool:
    reference, candidate = moments.reference.sum, moments.candidate.sum
    if reference is None or candidate is None:
        return False
    return math.fabs(candidate - reference) <= thresholds.sum_ratio_tolerance * math.fabs(reference)

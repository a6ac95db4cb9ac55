"""From the sums of a sweep to the moments of two images, without cancellation.

Pearson's r is S_xy / sqrt(S_xx S_yy), with S_xy = sum (x - mean x)(y - mean y) and so on. With d = y - x,

    1 - r = (S_dd - (sqrt S_yy - sqrt S_xx)^2) / (2 sqrt(S_xx S_yy)),
    sqrt S_yy - sqrt S_xx = (S_yy - S_xx) / (sqrt S_yy + sqrt S_xx),

which follows from S_xy = (S_xx + S_yy - S_dd) / 2, and has none of the cancellation of 1 minus r.

Sums of squares about an offset a give S_xx = sum (x - a)^2 - (sum (x - a))^2 / n (Chan, Golub & LeVeque,
"Algorithms for Computing the Sample Variance", 1983), and lose (mean - a)^2 / variance in precision. So where
means are far from zero, offsets come from a sample, and where the sample misled, from a survey of the whole
images and a second pass.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bisect_parity.parity.model import ImageMoments, Moments
from bisect_parity.parity.pixel_survey import FAR, power_of_two
from bisect_parity.parity.sums import Squares, rounded_once

if TYPE_CHECKING:
    from bisect_parity.parity.pixel_survey import NonFinite, Survey
    from bisect_parity.parity.sums import Scaling, Sums

UNDERFLOW = 1e-280  # sums of squares below it may have lost pixels to underflow
NEGLIGIBLE = 1e-20  # squares of differences below it, relative to those of the image, need no digits
SUM_ROUNDING = 2.0**-50  # of float64 sums, relative to the sum of magnitudes, with some room


def is_trustworthy(sums: Sums) -> bool:
    """Whether no offset was far off, no image is constant, and neither dwarfs the other."""
    squares = Squares.of(sums)
    far, n, d = FAR, sums.count, sums.w - sums.u
    return (
        squares.x > UNDERFLOW
        and sums.u * sums.u / n <= far * squares.x
        and sums.w * sums.w / n <= far * squares.y
        and d * d / n <= max(far * squares.d, NEGLIGIBLE * squares.x)
        and squares.x / far <= squares.y <= squares.x * far
    )


def combine(shape: tuple[int, ...], sums: Sums, scaling: Scaling, constant: tuple[bool, bool]) -> Moments:
    """The moments, without extremes.

    Args:
        shape: of the images.
        sums: all finite.
        scaling: what they were made with.
        constant: which of the images are known to be constant.
    """
    n = sums.count
    squares = Squares.of(sums)
    reference_sum = rounded_once((sums.u, scaling.reference_offset * n)) / scaling.reference_scale
    candidate_sum = rounded_once((sums.w, scaling.candidate_offset * n)) / scaling.candidate_scale
    reference = _image_moments(n, reference_sum, squares.x, scaling.reference_scale, constant[0])
    candidate = _image_moments(n, candidate_sum, squares.y, scaling.candidate_scale, constant[1])
    one_minus = None
    if not (reference.is_constant or candidate.is_constant):
        one_minus = min(2.0, squares.apart / (2 * math.sqrt(squares.x) * math.sqrt(squares.y)))
    ratio = None
    if reference.sum and candidate.sum is not None and not reference.sum_is_zero:
        ratio = number(candidate.sum / reference.sum)
    return Moments(
        shape=shape,
        count=n,
        reference=reference,
        candidate=candidate,
        correlation=None if one_minus is None else 1 - one_minus,
        one_minus_correlation=one_minus,
        sum_ratio=ratio,
        rmse=_rmse(sums, squares, scaling),
    )


def _rmse(sums: Sums, squares: Squares, scaling: Scaling) -> float | None:
    """Root mean square of y - x, with scales undone; the greater of both images has the scale 1 here."""
    n = sums.count
    unit = min(scaling.reference_scale, scaling.candidate_scale)
    if scaling.reference_scale == scaling.candidate_scale:
        variance = squares.d / n
        mean = math.fsum((sums.w / n, scaling.candidate_offset, -sums.u / n, -scaling.reference_offset))
    else:
        p, q = unit / scaling.reference_scale, unit / scaling.candidate_scale
        cross = (squares.x + squares.y - squares.d) / 2
        variance = max(0.0, p * p * squares.x + q * q * squares.y - 2 * p * q * cross) / n
        mean = q * (sums.w / n + scaling.candidate_offset) - p * (sums.u / n + scaling.reference_offset)
    return number(math.hypot(math.sqrt(variance), mean) / unit)


def _image_moments(n: int, total: float, squares: float, scale: float, is_constant: bool) -> ImageMoments:
    mean = total / n
    deviation = 0.0 if is_constant else math.sqrt(squares / n) / scale
    norm = math.hypot(deviation, mean) * math.sqrt(n)
    return ImageMoments(
        sum=number(total),
        mean=number(mean),
        norm=number(norm),
        deviation=number(deviation),
        non_finite=0,
        first_non_finite_at=None,
        is_constant=is_constant or squares == 0,
        sum_is_zero=abs(total) <= SUM_ROUNDING * math.sqrt(n) * norm,
    )


def moments_of_broken(
    shape: tuple[int, ...],
    count: int,
    broken: tuple[NonFinite, NonFinite],
    surveys: tuple[Survey | None, Survey | None],
) -> Moments:
    """Moments where pixels are not finite: none of the two, and those of the image that is sound.

    Args:
        shape: of the images.
        count: pixels that counted.
        broken: what is not finite in each.
        surveys: of each, where it is sound.
    """
    reference, candidate = (
        _broken_image(shape, found) if known is None else _surveyed_image(count, known)
        for found, known in zip(broken, surveys, strict=True)
    )
    return Moments(shape, count, reference, candidate)


def _broken_image(shape: tuple[int, ...], non_finite: NonFinite) -> ImageMoments:
    first = None if non_finite.first is None else position(non_finite.first, shape)
    return ImageMoments(None, None, None, None, non_finite.count, first, is_constant=False, sum_is_zero=False)


def _surveyed_image(count: int, known: Survey) -> ImageMoments:
    scale = power_of_two(known.deviation)
    squares = (known.deviation * scale) ** 2 * count
    return _image_moments(count, known.sum, squares, scale, known.low == known.high)


def position(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index along each axis of a pixel of the flattened image."""
    position: list[int] = []
    for length in reversed(shape):
        index, place = divmod(index, length)
        position.append(place)
    return tuple(reversed(position))


def number(value: float) -> float | None:
    """`value` if it is finite: results never hold NaN or infinity."""
    return value if math.isfinite(value) else None

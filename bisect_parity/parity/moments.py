"""Moments of two images in one pass: sums, correlation and differences, in float64.

Pearson's r is S_xy / sqrt(S_xx S_yy), with S_xy = sum (x - mean x)(y - mean y) and so on. From the sums over
u = x - a and v = (y - x) - c (see `sweep`), with S_uv likewise:

    S_yy = S_uu + 2 S_uv + S_vv        S_xy = S_uu + S_uv

and, without the cancellation of 1 minus r,

    1 - r = (S_vv - (sqrt S_yy - sqrt S_xx)^2) / (2 sqrt(S_xx S_yy)),
    sqrt S_yy - sqrt S_xx = (2 S_uv + S_vv) / (sqrt S_yy + sqrt S_xx).

Shifted sums are those of Chan, Golub & LeVeque, "Algorithms for Computing the Sample Variance" (1983): they
lose (mean/deviation)^2 in precision where the shift is far from the mean. So the shift comes from a sample,
and where the sample misled, from a survey of the whole images and a second pass.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from bisect_parity.parity.extremes import DigitsWatch, ExtremeWatch, TileWatch
from bisect_parity.parity.layout import Fault, ImageError, Rectangle, shape_text
from bisect_parity.parity.model import ImageMoments, Moments
from bisect_parity.parity.pixels import Pixels, TensorPixels
from bisect_parity.parity.survey import (
    FAR,
    NonFinite,
    count_non_finite,
    plan_from_sample,
    plan_from_survey,
    survey,
)
from bisect_parity.parity.sweep import Buffers, Plan, Selection, Sums, sweep
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

__all__ = ["ImageMoments", "Moments", "compare_pixels", "compare_tensors"]

UNDERFLOW = 1e-280  # sums of squares below it may have lost pixels to underflow
SUM_ROUNDING = 2.0**-50  # of float64 sums, relative to the sum of magnitudes, with some room


def compare_tensors(
    reference: Tensor,
    candidate: Tensor,
    *,
    mask: Tensor | None = None,
    roi: Sequence[Rectangle] = (),
    full: bool = False,
    tiles: bool = False,
    digits: bool = False,
) -> Moments:
    """Compare two images in memory (or memory-mapped), of any real pixel type each, on any device.

    Args:
        reference: the trusted image; any shape of at least one pixel.
        candidate: the image under test; of the same shape.
        mask: of the same shape; pixels where it is zero are left out.
        roi: rectangles (first row, end row, first column, end column) in pixels of the last two axes, ends
            not included; pixels outside all of them are left out.
        full: also the greatest difference and where it is.
        tiles: also the map of differences.
        digits: also the matching digits.

    Raises:
        ImageError: the shapes differ, a pixel type is not supported, or no pixel counts.
    """
    return compare_pixels(
        TensorPixels(reference),
        TensorPixels(candidate),
        mask=None if mask is None else TensorPixels(mask),
        roi=roi,
        full=full,
        tiles=tiles,
        digits=digits,
        device=candidate.device,
    )


def compare_pixels(
    reference: Pixels,
    candidate: Pixels,
    *,
    mask: Pixels | None = None,
    roi: Sequence[Rectangle] = (),
    full: bool = False,
    tiles: bool = False,
    digits: bool = False,
    device: torch.device | None = None,
) -> Moments:
    """As `compare_tensors`, with pixels from anywhere.

    Raises:
        ImageError: the shapes differ, or no pixel counts.
    """
    shape = reference.shape
    if candidate.shape != shape:
        raise ImageError(
            Fault.SHAPE,
            f"the candidate is {shape_text(candidate.shape)} pixels, the reference {shape_text(shape)}",
            role="candidate",
        )
    if mask is not None and mask.shape != shape:
        raise ImageError(
            Fault.SHAPE,
            f"the mask is {shape_text(mask.shape)} pixels, not {shape_text(shape)}",
            role="mask",
        )
    selection = Selection(shape, mask, _rectangles(roi, shape))
    with _one_thread(), torch.no_grad():
        buffers = Buffers(shape, device or torch.device("cpu"))
        comparison = _Comparison(reference, candidate, selection, buffers)
        return comparison.run(full=full, tiles=tiles, digits=digits)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """One thread: sums are then the same whatever the setting, and no core waits for another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _rectangles(roi: Sequence[Rectangle], shape: tuple[int, ...]) -> tuple[Rectangle, ...]:
    height, width = (shape[-2] if len(shape) > 1 else 1), shape[-1]
    for top, bottom, left, right in roi:
        if not (0 <= top < bottom <= height and 0 <= left < right <= width):
            raise ImageError(
                Fault.SHAPE,
                f"the region {top}:{bottom},{left}:{right} does not lie in {height} x {width} pixels",
                role="mask",
            )
    return tuple(roi)


@frozen
class _Comparison:
    """One comparison of images of one shape."""

    reference: Pixels
    candidate: Pixels
    selection: Selection
    buffers: Buffers

    def run(self, *, full: bool, tiles: bool, digits: bool) -> Moments:
        shape = self.reference.shape
        extremes = ExtremeWatch() if full else None
        tile_map = TileWatch(shape) if tiles else None
        matching = DigitsWatch() if digits else None
        images = (self.reference, self.candidate)
        room = (self.selection, self.buffers)
        plan = plan_from_sample(*images, *room)
        watches = [watch for watch in (extremes, tile_map, matching) if watch is not None]
        sums = sweep(*images, plan, *room, watches)
        if sums.count == 0:
            raise ImageError(Fault.SHAPE, "the mask and the regions leave no pixel over", role="mask")
        if sums.suspects:
            broken = count_non_finite(*images, sums.suspects, *room)
            if broken[0].count or broken[1].count:
                return _moments_without_numbers(shape, sums.count, broken)
        constant = (False, False)
        if sums.suspects or not _is_trustworthy(sums):
            surveys = survey(self.reference, *room), survey(self.candidate, *room)
            constant = surveys[0].low == surveys[0].high, surveys[1].low == surveys[1].high
            plan = plan_from_survey(*surveys)
            sums = sweep(*images, plan, *room)
        moments = _combine(shape, sums, plan, constant)
        return attrs.evolve(
            moments,
            max_abs_difference=None if extremes is None else _number(extremes.greatest),
            max_abs_difference_at=None if extremes is None else _position(extremes.index, shape),
            tiles=None if tile_map is None else tile_map.result(),
            digits=None if matching is None else matching.result(),
        )


def _is_trustworthy(sums: Sums) -> bool:
    """Whether neither shift was far off, no image is constant, and neither dwarfs the other."""
    n = sums.count
    s_uu, s_vv = sums.uu - sums.u * sums.u / n, sums.vv - sums.v * sums.v / n
    s_uv = sums.uv - sums.u * sums.v / n
    s_yy = s_uu + 2 * s_uv + s_vv
    return (
        s_uu > UNDERFLOW
        and sums.u * sums.u / n <= FAR * s_uu
        and sums.v * sums.v / n <= FAR * max(s_vv, 0.0)
        and s_uu / FAR <= s_yy <= s_uu * FAR
    )


def _combine(shape: tuple[int, ...], sums: Sums, plan: Plan, constant: tuple[bool, bool]) -> Moments:
    n = sums.count
    s_uu = max(0.0, sums.uu - sums.u * sums.u / n)
    s_vv = max(0.0, sums.vv - sums.v * sums.v / n)
    s_uv = sums.uv - sums.u * sums.v / n
    s_yy = max(0.0, s_uu + 2 * s_uv + s_vv)
    lifted = (plan.shift + plan.reference_offset) * n, (plan.shift + plan.candidate_offset) * n
    reference_sum = math.fsum((sums.u, lifted[0])) / plan.reference_scale
    candidate_sum = math.fsum((sums.u, sums.v, lifted[1], plan.difference_shift * n)) / plan.candidate_scale
    reference = _image_moments(n, reference_sum, s_uu, plan.reference_scale, constant[0])
    candidate = _image_moments(n, candidate_sum, s_yy, plan.candidate_scale, constant[1])
    correlation = one_minus = None
    if not (reference.is_constant or candidate.is_constant):
        product = math.sqrt(s_uu) * math.sqrt(s_yy)
        gap = (2 * s_uv + s_vv) / (math.sqrt(s_yy) + math.sqrt(s_uu))
        one_minus = min(2.0, max(0.0, (s_vv - gap * gap) / (2 * product)))
        correlation = 1 - one_minus
    ratio = None
    if reference.sum and candidate.sum is not None and not reference.sum_is_zero:
        ratio = _number(candidate.sum / reference.sum)
    return Moments(
        shape, n, reference, candidate, correlation, one_minus, ratio, _rmse(n, s_uu, s_uv, s_vv, sums, plan)
    )


def _rmse(n: int, s_uu: float, s_uv: float, s_vv: float, sums: Sums, plan: Plan) -> float | None:
    """Root mean square of y - x = p (x - a) + q (v + ...), with scales undone."""
    least = min(plan.reference_scale, plan.candidate_scale)
    q = least / plan.candidate_scale
    p = q - least / plan.reference_scale
    variance = max(0.0, p * p * s_uu + 2 * p * q * s_uv + q * q * s_vv) / n
    if plan.leaves_images:
        mean = sums.v / n + plan.difference_shift
        return _number(math.hypot(math.sqrt(variance), mean))
    reference_mean = sums.u / n + plan.reference_offset
    candidate_mean = (sums.u + sums.v) / n + plan.candidate_offset
    mean = candidate_mean * q - reference_mean * (q - p)
    return _number(math.hypot(math.sqrt(variance), mean) / least)


def _image_moments(n: int, total: float, squares: float, scale: float, is_constant: bool) -> ImageMoments:
    mean = total / n
    deviation = 0.0 if is_constant else math.sqrt(squares / n) / scale
    norm = math.hypot(deviation, mean) * math.sqrt(n)
    return ImageMoments(
        sum=_number(total),
        mean=_number(mean),
        norm=_number(norm),
        deviation=_number(deviation),
        non_finite=0,
        first_non_finite_at=None,
        is_constant=is_constant or squares == 0,
        sum_is_zero=abs(total) <= SUM_ROUNDING * math.sqrt(n) * norm,
    )


def _moments_without_numbers(
    shape: tuple[int, ...], count: int, broken: tuple[NonFinite, NonFinite]
) -> Moments:
    def image(found: NonFinite) -> ImageMoments:
        first = None if found.first is None else _position(found.first, shape)
        return ImageMoments(None, None, None, None, found.count, first, False, False)

    return Moments(shape, count, image(broken[0]), image(broken[1]))


def _position(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index along each axis of a pixel of the flattened image."""
    position: list[int] = []
    for length in reversed(shape):
        index, place = divmod(index, length)
        position.append(place)
    return tuple(reversed(position))


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None

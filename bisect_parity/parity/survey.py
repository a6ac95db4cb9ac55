"""What the images are like before they are compared: a sample of all, a survey of the hard ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.parity.pixels import Band, Pixels, bands
from bisect_parity.parity.sweep import Buffers, Plan, Selection
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

__all__ = ["FAR", "NonFinite", "Survey", "count_non_finite", "plan_from_sample", "plan_from_survey", "survey"]

SAMPLE_PIECES = 16
SAMPLE_PIECE_PIXELS = 256
GOLDEN = (math.sqrt(5) - 1) / 2  # multiples of it, modulo 1, are spread evenly and hit no grid
SILVER = math.sqrt(2) - 1
FAR = 16.0  # (mean/deviation)^2 from which the mean is taken off first: rounding then grows 17 times
SCALE_EXPONENT_LIMIT = 1000


@frozen
class Survey:
    """One image, measured slowly and safely.

    Attributes:
        low, high: least and greatest pixel that counts; all of them are finite.
        mean, deviation: of these pixels; good enough to choose shifts and scales by.
    """

    low: float
    high: float
    mean: float
    deviation: float


@frozen
class NonFinite:
    """Pixels of one image that are NaN or infinite.

    Attributes:
        count: how many.
        first: index of the first in the flattened image.
    """

    count: int
    first: int | None


def plan_from_sample(reference: Pixels, candidate: Pixels, selection: Selection, buffers: Buffers) -> Plan:
    """Shifts from a few thousand pixels that are spread over the images."""
    taken_x, taken_y = [], []
    for band in _sample(reference.shape):
        u, v, left_out = buffers.load(reference, candidate, band, selection)
        usable = torch.isfinite(u) & torch.isfinite(v)
        if left_out is not None:
            usable &= ~left_out
        taken_x.append(u[usable])
        taken_y.append(v[usable])
    x, y = torch.cat(taken_x), torch.cat(taken_y)
    return Plan(shift=_sample_shift(x), difference_shift=_sample_shift(y - x))


def _sample(shape: tuple[int, ...]) -> Iterator[Band]:
    width = shape[-1]
    height = math.prod(shape[:-1])
    columns = min(width, SAMPLE_PIECE_PIXELS)
    rows = min(height, SAMPLE_PIECE_PIXELS // columns)
    for k in range(SAMPLE_PIECES):
        row = int((k + 0.5) * GOLDEN % 1 * (height - rows + 1))
        column = int((k + 0.5) * SILVER % 1 * (width - columns + 1)) if rows == 1 else 0
        yield Band(row, column, rows, columns, row * width + column)


def _sample_shift(sample: Tensor) -> float:
    if not sample.numel():
        return 0.0
    first = float(sample[0])
    if bool((sample == first).all()):
        return first  # of a constant image, this leaves exactly nothing
    mean = float(sample.mean())
    variance = float(sample.var(unbiased=False))
    is_far = math.isfinite(mean) and mean * mean > FAR * variance
    return mean if is_far else 0.0


def count_non_finite(
    reference: Pixels,
    candidate: Pixels,
    suspects: Sequence[Band],
    selection: Selection,
    buffers: Buffers,
) -> tuple[NonFinite, NonFinite]:
    """Count the pixels that are not finite in the bands whose sums are not."""
    found = [NonFinite(0, None), NonFinite(0, None)]
    for band in suspects:
        u, v, left_out = buffers.load(reference, candidate, band, selection)
        for number, pixels in enumerate((u, v)):
            broken = torch.isfinite(pixels).logical_not_()
            if left_out is not None:
                broken &= ~left_out
            count = int(broken.sum())
            if count:
                before = found[number]
                first = band.start + int(broken.byte().argmax()) if before.first is None else before.first
                found[number] = NonFinite(before.count + count, first)
    return found[0], found[1]


def survey(pixels: Pixels, selection: Selection, buffers: Buffers) -> Survey:
    """Measure one image without overflow and underflow, in two passes; all its pixels are finite."""
    low, high, count = math.inf, -math.inf, 0
    for _, values in _counted(pixels, selection, buffers):
        if values.numel():
            band_low, band_high = torch.aminmax(values)
            low, high = min(low, float(band_low)), max(high, float(band_high))
            count += values.numel()
    middle = low / 2 + high / 2
    scale = power_of_two(high / 2 - low / 2)
    sums, squares = [], []
    for _, values in _counted(pixels, selection, buffers):
        centred = values.sub_(middle).mul_(scale)
        sums.append(float(centred.sum()))
        squares.append(float(torch.dot(centred, centred)))
    mean = math.fsum(sums) / count
    variance = max(0.0, math.fsum(squares) / count - mean * mean)
    return Survey(low, high, middle + mean / scale, math.sqrt(variance) / scale)


def _counted(pixels: Pixels, selection: Selection, buffers: Buffers) -> Iterator[tuple[Band, Tensor]]:
    for band in bands(pixels.shape):
        left_out = selection.left_out(band, buffers.u[: band.count])
        values = buffers.v[: band.count]
        pixels.fill(band, values)
        yield band, values if left_out is None else values[~left_out]


def power_of_two(size: float) -> float:
    """The power of two that brings `size` near 1; 1 for zero."""
    if size == 0 or not math.isfinite(size):
        return 1.0
    exponent = -math.frexp(size)[1]
    return math.ldexp(1.0, max(-SCALE_EXPONENT_LIMIT, min(SCALE_EXPONENT_LIMIT, exponent)))


def plan_from_survey(reference: Survey, candidate: Survey) -> Plan:
    """Scales and offsets that bring each image to mean 0 and deviation near 1."""
    reference_scale = power_of_two(reference.deviation)
    candidate_scale = power_of_two(candidate.deviation)
    return Plan(
        reference_scale=reference_scale,
        candidate_scale=candidate_scale,
        reference_offset=reference.mean * reference_scale,
        candidate_offset=candidate.mean * candidate_scale,
    )

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

__all__ = [
    "FAR",
    "NonFinite",
    "Survey",
    "count_non_finite",
    "plan_from_sample",
    "plan_from_survey",
    "power_of_two",
    "survey",
]

SAMPLE_PIECES = 16
SAMPLE_PIECE_PIXELS = 256
GOLDEN = (math.sqrt(5) - 1) / 2  # multiples of it, modulo 1, are spread evenly and hit no grid
SILVER = math.sqrt(2) - 1
FAR = 16.0  # (mean/deviation)^2 from which the mean is taken off first: rounding then grows 17 times
REPEATS_STEP = 4
REPEATS_FRACTION = 128  # of the sample: rarer values have no say in the sum
EXACT_SQUARES = 2.0**16  # whole numbers below it: 2^21 of their squares add up without rounding
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
    """Offsets from a few thousand pixels that are spread over the images, where they are called for."""
    taken_x, taken_y = [], []
    for band in _sample(reference.shape, min(SAMPLE_PIECE_PIXELS, buffers.size)):
        u, w, left_out = buffers.load(reference, candidate, band, selection)
        usable = torch.isfinite(u) & torch.isfinite(w)
        if left_out is not None:
            usable &= ~left_out
        taken_x.append(u[usable])
        taken_y.append(w[usable])
    x, y = torch.cat(taken_x), torch.cat(taken_y)
    if not x.numel():
        return Plan()
    if _is_far(x) or _is_far(y) or _is_far(y - x):
        x_offset, y_offset = _offset(x), _offset(y)
        x, y = x - x_offset, y - y_offset
    else:
        x_offset = y_offset = 0.0
    return Plan(
        reference_offset=x_offset,
        candidate_offset=y_offset,
        pairwise=_repeats(x) or _repeats(y) or _repeats(y - x),
    )


def _repeats(sample: Tensor) -> bool:
    """Whether one value that rounds is so frequent that a running sum would be biased."""
    if bool((sample == sample.trunc()).all()) and float(sample.abs().max()) < EXACT_SQUARES:
        return False
    ordered = sample[::REPEATS_STEP].sort().values
    apart = max(1, ordered.numel() // REPEATS_FRACTION)
    return bool(((ordered[apart:] == ordered[:-apart]) & (ordered[apart:] != 0)).any())


def _sample(shape: tuple[int, ...], pixels: int) -> Iterator[Band]:
    """Pieces of at most `pixels` pixels, spread evenly."""
    width = shape[-1]
    height = math.prod(shape[:-1])
    columns = min(width, pixels)
    rows = min(height, pixels // columns)
    for k in range(SAMPLE_PIECES):
        row = int((k + 0.5) * GOLDEN % 1 * (height - rows + 1))
        column = int((k + 0.5) * SILVER % 1 * (width - columns + 1)) if rows == 1 else 0
        yield Band(row, column, rows, columns, row * width + column)


def _is_far(sample: Tensor) -> bool:
    """Whether the mean is so far from zero that squares lose digits; never where it is zero."""
    mean = float(sample.mean())
    return math.isfinite(mean) and mean * mean > FAR * float(sample.var(unbiased=False))


def _offset(sample: Tensor) -> float:
    mean = float(sample.mean())
    return mean if math.isfinite(mean) else 0.0


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
        u, w, left_out = buffers.load(reference, candidate, band, selection)
        for number, pixels in enumerate((u, w)):
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
    for values in _counted(pixels, selection, buffers):
        if values.numel():
            band_low, band_high = torch.aminmax(values)
            low, high = min(low, float(band_low)), max(high, float(band_high))
            count += values.numel()
    middle = low / 2 + high / 2
    scale = power_of_two(high / 2 - low / 2)
    sums, squares = [], []
    for values in _counted(pixels, selection, buffers):
        centred = values.sub_(middle).mul_(scale)
        sums.append(float(centred.sum()))
        squares.append(float(torch.dot(centred, centred)))
    mean = math.fsum(sums) / count
    variance = max(0.0, math.fsum(squares) / count - mean * mean)
    return Survey(low, high, middle + mean / scale, math.sqrt(variance) / scale)


def _counted(pixels: Pixels, selection: Selection, buffers: Buffers) -> Iterator[Tensor]:
    for band in bands(pixels.shape):
        values, _, left_out = buffers.load(pixels, pixels, band, selection)
        yield values if left_out is None else values[~left_out]


def power_of_two(size: float) -> float:
    """The power of two that brings `size` near 1; 1 for zero."""
    if size == 0 or not math.isfinite(size):
        return 1.0
    exponent = -math.frexp(size)[1]
    return math.ldexp(1.0, max(-SCALE_EXPONENT_LIMIT, min(SCALE_EXPONENT_LIMIT, exponent)))


def plan_from_survey(reference: Survey, candidate: Survey) -> Plan:
    """Scales and offsets that bring each image to mean 0 and deviation near 1, and a constant one to 0."""
    reference_scale = power_of_two(reference.deviation or candidate.deviation)
    candidate_scale = power_of_two(candidate.deviation or reference.deviation)
    return Plan(
        reference_scale=reference_scale,
        candidate_scale=candidate_scale,
        reference_offset=reference.mean * reference_scale,
        candidate_offset=candidate.mean * candidate_scale,
        pairwise=True,
    )

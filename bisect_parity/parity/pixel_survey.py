"""What the images are like before they are compared: a sample of all, a survey of the hard ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
from attrs import frozen

from bisect_parity.parity.pixels import Band, Pixels, bands
from bisect_parity.parity.single_pass import Buffers, PixelSelection, add_up, drop, load, rows_of
from bisect_parity.parity.sums import Scaling, Sums, rounded_once, total
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

SAMPLE_PIECES = 8
SAMPLE_PIXELS = 32 * 1024
GOLDEN = (math.sqrt(5) - 1) / 2  # multiples of it, modulo 1, are spread evenly and hit no grid
SILVER = math.sqrt(2) - 1
FAR = 16.0  # (mean/deviation)^2 from which the mean is taken off first: rounding then grows 17 times
SCALE_EXPONENT_LIMIT = 1023


@frozen
class Survey:
    """One image, measured slowly and safely.

    Attributes:
        low, high: least and greatest pixel that counts; all of them are finite.
        mean, deviation: of these pixels; good enough to choose shifts and scales by.
        sum: of these pixels; infinite where it is beyond float64.
    """

    low: float
    high: float
    mean: float
    deviation: float
    sum: float


@frozen
class NonFinite:
    """Pixels of one image that are NaN or infinite.

    Attributes:
        count: how many.
        first: index of the first in the flattened image.
    """

    count: int
    first: int | None


def plan_from_sample(
    reference: Pixels, candidate: Pixels, selection: PixelSelection, buffers: Buffers
) -> Scaling:
    """Offsets, and which image is the smaller, from pieces that are spread over the images."""
    images = (reference, candidate)
    scaling = Scaling()
    sums = _sample_sums(*images, selection, buffers, scaling)
    n = sums.count
    if n and _needs_offsets(sums):
        scaling = Scaling(reference_offset=sums.u / n, candidate_offset=sums.w / n)
        sums = _sample_sums(*images, selection, buffers, scaling)
    return attrs.evolve(scaling, candidate_is_smaller=sums.ww < sums.uu)


def _sample_sums(
    reference: Pixels, candidate: Pixels, selection: PixelSelection, buffers: Buffers, scaling: Scaling
) -> Sums:
    at = count = 0
    whole = buffers.views(buffers.size)
    for band in _sample(reference.shape, min(buffers.size, SAMPLE_PIXELS)):
        u, w = (image[at : at + band.pixels] for image in (whole.reference, whole.candidate))
        left_out = load(reference, candidate, band, selection, u, w)
        scaling.apply(u, w)
        drop(left_out, u, w)
        at += band.pixels
        count += band.pixels if left_out is None else band.pixels - int(torch.count_nonzero(left_out))
    return total(count, rows_of([add_up(buffers.views(at), scaling)]), scaling)


def _sample(shape: tuple[int, ...], pixels: int) -> Iterator[Band]:
    """Pieces that make at most `pixels` pixels together, whole rows where rows are short."""
    width, height = shape[-1], math.prod(shape[:-1])
    count = min(SAMPLE_PIECES, pixels)
    columns = min(width, pixels // count)
    rows = min(height, pixels // count // columns)
    for k in range(count):
        row = int((k + 0.5) * GOLDEN % 1 * (height - rows + 1))
        column = int((k + 0.5) * SILVER % 1 * (width - columns + 1))
        yield Band(row, column, rows, columns, row * width + column, rows * columns)


def _needs_offsets(sums: Sums) -> bool:
    """Whether a mean is so far from zero that squares lose digits; false where a sum is not finite."""
    n, d = sums.count, sums.w - sums.u
    return any(
        mean_part > FAR * (square - mean_part)
        for mean_part, square in (
            (sums.u * sums.u / n, sums.uu),
            (sums.w * sums.w / n, sums.ww),
            (d * d / n, sums.dd),
        )
    )


def count_non_finite(
    reference: Pixels,
    candidate: Pixels,
    suspects: Sequence[Band],
    selection: PixelSelection,
    buffers: Buffers,
) -> tuple[NonFinite, NonFinite]:
    """Count the pixels that are not finite in the bands whose sums are not."""
    found = [NonFinite(0, None), NonFinite(0, None)]
    for band in suspects:
        views = buffers.views(band.pixels)
        left_out = load(reference, candidate, band, selection, views.reference, views.candidate)
        for number, pixels in enumerate((views.reference, views.candidate)):
            pixels.sub_(pixels)  # leaves NaN of what is not finite, and 0 of all else
            drop(left_out, pixels)
            count = int(torch.count_nonzero(pixels))
            if count:
                before = found[number]
                first = band.start + int(pixels.argmax()) if before.first is None else before.first
                found[number] = NonFinite(before.count + count, first)
    return found[0], found[1]


def survey(pixels: Pixels, selection: PixelSelection, buffers: Buffers) -> Survey:
    """Measure one image without overflow and underflow, in two passes; all its pixels are finite."""
    low, high, count = math.inf, -math.inf, 0
    totals = []
    for values, left_out in _loaded(pixels, selection, buffers):
        count += values.numel()
        drop(left_out, values)
        totals.append(float(values.sum()))
        if left_out is None:
            band_low, band_high = torch.aminmax(values)
        else:
            count -= int(torch.count_nonzero(left_out))
            band_low = values.masked_fill_(left_out, math.inf).amin()
            band_high = values.masked_fill_(left_out, -math.inf).amax()
        low, high = min(low, float(band_low)), max(high, float(band_high))
    middle = low / 2 + high / 2
    scale = power_of_two(high / 2 - low / 2)
    sums, squares = [], []
    for values, left_out in _loaded(pixels, selection, buffers):
        values.sub_(middle).mul_(scale)
        drop(left_out, values)
        sums.append(float(values.sum()))
        squares.append(float(torch.dot(values, values)))
    mean = math.fsum(sums) / count
    variance = max(0.0, math.fsum(squares) / count - mean * mean)
    mean = middle + mean / scale
    total = rounded_once(totals)
    if not math.isfinite(total):
        total = mean * count
    return Survey(low, high, mean, math.sqrt(variance) / scale, total)


def _loaded(
    pixels: Pixels, selection: PixelSelection, buffers: Buffers
) -> Iterator[tuple[Tensor, Tensor | None]]:
    for band in bands(pixels.shape):
        values = buffers.views(band.pixels).reference
        left_out = selection.left_out(band, values)
        pixels.fill(band, values)
        yield values, left_out


def power_of_two(size: float) -> float:
    """The power of two that brings `size` near 1; 1 for zero."""
    if size == 0 or not math.isfinite(size):
        return 1.0
    exponent = -math.frexp(size)[1]
    return math.ldexp(1.0, max(-SCALE_EXPONENT_LIMIT, min(SCALE_EXPONENT_LIMIT, exponent)))


def plan_from_survey(reference: Survey, candidate: Survey) -> Scaling:
    """Scales and offsets that bring each image to mean 0 and deviation near 1, and a constant one to 0."""
    # a constant image is scaled by its value, and one of zeros like the other
    reference_scale = power_of_two(reference.deviation or abs(reference.mean) or candidate.deviation)
    candidate_scale = power_of_two(candidate.deviation or abs(candidate.mean) or reference.deviation)
    return Scaling(
        reference_scale=reference_scale,
        candidate_scale=candidate_scale,
        reference_offset=reference.mean * reference_scale,
        candidate_offset=candidate.mean * candidate_scale,
    )

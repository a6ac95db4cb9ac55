"""How an image that fails is related to its reference: turned, mirrored, moved, scaled, or of other bytes.

Turns and moves are tried on a sample of the pixels, so that this takes no longer than the comparison.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bisect_parity.parity.torch_import import torch
from bisect_parity.parity.verdict import CheckVerdict
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from bisect_parity.config import Thresholds
    from bisect_parity.parity.images import Image
    from bisect_parity.parity.model import Moments
    from bisect_parity.parity.verdict import Comparison

SAMPLE_PIXELS = 2**18
CROP = 1024  # rows and columns in the middle, in which a move is looked for
SMALL = 1e-3  # a difference from nothing, as a share, that is not worth a word
# row and column of the reference that a pixel of the candidate shows, of images with h rows and w columns
TURNS: dict[str, Callable[[Tensor, Tensor, int, int], tuple[Tensor, Tensor]]] = {
    "transposed": lambda row, column, _h, _w: (column, row),
    "mirrored, top to bottom": lambda row, column, h, _w: (h - 1 - row, column),
    "mirrored, left to right": lambda row, column, _h, w: (row, w - 1 - column),
    "turned by 180 degrees": lambda row, column, h, w: (h - 1 - row, w - 1 - column),
    "turned by 90 degrees": lambda row, column, _h, w: (column, w - 1 - row),
    "turned by 270 degrees": lambda row, column, h, _w: (h - 1 - column, row),
    "transposed along the other diagonal": lambda row, column, h, w: (h - 1 - column, w - 1 - row),
}


def relation_lines(
    comparison: Comparison, limits: Thresholds, reference: Image, candidate: Image
) -> list[str]:
    """How a bad candidate is related to its reference, a sentence an item; none where it is good."""
    moments = comparison.moments
    if comparison.verdict is not CheckVerdict.BAD or moments is None:
        return []
    if abs(moments.correlation or 0.0) >= limits.correlation_min:
        return list(filter(None, [scale_text(moments)]))
    if reference.layout.is_complex or candidate.layout.is_complex:
        return []
    return relations(reference.data, candidate.data, limits.correlation_min)


def scale_text(moments: Moments) -> str:
    """The straight line that relates the pixels of two images with |r| near 1, by least squares; or ""."""
    reference, candidate = moments.reference, moments.candidate
    figures = (reference.mean, candidate.mean, reference.deviation, candidate.deviation)
    mean, other_mean, deviation, other_deviation = (figure or 0.0 for figure in figures)
    if None in figures or not deviation:
        return ""
    factor = (moments.correlation or 0.0) * other_deviation / deviation
    offset = other_mean - factor * mean
    if abs(offset) <= SMALL * other_deviation:
        line = f"{factor:.7g} times the reference"
    elif math.isclose(factor, 1, rel_tol=SMALL):
        line = f"the reference plus {offset:.7g}"
    else:
        line = f"{factor:.7g} times the reference plus {offset:.7g}"
    return f"By least squares, the candidate is {line}."


def relations(reference: Tensor, candidate: Tensor, least: float) -> list[str]:
    """What is to be done to the reference to get the candidate, as far as that is simple.

    Args:
        reference, candidate: images of real pixels, of one shape; only those of two axes (rows, columns) can
            be turned or moved.
        least: Pearson correlation from which two images count as the same.

    Returns:
        a sentence an item; none where nothing simple relates them.
    """
    if candidate.shape != reference.shape:
        return []
    at = _sample(reference.numel())
    expected, shown = reference.reshape(-1)[at], candidate.reshape(-1)[at]
    if _correlation(expected, _swapped(shown)) >= least:
        return ["Read in the other byte order, the candidate is like the reference (--byte-order)."]
    if reference.dim() != 2:
        return []
    ways = (*_turned(reference, shown, at), *_moved(reference, candidate, at))
    how, r = max(ways, key=lambda way: way[1], default=("", 0.0))
    return [f"The candidate is like the reference {how}: correlation {r:.10g}."] if r >= least else []


def _sample(count: int) -> Tensor:
    """Positions in a flattened image: all, or as many as tell enough, drawn with a fixed seed."""
    if count <= SAMPLE_PIXELS:
        return torch.arange(count)
    return torch.randint(count, (SAMPLE_PIXELS,), generator=torch.Generator().manual_seed(1))


def _correlation(one: Tensor, other: Tensor) -> float:
    """Pearson's r of two lists of pixels; 0 where there is none."""
    first, second = one.double(), other.double()
    first, second = first - first.mean(), second - second.mean()
    r = float((first * second).sum() / (first.norm() * second.norm()))
    return r if math.isfinite(r) else 0.0


def _swapped(pixels: Tensor) -> Tensor:
    """Pixels with their bytes in the other order."""
    octets = pixels.contiguous().view(torch.uint8).reshape(-1, pixels.element_size())
    return octets.flip(-1).contiguous().view(pixels.dtype).reshape(pixels.shape)


def _turned(reference: Tensor, shown: Tensor, at: Tensor) -> Iterator[tuple[str, float]]:
    """How the image may be turned or mirrored, with the correlation then."""
    height, width = reference.shape
    row, column = at // width, at % width
    for name, turn in TURNS.items():
        from_row, from_column = turn(row, column, height, width)
        if int(from_row.max()) < height and int(from_column.max()) < width:
            yield name, _correlation(reference[from_row, from_column], shown)


def _moved(reference: Tensor, candidate: Tensor, at: Tensor) -> Iterator[tuple[str, float]]:
    """By how many whole pixels the image may be moved, with the correlation of what both then show."""
    height, width = reference.shape
    crops = [_middle(image) for image in (reference, candidate)]
    spectrum = torch.fft.rfft2(crops[0]).conj() * torch.fft.rfft2(crops[1])
    extents = crops[0].shape
    peak = int(torch.fft.irfft2(spectrum, s=tuple(extents)).nan_to_num().argmax())
    places = zip(divmod(peak, extents[1]), extents, strict=True)
    down, right = (step - extent if step > extent // 2 else step for step, extent in places)
    row, column = at // width, at % width
    from_row, from_column = row - down, column - right
    inside = (from_row >= 0) & (from_row < height) & (from_column >= 0) & (from_column < width)
    expected = reference[from_row[inside], from_column[inside]]
    if expected.numel() > 1:
        r = _correlation(expected, candidate[row[inside], column[inside]])
        yield f"moved by {counted(down, 'row')} and {counted(right, 'column')}", r


def _middle(image: Tensor) -> Tensor:
    """The middle of an image, less its mean."""
    top, left = (max(extent - CROP, 0) // 2 for extent in image.shape)
    crop = image[top : top + CROP, left : left + CROP].double()
    return crop - crop.mean()

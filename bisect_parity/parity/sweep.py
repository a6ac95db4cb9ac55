"""One pass over both images: five sums of each band, in float64.

With x and y the pixels of reference and candidate, the sums are those of

    u = s_x x - a        w = s_y y - b        u^2        w^2        (w - u)^2

Differences between the images are summed as such, and not lost in the rounding of much larger sums. The
scales s are powers of two, so that they round nothing; scales of 1 and offsets a and b of 0 are the fastest.

Sums of squares are dot products of BLAS, which are the fastest and right to 1e-16 on measured pixels. Where
many pixels are equal, though, adding them one after the other rounds them all to the same side, and is off by
1e-13: there, squares are made in place and added up by the pairwise sum of torch.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen

from bisect_parity.parity.pixels import BAND_PIXELS, Band, Pixels, bands
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from bisect_parity.parity.layout import Rectangle

__all__ = ["Buffers", "Plan", "Selection", "Sums", "Watch", "sweep"]


@frozen
class Plan:
    """What is done to the pixels before they are squared; the default is nothing.

    Attributes:
        reference_scale, candidate_scale: powers of two.
        reference_offset, candidate_offset: taken off each scaled image.
        pairwise: add up squares pairwise.
    """

    reference_scale: float = 1.0
    candidate_scale: float = 1.0
    reference_offset: float = 0.0
    candidate_offset: float = 0.0
    pairwise: bool = False

    def apply(self, u: Tensor, w: Tensor) -> None:
        """Scale and shift a band of each image in place."""
        if self.reference_scale != 1:
            u.mul_(self.reference_scale)
        if self.candidate_scale != 1:
            w.mul_(self.candidate_scale)
        if self.reference_offset:
            u.sub_(self.reference_offset)
        if self.candidate_offset:
            w.sub_(self.candidate_offset)


@frozen
class Sums:
    """The sums over all bands, and where they are not finite.

    Attributes:
        count: pixels that were counted.
        u, w, uu, ww, dd: as in the head of this module, dd of (w - u)^2; NaN if there are suspects.
        suspects: bands whose sums are not finite.
    """

    count: int
    u: float
    w: float
    uu: float
    ww: float
    dd: float
    suspects: tuple[Band, ...] = field(repr=False)


class Watch(Protocol):
    """Looks at the bands as they pass by."""

    def look(
        self, band: Band, reference: Tensor, candidate: Tensor, difference: Tensor, left_out: Tensor | None
    ) -> None:
        """Look at one band: float64 tensors of `band.count`, all zero at pixels that are left out."""


class Selection:
    """Which pixels count: those of a mask image that are not zero, inside at least one rectangle.

    Args:
        shape: of the images.
        mask: None counts every pixel.
        rectangles: (first row, end row, first column, end column) each; none means the whole image.
    """

    def __init__(
        self, shape: tuple[int, ...], mask: Pixels | None = None, rectangles: tuple[Rectangle, ...] = ()
    ) -> None:
        self._height = shape[-2] if len(shape) > 1 else 1
        self._mask = mask
        self._rectangles = rectangles
        self._is_everything = mask is None and not rectangles

    def left_out(self, band: Band, buffer: Tensor) -> Tensor | None:
        """Which pixels of `band` do not count, as a boolean tensor of `band.count`; None if all count.

        Args:
            band: the band.
            buffer: float64, of `band.count`; overwritten.
        """
        if self._is_everything:
            return None
        if self._mask is None:
            return self._outside(band, buffer.device)
        self._mask.fill(band, buffer)
        masked = buffer == 0
        return masked.logical_or_(self._outside(band, buffer.device)) if self._rectangles else masked

    def _outside(self, band: Band, device: torch.device) -> Tensor:
        outside = torch.ones(band.rows, band.columns, dtype=torch.bool, device=device)
        rows = torch.arange(band.row, band.row + band.rows, device=device) % self._height
        for top, bottom, left, right in self._rectangles:
            first, end = max(0, left - band.column), max(0, right - band.column)
            outside[:, first:end] &= ((rows < top) | (rows >= bottom))[:, None]
        return outside.view(-1)


class Buffers:
    """The float64 buffers of one comparison, made once.

    Attributes:
        size: of each, in pixels.
        device: where they are.

    Args:
        shape: of the images.
        device: where the sums are made.
    """

    def __init__(self, shape: tuple[int, ...], device: torch.device) -> None:
        self.size = min(BAND_PIXELS, math.prod(shape))
        self.device = device
        self._u, self._w = torch.empty(2, self.size, dtype=torch.float64, device=device).unbind()
        self._spare: Tensor | None = None

    def load(
        self, reference: Pixels, candidate: Pixels, band: Band, selection: Selection
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Both images' pixels of `band`, and which are left out; these are not overwritten yet."""
        u, w = self._u[: band.count], self._w[: band.count]
        left_out = selection.left_out(band, u)
        reference.fill(band, u)
        candidate.fill(band, w)
        return u, w, left_out

    def spare(self, band: Band) -> Tensor:
        """A third buffer, of `band.count`; made where it is first asked for."""
        if self._spare is None:
            self._spare = torch.empty_like(self._u)
        return self._spare[: band.count]


def sweep(
    reference: Pixels,
    candidate: Pixels,
    plan: Plan,
    selection: Selection,
    buffers: Buffers,
    watches: Sequence[Watch] = (),
) -> Sums:
    """Add up both images; the watches see the pixels as they are."""
    pieces = list(bands(reference.shape))
    table = torch.zeros(len(pieces), 5, dtype=torch.float64, device=buffers.device)
    count = 0
    for band, row in zip(pieces, table, strict=True):
        u, w, left_out = buffers.load(reference, candidate, band, selection)
        count += band.count if left_out is None else band.count - int(left_out.sum())
        if watches:
            _drop(left_out, u, w)
            d = torch.sub(w, u, out=buffers.spare(band))
            for watch in watches:
                watch.look(band, u, w, d, left_out)
        plan.apply(u, w)
        _drop(left_out, u, w)
        torch.sum(u, 0, out=row[0])
        torch.sum(w, 0, out=row[1])
        if plan.pairwise:
            _square_pairwise(u, w, buffers.spare(band), row)
        else:
            _square(u, w, row)
    columns = table.cpu().T.tolist()
    suspects = tuple(_suspects(pieces, columns))
    # fsum rounds once, so that the order of the bands cannot show
    total_u, total_w, uu, ww, dd = (math.nan if suspects else math.fsum(column) for column in columns)
    return Sums(count, total_u, total_w, uu, ww, dd, suspects)


def _square(u: Tensor, w: Tensor, row: Tensor) -> None:
    torch.dot(u, u, out=row[2])
    torch.dot(w, w, out=row[3])
    w.sub_(u)
    torch.dot(w, w, out=row[4])


def _square_pairwise(u: Tensor, w: Tensor, d: Tensor, row: Tensor) -> None:
    torch.sub(w, u, out=d)
    for squared, place in ((u, 2), (w, 3), (d, 4)):
        torch.sum(squared.mul_(squared), 0, out=row[place])


def _drop(left_out: Tensor | None, *images: Tensor) -> None:
    if left_out is not None:
        for image in images:
            image.masked_fill_(left_out, 0)


def _suspects(pieces: list[Band], columns: list[list[float]]) -> Iterator[Band]:
    if all(math.isfinite(value) for column in columns for value in column):
        return
    for band, *values in zip(pieces, *columns, strict=True):
        if not all(math.isfinite(value) for value in values):
            yield band

"""One pass over both images: shifted sums and products of each band, in float64.

With x and y the pixels of reference and candidate, five sums are made of each band, over

    u = (s_x x - a) - shift        v = ((s_y y - b) - (s_x x - a)) - difference_shift

namely of u, v, u u, u v and v v. Differences between the images are summed as such, and not lost in the
rounding of much larger sums. The scales s are powers of two, so that they round nothing.
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
    """What is done to the pixels before they are multiplied; nothing at all is the fastest.

    Attributes:
        reference_scale, candidate_scale: powers of two.
        reference_offset, candidate_offset: taken off each scaled image before the difference is made.
        shift: taken off the reference after that.
        difference_shift: taken off the difference.
    """

    reference_scale: float = 1.0
    candidate_scale: float = 1.0
    reference_offset: float = 0.0
    candidate_offset: float = 0.0
    shift: float = 0.0
    difference_shift: float = 0.0

    @property
    def leaves_images(self) -> bool:
        """Whether differences are made of the pixels as they are."""
        return (self.reference_scale, self.candidate_scale, self.reference_offset, self.candidate_offset) == (
            1.0,
            1.0,
            0.0,
            0.0,
        )


@frozen
class Sums:
    """The sums over all bands, and where they are not finite.

    Attributes:
        count: pixels that were counted.
        u, v, uu, uv, vv: as in the head of this module; NaN if there are suspects.
        suspects: bands whose sums are not finite.
    """

    count: int
    u: float
    v: float
    uu: float
    uv: float
    vv: float
    suspects: tuple[Band, ...] = field(repr=False)


class Watch(Protocol):
    """Looks at the bands as they pass by."""

    def look(self, band: Band, reference: Tensor, difference: Tensor, left_out: Tensor | None) -> None:
        """Look at one band: float64 tensors of `band.count`; both are zero at pixels that are left out."""


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

    Args:
        shape: of the images.
        device: where the sums are made.
    """

    def __init__(self, shape: tuple[int, ...], device: torch.device) -> None:
        size = min(BAND_PIXELS, math.prod(shape))
        self.u = torch.empty(size, dtype=torch.float64, device=device)
        self.v = torch.empty_like(self.u)

    def load(
        self, reference: Pixels, candidate: Pixels, band: Band, selection: Selection
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Both images' pixels of `band` and which are left out; those are not overwritten yet."""
        u, v = self.u[: band.count], self.v[: band.count]
        left_out = selection.left_out(band, u)
        reference.fill(band, u)
        candidate.fill(band, v)
        return u, v, left_out


def sweep(
    reference: Pixels,
    candidate: Pixels,
    plan: Plan,
    selection: Selection,
    buffers: Buffers,
    watches: Sequence[Watch] = (),
) -> Sums:
    """Add up both images; the watches see the differences before the last shifts."""
    pieces = list(bands(reference.shape))
    table = torch.zeros(len(pieces), 5, dtype=torch.float64, device=buffers.u.device)
    count = 0
    for band, row in zip(pieces, table, strict=True):
        u, v, left_out = buffers.load(reference, candidate, band, selection)
        if not plan.leaves_images:
            u.mul_(plan.reference_scale).sub_(plan.reference_offset)
            v.mul_(plan.candidate_scale).sub_(plan.candidate_offset)
        v.sub_(u)
        _drop(u, v, left_out)
        for watch in watches:
            watch.look(band, u, v, left_out)
        if plan.shift or plan.difference_shift:
            _shift(u, v, plan)
            _drop(u, v, left_out)
        torch.sum(u, 0, out=row[0])
        torch.sum(v, 0, out=row[1])
        torch.dot(u, u, out=row[2])
        torch.dot(u, v, out=row[3])
        torch.dot(v, v, out=row[4])
        count += band.count if left_out is None else band.count - int(left_out.sum())
    columns = table.cpu().T.tolist()
    suspects = tuple(_suspects(pieces, columns))
    # fsum rounds once, so that the order of the bands cannot show
    u_, v_, uu, uv, vv = (math.nan if suspects else math.fsum(column) for column in columns)
    return Sums(count, u_, v_, uu, uv, vv, suspects)


def _drop(u: Tensor, v: Tensor, left_out: Tensor | None) -> None:
    if left_out is not None:
        u.masked_fill_(left_out, 0)
        v.masked_fill_(left_out, 0)


def _shift(u: Tensor, v: Tensor, plan: Plan) -> None:
    if plan.shift:
        u.sub_(plan.shift)
    if plan.difference_shift:
        v.sub_(plan.difference_shift)


def _suspects(pieces: list[Band], columns: list[list[float]]) -> Iterator[Band]:
    if all(math.isfinite(value) for column in columns for value in column):
        return
    for band, *values in zip(pieces, *columns, strict=True):
        if not all(math.isfinite(value) for value in values):
            yield band

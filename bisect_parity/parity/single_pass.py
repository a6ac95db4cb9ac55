"""One pass over the pixels of both images, a band at a time: see `sums` for what is added up."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from bisect_parity.parity.pixels import BAND_PIXELS, Band, Pixels, bands
from bisect_parity.parity.sums import Scaling, Sums, total
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from bisect_parity.parity.layout import Rectangle

PIECE_PIXELS = 2048  # a matrix product adds a part of them one after the other: see `sums`
PIECES_DIMENSIONS = 4  # band, piece, and the two of a matrix
BANDS_AT_ONCE = 64  # tensors of one number are a kilobyte each, and numbers are not


class Watch(Protocol):
    """Looks at the bands as they pass by."""

    def look(
        self, band: Band, reference: Tensor, candidate: Tensor, room: Tensor, left_out: Tensor | None
    ) -> None:
        """Look at one band.

        Args:
            band: where it is.
            reference, candidate: float64 tensors of `band.pixels`, both zero at pixels that are left out.
            room: another such tensor, to be overwritten.
            left_out: boolean, of the same length; None if all pixels count.
        """


class PixelSelection:
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
        self._room: Tensor | None = None

    def left_out(self, band: Band, buffer: Tensor) -> Tensor | None:
        """Which pixels of `band` do not count, as a boolean tensor of `band.pixels`; None if all count.

        The tensor is overwritten by the next call.

        Args:
            band: the band.
            buffer: float64, of `band.pixels`; overwritten.
        """
        if self._is_everything:
            return None
        if self._room is None or self._room.numel() < band.pixels:
            self._room = torch.empty(band.pixels, dtype=torch.bool, device=buffer.device)
        left_out = self._room[: band.pixels]
        if self._mask is None:
            left_out.fill_(False)
        else:
            self._mask.fill(band, buffer)
            torch.eq(buffer, 0, out=left_out)
        if self._rectangles:
            self._leave_out_outside(band, left_out.view(band.rows, band.columns))
        return left_out

    def _leave_out_outside(self, band: Band, left_out: Tensor) -> None:
        """Go through the edges of the rectangles: between two of them, all columns of a row are alike."""
        edges = {0, band.columns}
        for _, _, left, right in self._rectangles:
            edges |= {min(max(edge - band.column, 0), band.columns) for edge in (left, right)}
        rows = torch.arange(band.row, band.row + band.rows, device=left_out.device) % self._height
        for first, end in itertools.pairwise(sorted(edges)):
            outside = torch.ones(band.rows, dtype=torch.bool, device=left_out.device)
            for top, bottom, left, right in self._rectangles:
                if left - band.column <= first and end <= right - band.column:
                    outside &= (rows < top) | (rows >= bottom)
            left_out[:, first:end] |= outside[:, None]


@frozen
class Views:
    """The first pixels of both images' buffers: making new views for every band would cost as much as a dot.

    Attributes:
        pair: float64 tensor of (2, count).
        reference, candidate: its rows.
        pieces: the pair as matrices of (2, `PIECE_PIXELS`), and what is left over as one more; each batch
            with its transpose.
    """

    pair: Any
    reference: Any
    candidate: Any
    pieces: tuple[tuple[Any, Any], ...]

    @classmethod
    def of(cls, pair: Tensor) -> Views:
        """The views of the first pixels of a pair of buffers."""
        whole = pair.shape[1] // PIECE_PIXELS
        body, rest = pair[:, : whole * PIECE_PIXELS], pair[:, whole * PIECE_PIXELS :]
        batches = (body.view(2, whole, PIECE_PIXELS).transpose(0, 1), rest.unsqueeze(0))
        pieces = tuple((batch, batch.mT) for batch in batches if batch.numel())
        return cls(pair, pair[0], pair[1], pieces)


class Buffers:
    """The float64 buffers of one comparison, made once: what is made again for each band scatters the heap.

    Attributes:
        size: of each, in pixels.
        device: where they are.
    """

    def __init__(self, shape: tuple[int, ...], device: torch.device) -> None:
        self.size = min(BAND_PIXELS, math.prod(shape))
        self.device = device
        self._pair = torch.empty(2, self.size, dtype=torch.float64, device=device)
        self._spare: Tensor | None = None
        self._views: dict[int, Views] = {}

    def views(self, count: int) -> Views:
        """Views of the first `count` pixels."""
        if count not in self._views:
            self._views[count] = Views.of(self._pair[:, :count])
        return self._views[count]

    def spare(self, count: int) -> Tensor:
        """A third buffer, of `count` pixels; made where it is first asked for."""
        if self._spare is None:
            self._spare = torch.empty_like(self._pair[0])
        return self._spare[:count]


def load(
    reference: Pixels, candidate: Pixels, band: Band, selection: PixelSelection, u: Tensor, w: Tensor
) -> Tensor | None:
    """Fill `u` and `w` with the pixels of `band`, and return which are left out, still untouched."""
    left_out = selection.left_out(band, u)
    reference.fill(band, u)
    candidate.fill(band, w)
    return left_out


def show(
    watch: Watch,
    band: Band,
    reference: Pixels,
    candidate: Pixels,
    selection: PixelSelection,
    buffers: Buffers,
) -> None:
    """Show one band to a watch."""
    views = buffers.views(band.pixels)
    u, w = views.reference, views.candidate
    left_out = load(reference, candidate, band, selection, u, w)
    drop(left_out, u, w)
    watch.look(band, u, w, buffers.spare(band.pixels), left_out)


def sweep(
    reference: Pixels,
    candidate: Pixels,
    scaling: Scaling,
    selection: PixelSelection,
    buffers: Buffers,
    watches: Sequence[Watch] = (),
) -> Sums:
    """Add up both images; the watches see the pixels as they are."""
    # little is done here for each band: after it has passed, the interpreter finds its caches emptied
    tally = _Tally(scaling)
    keeps_pixels = scaling.keeps_pixels
    count = math.prod(reference.shape)
    for band in bands(reference.shape):
        views = buffers.views(band.pixels)
        u, w = views.reference, views.candidate
        left_out = load(reference, candidate, band, selection, u, w)
        if left_out is not None:
            count -= int(torch.count_nonzero(left_out))
            drop(left_out, u, w)
        for watch in watches:
            watch.look(band, u, w, buffers.spare(band.pixels), left_out)
        if not keeps_pixels:
            scaling.apply(u, w)
            drop(left_out, u, w)
        tally.add(band, add_up(views, scaling))
    return tally.sums(count)


class _Tally:
    """The sums of all bands; their numbers are brought over from the device some bands at a time."""

    def __init__(self, scaling: Scaling) -> None:
        self._scaling = scaling
        self._waiting: dict[int, list[tuple[Band, tuple[Tensor, ...]]]] = {}
        self._rows: list[list[float]] = []
        self._suspects: list[Band] = []

    def add(self, band: Band, parts: tuple[Tensor, ...]) -> None:
        """Add what `add_up` made of a band."""
        waiting = self._waiting.setdefault(band.pixels, [])
        waiting.append((band, parts))
        if len(waiting) == BANDS_AT_ONCE:
            self._settle()

    def _settle(self) -> None:
        for waiting in self._waiting.values():
            rows = rows_of([parts for _, parts in waiting])
            for (band, _), row in zip(waiting, rows, strict=True):
                if not all(map(math.isfinite, row)):
                    self._suspects.append(band)
            self._rows += rows
        self._waiting = {}

    def sums(self, count: int) -> Sums:
        """The sums over all bands, of `count` pixels that were not left out."""
        self._settle()
        if self._suspects:
            suspects = tuple(sorted(self._suspects, key=lambda band: band.start))
            return Sums(count, math.nan, math.nan, math.nan, math.nan, math.nan, suspects)
        return total(count, self._rows, self._scaling)


def add_up(views: Views, scaling: Scaling) -> tuple[Tensor, ...]:
    """What `rows_of` makes the sums of a band of; the greater image is overwritten by the difference."""
    sums = torch.sum(views.pair, 1)
    if scaling.candidate_is_smaller:
        views.reference.sub_(views.candidate)
    else:
        views.candidate.sub_(views.reference)
    return (sums, *(torch.bmm(batch, transposed) for batch, transposed in views.pieces))


def rows_of(bands_parts: Sequence[tuple[Tensor, ...]]) -> list[list[float]]:
    """The numbers of some bands of one length, as `total` wants them; pieces are added up for each band."""
    columns = [torch.stack(column) for column in zip(*bands_parts, strict=True)]
    added = [column.sum(1) if column.dim() == PIECES_DIMENSIONS else column for column in columns]
    rows: list[list[float]] = torch.cat([column.reshape(len(column), -1) for column in added], 1).tolist()
    return rows


def drop(left_out: Tensor | None, *images: Tensor) -> None:
    """Set the pixels that are left out to zero."""
    if left_out is not None:
        for image in images:
            image.masked_fill_(left_out, 0)

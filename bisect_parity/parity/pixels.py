"""Where the kernel gets its pixels from, a band at a time, as float64 in a buffer that is reused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from bisect_parity.parity.layout import DTYPE_BYTES, Fault, ImageError
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

__all__ = ["BAND_PIXELS", "Band", "Pixels", "TensorPixels", "bands"]

BAND_PIXELS = (
    128 * 1024
)  # two float64 buffers of it are 2 MiB: less is slower to start, more spills the caches


@frozen
class Band:
    """A piece of the image: whole rows, or a part of one row that is longer than `BAND_PIXELS`.

    An image of N axes is taken as rows of its last axis.

    Attributes:
        row, column: where it begins.
        rows, columns: how far it reaches.
        start: index of its first pixel in the flattened image.
    """

    row: int
    column: int
    rows: int
    columns: int
    start: int

    @property
    def count(self) -> int:
        """Pixels in the band."""
        return self.rows * self.columns


def bands(shape: tuple[int, ...]) -> Iterator[Band]:
    """Cut an image into bands that depend on nothing but its shape."""
    columns = shape[-1]
    rows = math.prod(shape[:-1])
    if columns > BAND_PIXELS:
        for row in range(rows):
            for column in range(0, columns, BAND_PIXELS):
                yield Band(row, column, 1, min(BAND_PIXELS, columns - column), row * columns + column)
        return
    step = BAND_PIXELS // columns
    for row in range(0, rows, step):
        yield Band(row, 0, min(step, rows - row), columns, row * columns)


class Pixels(Protocol):
    """The pixels of one image."""

    shape: tuple[int, ...]

    def fill(self, band: Band, buffer: Tensor) -> None:
        """Write the pixels of `band` to `buffer`, a contiguous float64 tensor of `band.count`."""


class TensorPixels:
    """The pixels of a tensor of real numbers, of any strides, on any device.

    Raises:
        ImageError: the tensor holds something else.
    """

    def __init__(self, tensor: Tensor) -> None:
        name = str(tensor.dtype).removeprefix("torch.")
        if name not in DTYPE_BYTES or tensor.layout != torch.strided:
            raise ImageError(Fault.DTYPE, f"pixels of type {name} are not supported", "Save real numbers.")
        if tensor.dim() == 0 or tensor.numel() == 0:
            raise ImageError(Fault.SHAPE, f"the shape {tuple(tensor.shape)} holds no pixels")
        self.shape = tuple(tensor.shape)
        rows = tensor.detach().reshape(-1, self.shape[-1])
        self._rows = rows
        self._flat = rows.view(-1) if rows.is_contiguous() else None

    def fill(self, band: Band, buffer: Tensor) -> None:
        """See `Pixels`."""
        if self._flat is not None:
            buffer.copy_(self._flat[band.start : band.start + band.count])
            return
        columns = slice(band.column, band.column + band.columns)
        piece = self._rows[band.row : band.row + band.rows, columns]
        buffer.view(band.rows, band.columns).copy_(piece)

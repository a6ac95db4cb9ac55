"""Where the kernel gets its pixels from, a band at a time, as float64 in a buffer that is reused."""

from __future__ import annotations

import math
import os
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bisect_parity.parity.layout import DTYPE_BYTES, Fault, ImageError, PixelLayout, Stamp
from bisect_parity.parity.torch_import import torch

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterator
    from pathlib import Path

    from torch import Tensor

    from bisect_parity.parity.layout import Role

MOST_PIECES = 1024  # of a kilobyte each
BAND_PIXELS = 128 * 1024  # three float64 buffers of it are 3 MiB; smaller ones cost more calls


class Band(NamedTuple):
    """A piece of the image: whole rows, or a part of one row that is longer than `BAND_PIXELS`.

    An image of N axes is taken as rows of its last axis.

    Attributes:
        row, column: where it begins.
        rows, columns: how far it reaches.
        start: index of its first pixel in the flattened image.
        pixels: in it.
    """

    row: int
    column: int
    rows: int
    columns: int
    start: int
    pixels: int


def bands(shape: tuple[int, ...]) -> Iterator[Band]:
    """Cut an image into bands that depend on nothing but its shape."""
    columns = shape[-1]
    rows = math.prod(shape[:-1])
    if columns > BAND_PIXELS:
        for row in range(rows):
            for column in range(0, columns, BAND_PIXELS):
                count = min(BAND_PIXELS, columns - column)
                yield Band(row, column, 1, count, row * columns + column, count)
        return
    step = _greatest_band(shape) // columns
    for row in range(0, rows, step):
        count = min(step, rows - row)
        yield Band(row, 0, count, columns, row * columns, count * columns)


def _greatest_band(shape: tuple[int, ...]) -> int:
    """How many pixels the bands of an image have, except the last ones."""
    columns = shape[-1]
    return BAND_PIXELS if columns > BAND_PIXELS else BAND_PIXELS // columns * columns


class Pixels(Protocol):
    """The pixels of one image."""

    shape: tuple[int, ...]

    def fill(self, band: Band, buffer: Tensor) -> None:
        """Write the pixels of `band` to `buffer`, a contiguous float64 tensor of `band.pixels`."""


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
        self._step = _greatest_band(self.shape)
        self._pieces: tuple[Tensor, ...] = ()  # made together, views take a tenth of what each takes alone
        if self._flat is not None and self._flat.numel() <= MOST_PIECES * self._step:
            self._pieces = self._flat.split(self._step)  # type: ignore[no-untyped-call]

    def fill(self, band: Band, buffer: Tensor) -> None:
        """See `Pixels`."""
        if self._pieces and band.pixels == self._step and not band.start % self._step:
            buffer.copy_(self._pieces[band.start // self._step])
            return
        if self._flat is not None:
            buffer.copy_(self._flat[band.start : band.start + band.pixels])
            return
        columns = slice(band.column, band.column + band.columns)
        piece = self._rows[band.row : band.row + band.rows, columns]
        buffer.view(band.rows, band.columns).copy_(piece)


class FilePixels:
    """The pixels of a file in which they lie as they are, read a band at a time into one buffer.

    Reading costs no more than mapping the file into memory, keeps the process small, and a file that gets
    shorter meanwhile ends in an error: a mapping would end the process.

    Args:
        path: the file.
        layout: where the pixels lie in it.
        stamp: the file as it was when its header was read.
        shape: of the rows; the reverse of the layout's for an image in Fortran order.
        role: which image it is, for errors.

    Raises:
        ImageError: the file cannot be opened, or is another one by now.
    """

    def __init__(
        self, path: Path, layout: PixelLayout, stamp: Stamp, shape: tuple[int, ...], role: Role | None = None
    ) -> None:
        self.shape = shape
        self._role = role
        self._path = path
        self._layout = layout
        self._item = DTYPE_BYTES[layout.dtype]
        self._swaps = _swaps(layout)
        self._bytes = bytearray(min(BAND_PIXELS, math.prod(shape)) * self._item)
        self._view = memoryview(self._bytes)
        self._pixels = torch.frombuffer(self._bytes, dtype=_torch_dtype(layout))
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise self._error(f"cannot read {path}: {error.strerror}") from error
        if Stamp.of(os.fstat(self._descriptor)) != stamp:
            self.close()
            raise self._error(f"{path} changed before it was read")

    def fill(self, band: Band, buffer: Tensor) -> None:
        """See `Pixels`.

        Raises:
            ImageError: the file became shorter, or the disk failed.
        """
        self._read(self._layout.offset + band.start * self._item, band.pixels * self._item)
        if self._swaps:
            self._pixels.untyped_storage().byteswap(self._pixels.dtype)  # type: ignore[no-untyped-call]
        pixels = self._pixels
        if pixels.numel() != band.pixels:
            pixels = pixels[: band.pixels]
        if self._layout.dtype == "bool":
            torch.ne(pixels, 0, out=buffer)
        else:
            buffer.copy_(pixels)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _read(self, offset: int, count: int) -> None:
        done = 0
        try:
            while done < count:
                got = os.preadv(self._descriptor, [self._view[done:count]], offset + done)
                if not got:
                    raise self._error(f"{self._path} became shorter while it was being read")
                done += got
        except OSError as error:
            raise self._error(f"cannot read {self._path}: {error.strerror}") from error

    def _error(self, message: str) -> ImageError:
        remedy = "Wait until it is written, and compare again."
        return ImageError(Fault.UNREADABLE, message, remedy, role=self._role)


def tensor_of_buffer(buffer: bytearray | mmap.mmap, layout: PixelLayout, offset: int = 0) -> Tensor:
    """A tensor over pixels in memory, which are taken over, and copied only where the byte order asks for it.

    Args:
        buffer: holds the pixels from `offset` on; may be written to.
        layout: their shape, type and order.
        offset: in bytes.
    """
    flat = torch.frombuffer(buffer, dtype=_torch_dtype(layout), count=math.prod(layout.shape), offset=offset)
    if _swaps(layout):
        flat = flat.clone()
        flat.untyped_storage().byteswap(flat.dtype)  # type: ignore[no-untyped-call]
    if layout.dtype == "bool":
        flat = flat != 0
    if layout.fortran_order:
        return flat.view(layout.shape[::-1]).permute(*range(len(layout.shape) - 1, -1, -1))
    return flat.view(layout.shape)


def _torch_dtype(layout: PixelLayout) -> torch.dtype:
    # a byte of a boolean image may hold more than 0 and 1, which torch.bool does not bear
    dtype: torch.dtype = getattr(torch, "uint8" if layout.dtype == "bool" else layout.dtype)
    return dtype


def _swaps(layout: PixelLayout) -> bool:
    return layout.byte_order != sys.byteorder and DTYPE_BYTES[layout.dtype] > 1

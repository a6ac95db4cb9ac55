"""Opening images: what they are is read and checked here, their pixels only when they are asked for."""

from __future__ import annotations

import math
import mmap
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from bisect_parity.parity.image_formats import HEAD_BYTES, find_reader
from bisect_parity.parity.layout import (
    COMPLEX_PARTS,
    Fault,
    ImageError,
    ImageSpec,
    PixelLayout,
    Stamp,
    count_pixels,
    shape_text,
)

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Fault", "Image", "ImageError", "ImageSpec", "open_image", "parse_location"]

MOST_PLANES = 64  # of a sheet
MOST_SHEET_PIXELS = 2**24
READ_AHEAD_BYTES = 128 * 2**20


@frozen
class Image:
    """An image whose header was read and checked; its pixels are read when they are asked for.

    Attributes:
        path: the file.
        layout: where and how the pixels lie in it.
        stamp: the file as it was when it was opened.
    """

    path: Path
    layout: PixelLayout
    stamp: Stamp = field(repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Pixels along each axis, slowest first."""
        return self.layout.shape

    @property
    def dtype(self) -> str:
        """Pixel type, such as "float32"."""
        return self.layout.dtype

    @property
    def description(self) -> str:
        """Format, pixel type and shape, for people."""
        return self.layout.description

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed."""
        return self.layout.notes

    @property
    def data(self) -> Tensor:
        """The pixels as a tensor of `shape`: memory-mapped, and private to us, where the format allows.

        Raises:
            ImageError: the file changed since it was opened, or cannot be read.
        """
        self.check_unchanged()
        if self.layout.decode is not None:
            pixels: Tensor = self.layout.decode()
        else:
            from bisect_parity.parity.pixels import tensor_of_buffer  # noqa: PLC0415 - torch is slow to import

            with self.path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
            pixels = tensor_of_buffer(mapped, self.layout, self.layout.offset)
        self.check_unchanged()
        return pixels

    def sheet(self) -> Tensor:
        """The image as one plane of floats, for people to look at: shape (rows, columns).

        Planes of more than two axes lie side by side, read like lines of text; of too many, the greatest
        pixel of neighbouring ones is taken. Of complex pixels, the amplitudes.

        Raises:
            ImageError: as `data`.
        """
        pixels = self.data
        if self.layout.is_complex:
            pixels = pixels.double().square().sum(-1).sqrt()
        planes = pixels.reshape(-1, *(1, *pixels.shape)[-2:])
        _, rows, columns = planes.shape
        most = max(1, min(MOST_PLANES, MOST_SHEET_PIXELS // (rows * columns)))
        if len(planes) == 1:
            return planes[0].float()
        step = -(-len(planes) // most)
        shown = [planes[at : at + step].float().amax(0) for at in range(0, len(planes), step)]
        wide = math.isqrt(len(shown) - 1) + 1
        sheet: Tensor = shown[0].new_zeros(-(-len(shown) // wide) * rows, wide * columns)
        for number, plane in enumerate(shown):
            row, column = divmod(number, wide)
            sheet[row * rows : (row + 1) * rows, column * columns : (column + 1) * columns] = plane
        return sheet

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was opened.

        Raises:
            ImageError: it was replaced, removed or written to.
        """
        try:
            now = Stamp.of(self.path.stat())
        except OSError as error:
            raise ImageError(
                Fault.UNREADABLE, f"{self.path} went away while it was being read: {error.strerror}"
            ) from error
        if now != self.stamp:
            raise ImageError(
                Fault.UNREADABLE,
                f"{self.path} changed while it was being read",
                "Wait until it is written, and compare again.",
            )


def open_image(path: Path, spec: ImageSpec | None = None) -> Image:
    """Read and check the header of an image.

    Args:
        path: a regular file, or a link to one.
        spec: what is known beforehand; a shape or pixel type given here must be that of the file.

    Raises:
        ImageError: the image is missing, empty, unreadable, damaged, or not as `spec` says.
    """
    asked = spec or ImageSpec()
    spec = asked.in_pairs()
    head, stamp = _look(path)
    layout = find_reader(path, head, spec.dataset).read(path, head, stamp.size, spec)
    count_pixels(layout.shape, layout.dtype, path)
    if layout.decode is None and layout.offset + layout.pixel_bytes > stamp.size:
        raise ImageError(
            Fault.DAMAGED,
            f"{path} is truncated: {stamp.size} bytes on disk, {layout.offset + layout.pixel_bytes} by its "
            f"header ({layout.description})",
            "Write it again.",
        )
    if spec.shape is not None and layout.shape != spec.shape:
        shapes = f"{shape_text(layout.shape)} pixels, not {shape_text(spec.shape)}"
        raise ImageError(Fault.SHAPE, f"{path} is {shapes}{_of_parts(layout)}")
    if spec.dtype is not None and layout.dtype != spec.dtype:
        raise ImageError(
            Fault.DTYPE, f"{path} holds {layout.dtype} pixels, not {spec.dtype}{_of_parts(layout)}"
        )
    if asked.dtype in COMPLEX_PARTS and not layout.is_complex:  # raw files do not say so themselves
        layout = evolve(layout, is_complex=True)
    return Image(path, layout, stamp)


def _of_parts(layout: PixelLayout) -> str:
    return " (its pixels are complex: real and imaginary part are an axis of 2)" if layout.is_complex else ""


def parse_location(text: str) -> tuple[Path, str | None]:
    """Split "FILE::DATASET"; a file that has such a name itself comes first."""
    whole = Path(text)
    if "::" not in text or whole.exists():
        return whole, None
    name, _, dataset = text.partition("::")
    return Path(name), dataset or None


def _look(path: Path) -> tuple[bytes, Stamp]:
    """The first bytes of a regular file that is not empty, and its stamp."""
    try:
        # O_NONBLOCK: a FIFO without a writer must not hold us up before it is refused
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageError(Fault.MISSING, f"{path} does not exist") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError(Fault.UNREADABLE, f"cannot read {path}: {reason}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            kind = "a directory" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
            raise ImageError(Fault.MISSING, f"{path} is {kind}, not a file", "Name an image file.")
        if status.st_size == 0:
            raise ImageError(Fault.MISSING, f"{path} is empty: nothing was written to it")
        _read_ahead(descriptor, status.st_size)
        return os.read(descriptor, HEAD_BYTES), Stamp.of(status)
    except OSError as error:
        raise ImageError(Fault.UNREADABLE, f"cannot read {path}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _read_ahead(descriptor: int, size: int) -> None:
    """Let the kernel read the file while torch is being imported."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, min(size, READ_AHEAD_BYTES), os.POSIX_FADV_WILLNEED)

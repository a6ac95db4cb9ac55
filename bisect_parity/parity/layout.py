"""Where the pixels of an image lie, without torch: shapes, pixel types, and errors with their fault."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, field, frozen

from bisect_parity.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    import os
    from pathlib import Path

Role = Literal["reference", "candidate", "mask"]
Rectangle = tuple[int, int, int, int]  # first row, end row, first column, end column

DTYPE_BYTES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "uint16": 2,
    "int16": 2,
    "float16": 2,
    "bfloat16": 2,
    "uint32": 4,
    "int32": 4,
    "float32": 4,
    "uint64": 8,
    "int64": 8,
    "float64": 8,
}
COMPLEX_PARTS = {"complex64": "float32", "complex128": "float64"}  # of the real and of the imaginary part
GREATEST_FILE_BYTES = 2**63 - 1  # off_t


class Fault(enum.Enum):
    """What is wrong with an image; the verdict depends on it (see `parity.verdict`).

    Attributes:
        MISSING: no image is where it should be: no file, an empty one, a folder, no such dataset in it.
        UNREADABLE: what is there is unknown: the disk fails, a package is not installed.
        DAMAGED: it is not an image, or not all of one.
        SHAPE, DTYPE: it is another one than was expected.
    """

    MISSING = "missing"
    UNREADABLE = "unreadable"
    DAMAGED = "damaged"
    SHAPE = "shape"
    DTYPE = "dtype"


class ImageError(EvidenceError):
    """An image cannot be used.

    Attributes:
        fault: what is wrong.
        role: which of the images it is; None until somebody who knows has said so.
    """

    def __init__(self, fault: Fault, message: str, remedy: str = "", role: Role | None = None) -> None:
        super().__init__(message, remedy)
        self.fault = fault
        self.role = role


def _known_dtype(_instance: object, _attribute: object, value: str | None) -> None:
    if value is not None and value not in (*DTYPE_BYTES, *COMPLEX_PARTS):
        raise UsageError(
            f"unknown pixel type {value!r}", f"Known: {', '.join((*DTYPE_BYTES, *COMPLEX_PARTS))}."
        )


def _usable_shape(_instance: object, _attribute: object, value: tuple[int, ...] | None) -> None:
    if value is not None and (not value or any(n < 1 for n in value)):
        raise UsageError(f"an image cannot have the shape {value}", "Every axis needs at least one pixel.")


@frozen
class ImageSpec:
    """What is known of an image beforehand; all of it is optional where the file says so itself.

    Attributes:
        shape: pixels along each axis, slowest first.
        dtype: pixel type, such as "float32"; complex ones are those of pairs, see `as_pairs`.
        byte_order: of raw files; other formats say theirs themselves.
        dataset: which image of a file that holds several: an HDF5 path, the name of a tensor or of an
            array, or the number of a frame.

    Raises:
        UsageError: an unknown pixel type, or an axis without pixels.
    """

    shape: tuple[int, ...] | None = field(default=None, validator=_usable_shape)
    dtype: str | None = field(default=None, validator=_known_dtype)
    byte_order: Literal["little", "big"] = "little"
    dataset: str | None = None

    def in_pairs(self) -> ImageSpec:
        """The same of the numbers that are compared: complex ones are pairs."""
        if self.dtype not in COMPLEX_PARTS:
            return self
        shape = None if self.shape is None else as_pairs(self.shape, self.dtype)[0]
        return evolve(self, shape=shape, dtype=COMPLEX_PARTS[self.dtype])


@frozen
class Stamp:
    """What changes when a file is replaced or written to."""

    device: int
    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@frozen
class PixelLayout:
    """The pixels of one image.

    Attributes:
        shape: pixels along each axis, slowest first.
        dtype: pixel type.
        description: format, pixel type and shape, for people.
        offset: bytes before the first pixel, where the pixels lie in the file as they are.
        byte_order: of the pixels in the file.
        fortran_order: the first axis varies fastest in the file.
        decode: reads the image into a tensor, where the pixels do not lie in the file as they are.
        notes: what was assumed.
        is_complex: the pixels are complex, and the last axis holds their parts.
    """

    shape: tuple[int, ...]
    dtype: str
    description: str
    offset: int = 0
    byte_order: Literal["little", "big"] = "little"
    fortran_order: bool = False
    decode: Callable[[], Any] | None = field(default=None, eq=False, repr=False)
    notes: tuple[str, ...] = ()
    is_complex: bool = False

    @property
    def pixel_bytes(self) -> int:
        """Bytes of all pixels together."""
        return math.prod(self.shape) * DTYPE_BYTES[self.dtype]


def as_pairs(shape: tuple[int, ...], dtype: str) -> tuple[tuple[int, ...], str]:
    """Shape and type of the real numbers in which an image is stored.

    Complex pixels are compared as pairs of real and imaginary part, along a last axis of two: then the
    correlation is that of all parts, and a wrong phase counts like a wrong amplitude.
    """
    return ((*shape, 2), COMPLEX_PARTS[dtype]) if dtype in COMPLEX_PARTS else (shape, dtype)


def count_pixels(shape: tuple[int, ...], dtype: str, where: str | Path) -> int:
    """Count the pixels of `shape`.

    Raises:
        ImageError: no pixels, or more bytes than any file can hold.
    """
    count = math.prod(shape)
    if not shape or min(shape) < 1:
        raise ImageError(Fault.SHAPE, f"{where}: the shape {shape_text(shape)} holds no pixels")
    if count * DTYPE_BYTES[dtype] > GREATEST_FILE_BYTES:
        raise ImageError(Fault.SHAPE, f"{where}: the shape {shape_text(shape)} is more than a file can hold")
    return count


def shape_text(shape: tuple[int, ...]) -> str:
    """`shape` for people, such as "4096 x 4096"."""
    return " x ".join(str(n) for n in shape) if shape else "()"

"""Raw images: nothing but pixels, so that shape and pixel type must be known, or guessed with a warning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from bisect_parity.parity.layout import (
    DTYPE_BYTES,
    Fault,
    ImageError,
    ImageSpec,
    PixelLayout,
    count_pixels,
    shape_text,
)

DEFAULT_DTYPE = "float32"
FOREIGN = (
    (b"\x89PNG\r\n\x1a\n", "a PNG"),
    (b"\xff\xd8\xff\xe0", "a JPEG"),
    (b"%PDF-", "a PDF"),
    (b"CDF\x01", "a netCDF file"),
    (b"CDF\x02", "a netCDF file"),
)


USUAL_DTYPES = ("float64", "float32", "float16", "int64", "int32", "uint16", "uint8")


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; without a shape, a square is taken where the size is exactly one.

    Raises:
        ImageError: the size on disk is not that of the shape, or no square.
    """
    for signature, name in FOREIGN:
        if head.startswith(signature):
            raise ImageError(
                Fault.DAMAGED, f"{path} is {name}, not measured pixels", "Convert it to .npy or .tif."
            )
    notes = []
    dtype = spec.dtype
    if dtype is None:
        dtype = DEFAULT_DTYPE
        notes.append(f"{path.name}: pixel type not given, {dtype} assumed")
    shape = spec.shape
    if shape is None:
        shape = _square(path, size, dtype)
        notes.append(f"{path.name}: shape not given, {shape_text(shape)} from its size")
    expected = count_pixels(shape, dtype, path) * DTYPE_BYTES[dtype]
    if expected != size:
        what = "truncated" if size < expected else "too long"
        count = count_pixels(shape, dtype, path)
        names = [name for name in USUAL_DTYPES if count * DTYPE_BYTES[name] == size]
        raise ImageError(
            Fault.DAMAGED,
            f"{path} is {what}: {size} bytes, and {shape_text(shape)} {dtype} takes {expected}",
            f"Check the shape and the pixel type{_fitting(names)}.",
        )
    order = "" if DTYPE_BYTES[dtype] == 1 else f" {spec.byte_order}-endian"
    text = f"raw{order} {dtype}, {shape_text(shape)}"
    return PixelLayout(shape, dtype, text, byte_order=spec.byte_order, notes=tuple(notes))


def _fitting(names: Sequence[str]) -> str:
    """What the size is right for, in brackets; empty without any."""
    return f" (it is as long as {' or '.join(names)} would be)" if names else ""


def _square(path: Path, size: int, dtype: str) -> tuple[int, int]:
    side = _side(size, dtype)
    if side is None:
        squares = ((name, _side(size, name)) for name in USUAL_DTYPES)
        fitting = [f"{at} x {at} {name}" for name, at in squares if at is not None]
        raise ImageError(
            Fault.UNREADABLE,
            f"{path}: {size} bytes are no square image of {dtype} pixels",
            f"Give --shape and --dtype{_fitting(fitting)}.",
        )
    return side, side


def _side(size: int, dtype: str) -> int | None:
    """The side of a square of so many bytes, in pixels; None where there is none."""
    count, rest = divmod(size, DTYPE_BYTES[dtype])
    side = math.isqrt(count)
    return side if not rest and side * side == count else None

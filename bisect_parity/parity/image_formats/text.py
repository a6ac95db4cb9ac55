"""Tables of numbers as text, one row of pixels a line, as numpy.savetxt and spreadsheets write them."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

from bisect_parity.parity.image_formats.arrays import in_memory
from bisect_parity.parity.layout import DTYPE_BYTES, Fault, ImageError, ImageSpec, PixelLayout

LARGEST_BYTES = 2**30
SEPARATORS = ";,"  # else blanks
COMMENT = "#"
ENCODING = "utf-8-sig"  # spreadsheets begin with a mark


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; the numbers take the pixel type that is wanted, float64 by default.

    A line that names the columns may come first, and comments begin with #. Where a shape is wanted, the
    numbers may be broken into lines in any other way.

    Raises:
        ImageError: it is no table of numbers, or too large to be one.
    """
    del head
    if size > LARGEST_BYTES:
        raise ImageError(
            Fault.UNREADABLE, f"{path} is text of {size} bytes: too much to be read", "Save it as .npy."
        )
    array = _typed(_table(path), spec.dtype)
    if spec.shape is not None and array.size == math.prod(spec.shape):
        array = array.reshape(spec.shape)
    return in_memory(array, "text", path)


def _table(path: Path) -> Any:
    import numpy as np  # noqa: PLC0415 - only where a table is read

    skipped, separator = _beginning(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a table without rows
            table = np.loadtxt(
                path, delimiter=separator, comments=COMMENT, skiprows=skipped, ndmin=1, encoding=ENCODING
            )
    except (ValueError, OSError) as error:
        raise ImageError(
            Fault.DAMAGED,
            f"{path} is text, but not a table of numbers: {str(error).partition(';')[0].rstrip('.'):.200}",
            "Name an image, or numbers in rows of one length, separated by blanks or commas.",
        ) from error
    if not table.size:
        raise ImageError(Fault.DAMAGED, f"{path} is text without any number")
    return table


def _beginning(path: Path) -> tuple[int, str | None]:
    """How many lines come before the first row of numbers, and what separates these; None for blanks."""
    with path.open(encoding=ENCODING, errors="replace") as lines:
        for number, line in enumerate(lines):
            text = line.partition(COMMENT)[0].strip()
            if text:
                separator = next((sign for sign in SEPARATORS if sign in text), None)
                are_names = not any(map(_is_number, text.split(separator)))
                return number + are_names, separator
    return 0, None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _typed(table: Any, dtype: str | None) -> Any:
    """The numbers in a pixel type, where it can hold them."""
    if dtype is None or dtype not in DTYPE_BYTES or dtype in ("bool", "bfloat16"):
        return table
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what does not fit gets another type
        typed = table.astype(dtype)
    return typed if dtype.startswith("float") or (typed == table).all() else table

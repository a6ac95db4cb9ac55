"""Files without a header that hold floating-point numbers, as simulations in C write them."""

from __future__ import annotations

import array
import math
import sys
from pathlib import Path

from bisect_parity.parity.layout import ImageSpec

DTYPES = (("float32", "f", 4), ("float64", "d", 8))  # the narrow one first: two of it look like one wide one
SAMPLE_BYTES = 1 << 16
FEWEST = 8  # numbers
LEAST, GREATEST = 1e-20, 1e20  # what floating-point numbers are between, and random bytes seldom
MOST_BEYOND = 0.01
OTHER_CONTENT = (b"\x1f\x8b", b"PK\x03\x04", b"\x89PNG", b"%PDF", b"SQLite format 3", b"\x80\x04", b"\x7fELF")


def raw_arrays(then: Path, now: Path) -> ImageSpec | None:
    """As what two files of one size can be compared, number by number; None where they hold something else.

    Args:
        then, now: regular files.

    Returns:
        one axis of float32 or float64, in the byte order of this machine.
    """
    try:
        size = then.stat().st_size
        if size != now.stat().st_size:
            return None
        samples = [sample for path in (then, now) for sample in _samples(path, size)]
    except OSError:
        return None
    if any(sample.startswith(OTHER_CONTENT) for sample in samples) or all(map(_is_text, samples)):
        return None
    for dtype, code, width in DTYPES:
        if (
            size % width == 0
            and size >= FEWEST * width
            and all(_is_plausible(one, code, width) for one in samples)
        ):
            return ImageSpec((size // width,), dtype, sys.byteorder)
    return None


def _samples(path: Path, size: int) -> list[bytes]:
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
        file.seek(size // 2 // 8 * 8)
        return [head, file.read(SAMPLE_BYTES)]


def _is_text(sample: bytes) -> bool:
    return b"\0" not in sample and all(byte >= 32 or byte in b"\t\n\r\x1b" for byte in sample[:1024])


def _is_plausible(sample: bytes, code: str, width: int) -> bool:
    numbers = array.array(code, sample[: len(sample) // width * width])
    beyond = sum(
        not (number == 0 or LEAST < abs(number) < GREATEST) and not math.isnan(number) for number in numbers
    )
    return beyond <= MOST_BEYOND * len(numbers)

"""FITS images, read without a library: cards of 80 characters, then big-endian pixels as they are.

The format is that of "Definition of the Flexible Image Transport System", version 4.0, sections 3 and 4.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from attrs import frozen

from bisect_parity.parity.image_formats.arrays import check_decoded_size, choose, in_memory, unpacked
from bisect_parity.parity.layout import Fault, ImageError, ImageSpec, PixelLayout, count_pixels, shape_text

BLOCK_BYTES = 2880
CARD_BYTES = 80
MOST_BLOCKS = 1000  # of one header, some 36,000 cards
MOST_UNITS = 1000
DTYPES = {8: "uint8", 16: "int16", 32: "int32", 64: "int64", -32: "float32", -64: "float64"}
UNSIGNED = {8: ("int8", -128.0), 16: ("uint16", 2.0**15), 32: ("uint32", 2.0**31), 64: ("uint64", 2.0**63)}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[ED][+-]?[0-9]+)?")
_CARD = re.compile(r"([A-Z0-9_-]{1,8}) *= *('(?:[^']|'')*'|[^/]*)")


@frozen
class _Unit:
    """One header of a file, and where its data lie.

    Attributes:
        cards: texts of values by keyword, without quotes.
        offset, size: of the data, in bytes.
        where: the file and the number of the unit, for errors.
    """

    cards: dict[str, str]
    offset: int
    size: int
    where: str

    def number(self, keyword: str, usual: float) -> float:
        """A number of the header."""
        text = self.cards.get(keyword, "")
        found = usual if not text else float(text.replace("D", "E")) if _NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(found):
            raise ImageError(Fault.DAMAGED, f"{self.where}: {keyword} is not a number, but {text!r:.60}")
        return found

    def whole(self, keyword: str, usual: int = 0) -> int:
        """A whole number of the header."""
        return int(self.number(keyword, usual))

    @property
    def bits(self) -> int:
        """Bits of a pixel; negative for floating point."""
        return self.whole("BITPIX")

    @property
    def shape(self) -> tuple[int, ...]:
        """Pixels along each axis, slowest first; empty where there are no data."""
        return tuple(self.whole(f"NAXIS{axis}") for axis in range(min(self.whole("NAXIS"), 999), 0, -1))

    @property
    def is_image(self) -> bool:
        """Whether the data are an image, and not a table."""
        kind = self.cards.get("XTENSION", "IMAGE").strip()
        return kind == "IMAGE" and bool(self.shape) and min(self.shape) > 0


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`; the dataset is the number of a header and data unit, counted from 0.

    Raises:
        ImageError: the file is damaged, or holds no image, or several and none was chosen.
    """
    del head
    with path.open("rb") as file:
        units = list(_units(file, size, path))
    images = {str(number): unit for number, unit in enumerate(units) if unit.is_image}
    if not images and any(unit.cards.get("ZIMAGE") == "T" for unit in units):
        raise ImageError(
            Fault.UNREADABLE, f"{path} keeps its pixels compressed in a table", "Save them as they are."
        )
    unit = images[choose(images, spec.dataset, path)]
    if unit.bits not in DTYPES:
        raise ImageError(Fault.DAMAGED, f"{unit.where}: BITPIX is {unit.bits}, which is not a pixel type")
    if unit.offset + unit.size > size:
        end = unit.offset + unit.size
        raise ImageError(
            Fault.DAMAGED, f"{unit.where} is truncated: {size} bytes on disk, {end} by its header"
        )
    return _layout(unit, path)


def _layout(unit: _Unit, path: Path) -> PixelLayout:
    shape, dtype = unit.shape, DTYPES[unit.bits]
    count_pixels(shape, dtype, unit.where)
    scale, zero = unit.number("BSCALE", 1.0), unit.number("BZERO", 0.0)
    blank = [unit.number("BLANK", 0.0)] if unit.bits > 0 and "BLANK" in unit.cards else []
    if (scale, zero) == (1.0, 0.0) and not blank:
        return PixelLayout(shape, dtype, f"FITS {dtype}, {shape_text(shape)}", unit.offset, "big")
    check_decoded_size(shape, 8, unit.where)
    return in_memory(_scaled(unit, path, scale, zero, blank), "FITS", path)


def _scaled(unit: _Unit, path: Path, scale: float, zero: float, blank: list[float]) -> Any:
    """The pixels that the numbers in the file stand for: unsigned integers by convention, or `unpacked`."""
    import numpy as np  # noqa: PLC0415 - only scaled pixels need it

    kind = "u1" if unit.bits == 8 else f">{'f' if unit.bits < 0 else 'i'}{abs(unit.bits) // 8}"
    stored = np.memmap(path, mode="r", dtype=kind, offset=unit.offset, shape=unit.shape)
    unsigned, middle = UNSIGNED.get(unit.bits, ("", 0.0))
    if scale == 1.0 and unsigned and zero == middle and not np.isin(stored, blank).any():
        native = stored.astype(stored.dtype.newbyteorder("="))
        return (native ^ np.array(1 << (unit.bits - 1)).astype(native.dtype)).view(unsigned)
    return unpacked(stored, scale, zero, blank)


def _units(file: BinaryIO, size: int, path: Path) -> Iterator[_Unit]:
    """The header and data units of a file; what follows the last whole one is not looked at."""
    offset = 0
    for number in range(MOST_UNITS):
        file.seek(offset)
        where = f"{path}::{number}" if number else str(path)
        cards = _cards(file, where)
        if number and "XTENSION" not in cards:
            return  # special records, or blanks at the end
        begin = file.tell()
        unit = _Unit(cards, begin, 0, where)
        count = math.prod(unit.shape) if unit.shape else 0
        count = (count + unit.whole("PCOUNT")) * unit.whole("GCOUNT", 1)
        bytes_of_data = max(0, count * abs(unit.bits) // 8)
        yield _Unit(cards, begin, bytes_of_data, where)
        offset = begin + -(-bytes_of_data // BLOCK_BYTES) * BLOCK_BYTES
        if offset >= size:
            return


def _cards(file: BinaryIO, where: str) -> dict[str, str]:
    """The cards of one header; the file is positioned after its last block."""
    cards: dict[str, str] = {}
    for _ in range(MOST_BLOCKS):
        block = file.read(BLOCK_BYTES)
        if len(block) < BLOCK_BYTES:
            raise ImageError(Fault.DAMAGED, f"{where}: the FITS header has no end")
        for start in range(0, BLOCK_BYTES, CARD_BYTES):
            card = block[start : start + CARD_BYTES].decode("latin-1")
            if card.rstrip() == "END":
                return cards
            if found := _CARD.match(card):
                cards.setdefault(found[1], found[2].strip().strip("'").strip())
    raise ImageError(Fault.DAMAGED, f"{where}: the FITS header has no end")

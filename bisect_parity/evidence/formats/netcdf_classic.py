"""The header of a netCDF 3 file: its global attributes, by the NetCDF Classic Format Specification. Pure."""

from __future__ import annotations

import struct
from typing import Any

from attrs import define

from bisect_parity.evidence.decode import decode
from bisect_parity.evidence.formats.documents import DocumentError

__all__ = ["MAGIC", "global_attributes"]

MAGIC = (b"CDF\1", b"CDF\2", b"CDF\5")
MOST_ITEMS = 10_000
MOST_VALUES = 64  # of an attribute that is kept
_DIMENSIONS, _ATTRIBUTES, _CHAR = 10, 12, 2
_TYPES = {1: "b", 2: "c", 3: "h", 4: "i", 5: "f", 6: "d", 7: "B", 8: "H", 9: "I", 10: "q", 11: "Q"}


@define
class _Header:
    """Goes through the header; counts are wider in the 64-bit data format."""

    data: bytes
    at: int = 4

    def number(self) -> int:
        """A type or a tag, which has four bytes in all formats."""
        return int.from_bytes(self.take(4), "big")

    def count(self) -> int:
        """A count."""
        return int.from_bytes(self.take(8 if self.data[3] == MAGIC[2][3] else 4), "big")

    def take(self, size: int) -> bytes:
        """So many bytes; what follows begins at a multiple of four."""
        found = self.data[self.at : self.at + size]
        if len(found) < size:
            raise DocumentError("the header of a netCDF file is cut off")
        self.at += -(-size // 4) * 4
        return found

    def items(self, tag: int) -> int:
        """How many items a list has, which may be left out."""
        found, count = self.number(), self.count()
        if (found != tag and (found or count)) or count > MOST_ITEMS:
            raise DocumentError("the header of a netCDF file is damaged")
        return count


def global_attributes(data: bytes) -> dict[str, Any]:
    """Names and values of the global attributes: text, numbers, or lists of numbers.

    Raises:
        DocumentError: the header is damaged, or cut off.
    """
    header = _Header(data)
    header.count()  # of records, which may be all ones
    for _ in range(header.items(_DIMENSIONS)):
        header.take(header.count())
        header.count()
    found: dict[str, Any] = {}
    for _ in range(header.items(_ATTRIBUTES)):
        name = decode(header.take(header.count()))
        kind, count = header.number(), header.count()
        if kind not in _TYPES:
            raise DocumentError("an attribute of a netCDF file is of no known type")
        stored = header.take(count * struct.calcsize(f">{_TYPES[kind]}"))
        if kind == _CHAR:
            found[name] = decode(stored).rstrip("\0")
        elif 0 < count <= MOST_VALUES:
            values = list(struct.unpack(f">{count}{_TYPES[kind]}", stored))
            found[name] = values[0] if count == 1 else values
    return found

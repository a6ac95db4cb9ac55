"""SMV images (.img of detectors and simulators): a text header in braces, then the pixels as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from bisect_parity.parity.layout import Fault, ImageError, ImageSpec, PixelLayout, shape_text

HEADER_LIMIT_BYTES = 1024 * 1024
TYPES = {
    "unsigned_char": "uint8",
    "unsigned_short": "uint16",
    "signed_short": "int16",
    "short": "int16",
    "unsigned_int": "uint32",
    "unsigned_long": "uint32",
    "signed_int": "int32",
    "signed_long": "int32",
    "int": "int32",
    "long": "int32",
    "float": "float32",
    "double": "float64",
}
BYTE_ORDERS: dict[str, Literal["little", "big"]] = {"little_endian": "little", "big_endian": "big"}
_ENTRY = re.compile(r"([A-Za-z0-9_]+)\s*=\s*([^;]*);")


def read(path: Path, head: bytes, size: int, spec: ImageSpec) -> PixelLayout:
    """See `Reader`.

    Raises:
        ImageError: the header lacks an entry, or says what cannot be.
    """
    del spec
    found = _ENTRY.search(head.decode("latin-1"))
    length = _whole(found.group(2) if found else "", "HEADER_BYTES", path)
    if not len("{\nHEADER_BYTES=") < length <= min(size, HEADER_LIMIT_BYTES):
        raise ImageError(Fault.DAMAGED, f"{path}: the SMV header of {length} bytes is not all there")
    with path.open("rb") as file:
        text = file.read(length).decode("latin-1")
    entries = {key.upper(): value.strip() for key, value in _ENTRY.findall(text)}
    kind, order = entries.get("TYPE", "unsigned_short"), entries.get("BYTE_ORDER", "little_endian")
    if kind not in TYPES or order not in BYTE_ORDERS or entries.get("COMPRESSION", "None").lower() != "none":
        raise ImageError(
            Fault.DTYPE, f"{path}: SMV pixels of type {kind!r:.40}, {order!r:.40} are not supported"
        )
    shape = tuple(_whole(entries.get(key, ""), key, path) for key in ("SIZE2", "SIZE1"))
    dtype = TYPES[kind]
    return PixelLayout(shape, dtype, f"SMV {dtype}, {shape_text(shape)}", length, BYTE_ORDERS[order])


def _whole(text: str, key: str, path: Path) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text) < 20):
        raise ImageError(Fault.DAMAGED, f"{path}: the SMV header gives no whole number {key}")
    return int(text)

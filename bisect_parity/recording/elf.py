"""What ELF files say of themselves: the build id that the linker gave them, and the loader they ask for."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["build_id", "loader_of"]

HEADER_BYTES = 64
LARGEST_SEGMENT = 1 << 16
LOADER, NOTE = 3, 4  # kinds of segments
BUILD_ID_NOTE = 3
# By width (32 and 64 bits), the format of an address; where the place of the segment table stands, and its
# entry size and count; where in an entry a segment's place in the file and its length stand.
LAYOUTS = {1: ("I", 28, 42, (4, 16)), 2: ("Q", 32, 54, (8, 32))}


def build_id(path: str) -> str | None:
    """The build id of an ELF file, in hex digits; None where there is none, or it is no such file."""
    for order, note in _segments(path, NOTE):
        place = 0
        while place + 12 <= len(note):
            name_size, size, kind = struct.unpack_from(order + "III", note, place)
            begin = place + 12 + (name_size + 3) // 4 * 4
            if kind == BUILD_ID_NOTE and note[place + 12 : place + 16] == b"GNU\0":
                return note[begin : begin + size].hex()
            place = begin + (size + 3) // 4 * 4
    return None


def loader_of(path: str) -> str | None:
    """The program that loads an ELF program's shared libraries; None where it needs none."""
    return next((os.fsdecode(content.rstrip(b"\0")) for _, content in _segments(path, LOADER)), None)


def _segments(path: str, kind: int) -> Iterator[tuple[str, bytes]]:
    """The byte order and the content of each segment of one kind; nothing of what cannot be read."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEADER_BYTES)
            if not head.startswith(b"\x7fELF") or len(head) < HEADER_BYTES or head[4] not in LAYOUTS:
                return
            order = "<" if head[5] == 1 else ">"
            word, table_at, sizes_at, (place_at, length_at) = LAYOUTS[head[4]]
            (table,) = struct.unpack_from(order + word, head, table_at)
            size, count = struct.unpack_from(order + "HH", head, sizes_at)
            file.seek(table)
            entries = file.read(size * count)
            for begin in range(0, len(entries) - size + 1, max(size, 1)):
                if struct.unpack_from(order + "I", entries, begin)[0] != kind:
                    continue
                (place,) = struct.unpack_from(order + word, entries, begin + place_at)
                (length,) = struct.unpack_from(order + word, entries, begin + length_at)
                file.seek(place)
                yield order, file.read(min(length, LARGEST_SEGMENT))
    except (OSError, ValueError, OverflowError, struct.error):
        return

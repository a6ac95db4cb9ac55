"""A git pack of objects that were made, as bytes. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection
from os.path import commonprefix

from attrs import frozen

TYPES, DELTA = {"commit": 1, "tree": 2, "blob": 3}, 7
LONGEST_COPY = 0xFFFFFF  # bytes that one instruction of a delta copies
LONGEST_INSERT = 0x7F  # bytes that one instruction of a delta brings along


@frozen
class PackedObject:
    """An object to be packed.

    Attributes:
        kind: "commit", "tree" or "blob".
        content: of it.
        base: id and content of one of the same kind that is like it, in the pack or where it is written to.
    """

    kind: str
    content: bytes
    base: tuple[str, bytes] | None = None

    def packed(self) -> bytes:
        """How it stands in a pack: what is like its base is named alone."""
        delta = None if self.base is None else _delta(self.base[1], self.content)
        if self.base is None or delta is None:
            return _head(TYPES[self.kind], len(self.content)) + zlib.compress(self.content)
        return _head(DELTA, len(delta)) + bytes.fromhex(self.base[0]) + zlib.compress(delta)


def pack_of(objects: Collection[PackedObject], digest: Callable[[bytes], bytes]) -> bytes:
    """A pack.

    Args:
        objects: to be packed.
        digest: of bytes, as the repository makes ids.
    """
    head = b"PACK" + (2).to_bytes(4) + len(objects).to_bytes(4)
    whole = b"".join([head, *(one.packed() for one in objects)])
    return whole + digest(whole)


def _delta(base: bytes, content: bytes) -> bytes | None:
    """What makes a content of its base, where they differ in one short stretch; None for any other."""
    start = len(commonprefix([base, content]))  # noqa: RUF071 - of bytes, not of paths
    end = len(commonprefix([base[start:][::-1], content[start:][::-1]]))  # noqa: RUF071 - as above
    middle = content[start : len(content) - end]
    if len(middle) > LONGEST_INSERT or max(len(base), len(content)) > LONGEST_COPY:
        return None
    inserted = bytes([len(middle)]) + middle if middle else b""
    tail = _copy(len(base) - end, end)
    return _size(len(base)) + _size(len(content)) + _copy(0, start) + inserted + tail


def _copy(start: int, size: int) -> bytes:
    """The instruction of a delta that copies a stretch of its base; empty for an empty one."""
    flags, numbers = 0x80, []
    for place, byte in enumerate([*start.to_bytes(4, "little"), *size.to_bytes(3, "little")]):
        if byte:
            flags |= 1 << place
            numbers.append(byte)
    return bytes([flags, *numbers]) if size else b""


def _head(kind: int, size: int) -> bytes:
    """Type and size of an object in a pack: four bits of the size, then seven in each further byte."""
    rest = size >> 4
    return bytes([kind << 4 | size & 15 | (0x80 if rest else 0)]) + (_size(rest) if rest else b"")


def _size(size: int) -> bytes:
    """A size, seven bits in each byte, the lowest first."""
    found = [size & 0x7F]
    while size := size >> 7:
        found[-1] |= 0x80
        found.append(size & 0x7F)
    return bytes(found)

"""The wire format of protocol buffers, as far as readers need it: numbered fields without names. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TypeAlias

Value: TypeAlias = int | bytes
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_SIZES = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_LONGEST_VARINT = 10  # bytes
_DOUBLE, _FLOAT = struct.Struct("<d"), struct.Struct("<f")


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """The number and value of each field, in order, as far as the message is well formed.

    Args:
        message: its bytes.

    Yields:
        An integer for what is written as one, else the bytes of text, of a message, or of a number.
    """
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind, number = tag & 7, tag >> 3
        if kind == _VARINT:
            value, place = _varint(message, place)
            if place > len(message):
                return
            yield number, value
            continue
        size = _SIZES.get(kind, 0)
        if kind == _BYTES:
            size, place = _varint(message, place)
        elif not size:
            return
        if place + size > len(message):
            return
        yield number, message[place : place + size]
        place += size


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """An integer, and where the next value begins: behind the end of the message if it is cut."""
    value = 0
    for index in range(_LONGEST_VARINT):
        if place + index >= len(message):
            break
        byte = message[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place + index + 1
    return 0, len(message) + 1


def inside(message: bytes, number: int) -> Iterator[bytes]:
    """The texts or messages in all fields of a number."""
    return (value for found, value in fields(message) if found == number and isinstance(value, bytes))


def first(message: bytes, *path: int) -> Value | None:
    """The first value in a field of a field ...; None if there is none.

    Args:
        message: its bytes.
        path: the numbers of the fields, from the outside.
    """
    value: Value | None = message
    for number in path:
        if not isinstance(value, bytes):
            return None
        value = next((item for found, item in fields(value) if found == number), None)
    return value


def text(message: bytes, *path: int) -> str:
    """The text at such a path, or empty text."""
    value = first(message, *path)
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else ""


def real(value: Value | None) -> float | None:
    """The number in a field of the kind double or float; None where it is neither."""
    if not isinstance(value, bytes) or len(value) not in (_DOUBLE.size, _FLOAT.size):
        return None
    kind = _DOUBLE if len(value) == _DOUBLE.size else _FLOAT
    return float(kind.unpack(value)[0])

"""The few types of Python's marshal format that the statistics of cProfile are made of. Pure.

`marshal.loads` must not be given untrusted data: it builds code objects, and can be made to crash.
"""

from __future__ import annotations

import struct
from typing import Any

from attrs import define, field

MOST_VALUES = 2_000_000
DEEPEST = 16
_REFERENCED = 0x80  # the value is one that later ones refer to
_DIGIT_BITS = 15


class MarshalError(ValueError):
    """Data that is cut off, or holds types other than the plain ones."""


class _End:
    """What stands in the place of a key at the end of a dictionary."""


_END = _End()
_PLAIN = {"N": None, "T": True, "F": False, "0": _END}
_NUMBERS = {"i": "<i", "g": "<d"}
_TEXTS = {"u": "utf-8", "t": "utf-8", **dict.fromkeys("aAzZ", "ascii")}
_SHORT = "zZ)"  # of which one byte says how long they are


def load_marshal(data: bytes) -> Any:
    """Read numbers, text, tuples and dictionaries.

    Raises:
        MarshalError: cut off, nested too deep, too many values, or another type.
    """
    try:
        return _Reader(data).value(0)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise MarshalError(f"cut off or damaged: {error}") from error


@define
class _Reader:
    data: bytes = field(repr=False)
    place: int = 0
    count: int = 0
    references: list[Any] = field(factory=list, repr=False)

    def value(self, depth: int) -> Any:
        self.count += 1
        if depth > DEEPEST or self.count > MOST_VALUES:
            raise MarshalError("too many values, or nested too deeply")
        code = self._take(1)[0]
        kind, is_referenced = chr(code & ~_REFERENCED), bool(code & _REFERENCED)
        slot = len(self.references)
        if is_referenced:
            self.references.append(None)  # a tuple has its place before what is in it
        value = self._of_kind(kind, depth)
        if is_referenced:
            self.references[slot] = value
        return value

    def _of_kind(self, kind: str, depth: int) -> Any:
        found: Any
        if kind in _PLAIN:
            found = _PLAIN[kind]
        elif kind in _NUMBERS:
            found = self._unpack(_NUMBERS[kind])
        elif kind in _TEXTS:
            found = self._take(self._size(kind)).decode(_TEXTS[kind], "surrogatepass")
        elif kind in ("(", ")"):
            count = self._size(kind)  # which may be anything: each value takes a byte
            found = tuple(self.value(depth + 1) for _ in range(count))
        elif kind == "{":
            found = self._dictionary(depth + 1)
        elif kind == "l":
            found = self._long()
        elif kind == "r":
            found = self.references[self._size(kind)]
        else:
            raise MarshalError(f"a value of type {kind!r}")
        return found

    def _dictionary(self, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while (key := self.value(depth)) is not _END:
            value = self.value(depth)
            parts = key if isinstance(key, tuple) else (key,)
            if any(isinstance(part, (tuple, dict)) for part in parts):  # shared parts are hashed each time
                raise MarshalError("a key of more than plain values")
            found[key] = value
        return found

    def _long(self) -> int:
        count = int(self._unpack("<i"))
        digits = struct.unpack(f"<{abs(count)}H", self._take(2 * abs(count)))
        number = sum(int(digit) << (_DIGIT_BITS * place) for place, digit in enumerate(digits[:8]))
        return -number if count < 0 else number

    def _size(self, kind: str) -> int:
        size = self._take(1)[0] if kind in _SHORT else int(self._unpack("<i"))
        if size < 0:
            raise MarshalError("a negative length")
        return size

    def _unpack(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _take(self, size: int) -> bytes:
        end = self.place + size
        if end > len(self.data):
            raise MarshalError("cut off")
        part, self.place = self.data[self.place : end], end
        return part

"""ROOT files: when the file was created, as its first key says. No more of them is read."""

from __future__ import annotations

import struct

from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Source, TimeKind, TimeStatement
from bisect_parity.evidence.spelled_dates import instant

__all__ = ["READER"]

MAGIC = b"root"
_HEADER = struct.Struct(">4sii")  # magic, version, where the first key begins
_KEY = struct.Struct(">ihiI")  # bytes, version, bytes of the object, date and time
_FIRST_YEAR = 1995  # of a TDatime, which is a local time


def _read(path: str, data: bytes) -> Findings:
    """Reads the date of the first key, which is written when the file is created."""
    packed = _packed(data)
    if packed is None:
        return Findings()
    year, month, day = (packed >> 26) + _FIRST_YEAR, packed >> 22 & 15, packed >> 17 & 31
    hour, minute, second = packed >> 12 & 31, packed >> 6 & 63, packed & 63
    seconds = instant(year, month, day, hour * 3600 + minute * 60 + second)
    if seconds is None or hour > 23 or minute > 59:
        return Findings()
    shown = f"fDatime = {year}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}"
    source = Source(path, 0, one_line(shown))
    return Findings(times=(TimeStatement(seconds, TimeKind.LOCAL, 1.0, "header", source, "unknown"),))


def _packed(data: bytes) -> int | None:
    """Date and time of the first key; None where there is none."""
    if len(data) < _HEADER.size:
        return None
    begin = _HEADER.unpack_from(data)[2]
    if not _HEADER.size <= begin <= len(data) - _KEY.size:
        return None
    return int(_KEY.unpack_from(data, begin)[3]) or None


READER = FormatReader(
    "root", (".root",), lambda _, head: head.startswith(MAGIC) and _packed(head) is not None, _read
)

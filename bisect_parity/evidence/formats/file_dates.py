"""When figures and data files were written, as they say: SVG, PDF, PostScript, PNG, MAT, MRC, ROOT.

A figure may be drawn again later, so that such a date is believed like a labelled line, not like a field.
"""

from __future__ import annotations

import re
import struct
from pathlib import PurePosixPath

from attrs import evolve

from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Source, TimeKind, TimeStatement
from bisect_parity.evidence.spelled_dates import instant
from bisect_parity.evidence.stamps import text_time

_PDF_DATE = re.compile(
    r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:(Z)|([+-]\d\d)'?(\d\d)?)?"
)  # ISO 32000, 7.9.4
_ROOT_MAGIC = b"root"
_HEADER = struct.Struct(">4sii")  # magic, version, where the first key begins
_KEY = struct.Struct(">ihiI")  # bytes, version, bytes of the object, date and time
_FIRST_YEAR = 1995  # of a TDatime, which is a local time


def _dated(
    name: str, suffixes: tuple[str, ...], magic: bytes, date: re.Pattern[bytes], *, is_ahead: bool = True
) -> FormatReader:
    """Reads when one kind of file was written.

    Args:
        name: of the format.
        suffixes: of its files.
        magic: how they begin.
        date: the pattern of what states it.
        is_ahead: whether it stands among the first bytes; the information of a PDF may stand at its end.
    """

    def claims(_: PurePosixPath, head: bytes) -> bool:
        return head.lstrip().startswith(magic) and (not is_ahead or date.search(head) is not None)

    def read(path: str, data: bytes) -> Findings:
        found = date.search(data)
        if found is None:
            return Findings()
        text = found[1].decode("ascii", "replace")
        source = Source(path, 0, one_line(found[0].decode("ascii", "replace")))
        time = text_time(_PDF_DATE.sub(_as_iso, text), "header", source)
        return Findings(times=() if time is None else (evolve(time, marks="end"),))

    return FormatReader(name, suffixes, claims, read)


def _as_iso(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, utc, hours, minutes = match.groups()
    zone = utc or (f"{hours}:{minutes or '00'}" if hours else "")
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}"


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


READERS = (
    _dated("svg", (".svg",), b"<", re.compile(rb"<dc:date>([^<]{8,40})</dc:date>")),
    _dated(
        "pdf",
        (".pdf",),
        b"%PDF-",
        re.compile(rb"/CreationDate\s*\((D:[^)]{8,40})\)"),
        is_ahead=False,
    ),
    _dated(
        "postscript",
        (".ps", ".eps"),
        b"%!PS",
        re.compile(rb"^%%CreationDate: ([^\r\n]{8,60})", re.MULTILINE),
    ),
    _dated(
        "png",
        (".png",),
        b"\x89PNG",
        re.compile(rb"tEXt(?:Creation Time|date:create)\0([ -~]{8,40})"),
    ),
    _dated(
        "mrc",
        (".mrc", ".mrcs", ".map"),
        b"",
        re.compile(rb"\A.{208}MAP .{12}Created by mrcfile\.py +([\d-]{10} [\d:]{8})", re.DOTALL),
    ),
    _dated("mat", (".mat",), b"MATLAB ", re.compile(rb"Created on: ([ -~]{8,40})")),
    FormatReader(
        "root", (".root",), lambda _, head: head.startswith(_ROOT_MAGIC) and _packed(head) is not None, _read
    ),
)

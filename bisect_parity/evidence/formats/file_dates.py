"""When figures, and files of MATLAB, were written, as they say: SVG, PDF, PostScript, PNG, MAT.

A figure may be drawn again later, so that such a date is believed like a labelled line, not like a field.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from attrs import evolve

from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Source
from bisect_parity.evidence.stamps import text_time

_PDF_DATE = re.compile(
    r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:(Z)|([+-]\d\d)'?(\d\d)?)?"
)  # ISO 32000, 7.9.4


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
    _dated("mat", (".mat",), b"MATLAB ", re.compile(rb"Created on: ([ -~]{8,40})")),
)

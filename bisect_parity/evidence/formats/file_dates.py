"""When figures and data files were written, as they say themselves: SVG, PDF, PostScript, PNG, MAT, MRC.

A figure may be drawn again later, so that such a date is believed like a labelled line, not like a field.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from attrs import define, evolve, field

from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Source
from bisect_parity.evidence.stamps import text_time

__all__ = ["READERS"]

_PDF_DATE = re.compile(
    r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:(Z)|([+-]\d\d)'?(\d\d)?)?"
)  # ISO 32000, 7.9.4


@define
class _DateReader:
    """Reads when one kind of file was written.

    Attributes:
        name: of the format.
        suffixes: of its files.
        magic: how they begin.
        date: the pattern of what states it.
        is_ahead: whether it stands among the first bytes; the information of a PDF may stand at its end.
    """

    name: str
    suffixes: tuple[str, ...]
    magic: bytes = field(repr=False)
    date: re.Pattern[bytes] = field(repr=False)
    is_ahead: bool = True

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        is_kind = path.suffix.lower() in self.suffixes and head.lstrip().startswith(self.magic)
        return is_kind and (not self.is_ahead or self.date.search(head) is not None)

    def read(self, path: str, data: bytes) -> Findings:
        found = self.date.search(data)
        if found is None:
            return Findings()
        text = found[1].decode("ascii", "replace")
        source = Source(path, 0, one_line(found[0].decode("ascii", "replace")))
        time = text_time(_PDF_DATE.sub(_as_iso, text), "header", source)
        return Findings(times=() if time is None else (evolve(time, marks="end"),))


def _as_iso(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, utc, hours, minutes = match.groups()
    zone = utc or (f"{hours}:{minutes or '00'}" if hours else "")
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}"


READERS = (
    _DateReader("svg", (".svg",), b"<", re.compile(rb"<dc:date>([^<]{8,40})</dc:date>")),
    _DateReader(
        "pdf",
        (".pdf",),
        b"%PDF-",
        re.compile(rb"/CreationDate\s*\((D:[^)]{8,40})\)"),
        is_ahead=False,
    ),
    _DateReader(
        "postscript",
        (".ps", ".eps"),
        b"%!PS",
        re.compile(rb"^%%CreationDate: ([^\r\n]{8,60})", re.MULTILINE),
    ),
    _DateReader(
        "png",
        (".png",),
        b"\x89PNG",
        re.compile(rb"tEXt(?:Creation Time|date:create)\0([ -~]{8,40})"),
    ),
    _DateReader(
        "mrc",
        (".mrc", ".mrcs", ".map"),
        b"",
        re.compile(rb"\A.{208}MAP .{12}Created by mrcfile\.py +([\d-]{10} [\d:]{8})", re.DOTALL),
    ),
    _DateReader("mat", (".mat",), b"MATLAB ", re.compile(rb"Created on: ([ -~]{8,40})")),
)

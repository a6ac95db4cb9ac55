"""FITS: what the header of the first unit says of the run: ids, figures, settings, and when it was written.

Other dates are those of an observation. See the FITS standard 4.0, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attrs import evolve

from bisect_parity.evidence.embedded_ids import banner_records
from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import is_time_key, one_line
from bisect_parity.evidence.loose_ids import line_records
from bisect_parity.evidence.model import Findings, Record, Source, TimeStatement, Trust
from bisect_parity.evidence.stamps import text_time

SUFFIXES = (".fits", ".fit", ".fts")
CARD = 80
MOST_CARDS = 2000
_TEXT = re.compile(r"\s*'((?:[^']|'')*)'")
_NUMBER = re.compile(r"\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[EeDd][-+]?\d+)?)\s*(?:/|$)")
_TRUTH = re.compile(r"\s*([TF])\s*(?:/|$)")
_OF_THE_FORMAT = re.compile(
    r"SIMPLE|BITPIX|NAXIS\d*|EXTEND|BSCALE|BZERO|CHECKSUM|DATASUM|(?:MJD|DATE|TIME|JD)(?:-\w*)?"
)


def _read(path: str, data: bytes) -> Findings:
    """Reads the first header."""
    values: dict[str, Any] = {}
    times: tuple[TimeStatement, ...] = ()
    told: tuple[Record, ...] = ()
    for key, text in _cards(data):
        source = Source(path, 0, one_line(f"{key} {text}"))
        if key in ("HISTORY", "COMMENT"):
            told += banner_records(text, source) or line_records(text, source)
        elif key == "DATE":
            times += _written(_value(text), source)
        elif _OF_THE_FORMAT.fullmatch(key) is None and not is_time_key(key):
            values.setdefault(key, _value(text))
    stated = {key: value for key, value in values.items() if value is not None}
    found = collect(path, stated, Trust.MACHINE)
    return evolve(found, times=(*times, *found.times), mentions=(*found.mentions, *told))


def _cards(data: bytes) -> Iterator[tuple[str, str]]:
    """The keywords of a header, with what stands behind each."""
    for at in range(0, min(len(data), MOST_CARDS * CARD), CARD):
        card = data[at : at + CARD].decode("ascii", "replace")
        key = card[:8].strip()
        if key == "END":
            return
        if key in ("HISTORY", "COMMENT"):
            yield key, card[8:].strip()
        elif key and card[8:10] == "= ":
            yield key, card[10:]


def _value(text: str) -> str | float | bool | None:
    """The value of a keyword, without the comment behind it."""
    if (quoted := _TEXT.match(text)) is not None:
        return quoted[1].replace("''", "'").rstrip()
    if (number := _NUMBER.match(text)) is not None:
        digits = number[1].upper().replace("D", "E")
        return float(digits) if set(digits) & set(".E") else int(digits)
    truth = _TRUTH.match(text)
    return None if truth is None else truth[1] == "T"


def _written(value: object, source: Source) -> tuple[TimeStatement, ...]:
    """When the header was written, in UTC (section 4.4.2.1): it may have been written again later."""
    time = text_time(f"{value}Z", "header", source) if isinstance(value, str) and "T" in value else None
    return () if time is None else (evolve(time, marks="end"),)


READER = FormatReader(
    "fits",
    SUFFIXES,
    lambda path, head: path.suffix.lower() in SUFFIXES and head.startswith(b"SIMPLE  ="),
    _read,
)

"""Notations of dates and times that people and other programs use, rewritten as one that is read. Pure."""

from __future__ import annotations

import functools
import re

from bisect_parity.evidence.foreign_dates import in_english
from bisect_parity.evidence.spelled_dates import MONTHS

__all__ = ["as_read", "in_24_hours"]

LEAST_DIGITS = 10  # of a stamp
LEAST_FOREIGN = 5  # of a day and a year
NOON = 12
_HALF_DAY = (
    re.compile(  # 2025-10-09 4:17:14 PM, 2025-10-09_04-17-14PM, 20251009_041714_PM, 2025-10-09 at 4.17.14 PM
        r"(?<!\d)(?P<day>(?:19|20)\d\d(?P<d>[-/._]?)\d\d(?P=d)\d\d)(?:[T_ ,-]{1,2}|\sat\s)"
        r"(?P<H>[01]?\d)(?P<rest>(?P<c>[:.h_-]?)[0-5]\d(?:(?P=c)[0-5]\d)?(?:[.,]\d{1,9})?)"
        r"[\s_.-]?(?P<half>[AP])\.?M(?![A-Za-z])",
        re.IGNORECASE,
    )
)
_MONTHS = "|".join(MONTHS)
_BY_MONTH = re.compile(  # 09Oct2025_161714, 09-Oct-2025-16-17-14
    rf"(?<![A-Za-z\d])(?P<day>\d\d)(?P<d>[-_]?)(?P<m>{_MONTHS})(?P=d)(?P<y>(?:19|20)\d\d)"
    r"[-_T ]{1,2}(?P<H>\d\d)(?P<c>[-:._]?)(?P<M>\d\d)(?P=c)(?P<S>\d\d)(?!\d)",
    re.IGNORECASE,
)
_IN_NAMES = (  # how stamps are written in names, and as what they are read
    (
        re.compile(r"(?<!\d)(\d{4})([._])(\d\d)\2(\d\d)[-_T. ]{1,2}(\d\d)[._-](\d\d)[._-](\d\d)(?!\d)"),
        r"\1-\3-\4T\5-\6-\7",
    ),
    (
        re.compile(  # Kedro adds milliseconds and Z
            r"(?<!\d)(\d{4}-?\d\d-?\d\d)[-_T ]{1,2}(\d\d)[.h_](\d\d)[.m_](\d\d)s?"
            r"(?=\.\d{3}(?:\d{3})?Z(?!\w)|(?![\d.]))"
        ),
        r"\1T\2-\3-\4",
    ),
    (re.compile(r"(?<!\d)(\d{4}-?\d\d-?\d\d)[-_T ]{1,2}(\d\d)[.h](\d\d)(?![\d.])"), r"\1T\2-\3"),
    (re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)--(\d\d-)"), r"\1T\2"),
    (
        re.compile(
            r"(?<![\d.])([1-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))[-_T]((?:[01]\d|2[0-3])[0-5]\d[0-5]\d)(?![\d.])"
        ),
        r"20\1T\2",
    ),
)


@functools.lru_cache(maxsize=4096)
def as_read(name: str) -> str:
    """A name, or a short text, with its stamps in the notation that is read."""
    digits = sum(letter.isdigit() for letter in name)
    if digits >= LEAST_FOREIGN:
        name = in_english(name)
    if digits < LEAST_DIGITS:
        return name
    name = _BY_MONTH.sub(_by_month, in_24_hours(name))
    for written, read in _IN_NAMES:
        name = written.sub(read, name)
    return name


def in_24_hours(text: str) -> str:
    """A text whose times that are followed by AM or PM are those of a clock of 24 hours."""
    return _HALF_DAY.sub(_whole_day, text) if "M" in text.upper() else text


def _whole_day(found: re.Match[str]) -> str:
    """Hours beyond twelve were written so in spite of what follows them."""
    hour = int(found["H"])
    if hour <= NOON:
        hour = hour % NOON + (NOON if found["half"] in "pP" else 0)
    day, rest = found["day"], found["rest"]
    return f"{day}T{hour:02d}{rest.replace(found['c'], '-', 2) if found['c'] in ('h', '.', '_') else rest}"


def _by_month(found: re.Match[str]) -> str:
    month = MONTHS.index(found["m"].capitalize()) + 1
    return f"{found['y']}-{month:02d}-{found['day']}T{found['H']}-{found['M']}-{found['S']}"

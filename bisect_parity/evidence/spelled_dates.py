"""Dates as people, date(1) and other programs write them: with names of months, the year last, in two parts.

The parts are a day and a time of day under twin keys: `"date": "2025-10-09", "time": "16:17:14"`. Pure.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement

DAY = 86400.0
EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 to 2100, POSIX seconds
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SPELLED = re.compile(  # as date(1), ctime(3) and RFC 5322 write it; other languages are not read
    rf"(?<![A-Za-z])(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s{{1,2}}"
    rf"(?:(?P<m>{'|'.join(MONTHS)})\s{{1,2}}(?P<day>\d\d?)|(?P<day2>\d\d?)\s(?P<m2>{'|'.join(MONTHS)}))"
    r"(?:\s(?P<y>(?:19|20)\d\d))?\s(?P<H>\d\d):(?P<M>[0-5]\d):(?P<S>[0-5]\d|60)(?:\s(?P<half>[AP]M))?"
    r"(?:\s(?P<zone>[A-Z]{3,5}|[+-]\d{2,4}))?(?:\s(?P<y2>(?:19|20)\d\d))?(?:\s(?P<offset>[+-]\d{4}))?(?!\d)"
)
_MONTH = (
    r"Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
BY_MONTH = (
    re.compile(  # without a day of the week: 09-Oct-2025 16:17:14, 9Oct2025 at 16:17:14, Oct 09 2025 16:17
        rf"(?<![A-Za-z\d])(?:(?P<day>\d\d?)[- ]?(?P<m>{_MONTH})[- ]?(?P<y>(?:19|20)\d\d)"
        rf"|(?P<m2>{_MONTH})\s{{1,2}}(?P<day2>\d\d?),?\s(?P<y2>(?:19|20)\d\d))(?!\d)"
        r"(?:[, T]{1,2}(?:at\s{1,2})?(?P<H>[ \d]?\d):(?P<M>[ 0-5]\d)(?::(?P<S>[ 0-5]\d))?(?![\d:])"
        r"(?:\s?(?P<half>[AP]M))?)?",
        re.IGNORECASE,
    )
)
_YEAR_LAST = re.compile(  # 13/03/2025 15:00, 3/13/2025, 3:00:00 PM, 3.4.2025 15:00
    r"(?<![\d./-])(?P<a>\d\d?)(?P<d>[./-])(?P<b>\d\d?)(?P=d)(?P<y>(?:19|20)\d\d)"
    r",?\s(?P<H>\d\d?):(?P<M>[0-5]\d)(?::(?P<S>[0-5]\d))?(?:\s?(?P<half>[AP]M))?(?![\d:])"
)
LONGEST_PART = 32
_OF_DAY = re.compile(
    r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:\s?[AP]M)?(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d))?",
    re.IGNORECASE,
)
_WHOLE_DAY = re.compile(
    r"(?:19|20)\d\d(?P<d>[-/.]?)(?:0[1-9]|1[0-2])(?P=d)(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d"
)
_TIME = re.compile(r"(?i)(?<![a-z])time|(?<=[a-z])Time")
_DATES = {"time": "date", "Time": "Date", "TIME": "DATE"}


def instant(year: int, month: int, day: int, second: int) -> float | None:
    """POSIX seconds, where there is such a day."""
    try:
        return datetime(year, month, day, tzinfo=UTC).timestamp() + second
    except ValueError:
        return None


def zone_offset(zone: str) -> int:
    """Seconds east of UTC of `+02:00`, `+0200` or `+02`; Z and UTC are 0."""
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if zone[0] == "-" else 1)


def statement(
    match: re.Match[str],
    day: tuple[int, int, int],
    origin: str,
    source: Source,
    zone: str | None = None,
    *,
    fraction: float = 0.0,
    may_be_midnight: bool = False,
) -> TimeStatement | None:
    """A day with the time of day that a match has; None where there is no such day.

    Args:
        match: with the groups H, M and S, and perhaps half: AM or PM.
        day: year, month and day.
        origin, source: of the statement.
        zone: an offset, UTC, GMT or Z; any other abbreviation may be any zone.
        fraction: of a second.
        may_be_midnight: whether midnight is a time; else it was written for the day.
    """
    hour, minute, second = (int(match[name] or 0) for name in "HMS")
    half = match["half"] if "half" in match.re.groupindex else None
    if half:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    of_day = hour * 3600 + minute * 60 + second
    seconds = instant(*day, of_day)
    if seconds is None or hour > 23 or not EARLIEST <= seconds < LATEST:
        return None
    if match["H"] is None or not (of_day or fraction or may_be_midnight):
        return TimeStatement(seconds, TimeKind.DATE, DAY, origin, source)
    resolution = 60.0 if match["S"] is None else 1.0
    if zone is None or (zone[0] not in "+-" and zone.upper() not in ("UTC", "GMT", "Z")):
        return TimeStatement(seconds + fraction, TimeKind.LOCAL, resolution, origin, source)
    offset = zone_offset(zone)
    moment = seconds + fraction - offset
    return TimeStatement(moment, TimeKind.UTC, resolution, origin, source, is_settled=offset != 0)


def spelled(match: re.Match[str], origin: str, source: Source) -> TimeStatement | None:
    """A time with the name of its month and the day of the week."""
    zone = match["offset"] or match["zone"]
    has_year = match["y"] or match["y2"]
    return statement(match, _day(match), origin, source, zone, may_be_midnight=True) if has_year else None


def _by_month(match: re.Match[str], origin: str, source: Source) -> TimeStatement | None:
    """A time with the name of its month and no day of the week."""
    return statement(match, _day(match), origin, source)


def _day(match: re.Match[str]) -> tuple[int, int, int]:
    year, month, day = (match[name] or match[f"{name}2"] for name in ("y", "m", "day"))
    return int(year), MONTHS.index(month[:3].capitalize()) + 1, int(day)


def _year_last(match: re.Match[str], origin: str, source: Source) -> TimeStatement | None:
    """A time whose day and month can be told apart: by size, by points (day first), by AM or PM (month)."""
    first, second = int(match["a"]), int(match["b"])
    is_day_first = first > 12 or match["d"] == "."
    if not (is_day_first or second > 12 or match["half"] or first == second):
        return None
    day, month = (first, second) if is_day_first else (second, first)
    return statement(match, (int(match["y"]), month, day), origin, source)


def spelled_time(
    text: str, origin: str, source: Source, start: int = 0, *, has_name: bool = False
) -> tuple[int, TimeStatement | None]:
    """The first of these dates in a text, and where it stands; -1 if there is none.

    Args:
        text: any.
        origin, source: of the statement.
        start: where in the text to begin.
        has_name: take only dates with the name of the month.
    """
    named = ((SPELLED, spelled), (BY_MONTH, _by_month))
    for pattern, read in named if has_name else (*named, (_YEAR_LAST, _year_last)):
        found = pattern.search(text, start)
        if found is not None:
            return found.start(), read(found, origin, source)
    return -1, None


def is_clock(value: object) -> bool:
    """Whether a value is a time of day, and nothing more."""
    return (
        isinstance(value, str) and len(value) <= LONGEST_PART and _OF_DAY.fullmatch(value.strip()) is not None
    )


def is_day(value: object) -> bool:
    """Whether a value is a day, and nothing more."""
    return (
        isinstance(value, str)
        and len(value) <= LONGEST_PART
        and _WHOLE_DAY.fullmatch(value.strip()) is not None
    )


def twin_key(key: str) -> str | None:
    """The key of the day that belongs to the time of day under a key: `start_date` of `start_time`."""
    found = _TIME.search(key)
    word = None if found is None else _DATES.get(found[0])
    return None if found is None or word is None else f"{key[: found.start()]}{word}{key[found.end() :]}"


def with_whole_times(table: dict[str, Any]) -> dict[str, Any]:
    """An object whose days are followed by the times of day that stand beside them under a twin key."""
    clocks = [key for key, value in table.items() if is_clock(value)]
    pairs = [(twin, key) for key in clocks if (twin := twin_key(str(key))) and is_day(table.get(twin))]
    if not pairs:
        return table
    whole = {twin: f"{table[twin].strip()} {table[key].strip()}" for twin, key in pairs}
    joined = {key for _, key in pairs}
    return {key: whole.get(key, value) for key, value in table.items() if key not in joined}

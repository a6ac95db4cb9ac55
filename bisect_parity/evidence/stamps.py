"""Times out of names and text: stamps of all kinds, ISO 8601, epoch numbers. Pure."""

from __future__ import annotations

import functools
import re

from attrs import evolve

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.evidence.spelled_dates import (
    DAY,
    EARLIEST,
    LATEST,
    SPELLED,
    instant,
    spelled,
    spelled_time,
    zone_offset,
)
from bisect_parity.evidence.yearless import yearless_line, yearless_name

__all__ = [
    "has_clock",
    "is_stamped",
    "is_stamped_folder",
    "line_time",
    "name_stamps",
    "phase_time",
    "text_time",
    "value_time",
]

LONGEST_DATE = 64
LEAST_DIGITS = 10  # of a stamp
FARTHEST_PHASE = 60  # characters between "started" and the time
_DATE = r"(?P<y>(?:19|20)\d\d)(?P<d>-?)(?P<m>0[1-9]|1[0-2])(?P=d)(?P<day>0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?P<H>[01]\d|2[0-3])[-:]?(?P<M>[0-5]\d)(?:[-:]?(?P<S>[0-5]\d|60))?"
_STAMP = re.compile(rf"(?<!\d){_DATE}(?:(?P<sep>[T_ -]?){_CLOCK}(?P<zone>Z)?(?!\d)|(?!\d))", re.IGNORECASE)
_TIME_FOLDER = re.compile(r"(?:[01]\d|2[0-3])-[0-5]\d-[0-5]\d")  # Hydra: 2025-10-09/16-17-14
_SLASHED = _DATE.replace("(?P<d>-?)", "(?P<d>[-/.]?)")  # no zone writes a year first and then the day
_ZONE = r"Z|UTC|[+-]\d\d:?\d\d|(?:(?<=:\d\d:\d\d)|(?<=\.\d{3})|(?<=\.\d{6}))[+-]\d\d"
_ISO = re.compile(
    rf"(?<![\d/.-]){_SLASHED}(?:[T ]{_CLOCK}(?P<fraction>\.\d{{1,9}})?\s?(?P<zone>{_ZONE})?)?(?!\d)",
    re.IGNORECASE,
)
_PHASE = re.compile(
    r"(?i)\b(?:(?P<start>start|begin|began|open|launch)|finish|end|complet|terminat|stop)(?:s|ed|ing|t|ning)?\b"
)
_IN_NAMES = (  # how stamps are written in names, and as what they are read
    (
        re.compile(r"(?<!\d)(\d{4})([._])(\d\d)\2(\d\d)[-_T. ]{1,2}(\d\d)[._-](\d\d)[._-](\d\d)(?!\d)"),
        r"\1-\3-\4T\5-\6-\7",
    ),
    (
        re.compile(r"(?<!\d)(\d{4}-?\d\d-?\d\d)[-_T ]{1,2}(\d\d)[.h](\d\d)[.m](\d\d)s?(?![\d.])"),
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
_EPOCH = re.compile(r"1\d{9}(?:\.\d{1,9})?|1\d{12}|1\d{15}|1\d{18}")
_LINE_CLOCK = re.compile(  # what a logger puts before its message
    rf"\[?{_SLASHED}[T ]{_CLOCK}(?P<fraction>[.,]\d{{1,9}})?\s?(?P<zone>{_ZONE})?"
    r"(?![\d:]).*[A-Za-z]"
)


def _seconds(found: re.Match[str]) -> float | None:
    hour, minute, second = (int(found[name] or 0) for name in "HMS")
    return instant(int(found["y"]), int(found["m"]), int(found["day"]), hour * 3600 + minute * 60 + second)


def _statement(
    found: re.Match[str], fraction: float, zone: str | None, origin: str, source: Source
) -> TimeStatement | None:
    seconds = _seconds(found)
    if seconds is None or not EARLIEST <= seconds < LATEST:
        return None
    at_midnight = not fraction and all(int(found[name] or 0) == 0 for name in "HMS")
    if found["H"] is None or (at_midnight and (origin != "field" or found["S"] is None)):
        return TimeStatement(seconds, TimeKind.DATE, DAY, origin, source)  # midnight was written by hand
    resolution = 1.0 if found["S"] is not None else 60.0
    if zone is None:
        return TimeStatement(seconds + fraction, TimeKind.LOCAL, resolution, origin, source)
    offset = zone_offset(zone)
    instant = seconds + fraction - offset
    return TimeStatement(instant, TimeKind.UTC, resolution, origin, source, is_settled=offset != 0)


def is_stamped(name: str) -> bool:
    """Whether a file or folder name holds a stamp or a date."""
    return _name_stamp(name, Source("")) is not None


@functools.lru_cache(maxsize=4096)  # each of its files asks
def is_stamped_folder(path: str) -> bool:
    """Whether the last name of a path holds a stamp, or a time of day below a day."""
    parent, _, name = path.rpartition("/")
    return is_stamped(_with_day(parent.rpartition("/")[2], name))


def _with_day(parent: str, name: str) -> str:
    return f"{parent}_{name}" if _TIME_FOLDER.fullmatch(name) and is_stamped(parent) else name


@functools.lru_cache(maxsize=4096)
def _as_read(name: str) -> str:
    """A name with its stamps in the notation that is read."""
    if sum(letter.isdigit() for letter in name) < LEAST_DIGITS:
        return name
    for written, read in _IN_NAMES:
        name = written.sub(read, name)
    return name


def _name_stamp(name: str, source: Source) -> TimeStatement | None:
    """The most exact stamp in a name."""
    found = [
        statement
        for match in _STAMP.finditer(_as_read(name))
        if (statement := _statement(match, 0.0, match["zone"], "stamp", source)) is not None
    ]
    if found:
        return min(found, key=lambda statement: statement.resolution)
    clock = yearless_name(name)
    return (
        TimeStatement(clock[0], TimeKind.LOCAL, clock[1], "stamp", source, lacks_year=True) if clock else None
    )


def name_stamps(path: str) -> tuple[TimeStatement, ...]:
    """The stamps in the names of a path, innermost first; those without a year come last."""
    names = path.split("/")
    stamps = []
    for depth in range(len(names), 0, -1):
        source = Source("/".join(names[:depth]), 0, names[depth - 1][:200])
        parent = names[depth - 2] if depth > 1 else ""
        stamp = _name_stamp(_with_day(parent, names[depth - 1]), source)
        if stamp is not None:
            stamps.append(stamp)
    return tuple(sorted(stamps, key=lambda stamp: stamp.lacks_year))


def text_time(text: str, origin: str, source: Source) -> TimeStatement | None:
    """The first date or time in a text: a stamp, ISO 8601, else one with the name of its month."""
    iso = _ISO.search(text)
    stamp = _STAMP.search(text)
    if iso is not None and (stamp is None or iso.start() <= stamp.start()):
        statement = _statement(iso, float(iso["fraction"] or 0), iso["zone"], origin, source)
        if statement is not None and (iso["H"] is not None or stamp is None or stamp["H"] is None):
            return statement
    if stamp is not None:
        return _statement(stamp, 0.0, stamp["zone"], origin, source)
    return spelled_time(text, origin, source)[1]


def has_clock(line: str) -> bool:
    """Whether a line begins with the time at which it was logged, or is the output of date(1)."""
    if _LINE_CLOCK.match(line) is not None or _of_date_program(line) is not None:
        return True
    return yearless_line(line, Source("")) is not None


def _of_date_program(line: str) -> re.Match[str] | None:
    """A line that is the output of date(1); with an offset in digits, it may be git's date of a commit."""
    found = SPELLED.fullmatch(line.strip(" \t[]")) if len(line) < LONGEST_DATE else None
    return None if found is None or found["offset"] or (found["zone"] or "")[:1] in ("+", "-") else found


def line_time(line: str, source: Source) -> TimeStatement | None:
    """When a line was logged: what stands before a logger's message, or the output of date(1)."""
    logged = _LINE_CLOCK.match(line)
    if logged is not None:
        fraction = float((logged["fraction"] or "0").replace(",", "."))
        return _statement(logged, fraction, logged["zone"], "header", source)
    found = _of_date_program(line)
    return spelled(found, "header", source) if found is not None else yearless_line(line, source)


def phase_time(line: str, source: Source) -> TimeStatement | None:
    """When a program says that it began or ended: `Started on rank 0 Thu Oct  9 16:17:14 2025`.

    Only times with the name of their month are taken: times that a simulation is about are written in digits.
    """
    phase = _PHASE.search(line)
    if phase is None:
        return None
    place, time = spelled_time(line, "header", source, phase.end(), has_name=True)
    if place - phase.end() > FARTHEST_PHASE:
        return None
    if time is None or time.kind is TimeKind.DATE:
        return None
    return evolve(time, marks="start" if phase["start"] else "end")


def value_time(value: object, origin: str, source: Source) -> TimeStatement | None:
    """A time out of a JSON value: text as above, or a number of seconds, milliseconds or nanoseconds."""
    if isinstance(value, str):
        if _EPOCH.fullmatch(value):
            return value_time(float(value), origin, source)
        return text_time(value, origin, source) if len(value) < 64 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 < value < LATEST * 1e9:  # an integer of hundreds of digits is no float
        return None
    for scale in (1.0, 1e3, 1e6, 1e9):
        seconds = value / scale
        if EARLIEST * 1.5 < seconds < LATEST:
            resolution = 1.0 if scale == 1 else 1e-3
            return TimeStatement(seconds, TimeKind.UTC, resolution, origin, source, is_settled=True)
    return None

"""Times out of names and text: stamps of all kinds, ISO 8601, epoch numbers. Pure."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime

from attrs import evolve

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement

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

DAY = 86400.0
LONGEST_DATE = 64
FARTHEST_PHASE = 60  # characters between "started" and the time
EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 to 2100, POSIX seconds
_DATE = r"(?P<y>(?:19|20)\d\d)(?P<d>-?)(?P<m>0[1-9]|1[0-2])(?P=d)(?P<day>0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?P<H>[01]\d|2[0-3])[-:]?(?P<M>[0-5]\d)(?:[-:]?(?P<S>[0-5]\d|60))?"
_STAMP = re.compile(rf"(?<!\d){_DATE}(?:(?P<sep>[T_ -]?){_CLOCK}(?P<zone>Z)?(?!\d)|(?!\d))", re.IGNORECASE)
_TIME_FOLDER = re.compile(r"(?:[01]\d|2[0-3])-[0-5]\d-[0-5]\d")  # Hydra: 2025-10-09/16-17-14
_SLASHED = _DATE.replace("(?P<d>-?)", "(?P<d>[-/]?)")  # no zone writes a year first and then the day
_ISO = re.compile(
    rf"(?<![\d/-]){_SLASHED}(?:[T ]{_CLOCK}(?P<fraction>\.\d{{1,9}})?\s?"
    r"(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?)?(?!\d)",
    re.IGNORECASE,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPELLED = re.compile(  # as date(1), ctime(3) and RFC 5322 write it; other languages are not read
    rf"(?<![A-Za-z])(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s{{1,2}}"
    rf"(?:(?P<m>{'|'.join(_MONTHS)})\s{{1,2}}(?P<day>\d\d?)|(?P<day2>\d\d?)\s(?P<m2>{'|'.join(_MONTHS)}))"
    r"(?:\s(?P<y>(?:19|20)\d\d))?\s(?P<H>\d\d):(?P<M>[0-5]\d):(?P<S>[0-5]\d|60)(?:\s(?P<half>[AP]M))?"
    r"(?:\s(?P<zone>[A-Z]{3,5}|[+-]\d{2,4}))?(?:\s(?P<y2>(?:19|20)\d\d))?(?:\s(?P<offset>[+-]\d{4}))?(?!\d)"
)
_PHASE = re.compile(
    r"(?i)\b(?:(?P<start>start|begin|began|open|launch)|finish|end|complet|terminat|stop)(?:s|ed|ing|t|ning)?\b"
)
_BY_MONTH = (
    re.compile(  # without a day of the week: 09-Oct-2025 16:17:14, 9Oct2025 at 16:17:14, Oct 09 2025 16:17
        rf"(?<![A-Za-z\d])(?:(?P<day>\d\d?)[- ]?(?P<m>{'|'.join(_MONTHS)})[- ]?(?P<y>(?:19|20)\d\d)"
        rf"|(?P<m2>{'|'.join(_MONTHS)})\s{{1,2}}(?P<day2>\d\d?),?\s(?P<y2>(?:19|20)\d\d))"
        r"[, T]{1,2}(?:at\s{1,2})?(?P<H>[ \d]\d):(?P<M>[ 0-5]\d)(?::(?P<S>[ 0-5]\d))?(?![\d:])",
        re.IGNORECASE,
    )
)
_LINE_CLOCK = re.compile(  # what a logger puts before its message
    rf"\[?{_SLASHED}[T ]{_CLOCK}(?P<fraction>[.,]\d{{1,9}})?\s?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?"
    r"(?![\d:]).*[A-Za-z]"
)


def _seconds(found: re.Match[str]) -> float | None:
    hour, minute, second = (int(found[name] or 0) for name in "HMS")
    return _instant(int(found["y"]), int(found["m"]), int(found["day"]), hour * 3600 + minute * 60 + second)


def _instant(year: int, month: int, day: int, second: int) -> float | None:
    try:
        return datetime(year, month, day, tzinfo=UTC).timestamp() + second
    except ValueError:
        return None


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
    offset = _offset(zone)
    instant = seconds + fraction - offset
    return TimeStatement(instant, TimeKind.UTC, resolution, origin, source, is_settled=offset != 0)


def _offset(zone: str) -> int:
    """Seconds east of UTC of `+02:00`, `+0200` or `+02`; Z and UTC are 0."""
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if zone[0] == "-" else 1)


def _spelled(found: re.Match[str], origin: str, source: Source) -> TimeStatement | None:
    """A time with the name of its month; a zone that is only an abbreviation may be any."""
    year, zone = found["y"] or found["y2"], found["offset"] or found["zone"]
    hour = int(found["H"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "PM" else 0)
    if year is None or hour > 23:
        return None
    month = _MONTHS.index(found["m"] or found["m2"]) + 1
    second = hour * 3600 + int(found["M"]) * 60 + int(found["S"])
    seconds = _instant(int(year), month, int(found["day"] or found["day2"]), second)
    if seconds is None or not EARLIEST <= seconds < LATEST:
        return None
    if zone is None or (zone[0] not in "+-" and zone not in ("UTC", "GMT")):
        return TimeStatement(seconds, TimeKind.LOCAL, 1.0, origin, source)
    offset = _offset(zone)
    return TimeStatement(seconds - offset, TimeKind.UTC, 1.0, origin, source, is_settled=offset != 0)


def _by_month(found: re.Match[str], origin: str, source: Source) -> TimeStatement | None:
    """A time with the name of its month and no day of the week; midnight may have been written by hand."""
    year, month, day = (found[name] or found[f"{name}2"] for name in ("y", "m", "day"))
    number = _MONTHS.index(month.capitalize()) + 1
    second = int(found["H"]) * 3600 + int(found["M"]) * 60 + int(found["S"] or 0)
    seconds = _instant(int(year), number, int(day), second)
    if seconds is None or second >= DAY or not EARLIEST <= seconds < LATEST:
        return None
    if second == 0:
        return TimeStatement(seconds, TimeKind.DATE, DAY, origin, source)
    return TimeStatement(seconds, TimeKind.LOCAL, 1.0 if found["S"] else 60.0, origin, source)


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


def _name_stamp(name: str, source: Source) -> TimeStatement | None:
    """The most exact stamp in a name."""
    found = [
        statement
        for match in _STAMP.finditer(name)
        if (statement := _statement(match, 0.0, match["zone"], "stamp", source)) is not None
    ]
    return min(found, key=lambda statement: statement.resolution, default=None)


def name_stamps(path: str) -> tuple[TimeStatement, ...]:
    """The stamps in the names of a path, innermost first."""
    names = path.split("/")
    stamps = []
    for depth in range(len(names), 0, -1):
        source = Source("/".join(names[:depth]), 0, names[depth - 1][:200])
        parent = names[depth - 2] if depth > 1 else ""
        stamp = _name_stamp(_with_day(parent, names[depth - 1]), source)
        if stamp is not None:
            stamps.append(stamp)
    return tuple(stamps)


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
    spelled = _SPELLED.search(text)
    if spelled is not None:
        return _spelled(spelled, origin, source)
    named = _BY_MONTH.search(text)
    return _by_month(named, origin, source) if named is not None else None


def has_clock(line: str) -> bool:
    """Whether a line begins with the time at which it was logged, or is the output of date(1)."""
    return _LINE_CLOCK.match(line) is not None or _of_date_program(line) is not None


def _of_date_program(line: str) -> re.Match[str] | None:
    """A line that is the output of date(1); with an offset in digits, it may be git's date of a commit."""
    found = _SPELLED.fullmatch(line.strip(" \t[]")) if len(line) < LONGEST_DATE else None
    return None if found is None or found["offset"] or (found["zone"] or "")[:1] in ("+", "-") else found


def line_time(line: str, source: Source) -> TimeStatement | None:
    """When a line was logged: what stands before a logger's message, or the output of date(1)."""
    logged = _LINE_CLOCK.match(line)
    if logged is not None:
        fraction = float((logged["fraction"] or "0").replace(",", "."))
        return _statement(logged, fraction, logged["zone"], "header", source)
    spelled = _of_date_program(line)
    return _spelled(spelled, "header", source) if spelled is not None else None


def phase_time(line: str, source: Source) -> TimeStatement | None:
    """When a program says that it began or ended: `Started on rank 0 Thu Oct  9 16:17:14 2025`.

    Only times with the name of their month are taken: times that a simulation is about are written in digits.
    """
    phase = _PHASE.search(line)
    if phase is None:
        return None
    named = _SPELLED.search(line, phase.end()) or _BY_MONTH.search(line, phase.end())
    if named is None or named.start() - phase.end() > FARTHEST_PHASE:
        return None
    read = _spelled if named.re is _SPELLED else _by_month
    time = read(named, "header", source)
    if time is None or time.kind is TimeKind.DATE:
        return None
    return evolve(time, marks="start" if phase["start"] else "end")


def value_time(value: object, origin: str, source: Source) -> TimeStatement | None:
    """A time out of a JSON value: text as above, or a number of seconds, milliseconds or nanoseconds."""
    if isinstance(value, str):
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

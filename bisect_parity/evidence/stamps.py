"""Times out of names and text: stamps of all kinds, ISO 8601, epoch numbers. Pure."""

from __future__ import annotations

import functools
import re

from attrs import evolve

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.evidence.notations import as_read, in_24_hours
from bisect_parity.evidence.spelled_dates import (
    EARLIEST,
    LATEST,
    SPELLED,
    spelled,
    spelled_time,
    statement,
)
from bisect_parity.evidence.yearless import yearless_line, yearless_name

LONGEST_DATE = 64
FARTHEST_PHASE = 60  # characters between "started" and the time
_DATE = r"(?P<y>(?:19|20)\d\d)(?P<d>-?)(?P<m>0[1-9]|1[0-2])(?P=d)(?P<day>0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?P<H>[01]\d|2[0-3])[-:]?(?P<M>[0-5]\d)(?:[-:]?(?P<S>[0-5]\d|60))?"
_STAMP = (
    re.compile(  # an offset with a minus may be a number that counts runs, unless a T stands before the clock
        rf"(?<!\d){_DATE}(?:(?P<sep>[T_ -]?){_CLOCK}(?:[-._,]\d{{3}}(?:\d{{3}})?(?=Z))?"
        r"(?P<zone>Z|(?(S)(?:\+(?:0\d|1[0-4]):?(?:00|15|30|45)|(?<=T\d{6})-(?:0\d|1[0-2]):?(?:00|30))|(?!)))?"
        r"(?!\d)|(?!\d))",
        re.IGNORECASE,
    )
)
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
_UTC_KEY = re.compile(r"(?<![A-Za-z])(?i:utc|gmt)(?![A-Za-z])|(?<=[a-z])U(?:TC|tc)(?![a-z])")
_EPOCH_NAME = re.compile(r"(?<![0-9A-Za-z.])(1[4-9]\d{8}|1[4-9]\d{11})(?![0-9A-Za-z.])")
_EPOCH = re.compile(r"1\d{9}(?:\.\d{1,9})?|1\d{12}|1\d{15}|1\d{18}")
_LINE_CLOCK = re.compile(  # what a logger puts before its message; the letter of a zone is no message
    rf"\[?{_SLASHED}[T ]{_CLOCK}(?P<fraction>[.,]\d{{1,9}})?+\s?+(?P<zone>{_ZONE})?+"
    r"(?!\d|:\d).*[A-Za-z]"
)
_LEVEL = re.compile(  # and what some put before the time: [INFO], INFO:root:, `[ Info:`
    r"(?i)[\[<(\u250c]?\s?(?:trace|debug|info|note|notice|warn(?:ing)?|error|critical|fatal)\s?[\]>):|]?"
    r"(?:[\w.]{1,80}:)?[\s:|-]*(?=\[?(?:19|20)\d\d)"
)
_LEVELS = frozenset("[<(\u250ctdinwecfTDINWECF")  # with which one begins: millions of lines are asked
_DATESTR = re.compile(r"\s{0,8}'?\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d'?\s*")  # as MATLAB prints it
_CENTURIES = frozenset(("19", "20"))
_QUOTES = frozenset("12[\"'")
_PRINTED = re.compile(  # what a program prints that is asked for the time: now() in Julia, Sys.time() in R
    rf'(?:\[1\] "|"|\')?{_DATE}[T ]{_CLOCK}(?P<fraction>\.\d{{1,9}})?(?P<zone>Z| ?UTC|[+-]\d\d:?\d\d)?'
    r'(?: [A-Z]{3,5})?["\']?\s*'
)


def _statement(
    found: re.Match[str], fraction: float, zone: str | None, origin: str, source: Source
) -> TimeStatement | None:
    day = int(found["y"]), int(found["m"]), int(found["day"])
    is_exact = origin == "field" and found["S"] is not None  # else midnight was written by hand
    return statement(found, day, origin, source, zone, fraction=fraction, may_be_midnight=is_exact)


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
    found = _STAMP.finditer(as_read(name))
    each = (_statement(match, 0.0, match["zone"], "stamp", source) for match in found)
    stamps = [stamp for stamp in each if stamp is not None]
    if stamps:
        return min(stamps, key=lambda stamp: stamp.resolution)
    clock = yearless_name(name)
    return (
        TimeStatement(clock[0], TimeKind.LOCAL, clock[1], "stamp", source, lacks_year=True) if clock else None
    )


def name_stamps(path: str) -> tuple[TimeStatement, ...]:
    """The stamps in the names of a path, innermost first; those without a year come last.

    A number of seconds counts where there is no other: it stamps a run, but does not make a folder evidence.
    """
    names = path.split("/")
    stamps = []
    for depth in range(len(names), 0, -1):
        source = Source("/".join(names[:depth]), 0, names[depth - 1][:200])
        parent = names[depth - 2] if depth > 1 else ""
        stamp = _name_stamp(_with_day(parent, names[depth - 1]), source)
        if stamp is not None:
            stamps.append(stamp)
    if not stamps and names:
        stamps += _epoch_stamp(names[-1], Source(path, 0, names[-1][:200]))
    return tuple(sorted(stamps, key=lambda stamp: stamp.lacks_year))


def _epoch_stamp(name: str, source: Source) -> list[TimeStatement]:
    """The number of seconds, or milliseconds, in a name: `run_1760026634`."""
    found = _EPOCH_NAME.search(name)
    time = None if found is None else value_time(float(found[1]), "stamp", source)
    return [] if time is None else [time]


def text_time(text: str, origin: str, source: Source) -> TimeStatement | None:
    """The first date or time in a text: a stamp, ISO 8601, else one with the name of its month."""
    text = as_read(text)
    iso = _ISO.search(text)
    stamp = _STAMP.search(text)
    if iso is not None and (stamp is None or iso.start() <= stamp.start()):
        time = _statement(iso, float(iso["fraction"] or 0), iso["zone"], origin, source)
        if time is not None and (iso["H"] is not None or stamp is None or stamp["H"] is None):
            return time
    if stamp is not None:
        return _statement(stamp, 0.0, stamp["zone"], origin, source)
    return spelled_time(text, origin, source)[1]


def has_clock(line: str) -> bool:
    """Whether a line begins with the time at which it was logged, or is the output of date(1)."""
    if _logged(line) is not None or _of_date_program(line) is not None:
        return True
    return yearless_line(line, Source("")) is not None


def _logged(line: str) -> re.Match[str] | None:
    """The time at the beginning of a line, in 24 hours; or the line, if it is nothing but a time.

    Whole minutes alone on a line are of what is computed, as the steps of a forecast are.
    """
    line = in_24_hours(line) if line[:2] in _CENTURIES else line
    line = as_read(line.strip(" '")) if _DATESTR.fullmatch(line) else line
    logged = _LINE_CLOCK.match(line)
    if logged is None and line[:1] in _LEVELS and (level := _LEVEL.match(line)) is not None:
        logged = _LINE_CLOCK.match(line[level.end() :])
    if logged is not None or line[:1] not in _QUOTES or len(line) >= LONGEST_DATE:
        return logged
    printed = _PRINTED.fullmatch(line)
    return printed if printed is not None and (printed["S"] or "00") != "00" else None


def _of_date_program(line: str) -> re.Match[str] | None:
    """A line that is the output of date(1); with an offset in digits, it may be git's date of a commit."""
    found = SPELLED.fullmatch(line.strip(" \t[]")) if len(line) < LONGEST_DATE else None
    return None if found is None or found["offset"] or (found["zone"] or "")[:1] in ("+", "-") else found


def line_time(line: str, source: Source) -> TimeStatement | None:
    """When a line was logged: what stands before a logger's message, or the output of date(1)."""
    logged = _logged(line)
    if logged is not None:
        fraction = float((logged["fraction"] or "0").replace(",", "."))
        return _statement(logged, fraction, (logged["zone"] or "").strip() or None, "header", source)
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


def keyed_time(key: str, time: TimeStatement) -> TimeStatement:
    """A time that stands under a key: `start_utc` states the zone that its value does not."""
    if time.kind is not TimeKind.LOCAL or _UTC_KEY.search(key) is None:
        return time
    return evolve(time, kind=TimeKind.UTC)


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

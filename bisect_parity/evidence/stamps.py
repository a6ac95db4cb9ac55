"""Times out of names and text: stamps of all kinds, ISO 8601, epoch numbers. Pure."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement

__all__ = ["is_stamped", "is_stamped_folder", "name_stamps", "text_time", "value_time"]

DAY = 86400.0
EARLIEST, LATEST = 631_152_000, 4_102_444_800  # 1990 to 2100, POSIX seconds
_DATE = r"(?P<y>(?:19|20)\d\d)(?P<d>-?)(?P<m>0[1-9]|1[0-2])(?P=d)(?P<day>0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?P<H>[01]\d|2[0-3])[-:]?(?P<M>[0-5]\d)(?:[-:]?(?P<S>[0-5]\d|60))?"
_STAMP = re.compile(rf"(?<!\d){_DATE}(?:(?P<sep>[T_ -]?){_CLOCK}(?P<zone>Z)?(?!\d)|(?!\d))", re.IGNORECASE)
_TIME_FOLDER = re.compile(r"(?:[01]\d|2[0-3])-[0-5]\d-[0-5]\d")  # Hydra: 2025-10-09/16-17-14
_ISO = re.compile(
    rf"(?<![\d-]){_DATE}(?:[T ]{_CLOCK}(?P<fraction>\.\d{{1,9}})?\s?"
    r"(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?)?(?!\d)",
    re.IGNORECASE,
)


def _seconds(found: re.Match[str]) -> float | None:
    hour, minute, second = (int(found[name] or 0) for name in "HMS")
    try:
        day = datetime(int(found["y"]), int(found["m"]), int(found["day"]), tzinfo=UTC)
    except ValueError:
        return None
    return day.timestamp() + hour * 3600 + minute * 60 + second


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
    offset = 0  # Z or UTC
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        offset = (int(digits[:2]) * 3600 + int(digits[2:]) * 60) * (-1 if zone[0] == "-" else 1)
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
    """The first date or time in a text: stamps, ISO 8601 with or without zone."""
    iso = _ISO.search(text)
    stamp = _STAMP.search(text)
    if iso is not None and (stamp is None or iso.start() <= stamp.start()):
        statement = _statement(iso, float(iso["fraction"] or 0), iso["zone"], origin, source)
        if statement is not None and (iso["H"] is not None or stamp is None or stamp["H"] is None):
            return statement
    return _statement(stamp, 0.0, stamp["zone"], origin, source) if stamp is not None else None


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

"""Times without a year: names such as `Mar03_15-00-00_host`, lines of CTest and glog. Pure.

They are placed in the year 1972, which had a 29th of February. `in_year` gives them the year that fits best.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from attrs import evolve

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.evidence.spelled_dates import DAY, MONTHS, instant

LEAP_YEAR = 1972
YEARS = 9  # among which there is always a leap year
_NAMES = "|".join(MONTHS)
_FIRST = frozenset("IWEFSJMAOND")  # of levels and months
_NAME = re.compile(  # as the SummaryWriter of TensorBoard calls the folder of a run
    rf"(?<![A-Za-z])(?P<m>{_NAMES})(?P<day>\d\d)_(?P<H>\d\d)-(?P<M>\d\d)-(?P<S>\d\d)(?!\d)"
)
_CTEST = re.compile(  # `Start testing: Nov 26 18:32 PST`
    rf"(?:Start|End) testing: (?P<m>{_NAMES}) (?P<day>[ 0-3]\d) (?P<H>\d\d):(?P<M>\d\d)(?P<S>)"
    r" (?P<zone>\S{1,40})$"
)
_GLOG = re.compile(  # `I1126 18:32:01.123456 4711 solver.cc:12] step 1`
    r"[IWEF](?P<m>\d\d)(?P<day>\d\d) (?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)(?:\.\d{1,9})? +\d+ [^\s:]+:\d+\]"
)
_SYSLOG = re.compile(  # `Nov 26 18:32:01 host solver[4711]: step 1`, also of journalctl
    rf"(?P<m>{_NAMES}) (?P<day>[ 0-3]\d) (?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d)(?:\.\d{{1,9}})?"
    r" [\w.-]{1,255} [^\s\[\]:]{1,100}(?:\[\d{1,10}\])?: "
)


@functools.lru_cache(maxsize=4096)  # each file of a folder asks for its name
def yearless_name(name: str) -> tuple[float, float] | None:
    """Seconds and resolution of the time in the name of a file or folder, read as UTC in 1972."""
    found = _NAME.search(name)
    return None if found is None else _clock(found, _month(found))


def yearless_line(line: str, source: Source) -> TimeStatement | None:
    """The time that a line of a log begins with."""
    if line[:1] not in _FIRST:  # millions of lines are asked
        return None
    numbered = _GLOG.match(line)
    if numbered is not None:
        return _of_line(_clock(numbered, int(numbered["m"])), "", source)
    logged = _SYSLOG.match(line)
    if logged is not None:
        return _of_line(_clock(logged, _month(logged)), "", source)
    named = _CTEST.match(line)
    return None if named is None else _of_line(_clock(named, _month(named)), named["zone"], source)


def _of_line(clock: tuple[float, float] | None, zone: str, source: Source) -> TimeStatement | None:
    if clock is None:
        return None
    seconds, resolution = clock
    kind = TimeKind.UTC if zone in ("UTC", "GMT") else TimeKind.LOCAL
    return TimeStatement(seconds, kind, resolution, "header", source, lacks_year=True)


def _month(match: re.Match[str]) -> int:
    return MONTHS.index(match["m"]) + 1


def _clock(match: re.Match[str], month: int) -> tuple[float, float] | None:
    hour, minute, second = int(match["H"]), int(match["M"]), int(match["S"] or 0)
    if not (1 <= month <= 12 and hour < 24 and minute < 60 and second <= 60):
        return None
    seconds = instant(LEAP_YEAR, month, int(match["day"]), hour * 3600 + minute * 60 + second)
    return None if seconds is None else (seconds, 1.0 if match["S"] else 60.0)


def in_year(statement: TimeStatement, latest: float | None, others: Iterable[float]) -> TimeStatement | None:
    """A statement in the year that fits best; None where nothing decides.

    Args:
        statement: one that lacks its year.
        latest: a time before which it was, POSIX seconds.
        others: other times of the same run: it is as near to the first of them as it can be.
    """
    near = next(iter(others), latest)
    if near is None:
        return None
    moment, year = datetime.fromtimestamp(statement.seconds, UTC), datetime.fromtimestamp(near, UTC).year
    of_day = int(statement.seconds % DAY)
    each = (instant(year - back, moment.month, moment.day, of_day) for back in range(-1, YEARS))
    possible = [seconds for seconds in each if seconds is not None]
    if near is latest:
        return evolve(statement, seconds=next(seconds for seconds in possible if seconds <= near + DAY))
    return evolve(statement, seconds=min(possible, key=lambda seconds: abs(seconds - near)))

"""How long a run took, as its files state it: keys, units and notations. Pure."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from bisect_parity.evidence.model import Duration, TimeKind
from bisect_parity.evidence.numbers import is_number, nearest_float

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bisect_parity.evidence.model import Source, TimeStatement

LONGEST_SECONDS = 366 * 86400.0
LONGEST_TEXT = 64
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
}
_UNIT = r"[nu\u00b5m]s|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d"
_KEY = re.compile(
    r"_*(?:(?:total|run|job|overall|train(?:ing)?|session)_?)?"
    r"(?:duration|elapsed(?:_?time)?|runtime|wall_?time|wall_?clock(?:_?time)?)"
    r"|total_?(?:run_?)?time|time_?(?:total|elapsed)",
)
_KEY_UNIT = re.compile(rf"(?P<key>.+?)_?(?:in_)?(?P<unit>{_UNIT})")
_WHOLE = re.compile(r"(?i)run|job|session|summary|stats|meta(?:data)?|info|timings?|execution")
_NUMBER = r"\d{1,12}(?:\.\d{0,12})?"
_CLOCK = re.compile(
    rf"(?:(?P<d>\d{{1,3}})(?:-| days?, ))?(?:(?P<h>\d{{1,4}}):)?(?P<m>\d{{1,4}}):(?P<s>{_NUMBER})"
)
_PART = re.compile(rf"({_NUMBER})\s*({_UNIT})(?![a-z])[\s,]*", re.IGNORECASE)
_TIMED = re.compile(r"(?:\s*Elapsed \(wall clock\) time \(h:mm:ss or m:ss\):|real(?=\s))\s*(\S.*)")


def value_durations(name: str, value: object, source: Source) -> tuple[Duration, ...]:
    """The time that a whole run took, if a value states it.

    Args:
        name: keys joined by dots; what stands in a list, or deep, is of a part of the run.
        value: a number in the unit that the key ends with, by default seconds; or text.
        source: where it stands.
    """
    parent, _, key = name.rpartition(".")
    unit = _key_unit(key)
    if unit is None or (parent and not _WHOLE.fullmatch(parent)):
        return ()
    if isinstance(value, str):
        seconds = _text_seconds(value, unit)
    elif is_number(value):
        seconds = nearest_float(value) * unit
    else:
        return ()
    return _stated(seconds, source)


def line_durations(line: str, source: Source) -> tuple[Duration, ...]:
    """The same of a line that GNU time or a shell's `time` has written."""
    found = _TIMED.match(line)
    return () if found is None else _stated(_text_seconds(found[1], 1.0), source)


def spans(times: Iterable[TimeStatement]) -> Iterator[Duration]:
    """How long a run took, by a start and an end that one file states in one way: in the same zone, any zone.

    Args:
        times: that a file states.
    """
    stated = [time for time in times if time.kind is not TimeKind.DATE and not time.lacks_year]
    for start in (time for time in stated if time.marks == "start"):
        ends = [
            time
            for time in stated
            if time.marks == "end" and (time.kind, time.origin) == (start.kind, start.origin)
        ]
        last = max(ends, key=lambda time: time.seconds, default=None)
        if last is not None:
            yield from _stated(last.seconds - start.seconds, last.source)


def _stated(seconds: float | None, source: Source) -> tuple[Duration, ...]:
    if seconds is None or not 0 < seconds <= LONGEST_SECONDS:
        return ()
    return (Duration(seconds, source),)


@functools.lru_cache(maxsize=4096)
def _key_unit(key: str) -> float | None:
    """The unit of a key that names how long a run took, in seconds; None of all other keys."""
    small = re.sub(r"[^a-z0-9]+", "_", key.strip().lower()).rstrip("_")
    if _KEY.fullmatch(small):
        return 1.0
    found = _KEY_UNIT.fullmatch(small)
    return _unit(found["unit"]) if found is not None and _KEY.fullmatch(found["key"]) else None


def _unit(text: str) -> float:
    small = text.lower().replace("\u00b5", "u")
    return _UNITS[small] if small in _UNITS else _UNITS[small.removesuffix("s")]


def _text_seconds(text: str, unit: float) -> float | None:
    """Seconds in `4:00:01`, `1-02:03:04`, `2 h 3 min`, `240m3.1s` or `14400.5`."""
    text = text.strip().strip("`*|").strip()
    if len(text) > LONGEST_TEXT:
        return None
    if re.fullmatch(_NUMBER, text):
        return float(text) * unit
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        days, hours, minutes = (int(clock[part] or 0) for part in "dhm")
        return 86400.0 * days + 3600.0 * hours + 60.0 * minutes + float(clock["s"])
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text):
        return None
    return sum(float(number) * _unit(of) for number, of in parts)

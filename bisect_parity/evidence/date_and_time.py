"""A day and a time of day that are written apart: `"date": "2025-10-09", "time": "16:17:14"`. Pure."""

from __future__ import annotations

import re
from typing import Any

LONGEST = 32
_CLOCK = re.compile(
    r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:\s?[AP]M)?(?:\s?(?:Z|UTC|[+-]\d\d:?\d\d))?",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?:19|20)\d\d(?P<d>[-/.]?)(?:0[1-9]|1[0-2])(?P=d)(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d"
)
_TIME = re.compile(r"(?i)(?<![a-z])time|(?<=[a-z])Time")
_DATES = {"time": "date", "Time": "Date", "TIME": "DATE"}


def is_clock(value: object) -> bool:
    """Whether a value is a time of day, and nothing more."""
    return isinstance(value, str) and len(value) <= LONGEST and _CLOCK.fullmatch(value.strip()) is not None


def is_day(value: object) -> bool:
    """Whether a value is a day, and nothing more."""
    return isinstance(value, str) and len(value) <= LONGEST and _DAY.fullmatch(value.strip()) is not None


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

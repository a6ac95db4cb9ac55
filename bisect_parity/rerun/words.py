"""What JSON documents of a result say in words: a verdict or a switch that changed is no equal result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bisect_parity.evidence.formats.documents import DocumentError, load_json
from bisect_parity.evidence.keys import name_words
from bisect_parity.params.noise import tells_speed
from bisect_parity.wording import counted

LONGEST = 40  # characters of a value that is shown
_MOMENT = re.compile(
    r"(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|(?:19|20)\d{6}[T_-]\d{4,6}Z?|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?|\b1[4-9]\d{8}(?:\d{3}|\.\d+)?\b"
)
_ADDRESS = re.compile(r"\b0x[0-9A-Fa-f]{6,16}\b")  # of an object in memory
_TOOK = re.compile(r"\b(?:in|took|elapsed:?) \d+(?:\.\d+)? ?(?:[nmu]?s|secs?|seconds|min|minutes|h|hours)\b")
_DAY = re.compile(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b"
)
_OF_ONE_RUN = frozenset(  # words of keys of what no run says twice
    word
    for line in (
        "time times timestamp datetime date dates stamp began ended started finished",
        "start end created modified",
        "host hostname node user username login pid uuid id uname platform machine argv command",
        "cwd path paths file files filename folder folders dir dirs directory tmp temp",
        "environ environment env",
        "commit sha hash digest branch version versions",
    )
    for word in line.split()
)
_NEVER_EQUAL = re.compile(  # parts of a value that no run says twice: numbers, ids, paths
    r"(?<![\w.~+-])(?:[\w.~+-]*+/)++[\w.~+-]*+|\b(?=[a-f-]{0,64}\d)[0-9a-f][0-9a-f-]{6,}\b"
    r"|\b0x[0-9a-fA-F]+|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
)


def changed_words(then: bytes, now: bytes) -> str:
    """Which text or switch of a JSON document is another one; empty where none is.

    Keys of times, places, ids and versions do not count, nor do numbers, which are compared as figures.

    Args:
        then, now: contents of files; what is no JSON says nothing.
    """
    before, after = _document(then), _document(now)
    if before is None or after is None:
        return ""
    one, other = dict(_words(before)), dict(_words(after))
    changed = [name for name in one if name in other and _core(one[name]) != _core(other[name])]
    if not changed:
        return ""
    first = changed[0]
    more = f", and {counted(len(changed) - 1, 'other text')}" if len(changed) > 1 else ""
    return f"{first} {_shown(one[first])} then, {_shown(other[first])} now{more}"


def without_moments(text: str) -> str:
    """A text without dates, durations and addresses, which no run says twice."""
    return _TOOK.sub("@", _MOMENT.sub("@", _ADDRESS.sub("@", text)))


def _document(data: bytes) -> Any:
    try:
        return load_json(data)
    except DocumentError:
        return None


def _words(document: Any) -> Iterator[tuple[str, str | bool | None]]:
    """Each text and switch of a document with the keys above it; not those of what no run says twice."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            below = [(str(key), item) for key, item in value.items()]
            waiting += [
                (f"{name}.{key}" if name else key, item) for key, item in below if not _is_of_one_run(key)
            ]
        elif isinstance(value, list):
            waiting += [(f"{name}[{index}]", item) for index, item in enumerate(value)]
        elif isinstance(value, str | bool):
            yield name, value


def _is_of_one_run(key: str) -> bool:
    return not _OF_ONE_RUN.isdisjoint(name_words(key)) or key.lower() == "name" or tells_speed(key)


def _core(value: str | bool | None) -> object:
    return _NEVER_EQUAL.sub("@", _DAY.sub("@", without_moments(value))) if isinstance(value, str) else value


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."

"""Profiles of Python calls: cProfile's statistics (`python -m cProfile -o FILE`), and pyinstrument's JSON.

Both name where functions stand, which tells commits apart; cProfile states neither time nor commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.marshalled import MarshalError, load_marshal
from bisect_parity.evidence.formats.place import MOST_FRAMES, PYTHON, Place, items, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Frame, Problem

_STATISTICS = re.compile(rb"[{\xfb](?:[(\xa8]\x03\0\0\0|[)\xa9]\x03)")  # the first key has three parts
_PYINSTRUMENT = (b'"start_time"', b'"sample_count"', b'"root_frame"')


def _read_statistics(path: str, data: bytes) -> Findings:
    """Reads the positions of the functions that ran."""
    try:
        statistics = load_marshal(data)
    except MarshalError as error:
        return Findings(problems=(Problem(path, one_line(f"no statistics of cProfile: {error}")),))
    keys: Iterable[Any] = table(statistics)
    positions = (each for each in keys if isinstance(each, tuple) and len(each) == 3)
    found = (frame for each in positions for frame in Place(path).frame(*each, is_definition=True))
    return Findings(frames=tuple(islice(found, MOST_FRAMES)))


def _find(place: Place, document: Any) -> Findings:
    document = place.object(document, "a profile of pyinstrument")
    said = string(document.get("target_description")).removeprefix("Program: ")
    return Findings(
        times=place.time("start_time", document.get("start_time"), "start"),
        durations=place.duration("duration", document.get("duration")),
        frames=tuple(islice(_called(place, document.get("root_frame")), MOST_FRAMES)),
        commands=parse_commands(f"$ python {said}", place.path) if said.endswith(PYTHON) else (),
    )


def _called(place: Place, root: Any) -> Iterator[Frame]:
    """Each position once: a function may be called from many others."""
    seen = set()
    waiting = [table(root)]
    while waiting:
        call = waiting.pop()
        waiting += map(table, reversed(items(call.get("children"))))
        position = (call.get(key) for key in ("file_path", "line_no", "function"))
        for frame in place.frame(*position, is_definition=True):
            if frame not in seen:
                seen.add(frame)
                yield frame


READERS = (
    FormatReader(
        "cprofile",
        (
            *(".prof", ".pstats", ".pstat", ".stats", ".profile"),
            *(".cprof", ".cprofile", ".out", ".dat", ".bin"),
        ),
        lambda _, head: _STATISTICS.match(head) is not None,
        _read_statistics,
    ),
    FormatReader("pyinstrument", (".json", ".pyisession"), marked(*_PYINSTRUMENT), document_reader(_find)),
)

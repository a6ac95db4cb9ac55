"""Profiles of Python calls: cProfile's statistics (`python -m cProfile -o FILE`), and pyinstrument's JSON.

Both name where functions stand, which tells commits apart; cProfile states neither time nor commit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.marshalled import MarshalError, load_marshal
from bisect_parity.evidence.formats.place import Place, items, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Frame, Problem, Source

MOST_FRAMES = 20_000
PYTHON = (".py", ".pyx", ".ipynb")
_STATISTICS = re.compile(rb"[{\xfb](?:[(\xa8]\x03\0\0\0|[)\xa9]\x03)")  # the first key has three parts
_PYINSTRUMENT = (b'"start_time"', b'"sample_count"', b'"root_frame"')


def _read_statistics(path: str, data: bytes) -> Findings:
    """Reads the positions of the functions that ran."""
    try:
        statistics = load_marshal(data)
    except MarshalError as error:
        return Findings(problems=(Problem(path, one_line(f"no statistics of cProfile: {error}")),))
    return Findings(frames=tuple(islice(_positions(path, table(statistics)), MOST_FRAMES)))


def _positions(path: str, statistics: dict[Any, Any]) -> Iterator[Frame]:
    for position in statistics:
        match position:
            case (str() as file, int() as line, str() as function) if file.endswith(PYTHON) and line > 0:
                source = Source(path, 0, one_line(f"{file}:{line}({function})"))
                yield Frame(file, line, function, True, source)


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
        frame = waiting.pop()
        waiting += map(table, reversed(items(frame.get("children"))))
        file, line, name = string(frame.get("file_path")), frame.get("line_no"), string(frame.get("function"))
        if not file.endswith(PYTHON) or not isinstance(line, int) or line < 1 or (file, line, name) in seen:
            continue
        seen.add((file, line, name))
        yield Frame(file, line, name, True, Source(place.path, 0, one_line(json.dumps([name, file, line]))))


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

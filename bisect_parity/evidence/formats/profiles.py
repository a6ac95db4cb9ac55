"""Profiles of Python programs: Scalene, speedscope (py-spy) and pyinstrument.

They name positions in the code, which tell commits apart. None names a commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.place import MOST_FRAMES, PYTHON, Place, items, number, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.model import Findings, Frame

_SCALENE_KEYS = (
    b'"alloc_samples"',
    b'"args"',
    b'"async_profile"',
    b'"combined_stacks"',
    b'"elapsed_time_sec"',
)
_PYINSTRUMENT = (b'"start_time"', b'"sample_count"', b'"root_frame"')


def _claims_scalene(path: PurePosixPath, head: bytes) -> bool:
    return path.suffix == ".json" and sum(key in head for key in _SCALENE_KEYS) >= 3


def _find_scalene(place: Place, document: Any) -> Findings:
    document = place.object(document, "a profile of Scalene")
    took = number(document.get("elapsed_time_sec"))
    frames = (
        frame
        for file, found in table(document.get("files")).items()
        for each in map(table, items(table(found).get("functions")))
        for frame in place.frame(file, each.get("lineno"), each.get("line"), is_definition=True)
    )
    peak = {"max_footprint_mb": document.get("max_footprint_mb")} if document.get("memory") is True else {}
    return Findings(
        times=place.time("start_time_absolute", document.get("start_time_absolute"), "start"),
        durations=place.duration("elapsed_time_sec", took),
        metrics=(*place.metrics("elapsed_time_sec", took), *place.metrics("", peak)),
        frames=tuple(islice(frames, MOST_FRAMES)),
    )


def _find_speedscope(place: Place, document: Any) -> Findings:
    document = place.object(document, "a profile for speedscope")
    frames = map(table, items(table(document.get("shared")).get("frames"))[:MOST_FRAMES])
    positions = ([each.get(key) for key in ("file", "line", "name")] for each in frames)
    return Findings(
        frames=tuple(frame for each in positions for frame in place.frame(*each, is_definition=False)),
        durations=place.duration("endValue", _longest(items(document.get("profiles")))),
    )


def _longest(profiles: list[Any]) -> float | None:
    """The longest of the threads' profiles, in seconds."""
    spans = (
        last - first
        for profile in map(table, profiles)
        if profile.get("unit") == "seconds"
        and (first := number(profile.get("startValue"))) is not None
        and (last := number(profile.get("endValue"))) is not None
        and last > first
    )
    return max(spans, default=None)


def _find_pyinstrument(place: Place, document: Any) -> Findings:
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
    FormatReader("scalene", (".json",), _claims_scalene, document_reader(_find_scalene)),
    FormatReader(
        "speedscope",
        (".json",),
        marked(b"speedscope.app/file-format-schema.json"),
        document_reader(_find_speedscope),
    ),
    FormatReader(
        "pyinstrument", (".json", ".pyisession"), marked(*_PYINSTRUMENT), document_reader(_find_pyinstrument)
    ),
)

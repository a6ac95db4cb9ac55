"""Profiles of Python programs: Scalene, py-spy in the format of speedscope, and mprof of memory_profiler.

The first two name positions in the code, which tell commits apart. None names a commit.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.decode import decode
from bisect_parity.evidence.formats.place import MOST_FRAMES, Place, items, number, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Metric, Source, TimeStatement

_SCALENE_KEYS = (
    b'"alloc_samples"',
    b'"args"',
    b'"async_profile"',
    b'"combined_stacks"',
    b'"elapsed_time_sec"',
)
_MEMORY = re.compile(r"MEM (?P<mib>\d+(?:\.\d+)?) (?P<seconds>\d{10}(?:\.\d+)?)\s*")


def _claims_scalene(path: PurePosixPath, head: bytes) -> bool:
    return path.suffix == ".json" and sum(key in head for key in _SCALENE_KEYS) >= 3


def _read_memory(path: str, data: bytes) -> Findings:
    """Reads the samples of `mprof run`: when the first and the last were taken, and the largest."""
    place = Place(path)
    lines = [(at, line) for at, line in enumerate(decode(data).splitlines(), 1) if line]
    samples = [(at, match) for at, line in lines if (match := _MEMORY.fullmatch(line)) is not None]
    metrics: tuple[Metric, ...] = ()
    times: tuple[TimeStatement, ...] = ()
    if samples:
        at, largest = max(samples, key=lambda sample: float(sample[1]["mib"]))
        source = Source(path, at, one_line(largest[0]))
        metrics = (Metric("peak_memory_mib", float(largest["mib"]), source),)
        first, last = (float(samples[index][1]["seconds"]) for index in (0, -1))
        times = place.time("MEM", first, "start") + place.time("MEM", last, "end")
    said = [line.removeprefix("CMDLINE ") for _, line in lines[:1] if line.startswith("CMDLINE ")]
    return Findings(times=times, metrics=metrics, commands=parse_commands("\n".join(said), path))


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


READERS = (
    FormatReader("scalene", (".json",), _claims_scalene, document_reader(_find_scalene)),
    FormatReader(
        "speedscope",
        (".json",),
        marked(b"speedscope.app/file-format-schema.json"),
        document_reader(_find_speedscope),
    ),
    FormatReader(
        "memory-profiler",
        (".dat",),
        lambda _, head: head.startswith((b"CMDLINE ", b"MEM ")) and b"\nMEM " in b"\n" + head,
        _read_memory,
    ),
)

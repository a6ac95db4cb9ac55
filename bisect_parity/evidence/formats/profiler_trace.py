"""Chrome traces of torch.profiler and viztracer: exact start, CUDA runtime, Python frames that ran."""

from __future__ import annotations

import json
import math
import re
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.formats.place import MOST_FRAMES, Place, items, number, table
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Frame, Problem, Source, TimeKind, TimeStatement
from bisect_parity.evidence.spelled_dates import EARLIEST, LATEST

SAME_MOMENT_MICROSECONDS = 0.5
FIELDS = (
    "cuda_runtime_version",
    "cuda_driver_version",
    "cupti_version",
    "schemaVersion",
    "traceName",
    "record_shapes",
    "profile_memory",
    "with_stack",
)
TORCH = "python_function"
_FRAMES = {  # how events of a category name a position
    TORCH: re.compile(r"(?P<file>[^()<>]{1,400})\((?P<line>\d{1,7})\): (?P<function>.{1,200})"),
    **dict.fromkeys(  # of viztracer, with the names of the functions around
        ("fee", "FEE"),
        re.compile(
            r"(?:.{0,200}\.)?(?P<function>[^.\s]{1,200}) \((?P<file>[^()<>]{1,400}):(?P<line>\d{1,7})\)"
        ),
    ),
}


def _claims(path: PurePosixPath, head: bytes) -> bool:
    return path.suffix == ".json" and (b'"baseTimeNanoseconds"' in head or b'"traceEvents"' in head)


def _read(path: str, data: bytes) -> Findings:
    """Reads what the profiler wrote; a trace without a clock base has no time."""
    try:
        document = table(json.loads(data))
    except (ValueError, RecursionError) as error:
        return Findings(problems=(Problem(path, f"not a valid trace: {one_line(str(error))}"),))
    if not isinstance(document.get("traceEvents"), list):
        return Findings(problems=(Problem(path, "a trace without events"),))
    place = Place(path)
    events = [event for event in document["traceEvents"] if isinstance(event, dict)]
    device = next(map(table, items(document.get("deviceProperties"))), {}).get("name")
    facts = [(key, key, document.get(key)) for key in FIELDS]
    return Findings(
        times=_start(place, document, events),
        environment=place.environment([*facts, ("cuda_device", "deviceProperties[0].name", device)]),
        frames=_frames(path, events),
    )


def _start(place: Place, document: dict[str, Any], events: list[dict[str, Any]]) -> tuple[TimeStatement, ...]:
    """UTC seconds of the profiler's own span, or of the first event: base / 1e9 + ts / 1e6."""
    stated = [event for event in events if str(event.get("name", "")).startswith("PyTorch Profiler")]
    times = [ts for event in stated or events if (ts := number(event.get("ts"))) is not None]
    base = number(document.get("baseTimeNanoseconds", 0))  # before it was written, ts itself was absolute
    if not times or base is None or base < 0:
        return ()
    seconds = base / 1e9 + min(times) / 1e6
    if not EARLIEST < seconds < LATEST:
        return ()
    source = place.source("baseTimeNanoseconds + ts", f"{base:.0f} + {min(times)}")
    return (TimeStatement(seconds, TimeKind.UTC, 1e-6, "trace", source, "start"),)


def _frames(path: str, events: list[dict[str, Any]]) -> tuple[Frame, ...]:
    """Every position once; a frame that was entered before the profiler began reports where it stood."""
    ends: dict[tuple[str, str], float] = {}
    for event in events:
        key = (str(event.get("cat")), str(event.get("name")))
        if key[0] in _FRAMES and (key in ends or len(ends) < MOST_FRAMES):
            ends[key] = min(_end(event), ends.get(key, math.inf))
    last = max((end for end in ends.values() if end < math.inf), default=math.inf)
    frames = []
    for (category, name), end in ends.items():
        found = _FRAMES[category].fullmatch(name)
        if found is not None:
            is_call = category != TORCH or end < last - SAME_MOMENT_MICROSECONDS
            source = Source(path, 0, one_line(name))
            frames.append(Frame(found["file"], int(found["line"]), found["function"], is_call, source))
    return tuple(frames)


def _end(event: dict[str, Any]) -> float:
    """When a frame was left; what was on the stack all the time ends with the profile."""
    begin, duration = number(event.get("ts")), number(event.get("dur"))
    return math.inf if begin is None or duration is None else begin + duration


READER = FormatReader("torch-profiler", (".json",), _claims, _read)

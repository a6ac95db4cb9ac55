"""MLPerf: logs with lines `:::MLLOG {...}`, of training and of storage, and the summaries of inference."""

from __future__ import annotations

import re
from typing import Any

from bisect_parity.evidence.formats.documents import decode, json_value
from bisect_parity.evidence.formats.place import Gathered, Place, number, string, table
from bisect_parity.evidence.formats.reader import FormatReader, marked
from bisect_parity.evidence.model import Findings, TimeStatement

MOST_LINES = 1_000_000
MOST_SUMMARY_BYTES = 65_536
_LINE = re.compile(r"\s*(?:\d+: ?)?:::MLL(?:OG)? (\{.*\})\s*")
_MARKS = {"run_start": "start", "init_start": "start", "run_stop": "end"}
_MEASURED = re.compile(r"(?:eval_|train_|tracked_|throughput).*|.*(?:accuracy|loss|error)")


def _read_mlperf(path: str, data: bytes) -> Findings:
    """Times in ms since 1970; the last value of what was measured, the first of what was set."""
    times: dict[str, TimeStatement] = {}
    measured: dict[str, tuple[int, Any]] = {}
    given: dict[str, tuple[int, Any]] = {}
    for line_number, line in enumerate(decode(data).split("\n")[:MOST_LINES], 1):
        event = _event(line) if ":::MLL" in line else {}
        key, value = string(event.get("key")), event.get("value")
        if key in _MARKS:
            for time in Place(path, line_number).time(key, event.get("time_ms"), _MARKS[key]):
                times[_MARKS[key]] = times.get("start", time) if time.marks == "start" else time
        elif _MEASURED.fullmatch(key) and number(value) is not None:
            measured[key] = line_number, value
        elif key and isinstance(value, str | int | float):
            given.setdefault(key, (line_number, value))
    return Findings(
        times=tuple(times.values()),
        metrics=tuple(m for key, (line, v) in measured.items() for m in Place(path, line).metric(key, v)),
        parameters=tuple(p for key, (line, v) in given.items() for p in Place(path, line).parameter(key, v)),
    )


def _event(line: str) -> dict[str, Any]:
    """The object of a line of the logger; empty where it cannot be read."""
    found = _LINE.fullmatch(line)
    return {} if found is None else table(json_value(found[1]))


def _read_summary(path: str, data: bytes) -> Findings:
    """Reads mlperf_log_summary.txt: results above, and the parameters of the test below."""
    found = Gathered()
    has_settings = False
    for line_number, line in enumerate(decode(data[:MOST_SUMMARY_BYTES]).splitlines(), 1):
        has_settings = has_settings or line.strip() == "Test Parameters Used"
        key, colon, text = (part.strip() for part in line.rpartition(":"))
        if not colon or not key:
            continue
        place, value = Place(path, line_number), _number(text)
        if has_settings or isinstance(value, str):
            found.parameters += place.parameter(key, value)
        else:
            found.metrics += place.metric(key, value)
    return found.findings()


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


READERS = (
    FormatReader("mlperf", (".txt", ".log", ".out"), marked(b":::MLL"), _read_mlperf),
    FormatReader("mlperf", ("mlperf_log_summary.txt",), marked(b"MLPerf Results Summary"), _read_summary),
)

"""JSON of any shape: ids, times, metrics and parameters by their keys; logs whose lines are JSON objects.

Structured loggers write such logs under the names of texts.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import decode, json_value
from bisect_parity.evidence.formats.entries import (
    Entry,
    are_steps,
    look_into,
    read_entries,
    runs_or_log,
    without_data_times,
)
from bisect_parity.evidence.formats.reader import FormatReader, marked
from bisect_parity.evidence.formats.text_file import LOGS, read_text
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem, Trust
from bisect_parity.evidence.numbers import read_float, read_int

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

_FIGURES = re.compile(r"(?i)(?:\w+[_-])?(?:metrics|scores|(?:all|eval|train|test|predict)_results)\.json")
_DECODER = json.JSONDecoder(parse_float=read_float, parse_int=read_int)
MESSAGES = ("message", "msg", "event")
LEAST_LINES = 2
_OF_LINES = frozenset({*MESSAGES, "level", "levelname", "levelno", "severity", "logger", "caller"}) | {
    *("lineno", "funcName", "pathname", "threadName", "processName", "taskName")
}  # what loggers say of a line, and not of the run


def _read(path: str, data: bytes) -> Findings:
    """Reads JSON, and NDJSON by its lines; what is not JSON is read as text, and said to be."""
    text = decode(data)
    try:
        document = _DECODER.decode(text)
    except RecursionError:
        return Findings(problems=(Problem(path, "nested too deeply to be read"),))
    except ValueError as error:
        return _by_lines(path, text, error)
    return _document(path, document)


def _by_lines(path: str, text: str, error: ValueError) -> Findings:
    entries: list[Entry] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = _DECODER.decode(line)
        except (ValueError, RecursionError):
            entries = []
            break
        if isinstance(value, dict):
            entries.append(Entry(f"line {number}", number, value))
    if len(entries) > 1:
        return read_entries(path, entries)
    problem = Problem(path, f"not valid JSON: {one_line(str(error))}")
    findings = read_text(path, text, has_commands=False)
    return Findings(records=findings.records, times=findings.times, problems=(problem, *findings.problems))


def _document(path: str, document: Any) -> Findings:
    if isinstance(document, list):
        entries = [Entry(f"[{at}]", 0, item) for at, item in enumerate(document) if isinstance(item, dict)]
        if not entries:
            are_numbers = all(isinstance(item, int | float | Decimal) for item in document)
            problem = Problem(path, "a JSON list without objects")
            return Findings(problems=() if are_numbers else (problem,))
        if len(entries) == 1:
            return collect(path, dict(entries[0].values), Trust.MACHINE)
        problems: list[Problem] = []
        runs = tuple(without_data_times(look_into(path, entries, problems)))
        found = runs_or_log(runs) if are_steps(runs) else Findings(runs=runs)
        return evolve(found, problems=tuple(problems))
    if isinstance(document, dict):
        are_figures = _FIGURES.fullmatch(path.rpartition("/")[2]) is not None
        return collect(path, document, Trust.MACHINE, are_figures=are_figures)
    return Findings(problems=(Problem(path, "JSON that is neither an object nor a list"),))


# the last suffix is of Zarr, version 2
READER = FormatReader("json", (".json", ".jsonl", ".ndjson", ".zattrs"), marked(), _read)


def _claims_log(_: PurePosixPath, head: bytes) -> bool:
    if not head.startswith(b"{"):
        return False
    whole, newline, _last = decode(head).rpartition("\n")
    lines = [line for line in whole.split("\n") if line.strip()]
    is_long = bool(newline) and len(lines) >= LEAST_LINES
    return is_long and all(isinstance(json_value(line), dict) for line in lines)


def _read_log(path: str, data: bytes) -> Findings:
    """Reads the keys of every line, and what stands in the messages as in any log."""
    entries = [Entry(f"line {number}", number, value) for number, value in _log_lines(decode(data))]
    found = read_entries(path, [_of_run(entry) for entry in entries])
    if found.runs:
        return found
    said = read_text(path, _messages(entries), is_log=True, has_commands=False)
    known = {metric.name for metric in found.metrics}
    return evolve(
        found,
        records=(*found.records, *said.records),
        mentions=(*found.mentions, *said.mentions),
        metrics=(*found.metrics, *(metric for metric in said.metrics if metric.name not in known)),
        frames=said.frames,
    )


def _log_lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("{") and isinstance(value := json_value(line), dict):
            yield number, value


def _of_run(entry: Entry) -> Entry:
    return evolve(entry, values={key: item for key, item in entry.values.items() if key not in _OF_LINES})


def _messages(entries: list[Entry]) -> str:
    """What the lines say, each at its number."""
    said: list[str] = []
    for entry in entries:
        said += [""] * (entry.line - 1 - len(said))
        texts_of = (entry.values.get(key) for key in MESSAGES)
        said.append(next((one_line(value) for value in texts_of if isinstance(value, str)), ""))
    return "\n".join(said)


LOG = FormatReader("json-log", LOGS, _claims_log, _read_log)

"""Logs whose lines are JSON objects, under the names of texts: structured loggers write `.log`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.decode import decode
from bisect_parity.evidence.formats.documents import json_value
from bisect_parity.evidence.formats.entries import Entry, look_into, runs_or_log
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.text_file import LOGS, read_text
from bisect_parity.evidence.keys import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from bisect_parity.evidence.model import Findings, Problem

MESSAGES = ("message", "msg", "event")
LEAST_LINES = 2
_OF_LINES = frozenset({*MESSAGES, "level", "levelname", "levelno", "severity", "logger", "caller"}) | {
    *("lineno", "funcName", "pathname", "threadName", "processName", "taskName")
}  # what loggers say of a line, and not of the run


def _claims(_: PurePosixPath, head: bytes) -> bool:
    if not head.startswith(b"{"):
        return False
    whole, newline, _last = decode(head).rpartition("\n")
    lines = [line for line in whole.split("\n") if line.strip()]
    is_long = bool(newline) and len(lines) >= LEAST_LINES
    return is_long and all(isinstance(json_value(line), dict) for line in lines)


def _read(path: str, data: bytes) -> Findings:
    """Reads the keys of every line, and what stands in the messages as in any log."""
    problems: list[Problem] = []
    entries = [Entry(f"line {number}", number, value) for number, value in _lines(decode(data))]
    found = runs_or_log(look_into(path, [_of_run(entry) for entry in entries], problems))
    if found.runs:
        return evolve(found, problems=tuple(problems))
    said = read_text(path, _messages(entries), is_log=True, has_commands=False)
    known = {metric.name for metric in found.metrics}
    return evolve(
        found,
        records=(*found.records, *said.records),
        mentions=(*found.mentions, *said.mentions),
        metrics=(*found.metrics, *(metric for metric in said.metrics if metric.name not in known)),
        frames=said.frames,
        problems=tuple(problems),
    )


def _lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
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


READER = FormatReader("json-log", LOGS, _claims, _read)

"""Histories: JSON lines and YAML lists, in which every object is a run with its own commit and time.

Lists in plain JSON are read by `json_file`, which shares the tables of keys. Where fewer than two lines
name a commit, they are the log of one run: the first time is its start, the last figures its results.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats.documents import DocumentError, load_yaml, texts
from bisect_parity.evidence.formats.json_file import collect
from bisect_parity.evidence.keys import is_id_key
from bisect_parity.evidence.model import Findings, Metric, Parameter, Problem, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

__all__ = ["READER"]

MOST_RUNS = 20_000
MOST_PROBLEMS = 20
LINES = (".jsonl", ".ndjson")
_YAML_KEY = re.compile(rb"^(?:- |  )\s*[\"']?([\w .-]{1,40}?)[\"']?\s*:", re.MULTILINE)
_YAML_LIST = re.compile(rb"(?:\s*(?:#[^\n]*|---)?\n)*- ")


class _RunListsReader:
    """Reads .jsonl and .ndjson, and YAML lists whose objects name commits."""

    name = "run-lists"

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        suffix = path.suffix.lower()
        if suffix in LINES:
            return True
        if suffix not in (".yaml", ".yml") or _YAML_LIST.match(head) is None:
            return False
        return any(is_id_key(found[1].decode("ascii", "replace")) for found in _YAML_KEY.finditer(head))

    def read(self, path: str, data: bytes) -> Findings:
        problems: list[Problem] = []
        if path.lower().endswith(LINES):
            runs = list(_lines(path, texts(data), problems))
        else:
            runs = list(_entries(path, data, problems))
        is_list = not path.lower().endswith(LINES) and all(run.records or run.times for run in runs)
        if sum(bool(run.records) for run in runs) > (0 if is_list else 1):
            return Findings(runs=tuple(run for run in runs if _is_run(run)), problems=tuple(problems))
        return evolve(_as_one(runs), problems=tuple(problems))


def _lines(path: str, text: str, problems: list[Problem]) -> Iterator[Findings]:
    """Each line that is an object; a line that cannot be read, such as a cut-off last one, is told."""
    count = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            if len(problems) < MOST_PROBLEMS:
                problems.append(Problem(path, f"line {number} is not valid JSON"))
            continue
        if isinstance(value, dict):
            count += 1
            if count > MOST_RUNS:
                problems.append(Problem(path, f"more than {MOST_RUNS} objects: the rest was not read"))
                return
            yield collect(path, value, Trust.MACHINE, f"line {number}", number)


def _entries(path: str, data: bytes, problems: list[Problem]) -> Iterator[Findings]:
    try:
        document: Any = load_yaml(data)
    except DocumentError as error:
        problems.append(Problem(path, str(error)))
        return
    if not isinstance(document, list):
        problems.append(Problem(path, "not a list of runs"))
        return
    for index, value in enumerate(document[:MOST_RUNS]):
        if isinstance(value, dict):
            yield collect(path, value, Trust.MACHINE, f"[{index}]")
    if len(document) > MOST_RUNS:
        problems.append(Problem(path, f"more than {MOST_RUNS} objects: the rest was not read"))


def _is_run(findings: Findings) -> bool:
    return bool(findings.records or findings.times or findings.metrics)


def _as_one(entries: Sequence[Findings]) -> Findings:
    """The log of one run."""
    timed = [entry for entry in entries if entry.times]
    metrics: dict[str, Metric] = {}
    parameters: dict[str, Parameter] = {}
    environment: dict[str, Parameter] = {}
    for entry in entries:
        metrics.update((metric.name, metric) for metric in entry.metrics)
        for parameter in entry.parameters:
            parameters.setdefault(parameter.name, parameter)
        for parameter in entry.environment:
            environment.setdefault(parameter.name, parameter)
    times = [evolve(timed[0].times[0], marks="start")] if timed else []
    if len(timed) > 1:
        times.append(evolve(timed[-1].times[-1], marks="end"))
    return Findings(
        records=tuple(record for entry in entries for record in entry.records),
        times=tuple(times),
        metrics=tuple(metrics.values()),
        parameters=tuple(parameters.values()),
        environment=tuple(environment.values()),
        branches=tuple(branch for entry in entries for branch in entry.branches)[:1],
    )


READER = _RunListsReader()

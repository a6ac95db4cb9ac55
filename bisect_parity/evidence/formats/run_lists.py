"""Histories: JSON lines, tables and YAML lists, in which every object is a run with its own commit and time.

Lists in plain JSON are read by `json_file`, which shares the tables of keys. Where fewer than two lines
name a commit, what they are is told by their times: lines that lie minutes apart, with figures and without
a count of steps, are runs; others are the log of one run, whose first time is its start, and whose last
figures are its results. Beside a count of steps, numbers that change are figures.
"""

from __future__ import annotations

import csv
import json
import re
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats import place
from bisect_parity.evidence.formats.documents import DocumentError, load_yaml, texts
from bisect_parity.evidence.formats.json_file import MOST_RUNS, collect
from bisect_parity.evidence.keys import is_id_key, is_time_key
from bisect_parity.evidence.model import Findings, Metric, Parameter, Problem, Source, Trust
from bisect_parity.evidence.numbers import read_float, read_int
from bisect_parity.evidence.stamps import value_time

if TYPE_CHECKING:
    from _csv import Reader
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import PurePosixPath

__all__ = ["READER", "TABLES"]

MOST_PROBLEMS = 20
LINES = (".jsonl", ".ndjson")
TABLES = (".csv", ".tsv")
DELIMITERS = ",;\t"
STEPS = frozenset({"step", "global_step", "epoch", "iteration", "iter", "batch", "frame"})
LEAST_GAP_SECONDS = 60.0  # between runs of a benchmark; a log writes more often
_YAML_KEY = re.compile(rb"^(?:- |  )\s*[\"']?([\w .-]{1,40}?)[\"']?\s*:", re.MULTILINE)
_YAML_LIST = re.compile(rb"(?:[ \t\r]*(?:#[^\n]*|---[ \t\r]*)?\n)*- ")


class _RunListsReader:
    """Reads JSON lines, tables with commits, times or steps, and YAML lists whose objects name commits."""

    name = "run-lists"
    suffixes = (*LINES, *TABLES, ".yaml", ".yml")

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        suffix = path.suffix.lower()
        if suffix in LINES:
            return True
        if suffix in TABLES:
            return _is_table(head)
        if suffix not in (".yaml", ".yml") or _YAML_LIST.match(head) is None:
            return False
        return any(is_id_key(found[1].decode("ascii", "replace")) for found in _YAML_KEY.finditer(head))

    def read(self, path: str, data: bytes) -> Findings:
        problems: list[Problem] = []
        if path.lower().endswith(LINES):
            runs = list(_lines(path, texts(data), problems))
        elif path.lower().endswith(TABLES):
            runs = list(_rows(path, texts(data), problems))
        else:
            runs = list(_entries(path, data, problems))
        is_list = not path.lower().endswith(LINES + TABLES) and all(run.records or run.times for run in runs)
        if sum(bool(run.records) for run in runs) > (0 if is_list else 1) or _are_runs(runs):
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


def _cells(text: str) -> Reader:
    """The rows of a table; the delimiter is the one that its first line has most of."""
    lines = text.splitlines()
    header = next(iter(lines), "")
    return csv.reader(lines, delimiter=max(DELIMITERS, key=header.count))


def _is_table(head: bytes) -> bool:
    """Whether a table names commits, absolute times, or what was measured at each step of a run.

    A column "time" may as well be simulated seconds. Steps are what the loggers of Keras and Lightning write.
    """
    try:
        rows = _cells(texts(head))
        header, first = next(rows, []), next(rows, [])
    except csv.Error:
        return False
    names = {key.strip().lower() for key in header}
    if bool(first) and names & STEPS and names - STEPS:
        return True
    times = (_value(key, cell) for key, cell in zip(header, first, strict=False) if is_time_key(key))
    return (bool(first) and any(map(is_id_key, header))) or any(
        value_time(time, "field", Source("")) for time in times
    )


def _rows(path: str, text: str, problems: list[Problem]) -> Iterator[Findings]:
    """Each row of a table as an object with the keys of the first row; empty cells are left out."""
    rows = _cells(text)
    try:
        keys = next(rows, [])
        for count, row in enumerate(rows, 1):
            if count > MOST_RUNS:
                problems.append(Problem(path, f"more than {MOST_RUNS} rows: the rest was not read"))
                return
            values = {key: _value(key, cell) for key, cell in zip(keys, row, strict=False) if cell.strip()}
            if values:
                yield collect(path, values, Trust.MACHINE, f"line {rows.line_num}", rows.line_num)
    except csv.Error as error:
        problems.append(Problem(path, f"not a table that can be read: {error}"))


def _value(key: str, cell: str) -> Any:
    """A cell as JSON has it: a number, true or false, or text; an id may look like a number, and is text."""
    text = cell.strip()
    if is_id_key(key):
        return text
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for read in (read_int, read_float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


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


def _are_runs(entries: Sequence[Findings]) -> bool:
    """Whether entries that name no commit are runs, and not the log of one."""
    if len(entries) < 2 or not all(entry.times and _has_figure(entry) for entry in entries):
        return False
    has_steps = _has_steps(item.name for entry in entries for item in entry.parameters)
    gaps = [abs(later.times[0].seconds - one.times[0].seconds) for one, later in pairwise(entries)]
    return not has_steps and median(gaps) >= LEAST_GAP_SECONDS


def _has_figure(findings: Findings) -> bool:
    values = [metric.value for metric in findings.metrics] + [item.value for item in findings.parameters]
    return any(isinstance(value, float) for value in values)


def _is_run(findings: Findings) -> bool:
    return bool(findings.records or findings.times or findings.metrics)


def _as_one(entries: Sequence[Findings]) -> Findings:
    """The log of one run."""
    timed = [entry for entry in entries if entry.times]
    metrics: dict[str, Metric] = {}
    values: dict[str, list[Parameter]] = {}
    environment: dict[str, Parameter] = {}
    for entry in entries:
        metrics.update((metric.name, metric) for metric in entry.metrics)
        for parameter in entry.parameters:
            values.setdefault(parameter.name, []).append(parameter)
        for parameter in entry.environment:
            environment.setdefault(parameter.name, parameter)
    figures = [items[-1] for items in values.values() if _is_measured(items)] if _has_steps(values) else []
    metrics |= {item.name: Metric(item.name, float(item.value), item.source) for item in figures}
    times = [evolve(timed[0].times[0], marks="start")] if timed else []
    if len(timed) > 1:
        times.append(evolve(timed[-1].times[-1], marks="end"))
    return Findings(
        records=tuple(record for entry in entries for record in entry.records),
        times=tuple(times),
        metrics=tuple(metrics.values()),
        parameters=tuple(items[0] for name, items in values.items() if name not in metrics),
        environment=tuple(environment.values()),
        branches=tuple(branch for entry in entries for branch in entry.branches)[:1],
    )


def _has_steps(names: Iterable[str]) -> bool:
    return any(name.rpartition(".")[2].strip().lower() in STEPS for name in names)


def _is_measured(values: Sequence[Parameter]) -> bool:
    """Whether a number changes from step to step, and counts none."""
    numbers = {item.value for item in values if isinstance(item.value, float)}
    return (
        len(numbers) > 1 and place.number(values[-1].value) is not None and not _has_steps([values[-1].name])
    )


READER = _RunListsReader()

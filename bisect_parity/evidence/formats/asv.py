"""asv (airspeed velocity): all benchmarks of one commit in one environment; `date` is the commit's own time.

asv tests old revisions, so that no time in these files says which commit was checked out.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from bisect_parity.evidence.formats.place import Place, items, number, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.model import Findings, Metric, TimeStatement

MOST_COMBINATIONS = 10_000
COLUMNS = ("result", "params", "version", "started_at", "duration")
_NAME = re.compile(r"(?P<id>[0-9a-f]{8})-.+\.json")
_MACHINE = ("machine", "os", "arch", "cpu", "num_cpu", "ram", "python")
_OUR_NAMES = {"machine": "host", "arch": "machine", "num_cpu": "cpu_count"}


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.name == "machine.json":
        return b'"ram"' in head and b'"version"' in head
    if path.suffix != ".json":
        return False
    is_result = b'"commit_hash"' in head and (b'"env_name"' in head or b'"env_vars"' in head)
    is_named = _NAME.fullmatch(path.name) is not None
    return is_result or (is_named and (b'"result_columns"' in head or b'"results"' in head))


def _find(place: Place, document: Any) -> Findings:
    document = place.object(document, "a result of asv")
    name = place.path.rpartition("/")[2]
    if name == "machine.json":
        return Findings(environment=_facts(place, document, ""))
    records = place.record("commit_hash", document.get("commit_hash"))
    named = _NAME.fullmatch(name)
    if named is not None:
        records += place.record("file name", named["id"])
    times = place.time("date", document.get("date"), "unknown", origin="commit")
    rows = _rows(document)
    parameters = table(document.get("params"))
    environment = _facts(place, {"python": document.get("python"), **parameters}, "params.")
    environment += place.environment(
        (f"packages.{package}", f"requirements.{package}", version)
        for package, version in table(document.get("requirements")).items()
    )
    found = Findings(
        label=name,
        records=records,
        times=times + _run_times(place, rows),
        metrics=tuple(_metrics(place, rows)),
        environment=environment + place.variables(table(document.get("env_vars")), "env_vars"),
        time_is_commit_time=True,
    )
    return Findings(runs=(found,))  # the folder holds those of other commits, too


def _facts(place: Place, values: dict[str, Any], prefix: str) -> tuple[Any, ...]:
    known = ((_OUR_NAMES.get(key, key), f"{prefix}{key}", values.get(key)) for key in _MACHINE)
    return place.environment(known)


def _rows(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Benchmark -> its columns, for both versions of the format."""
    columns = [string(column) for column in items(document.get("result_columns"))] or list(COLUMNS)
    started, ended = table(document.get("started_at")), table(document.get("ended_at"))
    rows: dict[str, dict[str, Any]] = {}
    for name, value in table(document.get("results")).items():
        if isinstance(value, list):
            rows[name] = dict(zip(columns, value, strict=False))
        else:  # version 1: a bare figure, or an object of result and parameters
            rows[name] = {**(value if isinstance(value, dict) else {"result": value})}
            rows[name] |= {"started_at": started.get(name), "ended_at": ended.get(name)}
    return rows


def _run_times(place: Place, rows: dict[str, dict[str, Any]]) -> tuple[TimeStatement, ...]:
    starts = [(row["started_at"], name) for name, row in rows.items() if number(row.get("started_at"))]
    ends = [(row["ended_at"], name) for name, row in rows.items() if number(row.get("ended_at"))]
    for name, row in rows.items():
        begin, duration = number(row.get("started_at")), number(row.get("duration"))
        if begin and duration is not None:
            ends.append((begin + 1000 * duration, name))
    found: tuple[TimeStatement, ...] = ()
    if starts:
        value, name = min(starts)
        found += place.time(f"results.{name}.started_at", value, "start")
    if ends:
        value, name = max(ends)
        found += place.time(f"results.{name}, end", value, "end")
    return found


def _metrics(place: Place, rows: dict[str, dict[str, Any]]) -> Iterator[Metric]:
    for name, row in rows.items():
        result = row.get("result")
        values = result if isinstance(result, list) else [result]
        axes = [[str(choice) for choice in items(axis)] for axis in items(row.get("params"))]
        combinations = itertools.islice(itertools.product(*axes), MOST_COMBINATIONS)
        labels = [
            f"{name}({', '.join(combination)})" if combination else name for combination in combinations
        ]
        if len(labels) != len(values):
            labels = [f"{name}[{index}]" if len(values) > 1 else name for index in range(len(values))]
        for label, value in zip(labels[:MOST_COMBINATIONS], values, strict=False):
            yield from (evolve(metric, name=label) for metric in place.metric(name, value))


READER = FormatReader("asv", (".json",), _claims, document_reader(_find))

"""Sumatra: `smt export` writes all records of a project into `.smt/records_export.json`.

Its databases are not read: one is made of pickles.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.documents import json_value
from bisect_parity.evidence.formats.patch import find_patch
from bisect_parity.evidence.formats.place import Place, items, string, table, without_lines
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Parameter

MOST_RUNS = 20_000
_MARKS = (b'"label"', b'"executable"', b'"repository"', b'"main_file"')


def _claims(_: PurePosixPath, head: bytes) -> bool:
    return head.lstrip().startswith(b"[") and all(mark in head for mark in _MARKS)


def _find(place: Place, document: Any) -> Findings:
    records = [record for record in map(table, items(document)) if record]
    return Findings(runs=tuple(_run(place, record) for record in reversed(records[:MOST_RUNS])))


def _run(place: Place, record: dict[str, Any]) -> Findings:
    """One run; without `store-diff` Sumatra runs nothing that is not committed."""
    diff = string(record.get("diff"))
    is_git = "Git" in string(table(record.get("repository")).get("type"))
    executable = table(record.get("executable"))
    host = next(map(table, items(record.get("platforms"))), {})
    facts = (
        ("python", "executable.version", executable.get("version")),
        ("host", "platforms[0].network_name", host.get("network_name")),
        ("os", "platforms[0].system_name", host.get("system_name")),
    )
    program = string(record.get("main_file"))
    printed = read_text(place.path, string(record.get("stdout_stderr")), is_log=True, has_commands=False)
    changed = find_patch(place.path, diff) if diff else Findings()  # what files were in the commit
    return Findings(
        label=one_line(string(record.get("label"))),
        records=place.record("version", record.get("version"), dirty=bool(diff)) if is_git else (),
        times=place.time("timestamp", record.get("timestamp"), "start"),
        durations=place.duration("duration", record.get("duration")),
        metrics=without_lines(printed).metrics,
        parameters=tuple(_parameters(place, table(record.get("parameters")))),
        environment=place.environment(facts) + tuple(_packages(place, items(record.get("dependencies")))),
        commands=parse_commands(f"$ python {program}", place.path) if program.endswith(".py") else (),
        digests=without_lines(changed).digests,
    )


def _parameters(place: Place, stated: dict[str, Any]) -> Iterator[Parameter]:
    """Those of a simple parameter set, `name = value` a line, or of one in JSON."""
    content = string(stated.get("content"))
    if content.lstrip().startswith("{"):
        yield from place.parameters(table(json_value(content)))
        return
    for line in content.splitlines()[:MOST_RUNS]:
        name, equals, value = (part.strip() for part in line.partition("#")[0].partition("="))
        if equals and name.isidentifier():
            yield from place.parameter(name, json_value(value, value.strip("\"'")))


def _packages(place: Place, dependencies: list[Any]) -> Iterator[Parameter]:
    for index, dependency in enumerate(map(table, dependencies)):
        name, version = string(dependency.get("name")), dependency.get("version")
        if name and version != "unknown":
            key = f"dependencies[{index}].version"
            yield from place.environment([(f"packages.{name}", key, version)])


READER = FormatReader("sumatra", (".json",), _claims, document_reader(_find))

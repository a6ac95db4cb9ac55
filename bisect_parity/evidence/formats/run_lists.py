"""Histories: JSON lines, tables and YAML lists, in which every object is a run with its own commit and time.

Lists in plain JSON are read by `json_file`. `entries` distinguishes runs from the log of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from bisect_parity.evidence.formats.documents import DocumentError, decode, load_yaml
from bisect_parity.evidence.formats.entries import Entry, look_into, runs_or_log
from bisect_parity.evidence.formats.reader import HEAD_BYTES, FormatReader
from bisect_parity.evidence.formats.tables import (
    LOG_TABLES,
    TABLES,
    cases,
    is_table_of_figures,
    is_table_of_runs,
    rows,
)
from bisect_parity.evidence.keys import is_id_key
from bisect_parity.evidence.model import Findings, Problem

MOST_PROBLEMS = 20
LINES = (".jsonl", ".ndjson")
_YAML_KEY = re.compile(rb"^(?:- |  )\s*[\"']?([\w .-]{1,40}?)[\"']?\s*:", re.MULTILINE)
_YAML_LIST = re.compile(rb"(?:[ \t\r]*(?:#[^\n]*|---[ \t\r]*)?\n)*- ")


def _claims(path: PurePosixPath, head: bytes) -> bool:
    suffix = path.suffix.lower()
    if suffix in LINES:
        return True
    if suffix in (*TABLES, *LOG_TABLES):
        return is_table_of_runs(path, head) or is_table_of_figures(path, head)
    if suffix not in (".yaml", ".yml") or _YAML_LIST.match(head) is None:
        return False
    return any(is_id_key(found[1].decode("ascii", "replace")) for found in _YAML_KEY.finditer(head))


def _read(path: str, data: bytes) -> Findings:
    """Reads JSON lines, tables of runs, steps or figures, and YAML lists whose objects name commits."""
    problems: list[Problem] = []
    is_yaml = False
    if path.lower().endswith(LINES):
        runs = look_into(path, list(_lines(path, decode(data), problems)), problems)
    elif not path.lower().endswith((".yaml", ".yml")):
        if not is_table_of_runs(PurePosixPath(path), data[:HEAD_BYTES]):
            return cases(path, decode(data), problems)
        runs = rows(path, decode(data), problems)
    else:
        runs = look_into(path, list(_entries(path, data, problems)), problems)
        is_yaml = all(run.records or run.times for run in runs)
    return evolve(runs_or_log(runs, is_list=is_yaml), problems=tuple(problems))


def _lines(path: str, text: str, problems: list[Problem]) -> Iterator[Entry]:
    """Each line that is an object; a line that cannot be read, such as a cut-off last one, is reported."""
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
            yield Entry(f"line {number}", number, value)


def _entries(path: str, data: bytes, problems: list[Problem]) -> Iterator[Entry]:
    try:
        document: Any = load_yaml(data)
    except DocumentError as error:
        problems.append(Problem(path, str(error)))
        return
    if not isinstance(document, list):
        problems.append(Problem(path, "not a list of runs"))
        return
    for index, value in enumerate(document):
        if isinstance(value, dict):
            yield Entry(f"[{index}]", 0, value)


READER = FormatReader("run-lists", (*LINES, *TABLES, *LOG_TABLES, ".yaml", ".yml"), _claims, _read)

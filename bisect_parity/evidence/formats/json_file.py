"""JSON of any shape: ids, times, metrics and parameters by their keys."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from attrs import evolve

from bisect_parity.evidence.decode import decode
from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.entries import (
    Entry,
    are_steps,
    look_into,
    runs_or_log,
    without_data_times,
)
from bisect_parity.evidence.formats.reader import FormatReader, marked
from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem, Trust
from bisect_parity.evidence.numbers import read_float, read_int

_FIGURES = re.compile(r"(?i)(?:\w+[_-])?(?:metrics|scores|(?:all|eval|train|test|predict)_results)\.json")
_DECODER = json.JSONDecoder(parse_float=read_float, parse_int=read_int)


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
        problems: list[Problem] = []
        found = runs_or_log(look_into(path, entries, problems))
        return evolve(found, problems=tuple(problems))
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

"""Histories: JSON lines and YAML lists, in which every object is a run with its own commit and time.

Lists in plain JSON are read by `json_file`, tables by `tables`; `entries` tells runs from the log of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats.documents import DocumentError, decode, load_yaml
from bisect_parity.evidence.formats.entries import Entry, read_entries
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.keys import is_id_key
from bisect_parity.evidence.model import Findings, Problem

if TYPE_CHECKING:
    from bisect_parity.evidence.formats.place import Place

MOST_PROBLEMS = 20
_YAML_KEY = re.compile(rb"^(?:- |  )\s*[\"']?([\w .-]{1,40}?)[\"']?\s*:", re.MULTILINE)
_YAML_LIST = re.compile(rb"(?:[ \t\r]*(?:#[^\n]*|---[ \t\r]*)?\n)*- ")


def _read_lines(path: str, data: bytes) -> Findings:
    """Reads JSON lines."""
    problems: list[Problem] = []
    found = read_entries(path, list(_lines(path, decode(data), problems)))
    return evolve(found, problems=(*problems, *found.problems))


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


def _claims_yaml(_: PurePosixPath, head: bytes) -> bool:
    keys = _YAML_KEY.finditer(head) if _YAML_LIST.match(head) is not None else ()
    return any(is_id_key(found[1].decode("ascii", "replace")) for found in keys)


def _find_yaml(place: Place, document: Any) -> Findings:
    """A list whose objects name commits."""
    if not isinstance(document, list):
        raise DocumentError("not a list of runs")
    entries = [Entry(f"[{at}]", 0, value) for at, value in enumerate(document) if isinstance(value, dict)]
    return read_entries(place.path, entries, may_be_list=True)


READERS = (
    FormatReader("run-lists", (".jsonl", ".ndjson"), marked(), _read_lines),
    FormatReader("run-lists", (".yaml", ".yml"), _claims_yaml, document_reader(_find_yaml, load_yaml)),
)

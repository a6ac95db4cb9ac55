"""Tables (CSV, TSV): of runs, of the steps of one run, of what was measured case by case, of named values.

A table with a name and a value in each row, such as `metric,value`, is read as an object is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve, frozen

from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import decode, json_value
from bisect_parity.evidence.formats.entries import Entry, is_step, look_into, runs_or_log
from bisect_parity.evidence.formats.place import Place, number
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import is_figure, is_id_key, is_time_key
from bisect_parity.evidence.model import Findings, Metric, Problem, Source, Trust
from bisect_parity.evidence.numbers import read_float, read_int
from bisect_parity.evidence.stamps import value_time

TABLES = (".csv", ".tsv")
LOG_TABLES = (".log", ".txt")  # names that Keras and others give to tables, too
DELIMITERS = ",;\t"
_DELIMITERS = tuple(mark.encode() for mark in DELIMITERS)
LEAST_COLUMNS = 3  # by which a log is known as a table
MOST_FIGURES = 2000
_COLUMN = re.compile(r"\s*[A-Za-z_][\w ./()%-]{0,60}\s*")
VALUES = ("value", "values", "val")
MOST_ROWS = 20_000
_WHOLE_ID = re.compile(r"(?i)[0-9a-f]{7,64}")


@frozen
class _Table:
    """The names of the columns, the rows below with their lines, and what a comment above states."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    above: dict[str, Any]


def _table(text: str) -> _Table:
    """Take a text for a table; the delimiter is the one that its header has most of.

    Raises:
        csv.Error: it is none.
    """
    lines = text.splitlines()
    comments = next((at for at, line in enumerate(lines) if not line.startswith("#")), len(lines))
    header = lines[comments] if comments < len(lines) else ""
    reader = csv.reader(lines[comments:], delimiter=max(DELIMITERS, key=header.count))
    names = [name.strip() for name in next(reader, [])]
    return _Table(names, ((comments + reader.line_num, row) for row in reader), _comment(lines[:comments]))


def _comment(lines: Sequence[str]) -> dict[str, Any]:
    """The object in JSON that stands in the first line, as the monitors of learning agents write it."""
    found = json_value(lines[0].lstrip("# ")) if lines else None
    return found if isinstance(found, dict) else {}


def _beginning(head: bytes) -> tuple[_Table, list[str]]:
    """The table that some bytes begin, and its first row; both are empty where they begin none."""
    try:
        table = _table(decode(head))
        return table, next((row for _, row in table.rows), [])
    except csv.Error:
        return _Table([], iter(()), {}), []


def is_table_of_runs(path: PurePosixPath, head: bytes) -> bool:
    """Whether a table names commits, absolute times, or what was measured at each step of a run.

    A column "time" may as well be simulated seconds. Steps are what the loggers of Keras and Lightning write.
    """
    suffix = path.suffix.lower()
    if suffix not in (*TABLES, *LOG_TABLES):
        return False
    if suffix in LOG_TABLES and not any(head.count(mark) >= LEAST_COLUMNS - 1 for mark in _DELIMITERS):
        return False  # most logs are none, and need not be taken apart to be told
    table, first = _beginning(head)
    names = [name for name in table.header if name]
    if not first or (suffix in LOG_TABLES and not _is_header(names)):
        return False
    counts_steps = any(map(is_step, names)) and not all(map(is_step, names))
    stated = (*zip(table.header, first, strict=False), *table.above.items())
    times = (cell_value(key, str(cell)) for key, cell in stated if is_time_key(key))
    return (
        counts_steps
        or any(map(is_id_key, names))
        or any(value_time(time, "field", Source("")) for time in times)
    )


def _is_header(names: Sequence[str]) -> bool:
    return len(names) >= LEAST_COLUMNS and all(map(_COLUMN.fullmatch, names))


def _is_of_figures(_: PurePosixPath, head: bytes) -> bool:
    """Whether a table has a column of what is usually measured, such as `rmse`."""
    table, first = _beginning(head)
    return any(
        is_figure(name) and number(cell_value(name, cell)) is not None
        for name, cell in zip(table.header, first, strict=False)
    )


def _read_runs(path: str, data: bytes) -> Findings:
    """Reads each row as an object with the keys of the first row; empty cells are left out."""
    problems: list[Problem] = []
    found: list[Findings] = []
    entries: list[Entry] = []
    try:
        table = _table(decode(data))
        if table.above:
            found.append(collect(path, table.above, Trust.MACHINE, "line 1", 1))
        for line, row in table.rows:
            cells = zip(table.header, row, strict=False)
            values = {key: cell for key, cell in cells if key and cell.strip()}
            if values:
                entries.append(Entry(f"line {line}", line, values))
    except csv.Error as error:
        problems.append(Problem(path, f"not a table that can be read: {error}"))
    found += look_into(path, entries, problems, cell_value)
    return evolve(runs_or_log(found), problems=tuple(problems))


def _read_cases(path: str, data: bytes) -> Findings:
    """Reads the figures of cases, named by the words of their rows; of rows without words the last."""
    problems: list[Problem] = []
    figures: dict[str, Metric] = {}
    try:
        table = _table(decode(data))
        measured = [name for name in table.header if is_figure(name)]
        for line, row in table.rows:
            cells = {key: cell_value(key, cell) for key, cell in zip(table.header, row, strict=False) if key}
            words = [cell for cell in cells.values() if isinstance(cell, str) and cell]
            label = f"{','.join(words)[:80]}." if words else ""
            for name in measured:
                for metric in Place(path, line).metric(label + name, cells.get(name, "")):
                    figures[metric.name] = metric
            if len(figures) >= MOST_FIGURES:
                problems.append(Problem(path, f"more than {MOST_FIGURES} figures: the rest was not read"))
                break
    except csv.Error as error:
        problems.append(Problem(path, f"not a table that can be read: {error}"))
    return Findings(metrics=tuple(figures.values()), problems=tuple(problems))


def cell_value(key: str, cell: str) -> Any:
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


def _claims_named(_: PurePosixPath, head: bytes) -> bool:
    try:
        pairs = _pairs(decode(head))
    except csv.Error:
        return False
    whole = pairs if head.endswith(b"\n") or len(pairs) < 2 else pairs[:-1]  # the head may end in a row
    if not whole or any(len(pair) != 2 for pair in whole):
        return False
    name, value = whole[0]
    is_header = is_figure(name) and not _is_stated(name, value)
    return value.lower() in VALUES or (not is_header and any(_is_stated(*pair) for pair in whole))


def _read_named(path: str, data: bytes) -> Findings:
    """Reads tables of two columns: under a heading that says so, or with names of what runs state."""
    try:
        rows = _pairs(decode(data))
    except csv.Error as error:
        return Findings(problems=(Problem(path, f"not a table that can be read: {error}"),))
    stated = {row[0]: cell_value(row[0], row[1]) for row in rows if len(row) > 1 and row[0] and row[1]}
    found = collect(path, stated, Trust.MACHINE)
    cut = Problem(path, f"{MOST_ROWS} rows and more: the rest was not read")
    return evolve(found, problems=(*found.problems, *((cut,) if len(rows) == MOST_ROWS else ())))


def _pairs(text: str) -> list[list[str]]:
    """The first rows that hold something, without spaces around their cells.

    Raises:
        csv.Error: the text is no table.
    """
    lines = text.splitlines()
    delimiter = max(DELIMITERS, key=next(iter(lines), "").count)
    rows = ([cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter))
    return list(islice((row for row in rows if any(row)), MOST_ROWS))


def _is_stated(name: str, cell: str) -> bool:
    """Whether a name is one of figures, ids or times, and a value is of that kind."""
    value = cell_value(name, cell)
    if is_id_key(name):
        return _WHOLE_ID.fullmatch(str(value)) is not None
    if is_time_key(name):
        return value_time(value, "field", Source("")) is not None
    return is_figure(name) and number(value) is not None


READERS = (
    FormatReader("run-lists", (*TABLES, *LOG_TABLES), is_table_of_runs, _read_runs),
    FormatReader("run-lists", TABLES, _is_of_figures, _read_cases),
    FormatReader("named-values", TABLES, _claims_named, _read_named),
)

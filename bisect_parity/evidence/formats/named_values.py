"""Tables (CSV, TSV) with a name and a value in each row, such as `metric,value`: read as an object is."""

from __future__ import annotations

import csv
import re
from itertools import islice
from pathlib import PurePosixPath

from attrs import evolve

from bisect_parity.evidence.decode import decode
from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.place import number
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.tables import DELIMITERS, TABLES, cell_value
from bisect_parity.evidence.keys import is_figure, is_id_key, is_time_key
from bisect_parity.evidence.model import Findings, Problem, Source, Trust
from bisect_parity.evidence.stamps import value_time

VALUES = ("value", "values", "val")
MOST_ROWS = 20_000
_WHOLE_ID = re.compile(r"(?i)[0-9a-f]{7,64}")


def _claims(_: PurePosixPath, head: bytes) -> bool:
    try:
        pairs = _rows(decode(head))
    except csv.Error:
        return False
    whole = pairs if head.endswith(b"\n") or len(pairs) < 2 else pairs[:-1]  # the head may end in a row
    if not whole or any(len(pair) != 2 for pair in whole):
        return False
    name, value = whole[0]
    is_header = is_figure(name) and not _is_stated(name, value)
    return value.lower() in VALUES or (not is_header and any(_is_stated(*pair) for pair in whole))


def _read(path: str, data: bytes) -> Findings:
    """Reads tables of two columns: under a heading that says so, or with names of what runs state."""
    try:
        rows = _rows(decode(data))
    except csv.Error as error:
        return Findings(problems=(Problem(path, f"not a table that can be read: {error}"),))
    stated = {row[0]: cell_value(row[0], row[1]) for row in rows if len(row) > 1 and row[0] and row[1]}
    found = collect(path, stated, Trust.MACHINE)
    cut = Problem(path, f"{MOST_ROWS} rows and more: the rest was not read")
    return evolve(found, problems=(*found.problems, *((cut,) if len(rows) == MOST_ROWS else ())))


def _rows(text: str) -> list[list[str]]:
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


READER = FormatReader("named-values", TABLES, _claims, _read)

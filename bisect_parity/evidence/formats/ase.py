"""Databases of ASE, in SQLite and JSON: each row is what one calculation gave, with the time it was written.

Times are years since 2000-01-01 00:00 of central Europe, of 365.25 days each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.formats.documents import json_value
from bisect_parity.evidence.formats.entries import runs_or_log
from bisect_parity.evidence.formats.place import Place, number, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.formats.sqlite_file import MAGIC, database_reader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, TimeKind, TimeStatement

MOST_ROWS = 20_000
_EPOCH, _YEAR = 946_681_200.0, 31_557_600.0  # seconds
_LAST = 100.0  # years
_FIGURES = ("energy", "free_energy", "fmax", "smax", "magmom", "volume")
_COLUMNS = "id, mtime, calculator, key_value_pairs, energy, free_energy, fmax, smax, magmom, volume"
_ROWS = f"SELECT {_COLUMNS} FROM systems ORDER BY id DESC LIMIT ?"  # noqa: S608 - names of our own
_JSON_KEYS = (b'"ctime"', b'"mtime"', b'"numbers"', b'"positions"')


def _find_rows(place: Place, database: sqlite3.Connection) -> Findings:
    database.row_factory = sqlite3.Row
    found = database.execute(_ROWS, (MOST_ROWS,)).fetchall()
    return _find(place, (dict(row) for row in reversed(found)))


def _claims_json(_: PurePosixPath, head: bytes) -> bool:
    return head.lstrip()[:1] == b"{" and all(key in head for key in _JSON_KEYS)


def _find_json(place: Place, document: Any) -> Findings:
    rows = ((key, table(row)) for key, row in place.object(document, "a database of ASE").items())
    return _find(place, (row | {"id": key} for key, row in rows if row))


def _find(place: Place, rows: Iterable[dict[str, Any]]) -> Findings:
    """A run each where they lie minutes apart, else the log of one."""
    return runs_or_log([_row(place, row) for row in rows])


def _row(place: Place, row: dict[str, Any]) -> Findings:
    figures = tuple(item for key in _FIGURES if key in row for item in place.metric(key, row[key]))
    chosen = {"calculator": row.get("calculator")} if row.get("calculator") else {}
    return Findings(
        label=one_line(f"id {row.get('id')}"),
        times=_written(place, row.get("mtime")),
        metrics=tuple(item for item in figures if item.value is not None),
        parameters=place.parameters(chosen | _pairs(row.get("key_value_pairs"))),
    )


def _pairs(value: Any) -> dict[str, Any]:
    """What was noted with a row; text in SQLite."""
    return table(json_value(value) if isinstance(value, str) else value)


def _written(place: Place, years: Any) -> tuple[TimeStatement, ...]:
    since = number(years)
    if since is None or not 0 < since < _LAST:
        return ()
    source = place.source("mtime", years)
    seconds = _EPOCH + since * _YEAR
    return (TimeStatement(seconds, TimeKind.UTC, 1.0, "field", source, "end", is_settled=True),)


READERS = (
    FormatReader(
        "ase",
        (".db",),
        lambda _, head: head.startswith(MAGIC) and b"CREATE TABLE systems" in head,
        database_reader("ASE", _find_rows),
    ),
    FormatReader("ase", (".json",), _claims_json, document_reader(_find_json)),
)

"""MLflow's SQLite database, `mlflow.db`: where recent versions keep runs unless told otherwise.

The database is read in memory, from bytes: nothing is locked, and what lies beside the file is not looked at.
It is as untrusted as other evidence: one with views is refused, and a query that takes too long is ended.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats.mlflow import find_run
from bisect_parity.evidence.formats.place import Place
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

__all__ = ["READER"]

MAGIC = b"SQLite format 3\x00"
MOST_RUNS = 2000
MOST_VALUES = 200_000
LONGEST_SECONDS = 20.0
STEPS_BETWEEN_LOOKS = 100_000
LONGEST_VALUE = 2**20
_RUNS = "SELECT run_uuid, start_time, end_time, source_version FROM runs ORDER BY start_time DESC LIMIT ?"
_OF_RUNS = {  # tables whose rows have a run, a key and a value
    kind: f"SELECT run_uuid, key, value FROM {table} LIMIT ?"  # noqa: S608 - names of our own
    for kind, table in (("tags", "tags"), ("params", "params"), ("metrics", "latest_metrics"))
}


class _MlflowDatabaseReader:
    """Reads the runs of a database, the newest ones first if there are too many."""

    name = "mlflow-database"
    suffixes = ("mlflow.db",)

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return head.startswith(MAGIC) and path.name == "mlflow.db"

    def read(self, path: str, data: bytes) -> Findings:
        try:
            with contextlib.closing(sqlite3.connect(":memory:")) as database:
                return _find(Place(path), _opened(database, data))
        except (sqlite3.Error, OverflowError) as error:
            return Findings(problems=(Problem(path, one_line(f"not a database of MLflow: {error}")),))


def _opened(database: sqlite3.Connection, data: bytes) -> sqlite3.Connection:
    database.deserialize(data[:18] + b"\x01\x01" + data[20:])  # without a write-ahead log, which is not here
    end = time.monotonic() + LONGEST_SECONDS
    database.set_progress_handler(lambda: time.monotonic() > end, STEPS_BETWEEN_LOOKS)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    database.text_factory = lambda raw: raw.decode(errors="replace")
    views = database.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'view'").fetchone()[0]
    if views:
        raise sqlite3.DatabaseError("it has views, which MLflow never creates")
    return database


def _find(place: Place, database: sqlite3.Connection) -> Findings:
    documents: dict[str, dict[str, Any]] = {}
    for run, start, end, version in database.execute(_RUNS, (MOST_RUNS,)):
        info = {"start_time": start, "end_time": end}
        tags = {"mlflow.source.git.commit": version} if version else {}
        documents[str(run)] = {"info": info, "data": {"tags": tags, "params": {}, "metrics": {}}}
    for kind, query in _OF_RUNS.items():
        for run, key, value in database.execute(query, (MOST_VALUES,)):
            if str(run) in documents:
                documents[str(run)]["data"][kind][str(key)] = value
    return Findings(runs=tuple(_runs(place, documents)))


def _runs(place: Place, documents: dict[str, dict[str, Any]]) -> Iterator[Findings]:
    for run, document in reversed(documents.items()):
        yield evolve(find_run(place, document), label=one_line(run))


READER = _MlflowDatabaseReader()

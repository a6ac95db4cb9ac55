"""MLflow's SQLite database, `mlflow.db`: where recent versions keep runs unless told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats.mlflow import find_run
from bisect_parity.evidence.formats.place import Place
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.sqlite_file import FAULTS, MAGIC, opened
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

__all__ = ["READER"]

MOST_RUNS = 2000
MOST_VALUES = 200_000
_RUNS = "SELECT run_uuid, start_time, end_time, source_version FROM runs ORDER BY start_time DESC LIMIT ?"
_OF_RUNS = {  # tables whose rows have a run, a key and a value
    kind: f"SELECT run_uuid, key, value FROM {table} LIMIT ?"  # noqa: S608 - names of our own
    for kind, table in (("tags", "tags"), ("params", "params"), ("metrics", "latest_metrics"))
}


def _read(path: str, data: bytes) -> Findings:
    """Reads the runs of a database, the newest ones first if there are too many."""
    try:
        with opened(data, "MLflow") as database:
            return _find(Place(path), database)
    except FAULTS as error:
        return Findings(problems=(Problem(path, one_line(f"not a database of MLflow: {error}")),))


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


READER = FormatReader(
    "mlflow-database",
    ("mlflow.db",),
    lambda path, head: head.startswith(MAGIC) and path.name == "mlflow.db",
    _read,
)

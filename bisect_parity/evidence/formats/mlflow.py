"""MLflow: `<run id>/{meta.yaml, tags/*, params/*, metrics/*}`, a file a value; JSON of runs; its database."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from bisect_parity.evidence.formats.documents import decode, load_json, load_yaml
from bisect_parity.evidence.formats.place import (
    Gathered,
    Logged,
    Place,
    items,
    last_figure,
    read_document,
    string,
    table,
)
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import is_id_key, one_line
from bisect_parity.evidence.model import Findings, Problem, Record, Source, TimeStatement, Trust

LONGEST_LINE = 400
_STORED = re.compile(r"(?:^|/)[0-9a-f]{32}/(?P<kind>tags|params|metrics)/(?P<name>.+)")
_NOT_HOW = {"user", "runName", "note.content"}  # these say who and what for, not how
MOST_RUNS = 2000
MOST_VALUES = 200_000
# What reading a damaged database raises; sqlite's own message may hold what is no UTF-8.
_FAULTS = (sqlite3.Error, OverflowError, UnicodeDecodeError)
MAGIC = b"SQLite format 3\x00"
LONGEST_SECONDS = 20.0
STEPS_BETWEEN_LOOKS = 100_000
LONGEST_VALUE = 2**20
_RUNS = "SELECT run_uuid, start_time, end_time, source_version FROM runs ORDER BY start_time DESC LIMIT ?"
_OF_RUNS = {  # tables whose rows have a run, a key and a value
    kind: f"SELECT run_uuid, key, value FROM {table} LIMIT ?"  # noqa: S608 - names of our own
    for kind, table in (("tags", "tags"), ("params", "params"), ("metrics", "latest_metrics"))
}


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.name == "meta.yaml":
        return b"run_id:" in head or b"run_uuid:" in head
    if path.suffix == ".json":
        return b'"lifecycle_stage"' in head and b'"run_id"' in head
    return _STORED.search(str(path)) is not None


def _read(path: str, data: bytes) -> Findings:
    """Reads the files of a run in a file store, and what `mlflow runs describe` prints."""
    if path.endswith("/meta.yaml") or path == "meta.yaml":
        return read_document(path, data, load_yaml, _find_meta)
    stored = _STORED.search(path)
    if stored is None:
        return read_document(path, data, load_json, find_run)
    if stored["kind"] == "metrics":
        return _find_metric(path, stored["name"], decode(data))
    value = decode(data[:65536]).strip()
    place = Place(path, 1)
    if stored["kind"] == "params":
        return Findings(parameters=place.parameter(stored["name"], value))
    return _find_tags(place, {stored["name"]: value})


def _times(place: Place, values: Mapping[str, Any], prefix: str = "") -> tuple[TimeStatement, ...]:
    start = place.time(f"{prefix}start_time", values.get("start_time"), "start")
    return start + place.time(f"{prefix}end_time", values.get("end_time"), "end")


def _find_meta(place: Place, document: Any) -> Findings:
    document = place.object(document, "the meta.yaml of an MLflow run")
    records = place.record("source_version", document.get("source_version"))
    return Findings(records=records, times=_times(place, document))


def _find_metric(path: str, name: str, text: str) -> Findings:
    """Lines of time in ms, value and step."""

    def logged() -> Iterator[Logged]:
        for number, line in enumerate(text.splitlines(), 1):
            words = line[:LONGEST_LINE].split()
            if len(words) > 1 and words[0].isdecimal():
                yield Logged(Source(path, number, one_line(line)), words[0], words[1])

    return last_figure(name, logged()) or Findings(
        problems=(Problem(path, "no line of time and value in a metric of MLflow"),)
    )


def _find_tags(place: Place, tags: Mapping[str, Any]) -> Findings:
    found = Gathered()
    dirty: Record | None = None
    for name, value in tags.items():
        key = name.rpartition("git.")[2] if name.startswith("mlflow.") else name
        if key == "commit" or (not name.startswith("mlflow.") and is_id_key(name)):
            found.records += place.record(name, value)
        elif key == "branch":
            found.branches += place.branch(name, value)
        elif key in ("dirty", "diff"):
            dirty = _dirty(place, name, key, value) or dirty
        elif name.startswith("mlflow.") and name.removeprefix("mlflow.") not in _NOT_HOW:
            found.environment += place.parameter(name, value)
    if dirty is not None and not any(record.is_id for record in found.records):
        found.records.append(dirty)
    elif dirty is not None:
        found.records = [evolve(one, dirty=dirty.dirty) if one.is_id else one for one in found.records]
    return found.findings()


def _dirty(place: Place, name: str, key: str, value: Any) -> Record | None:
    """What a tag says of the working tree, as a record without an id: the store keeps each tag apart."""
    text = str(value).strip()
    state = bool(text) if key == "diff" else {"true": True, "false": False}.get(text.lower())
    if state is None:
        return None
    source = place.source(name, "..." if key == "diff" else text)
    return Record("uncommitted changes" if state else "clean", name, Trust.MACHINE, False, source, state)


def find_run(place: Place, document: Any) -> Findings:
    """A run as `mlflow runs describe` prints it: `info` has times, `data` what was logged."""
    document = place.object(document, "a run of MLflow")
    info, data = table(document.get("info")), table(document.get("data"))
    tags = {**_pairs(data.get("tags")), **_pairs(document.get("tags"))}
    metrics = _pairs(data.get("metrics"))
    return evolve(
        _find_tags(place, tags),
        times=_times(place, info, "info."),
        parameters=place.parameters(_pairs(data.get("params"))),
        metrics=tuple(found for name, value in metrics.items() for found in place.metric(name, value)),
    )


def _pairs(value: Any) -> dict[str, Any]:
    """A mapping, also where it was written as a list of objects with key and value."""
    listed = (table(item) for item in items(value))
    return table(value) or {string(item.get("key")): item.get("value") for item in listed if item.get("key")}


# tags, parameters and metrics are files named by them: any name may be one
READER = FormatReader("mlflow", ("",), _claims, _read)


def _read_database(path: str, data: bytes) -> Findings:
    """Reads every run of a database in memory: nothing is locked or looked at beside it."""
    try:
        with _opened(data) as database:
            return _find_rows(Place(path), database)
    except _FAULTS as error:
        return Findings(problems=(Problem(path, one_line(f"not a database of MLflow: {error}")),))


@contextlib.contextmanager
def _opened(data: bytes) -> Iterator[sqlite3.Connection]:
    """Open an untrusted database for reading; what is none, or has views, is a `sqlite3.Error`."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(data[:18] + b"\x01\x01" + data[20:])  # without a write-ahead log: it is not here
        end = time.monotonic() + LONGEST_SECONDS
        database.set_progress_handler(lambda: time.monotonic() > end, STEPS_BETWEEN_LOOKS)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA query_only = ON")
        database.text_factory = lambda raw: raw.decode(errors="replace")
        views = database.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'view'").fetchone()[0]
        if views:
            raise sqlite3.DatabaseError("it has views, which MLflow never creates")
        yield database


def _find_rows(place: Place, database: sqlite3.Connection) -> Findings:
    """The runs of a database, the newest ones first if there are too many."""
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


DATABASE = FormatReader(
    "mlflow-database",
    ("mlflow.db",),
    lambda path, head: head.startswith(MAGIC) and path.name == "mlflow.db",
    _read_database,
)

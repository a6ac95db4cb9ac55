"""Sacred's file storage: run.json, config.json and metrics.json in a folder a run.

Sacred stores the source files that a run used under names that end in their MD5 digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.evidence.formats.place import Place, items, packages, read_document, string, table
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.model import Findings, Metric, Record, SourceDigest, TimeStatement

_STORED = re.compile(r".+_(?P<md5>[0-9a-f]{32})(?:\.\w+)?")
_METRICS = (b'"steps"', b'"timestamps"', b'"values"')


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.name == "run.json":
        return b'"artifacts"' in head and (b'"command"' in head or b'"experiment"' in head)
    if path.name == "metrics.json":
        return all(key in head for key in _METRICS)
    return path.name == "config.json" and path.parent.name.isdigit() and b'"seed"' in head


def _read(path: str, data: bytes) -> Findings:
    """Reads the files of a FileStorageObserver."""
    name = path.rpartition("/")[2]
    find = {"metrics.json": _find_metrics, "config.json": _find_config}.get(name, _find_run)
    return read_document(path, data, load_json, find)


def _find_config(place: Place, document: Any) -> Findings:
    return Findings(parameters=place.parameters(place.object(document, "a configuration of Sacred")))


def _find_metrics(place: Place, document: Any) -> Findings:
    metrics: tuple[Metric, ...] = ()
    times: list[TimeStatement] = []
    for name, series in place.object(document, "the metrics of Sacred").items():
        values, stamps = items(table(series).get("values")), items(table(series).get("timestamps"))
        metrics += place.metric(name, values[-1]) if values else ()
        if stamps:
            times += place.time(f"{name}.timestamps[0]", stamps[0], "unknown", is_utc=True)
            times += place.time(f"{name}.timestamps[-1]", stamps[-1], "end", is_utc=True)
    return Findings(metrics=metrics, times=tuple(times))


def _find_run(place: Place, document: Any) -> Findings:
    document = place.object(document, "a run of Sacred")
    experiment, host = table(document.get("experiment")), table(document.get("host"))
    times = place.time("start_time", document.get("start_time"), "start", is_utc=True)
    times += place.time("stop_time", document.get("stop_time"), "end", is_utc=True)
    updates = table(document.get("meta")).get("config_updates")
    system = " ".join(string(part) for part in items(host.get("os")))
    facts = (
        ("host", "host.hostname", host.get("hostname")),
        ("os", "host.os", system or host.get("os")),
        ("cpu", "host.cpu", host.get("cpu")),
        ("python", "host.python_version", host.get("python_version")),
    )
    dependencies = packages(items(experiment.get("dependencies")))
    key = "experiment.dependencies"
    return Findings(
        records=tuple(_records(place, items(experiment.get("repositories")))),
        times=times,
        metrics=place.metrics("result", document.get("result")),
        parameters=place.parameters(table(updates)),
        environment=place.environment(facts)
        + place.environment((f"packages.{name}", f"{key}.{name}", version) for name, version in dependencies)
        + place.variables(table(host.get("ENV")), "host.ENV"),
        digests=tuple(_digests(place, items(experiment.get("sources")))),
    )


def _records(place: Place, repositories: list[Any]) -> Iterator[Record]:
    """One record a commit: Sacred repeats the repository for every source file."""
    seen = set()
    for repository in map(table, repositories):
        dirty = repository.get("dirty")
        for record in place.record("experiment.repositories.commit", repository.get("commit"), dirty=dirty):
            if (record.text, record.dirty) not in seen:
                seen.add((record.text, record.dirty))
                yield record


def _digests(place: Place, sources: list[Any]) -> Iterator[SourceDigest]:
    for index, pair in enumerate(sources):
        file, stored = (string(item) for item in (*items(pair), "", "")[:2])
        found = _STORED.fullmatch(stored.rpartition("/")[2])
        if found is not None and file:
            source = place.source(f"experiment.sources[{index}]", pair)
            yield SourceDigest(file[:1000], "md5", found["md5"], source)


READER = FormatReader("sacred", (".json",), _claims, _read)

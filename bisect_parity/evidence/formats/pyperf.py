"""pyperf and pyperformance: `-o FILE.json`; the commit is there where the suite was run on one."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import Any

from bisect_parity.evidence.formats.place import Place, items, number, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.model import Findings, Metric, TimeStatement

_FACTS = {
    "hostname": "host",
    "platform": "os",
    "cpu_model_name": "cpu",
    "cpu_count": "cpu_count",
    "python_version": "python",
    "perf_version": "packages.pyperf",
    "performance_version": "packages.pyperformance",
}


def _find(place: Place, document: Any) -> Findings:
    document = place.object(document, "a suite of pyperf")
    benchmarks = [table(item) for item in items(document.get("benchmarks"))]
    shared = table(document.get("metadata"))
    if not shared and len(benchmarks) == 1:
        shared = table(benchmarks[0].get("metadata"))
    facts = ((name, key, shared.get(key)) for key, name in _FACTS.items())
    return Findings(
        records=place.record("metadata.commit_id", shared.get("commit_id")),
        times=_dates(place, benchmarks)
        + place.time("metadata.commit_date", shared.get("commit_date"), "unknown", origin="commit"),
        metrics=tuple(_metrics(place, benchmarks, shared)),
        environment=place.environment(facts),
        branches=place.branch("metadata.commit_branch", shared.get("commit_branch")),
    )


def _metrics(place: Place, benchmarks: list[dict[str, Any]], shared: dict[str, Any]) -> Iterator[Metric]:
    """The mean of each benchmark, in the unit that the file states."""
    for benchmark in benchmarks:
        metadata = {**shared, **table(benchmark.get("metadata"))}
        runs = map(table, items(benchmark.get("runs")))
        values = [v for run in runs for item in items(run.get("values")) if (v := number(item)) is not None]
        if values:
            name = f"{string(metadata.get('name'))}.mean_{string(metadata.get('unit')) or 'second'}"
            yield from place.metric(name, fmean(values))


def _dates(place: Place, benchmarks: list[dict[str, Any]]) -> tuple[TimeStatement, ...]:
    """When the first process was begun, and the last one, in local time."""
    runs = (table(run) for item in benchmarks for run in items(item.get("runs")))
    dates = sorted(date for run in runs if (date := string(table(run.get("metadata")).get("date"))))
    ends = list(zip((dates[0], dates[-1]), ("start", "end"), strict=True)) if dates else []
    return tuple(time for date, marks in ends for time in place.time("date", date, marks))


READER = FormatReader(
    "pyperf", (".json",), marked(b'"benchmarks"', b'"runs"', b'"metadata"'), document_reader(_find)
)

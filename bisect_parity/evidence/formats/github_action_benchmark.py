"""github-action-benchmark: data.js (or its JSON), a history of runs; each has the commit that was tested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.evidence.formats.place import Place, items, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.model import Findings

PREFIX = b"window.BENCHMARK_DATA"
MOST_RUNS = 20_000


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.suffix == ".js":
        return head.lstrip().startswith(PREFIX)
    return path.suffix == ".json" and b'"lastUpdate"' in head and b'"entries"' in head


def _load(data: bytes) -> Any:
    """The object behind `window.BENCHMARK_DATA =`, with or without a semicolon after it."""
    stripped = data.strip()
    if stripped.startswith(PREFIX):
        stripped = stripped[len(PREFIX) :].lstrip().removeprefix(b"=").rstrip().removesuffix(b";")
    return load_json(stripped)


def _find(place: Place, document: Any) -> Findings:
    document = place.object(document, "the data of github-action-benchmark")
    return Findings(runs=tuple(_runs(place, table(document.get("entries")))))


def _runs(place: Place, suites: dict[str, Any]) -> Iterator[Findings]:
    left = MOST_RUNS
    for suite, entries in suites.items():
        for index, entry in enumerate(map(table, items(entries)[:left])):
            yield _run(place, entry, f"{suite}[{index}]")
        left -= min(left, len(items(entries)))


def _run(place: Place, entry: dict[str, Any], label: str) -> Findings:
    """One entry: `date` is when the action kept the result, `commit.timestamp` the commit's own time."""
    commit = table(entry.get("commit"))
    benches = [table(bench) for bench in items(entry.get("benches"))]
    times = place.time("date", entry.get("date"), "end")
    times += place.time("commit.timestamp", commit.get("timestamp"), "unknown", origin="commit", is_utc=True)
    facts = (
        ("tool", "tool", entry.get("tool")),
        ("tree", "commit.tree_id", commit.get("tree_id")),
    )
    return Findings(
        label=label,
        records=place.record("commit.id", commit.get("id"), tree=commit.get("tree_id")),
        times=times,
        metrics=tuple(
            metric
            for bench in benches
            for metric in place.metric(string(bench.get("name")), bench.get("value"))
        ),
        environment=place.environment(facts),
    )


READER = FormatReader("github-action-benchmark", (".js", ".json"), _claims, document_reader(_find, _load))

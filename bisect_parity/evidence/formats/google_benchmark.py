"""google-benchmark's JSON: `context` with the host and the date, `benchmarks` with the figures.

It knows no commit: one stands there only where the run was given it, with --benchmark_context=git_sha=...
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.formats.place import Place, items, number, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.keys import is_id_key
from bisect_parity.evidence.model import Findings, Metric, Parameter, Record

_OUR_NAMES = {"host_name": "host", "num_cpus": "cpu_count", "library_version": "packages.google-benchmark"}
_FACTS = (*_OUR_NAMES, "cpu_scaling_enabled", "library_build_type", "executable")
_OWN_CONTEXT = {"date", "mhz_per_cpu", "aslr_enabled", "caches", "load_avg", "json_schema_version", *_FACTS}
_NO_COUNTER = {
    "family_index",
    "per_family_instance_index",
    "repetitions",
    "repetition_index",
    "threads",
    "iterations",
    "real_time",
    "cpu_time",
}


def _claims(path: PurePosixPath, head: bytes) -> bool:
    is_context = b'"context"' in head and b'"num_cpus"' in head
    return path.suffix == ".json" and is_context


def _find(place: Place, document: Any) -> Findings:
    document = place.object(document, "a result of google-benchmark")
    context = table(document.get("context"))
    records: tuple[Record, ...] = ()
    branches: tuple[Parameter, ...] = ()
    facts = ((_OUR_NAMES.get(key, key), f"context.{key}", context.get(key)) for key in _FACTS)
    environment = place.environment(facts)
    for key, value in context.items():
        name = f"context.{key}"
        if key in _OWN_CONTEXT:
            continue
        if is_id_key(key):
            records += place.record(name, value)
        elif key.endswith("branch"):
            branches += place.branch(name, value)
        else:
            environment += place.parameter(name, value) if isinstance(value, str | int | float) else ()
    return Findings(
        records=records,
        times=place.time("context.date", context.get("date"), "start"),
        metrics=tuple(_metrics(place, items(document.get("benchmarks")))),
        environment=environment,
        branches=branches,
    )


def _metrics(place: Place, benchmarks: list[Any]) -> Iterator[Metric]:
    """Times in the unit that the file names, and counters; None where the benchmark failed."""
    for benchmark in map(table, benchmarks):
        name, repetition = string(benchmark.get("name")), benchmark.get("repetition_index")
        if number(benchmark.get("repetitions")) not in (None, 1.0) and type(repetition) is int:
            name = f"{name}[{repetition}]"
        failed = benchmark.get("error_occurred") is True
        is_ratio = benchmark.get("aggregate_unit") == "percentage"  # a coefficient of variation
        unit = "" if is_ratio else f"_{string(benchmark.get('time_unit')) or 'ns'}"
        for key in ("real_time", "cpu_time"):
            if key in benchmark:
                yield from place.metric(f"{name}.{key}{unit}", None if failed else benchmark[key])
        for key, value in benchmark.items():
            if key not in _NO_COUNTER and not isinstance(value, str | bool):
                yield from place.metrics(f"{name}.{key}", value)


READER = FormatReader("google-benchmark", (".json",), _claims, document_reader(_find))

"""Reports of programs that measure and say neither when nor at which commit.

They are hyperfine, JMH, BenchmarkDotNet and criterion.rs.

Only the commit that added the file reveals theirs, and the stamp in its name that BenchmarkDotNet gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.place import Place, items, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.model import Findings, Metric

HYPERFINE_FIGURES = ("mean", "stddev", "median", "user", "system", "min", "max")
DOT_NET_FIGURES = ("Mean", "Median", "StandardDeviation", "Min", "Max")
JMH_PARAMETERS = ("mode", "threads", "forks", "warmupIterations", "measurementIterations")


def _figures(place: Place, name: str, value: Any, keys: tuple[str, ...]) -> Iterator[Metric]:
    values = table(value)
    return chain.from_iterable(place.metric(f"{name}.{key}", values[key]) for key in keys if key in values)


def _find_hyperfine(place: Place, document: Any) -> Findings:
    """Seconds a command; `parameters` are those of --parameter-scan and --parameter-list."""
    results = [table(item) for item in items(place.object(document, "a result of hyperfine").get("results"))]
    lines = [string(result.get("command")) for result in results]
    scanned = (
        place.parameters(table(item.get("parameters")), line)
        for item, line in zip(results, lines, strict=True)
    )
    return Findings(
        metrics=tuple(
            metric
            for line, result in zip(lines, results, strict=True)
            for metric in _figures(place, line, result, HYPERFINE_FIGURES)
        ),
        parameters=tuple(chain.from_iterable(scanned)),
        commands=tuple(chain.from_iterable(parse_commands(line, place.path) for line in lines)),
    )


def _find_jmh(place: Place, document: Any) -> Findings:
    """Scores, in the unit that stands in their name, and the virtual machine."""
    results = [table(item) for item in items(document)]
    metrics: list[Metric] = []
    for result in results:
        name = ".".join([string(result.get("benchmark")), *map(str, table(result.get("params")).values())])
        primary = table(result.get("primaryMetric"))
        metrics += place.metric(f"{name}.score {string(primary.get('scoreUnit'))}", primary.get("score"))
    first = next(iter(results), {})
    facts = ((key, key, first.get(key)) for key in ("jmhVersion", "jdkVersion", "vmName", "vmVersion"))
    return Findings(
        metrics=tuple(metrics),
        parameters=place.parameters({key: first[key] for key in JMH_PARAMETERS if key in first}),
        environment=place.environment(facts),
    )


def _find_benchmark_dot_net(place: Place, document: Any) -> Findings:
    """Nanoseconds a benchmark, and the host."""
    document = place.object(document, "a report of BenchmarkDotNet")
    benchmarks = map(table, items(document.get("Benchmarks")))
    host = table(document.get("HostEnvironmentInfo"))
    facts = ((key, f"HostEnvironmentInfo.{key}", value) for key, value in host.items())
    return Findings(
        metrics=tuple(
            metric
            for benchmark in benchmarks
            for metric in _figures(
                place,
                string(benchmark.get("FullName")),
                benchmark.get("Statistics"),
                DOT_NET_FIGURES,
            )
        ),
        environment=place.environment(facts),
    )


def _find_criterion(place: Place, document: Any) -> Findings:
    """Nanoseconds, named by the folders above `new`; `base` and `change` are of earlier runs."""
    *folders, kind, _ = place.path.split("/")
    if kind in ("base", "change"):
        return Findings()
    document = place.object(document, "an estimate of criterion.rs")
    above = folders[folders.index("criterion") + 1 :] if "criterion" in folders else folders[-1:]
    estimates = ((f"{'/'.join(above)}.{key}_ns", table(value)) for key, value in document.items())
    metrics = (place.metric(name, value.get("point_estimate")) for name, value in estimates if value)
    return Findings(metrics=tuple(chain.from_iterable(metrics)))


READERS = (
    FormatReader(
        "hyperfine",
        (".json",),
        marked(b'"results"', b'"command"', b'"stddev"'),
        document_reader(_find_hyperfine),
    ),
    FormatReader("jmh", (".json",), marked(b'"jmhVersion"'), document_reader(_find_jmh)),
    FormatReader(
        "criterion",
        (".json",),
        marked(b'"confidence_interval"', b'"point_estimate"'),
        document_reader(_find_criterion),
    ),
    FormatReader(
        "benchmark-dot-net",
        (".json",),
        marked(b'"BenchmarkDotNetVersion"'),
        document_reader(_find_benchmark_dot_net),
    ),
)

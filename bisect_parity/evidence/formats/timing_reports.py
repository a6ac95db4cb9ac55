"""Reports of hyperfine and criterion.rs, which measure and say neither when nor at which commit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.place import Place, items, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.model import Findings, Metric

HYPERFINE_FIGURES = ("mean", "stddev", "median", "user", "system", "min", "max")


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
    FormatReader(
        "criterion",
        (".json",),
        marked(b'"confidence_interval"', b'"point_estimate"'),
        document_reader(_find_criterion),
    ),
)

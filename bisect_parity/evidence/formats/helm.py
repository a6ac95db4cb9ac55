"""HELM: the folder of a run, with `run_spec.json` and `stats.json`; it keeps neither commit nor time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.evidence.formats.place import Place, items, read_document, string, table
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.model import Findings, Metric


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.name == "run_spec.json":
        return b'"adapter_spec"' in head or b'"scenario_spec"' in head
    return path.name == "stats.json" and b'"split"' in head and b'"mean"' in head


def _read(path: str, data: bytes) -> Findings:
    """Reads the specification of a run, and its statistics."""
    find = _find_settings if path.endswith("run_spec.json") else _find_statistics
    return read_document(path, data, load_json, find)


def _find_settings(place: Place, document: Any) -> Findings:
    document = place.object(document, "the specification of a HELM run")
    wanted = {key: document[key] for key in ("scenario_spec", "adapter_spec") if key in document}
    return Findings(parameters=place.parameters(wanted))


def _find_statistics(place: Place, document: Any) -> Findings:
    return Findings(metrics=tuple(_statistics(place, items(document))))


def _statistics(place: Place, stats: list[Any]) -> Iterator[Metric]:
    """The mean of each statistic, by its name, split and perturbation."""
    for stat in map(table, stats):
        name_parts = table(stat.get("name"))
        perturbed = string(table(name_parts.get("perturbation")).get("name"))
        name = ".".join(
            filter(None, (string(name_parts.get("name")), string(name_parts.get("split")), perturbed))
        )
        yield from place.metric(name, stat.get("mean")) if "mean" in stat else ()


READER = FormatReader("helm", ("run_spec.json", "stats.json"), _claims, _read)

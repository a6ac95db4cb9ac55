"""pytest-benchmark: one run of a test session, with `commit_info`; names of saved files carry the id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from bisect_parity.evidence.formats.place import Place, items, string, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.model import Findings, Metric

STATISTICS = ("min", "max", "mean", "median", "stddev")
_SAVED = re.compile(
    r"(?:\d{4}_)?(?P<id>[0-9a-f]{7,64}|unversioned)_(?P<stamp>\d{8}_\d{6})(?P<dirty>_uncommitted-changes)?\.json"
)
_NUMBERED = re.compile(r"\d{4}_.+\.json")


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.suffix != ".json":
        return False
    is_saved = _NUMBERED.fullmatch(path.name) is not None and b'"benchmarks"' in head
    return b'"machine_info"' in head or is_saved


def _find(place: Place, document: Any) -> Findings:
    document = place.object(document, "a result of pytest-benchmark")
    commit, machine = table(document.get("commit_info")), table(document.get("machine_info"))
    dirty = commit.get("dirty") if commit.get("id") != "unversioned" else None
    records = place.record("commit_info.id", commit.get("id"), dirty=dirty)
    times = place.time("datetime", document.get("datetime"), "end", is_utc=True)
    for key in ("time", "author_time"):
        times += place.time(f"commit_info.{key}", commit.get(key), "unknown", origin="commit", is_utc=True)
    name = place.path.rpartition("/")[2]
    saved = _SAVED.fullmatch(name)
    if saved is not None:
        records += place.record("file name", saved["id"], dirty=saved["dirty"] is not None)
        times += place.time("file name", saved["stamp"].replace("_", "T") + "Z", "start", origin="stamp")
    cpu = table(machine.get("cpu"))
    facts = (
        ("host", "machine_info.node", machine.get("node")),
        ("os", "machine_info.system", machine.get("system")),
        ("os_release", "machine_info.release", machine.get("release")),
        ("machine", "machine_info.machine", machine.get("machine")),
        ("python", "machine_info.python_version", machine.get("python_version")),
        ("python_implementation", "machine_info.python_implementation", machine.get("python_implementation")),
        ("compiler", "machine_info.python_compiler", machine.get("python_compiler")),
        ("cpu", "machine_info.cpu.brand_raw", cpu.get("brand_raw", cpu.get("brand"))),
        ("cpu_count", "machine_info.cpu.count", cpu.get("count")),
        ("packages.pytest-benchmark", "version", document.get("version")),
    )
    found = Findings(
        records=records,
        times=times,
        metrics=tuple(_metrics(place, items(document.get("benchmarks")))),
        environment=place.environment(facts),
        branches=place.branch("commit_info.branch", commit.get("branch")),
    )
    # numbered files share their folder with those of other runs
    return Findings(runs=(evolve(found, label=name),)) if _NUMBERED.fullmatch(name) else found


def _metrics(place: Place, benchmarks: list[Any]) -> Iterator[Metric]:
    for benchmark in map(table, benchmarks):
        name = string(benchmark.get("name"))
        statistics = table(benchmark.get("stats"))
        size = table(benchmark.get("params")).get("size")
        size = size if type(size) is int else None
        for key in STATISTICS:
            if key in statistics:
                yield from place.metric(f"{name}.{key}", statistics[key], size)
        yield from place.metrics(name, table(benchmark.get("extra_info")), size)


READER = FormatReader("pytest-benchmark", (".json",), _claims, document_reader(_find))

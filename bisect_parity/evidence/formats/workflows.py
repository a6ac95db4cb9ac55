"""Runs of workflow engines: Nextflow's trace; Snakemake's benchmarks and the metadata of what it made."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.durations import parts_seconds
from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.place import Place, items, string
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.model import Findings, Metric, TimeStatement

MOST_TASKS = 2000
_TRACE = re.compile(rb"task_id\t(?:[\w%]+\t)*(?:native_id|name)\t")
_BENCHMARK = re.compile(rb"s\th:m:s\tmax_rss\t")
_METADATA_NAME = re.compile(r"[^.]+")  # a path in base64
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B")
_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(decode(data).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in reader:
        yield reader.line_num, {key: value for key, value in row.items() if key and isinstance(value, str)}


def _find_trace(path: str, data: bytes) -> Findings:
    """Seconds and bytes a task; its times are local."""
    times: list[TimeStatement] = []
    metrics: list[Metric] = []
    for count, (line, row) in enumerate(_rows(data)):
        if count >= MOST_TASKS:
            break
        place, name = Place(path, line), row.get("name") or f"task {row.get('task_id')}"
        times += _moments(place, row)
        spent = parts_seconds(row.get("realtime", ""))
        metrics += place.metric(f"{name}.realtime_s", spent) if spent else ()
        size = _SIZE.fullmatch(row.get("peak_rss", "").strip())
        metrics += place.metric(f"{name}.peak_rss_bytes", float(size[1]) * _BYTES[size[2]]) if size else ()
    times.sort(key=lambda time: time.seconds)
    first = [time for time in times if time.marks == "start"][:1]
    return Findings(
        times=(*first, *[time for time in times if time.marks == "end"][-1:]), metrics=tuple(metrics)
    )


def _moments(place: Place, row: Mapping[str, str]) -> Iterator[TimeStatement]:
    """When a task began; when it ended, or else when the last one was handed in."""
    begun = row.get("submit") or row.get("start") or ""
    yield from place.time("submit", begun, "start")
    yield from place.time("complete", row.get("complete") or begun, "end")


def _find_benchmark(path: str, data: bytes) -> Findings:
    """Seconds and MiB of a rule; of repetitions the last."""
    metrics: dict[str, Metric] = {}
    for line, row in _rows(data):
        for key, value in row.items():
            try:
                figures = Place(path, line).metric(key, float(value))
            except ValueError:  # h:m:s, or "-" where it was not measured
                continue
            metrics.update({metric.name: metric for metric in figures})
    return Findings(metrics=tuple(metrics.values()))


def _is_metadata(path: PurePosixPath, head: bytes) -> bool:
    return ".snakemake/metadata/" in f"{path.parent}/" and b'"rule"' in head


def _metadata(place: Place, document: Any) -> Findings:
    """How one file was made: rule, parameters, command and times."""
    document = place.object(document, "Snakemake's metadata")
    params = {f"params[{at}]": value for at, value in enumerate(items(document.get("params")))}
    return Findings(
        times=place.time("starttime", document.get("starttime"), "start")
        + place.time("endtime", document.get("endtime"), "end"),
        parameters=place.parameters({"rule": string(document.get("rule")), **params}),
        commands=parse_commands(string(document.get("shellcmd")), place.path),
    )


READERS = (
    FormatReader("nextflow", (".txt", ".tsv"), lambda _, head: _TRACE.match(head) is not None, _find_trace),
    FormatReader(
        "snakemake", (".tsv", ".txt"), lambda _, head: _BENCHMARK.match(head) is not None, _find_benchmark
    ),
    FormatReader("snakemake", ("",), _is_metadata, document_reader(_metadata), _METADATA_NAME),
)

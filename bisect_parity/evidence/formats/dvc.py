"""DVC and DVCLive: dvc.lock, params.yaml, dvclive's metrics and plots, and `dvc exp show --json`.

DVC keeps no commit in its files but in the last one: there `rev` is the baseline that an experiment ran on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from bisect_parity.evidence.formats.documents import DocumentError, decode, load_json, load_yaml
from bisect_parity.evidence.formats.place import (
    Logged,
    Place,
    items,
    last_figure,
    read_document,
    string,
    table,
)
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import (
    Findings,
    Metric,
    Parameter,
    Problem,
    Record,
    Source,
    SourceDigest,
    Trust,
)

WORKSPACE = "workspace"
LONGEST_LINE = 400
_MD5 = re.compile(r"[0-9a-f]{32}")


def _claims(path: PurePosixPath, head: bytes) -> bool:
    in_dvclive = any(name.startswith("dvclive") for name in path.parts[:-1])
    if path.suffix == ".tsv":
        columns = head.split(b"\n", 1)[0].rstrip(b"\r").split(b"\t")
        return b"step" in columns and (in_dvclive or columns[-1] == path.stem.encode())
    if path.suffix == ".json":
        is_show = b'"rev":' in head and b'"experiments":' in head
        return is_show or (in_dvclive and path.name == "metrics.json")
    return path.name == "params.yaml" or (path.name == "dvc.lock" and b"schema:" in head)


def _read(path: str, data: bytes) -> Findings:
    """Reads what DVC and DVCLive leave in a working tree."""
    if path.endswith(".tsv"):
        return _find_plot(path, decode(data))
    if path.endswith("params.yaml"):
        return read_document(path, data, load_yaml, _find_params)
    if path.endswith("dvc.lock"):
        return read_document(path, data, load_yaml, find_lock)
    return read_document(path, data, load_json, _find_json)


def _find_params(place: Place, document: Any) -> Findings:
    return Findings(parameters=place.parameters(place.object(document, "parameters of DVC")))


def find_lock(place: Place, document: Any) -> Findings:
    """Parameters, commands' dependencies and their digests; outputs are products, not code."""
    parameters: tuple[Parameter, ...] = ()
    digests: list[SourceDigest] = []
    for stage in map(table, table(place.object(document, "a dvc.lock").get("stages")).values()):
        for values in table(stage.get("params")).values():
            parameters += place.parameters(table(values))
        paths = ((string(item.get("path")), item.get("md5")) for item in map(table, items(stage.get("deps"))))
        digests += _digests(place, "", paths)
    return Findings(parameters=parameters, digests=tuple(digests))


def _digests(place: Place, above: str, digests: Iterable[tuple[str, Any]]) -> Iterator[SourceDigest]:
    """The files of some digests; a folder's digest ends in .dir, and is not that of a file."""
    for file, digest in digests:
        if file and _MD5.fullmatch(string(digest)):
            yield SourceDigest(file[:1000], "md5", digest, place.source(f"{above}{file}", digest))


def _find_plot(path: str, text: str) -> Findings:
    """A table of time in ms (if it was asked for), step and value."""
    lines = text.splitlines()
    columns = lines[0].split("\t") if lines else []

    def logged() -> Iterator[Logged]:
        for number, line in enumerate(lines[1:], 2):
            words = line[:LONGEST_LINE].split("\t")
            if len(words) == len(columns):
                stamp = dict(zip(columns, words, strict=True)).get("timestamp", "")
                yield Logged(Source(path, number, one_line(line)), stamp, words[-1])

    return last_figure(columns[-1] if columns else "", logged()) or Findings(
        problems=(Problem(path, "no line of step and value in a plot of DVCLive"),)
    )


def _find_json(place: Place, document: Any) -> Findings:
    if isinstance(document, list):
        return Findings(runs=tuple(_experiments(place, document)))
    document = place.object(document, "metrics of DVCLive")
    return Findings(metrics=place.metrics("", {key: item for key, item in document.items() if key != "step"}))


def _experiments(place: Place, baselines: list[Any]) -> Iterator[Findings]:
    """The working tree and each baseline as they stand, and every experiment with the baseline it ran on."""
    if not any("rev" in table(baseline) for baseline in baselines):
        raise DocumentError("not the experiments of DVC: no entry has a rev")
    for index, baseline in enumerate(map(table, baselines)):
        data, rev = table(baseline.get("data")), baseline.get("rev")
        yield _state(place, data, f"[{index}]", _records(place, "rev", rev), "commit")
        for position, experiment in enumerate(map(table, items(baseline.get("experiments")))):
            for step, revision in enumerate(map(table, items(experiment.get("revs")))):
                label = f"[{index}].experiments[{position}].revs[{step}]"
                found = _state(
                    place,
                    table(revision.get("data")),
                    label,
                    _records(place, "baseline rev", rev),
                    "field",
                )
                names = (("experiment", "name"), ("experiment_rev", "rev"))
                facts = place.environment((ours, f"{label}.{key}", revision.get(key)) for ours, key in names)
                yield evolve(found, environment=facts)


def _records(place: Place, key: str, rev: Any) -> tuple[Record, ...]:
    if rev == WORKSPACE:
        return (Record(WORKSPACE, key, Trust.MACHINE, False, place.source(key, rev)),)
    return place.record(key, rev)


def _state(
    place: Place, data: dict[str, Any], label: str, records: tuple[Record, ...], origin: str
) -> Findings:
    """One state; the time of a baseline is its commit's, that of an experiment the end of its run."""
    metrics: tuple[Metric, ...] = ()
    parameters: dict[str, Parameter] = {}
    for file in table(data.get("metrics")).values():
        named = {key: item for key, item in table(table(file).get("data")).items() if key != "step"}
        metrics += place.metrics("", named)
    for file in table(data.get("params")).values():
        for parameter in place.parameters(table(table(file).get("data"))):
            parameters.setdefault(
                parameter.name, parameter
            )  # the first file rules: others may be stale copies
    marks = "end" if origin == "field" else "unknown"
    hashes = ((file, table(facts).get("hash")) for file, facts in table(data.get("deps")).items())
    return Findings(
        label=label,
        records=records,
        times=place.time("timestamp", data.get("timestamp"), marks, origin=origin),
        metrics=metrics,
        parameters=tuple(parameters.values()),
        digests=tuple(_digests(place, f"{label}.deps.", hashes)),
    )


READER = FormatReader("dvc", (".tsv", ".json", "params.yaml", "dvc.lock"), _claims, _read)

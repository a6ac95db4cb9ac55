"""Weights & Biases: the files of a run's folder, `[offline-]run-<local time>-<id>/files/`."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.durations import value_durations
from bisect_parity.evidence.formats.documents import decode, load_json, load_yaml
from bisect_parity.evidence.formats.patch import find_patch
from bisect_parity.evidence.formats.place import Place, items, packages, read_document, string, table
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.model import Command, Findings, TimeStatement

_RUN = re.compile(r"(?:^|/)(?:offline-)?run-(?P<stamp>\d{8}_\d{6})-\w+/(?:files/)?[^/]+$")


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.name in ("wandb-metadata.json", "wandb-summary.json"):
        return True
    is_run = _RUN.search(str(path)) is not None
    if path.name == "config.yaml":
        return b"_wandb:" in head or (is_run and b"value:" in head)
    return is_run and path.name in ("requirements.txt", "diff.patch")


def _read(path: str, data: bytes) -> Findings:
    """Reads wandb-metadata.json, wandb-summary.json, config.yaml, requirements.txt and diff.patch."""
    name = path.rpartition("/")[2]
    if name == "diff.patch":
        return find_patch(path, decode(data)) if data.strip() else Findings()
    if name == "requirements.txt":
        return _find_packages(Place(path), decode(data[: 1 << 20]))
    if name == "config.yaml":
        return read_document(path, data, load_yaml, _find_config)
    return read_document(
        path, data, load_json, _find_metadata if name == "wandb-metadata.json" else _find_summary
    )


def _stamp(place: Place) -> tuple[TimeStatement, ...]:
    """The local time in the name of the run's folder."""
    found = _RUN.search(place.path)
    if found is None:
        return ()
    return place.time("folder name", found["stamp"].replace("_", "T"), "start", origin="stamp")


def _find_metadata(place: Place, document: Any) -> Findings:
    document = place.object(document, "the metadata of a Weights & Biases run")
    return facts_of_run(place, document, "", _stamp(place))


def facts_of_run(
    place: Place, values: dict[str, Any], prefix: str, times: tuple[TimeStatement, ...]
) -> Findings:
    """What the tool notes when a run begins: commit, time, command and host.

    Args:
        place: the file.
        values: the metadata.
        prefix: where they stand in the file.
        times: other times of the run, kept as they are.
    """
    git, cpu = table(values.get("git")), table(values.get("cpu"))
    facts = (
        ("host", f"{prefix}host", values.get("host")),
        ("os", f"{prefix}os", values.get("os")),
        ("python", f"{prefix}python", values.get("python")),
        ("cpu", f"{prefix}cpu.model", cpu.get("model")),
        ("cpu_count", f"{prefix}cpu_count", values.get("cpu_count")),
        ("gpu", f"{prefix}gpu", values.get("gpu")),
        ("gpu_count", f"{prefix}gpu_count", values.get("gpu_count")),
        ("cuda", f"{prefix}cuda", values.get("cuda", values.get("cudaVersion"))),
        ("remote", f"{prefix}git.remote", git.get("remote")),
    )
    return Findings(
        records=place.record(f"{prefix}git.commit", git.get("commit")),
        times=place.time(f"{prefix}startedAt", values.get("startedAt"), "start", is_utc=True) + times,
        environment=place.environment(facts),
        commands=_commands(place, values, prefix),
        branches=place.branch(f"{prefix}git.branch", git.get("branch")),
    )


def _commands(place: Place, values: dict[str, Any], prefix: str) -> tuple[Command, ...]:
    """The command line: the tool keeps program and arguments apart."""
    program = string(values.get("codePath")) or string(values.get("program"))
    if not program:
        return ()
    words = ["python", program, *map(string, items(values.get("args")))]
    source = place.source(f"{prefix}program", program)
    return tuple(evolve(found, source=source) for found in parse_commands(shlex.join(words), place.path))


def _find_summary(place: Place, document: Any) -> Findings:
    return figures_of_run(place, place.object(document, "the summary of a Weights & Biases run"))


def figures_of_run(place: Place, document: dict[str, Any]) -> Findings:
    """The last value of each figure, and when it was logged; keys with an underscore are the tool's own."""
    runtime = document.get("_runtime")
    logged = {key: value for key, value in document.items() if not key.startswith("_")}
    return Findings(
        metrics=place.metrics("", logged),
        times=place.time("_timestamp", document.get("_timestamp"), "end") + _stamp(place),
        durations=value_durations("_runtime", runtime, place.source("_runtime", runtime)),
    )


def _find_config(place: Place, document: Any) -> Findings:
    """The configuration; newer versions repeat the metadata under `_wandb`."""
    document = place.object(document, "the configuration of a Weights & Biases run")
    values = {
        key: item.get("value") for key, item in document.items() if isinstance(item, dict) and "value" in item
    }
    own = table(values.pop("_wandb", None))
    version = place.environment([("packages.wandb", "_wandb.value.cli_version", own.get("cli_version"))])
    writers = [table(entry) for entry in table(own.get("e")).values()]
    times = place.time("_wandb.value.start_time", own.get("start_time"), "start") + _stamp(place)
    repeated = facts_of_run(place, writers[0] if writers else {}, "_wandb.value.e.", times)
    return Findings(
        records=repeated.records,
        times=repeated.times,
        parameters=place.parameters(values),
        environment=version + repeated.environment,
        commands=repeated.commands,
        branches=repeated.branches,
    )


def _find_packages(place: Place, text: str) -> Findings:
    found = (
        Place(place.path, line_number).environment([(f"packages.{name}", name, version)])
        for line_number, line in enumerate(text.splitlines(), 1)
        for name, version in packages([line])
    )
    return Findings(environment=tuple(parameter for pair in found for parameter in pair))


READER = FormatReader("wandb", (".json", "config.yaml", "requirements.txt", "diff.patch"), _claims, _read)

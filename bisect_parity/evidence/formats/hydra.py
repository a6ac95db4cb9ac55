"""Hydra: `.hydra/{config,overrides,hydra}.yaml` and multirun.yaml; it keeps no commit, only a local time.

The time is in the folders, `outputs/<date>/<time>` or `multirun/<date>/<time>/<number>`, and in hydra.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.formats.documents import DocumentError, load_yaml
from bisect_parity.evidence.formats.place import Place, items, read_document, string, table
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.model import Findings, Parameter, TimeStatement

LONGEST_PATH = 4000
_FOLDERS = re.compile(r"(?:^|[/\\])(\d{4}-\d{2}-\d{2})[/\\](\d{2}-\d{2}-\d{2})(?=[/\\]|$)")
_OVERRIDE = re.compile(r"\+{0,2}(?P<name>[\w./@-]+)=(?P<value>.*)", re.DOTALL)
_FILES = ("config.yaml", "overrides.yaml", "hydra.yaml")


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if path.name == "multirun.yaml":
        return head.startswith(b"hydra:")
    return path.parent.name == ".hydra" and path.name in _FILES


def _read(path: str, data: bytes) -> Findings:
    """Reads the configuration that Hydra keeps beside a job's output."""
    name = path.rpartition("/")[2]
    find = {"config.yaml": _find_config, "overrides.yaml": _find_overrides}.get(name, _find_hydra)
    return read_document(path, data, load_yaml, find)


def _time(place: Place, key: str, folder: str, origin: str) -> tuple[TimeStatement, ...]:
    """The time that the innermost pair of folders states; jobs of a multirun begin at it or later."""
    found = list(_FOLDERS.finditer(folder[:LONGEST_PATH]))
    if not found:
        return ()
    day, clock = found[-1].groups()
    return place.time(key, f"{day}T{clock.replace('-', ':')}", "start", origin=origin)


def _find_config(place: Place, document: Any) -> Findings:
    document = place.object(document, "the configuration of a Hydra job")
    parameters = place.parameters({key: value for key, value in document.items() if key != "hydra"})
    return Findings(parameters=parameters, times=_time(place, "folder name", place.path, "stamp"))


def _find_overrides(place: Place, document: Any) -> Findings:
    if not isinstance(document, list):
        raise DocumentError(
            f"not the overrides of a Hydra job: a list was expected, not {type(document).__name__}"
        )
    return Findings(
        parameters=_overrides(place, document), times=_time(place, "folder name", place.path, "stamp")
    )


def _overrides(place: Place, words: Iterable[Any]) -> tuple[Parameter, ...]:
    """Overrides such as `beam.wavelength=1.0`, their values with YAML's types."""
    found: tuple[Parameter, ...] = ()
    for word in words:
        match = _OVERRIDE.fullmatch(string(word))
        if match is not None:
            try:
                value = load_yaml(match["value"].encode())
            except (DocumentError, UnicodeEncodeError):
                value = match["value"]
            found += place.parameters(value, match["name"])
    return found


def _find_hydra(place: Place, document: Any) -> Findings:
    document = place.object(document, "the settings of a Hydra job")
    hydra = table(document.get("hydra"))
    runtime, job = table(hydra.get("runtime")), table(hydra.get("job"))
    times = _time(place, "hydra.runtime.output_dir", string(runtime.get("output_dir")), "field")
    facts = (
        ("packages.hydra-core", "hydra.runtime.version", runtime.get("version")),
        ("hydra.job.name", "hydra.job.name", job.get("name")),
        ("hydra.job.config_name", "hydra.job.config_name", job.get("config_name")),
    )
    choices = {
        name: choice
        for name, choice in table(runtime.get("choices")).items()
        if not name.startswith("hydra/")  # how Hydra itself is set up changes no result
    }
    is_sweep = place.path.endswith("multirun.yaml")  # its overrides list the values of all jobs
    task = items(table(hydra.get("overrides")).get("task"))
    return Findings(
        times=times + _time(place, "folder name", place.path, "stamp"),
        parameters=() if is_sweep else _overrides(place, task) + place.parameters(choices),
        environment=place.environment(facts)
        + place.variables(table(job.get("env_set")), "hydra.job.env_set"),
    )


READER = FormatReader("hydra", (".yaml",), _claims, _read)

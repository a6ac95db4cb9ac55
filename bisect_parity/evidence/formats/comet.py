"""Comet: the archive of an offline experiment, a zip with `experiment.json` and `messages.json`."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from bisect_parity.evidence.formats.archives import READERS as ARCHIVES
from bisect_parity.evidence.formats.archives import ZIP
from bisect_parity.evidence.formats.documents import decode, json_value
from bisect_parity.evidence.formats.place import Place, items, packages, string, table
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem

MOST_BYTES = 64 << 20  # that are unpacked of a member
EXPERIMENT, MESSAGES = "experiment.json", "messages.json"
_DAMAGES = (zipfile.BadZipFile, ValueError, RuntimeError, OSError, EOFError, zlib.error, lzma.LZMAError)
_OWN = "sys."  # figures of the host, which Comet samples
_OTHER_ZIP = next(reader for reader in ARCHIVES if reader.name == "zip")


def _read(path: str, data: bytes) -> Findings:
    """Reads the commit, when the experiment began and ended, parameters and the last figures."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if not {EXPERIMENT, MESSAGES} <= set(archive.namelist()):
                return _OTHER_ZIP.read(path, data)
            about, messages = (_member(archive, name) for name in (EXPERIMENT, MESSAGES))
    except _DAMAGES as error:
        return Findings(problems=(Problem(path, one_line(f"no archive of Comet that can be read: {error}")),))
    return _find(Place(path), about, messages)


def _member(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as member:
        return decode(member.read(MOST_BYTES))


def _objects(text: str) -> Iterator[dict[str, Any]]:
    return filter(None, (table(json_value(line)) for line in text.split("\n")))


@define
class _Messages:
    """What the messages say, the later ones replacing the earlier."""

    git: dict[str, Any] = field(factory=dict)
    system: dict[str, Any] = field(factory=dict)
    installed: list[Any] = field(factory=list)
    parameters: dict[str, Any] = field(factory=dict)
    figures: dict[str, Any] = field(factory=dict)

    def take(self, message: dict[str, Any]) -> None:
        payload = table(message.get("payload"))
        match message.get("type"):
            case "git_metadata":
                self.git |= table(payload.get("git_metadata"))
            case "system_details":
                self.system |= payload
            case "installed_packages":
                self.installed = items(payload.get("installed_packages"))
            case "parameter_msg":
                stated = table(payload.get("param"))
                if stated.get("source") != "auto-logged":  # counters of its own, such as curr_step
                    self.parameters[string(stated.get("paramName"))] = stated.get("paramValue")
            case "metric_msg":
                stated = table(payload.get("metric"))
                name = string(stated.get("metricName"))
                if not name.startswith(_OWN):
                    self.figures[name] = stated.get("metricValue")


def _find(place: Place, about: str, text: str) -> Findings:
    experiment = next(_objects(about), {})
    messages = _Messages()
    for message in _objects(text):
        messages.take(message)
    git, system = messages.git, messages.system
    facts = (
        ("host", "system_details.hostname", system.get("hostname")),
        ("os", "system_details.os", system.get("os")),
        ("python", "system_details.python_version", system.get("python_version")),
    )
    installed = (
        (f"packages.{name}", f"installed_packages.{name}", version)
        for name, version in packages(messages.installed)
    )
    return Findings(
        records=place.record("git_metadata.parent", git.get("parent")),  # the commit that is checked out
        times=place.time("start_time", experiment.get("start_time"), "start")
        + place.time("stop_time", experiment.get("stop_time"), "end"),
        metrics=tuple(item for name, value in messages.figures.items() for item in place.metric(name, value)),
        parameters=place.parameters(messages.parameters),
        environment=place.environment(facts) + place.environment(installed),
        branches=place.branch("branch", string(git.get("branch")).removeprefix("refs/heads/")),
    )


READER = FormatReader(
    "comet", (".zip",), lambda _, head: head.startswith(ZIP) and EXPERIMENT.encode() in head, _read
)

"""Notebooks that papermill ran: their `metadata.papermill` keeps times and parameters, but no commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.evidence.formats.place import Place, read_document, table
from bisect_parity.evidence.model import Findings

if TYPE_CHECKING:
    from pathlib import PurePosixPath

__all__ = ["READER"]


class _PapermillReader:
    """Reads the notebooks that papermill writes, recognised by the marks that it leaves in each cell."""

    name = "papermill"
    suffixes = (".ipynb",)

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return path.suffix == ".ipynb" and b'"papermill"' in head

    def read(self, path: str, data: bytes) -> Findings:
        return read_document(path, data, load_json, _find)


def _find(place: Place, document: Any) -> Findings:
    metadata = table(place.object(document, "a notebook").get("metadata"))
    run = table(metadata.get("papermill"))
    started = place.time("papermill.start_time", run.get("start_time"), "start", is_utc=True)
    facts = (
        ("packages.papermill", "papermill.version", run.get("version")),
        ("python", "language_info.version", table(metadata.get("language_info")).get("version")),
    )
    return Findings(
        times=started + place.time("papermill.end_time", run.get("end_time"), "end", is_utc=True),
        parameters=place.parameters({**table(run.get("default_parameters")), **table(run.get("parameters"))}),
        environment=place.environment(facts),
    )


READER = _PapermillReader()

"""Notebooks that papermill ran: their `metadata.papermill` keeps times and parameters, but no commit."""

from __future__ import annotations

from typing import Any

from bisect_parity.evidence.formats.place import Place, table
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.model import Findings

__all__ = ["READER"]


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


READER = FormatReader("papermill", (".ipynb",), marked(b'"papermill"'), document_reader(_find))

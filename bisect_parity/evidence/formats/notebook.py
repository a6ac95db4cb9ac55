"""Notebooks of Jupyter, and those that papermill ran, with times and parameters; none keeps a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.evidence.formats.place import Place, items, string, table, without_lines
from bisect_parity.evidence.formats.reader import FormatReader, document_reader, marked
from bisect_parity.evidence.formats.text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.evidence.model import Findings, TimeStatement

BEGUN, ENDED = "iopub.execute_input", "shell.execute_reply"


def _find(place: Place, document: Any) -> Findings:
    notebook = place.object(document, "a notebook")
    cells = [table(cell) for cell in items(notebook.get("cells"))]
    cells = [cell for cell in cells if cell.get("cell_type") == "code"]
    printed = "\n".join(
        text for cell in cells for output in items(cell.get("outputs")) for text in _texts(output)
    )
    from_output = without_lines(read_text(place.path, printed, is_log=True, has_commands=False))
    language = table(table(notebook.get("metadata")).get("language_info"))
    facts = ((string(language.get("name")) or "language", "language_info.version", language.get("version")),)
    executions = [table(table(cell.get("metadata")).get("execution")) for cell in cells]
    return evolve(
        from_output,
        times=(*_executed(place, executions), *from_output.times),
        environment=(*place.environment(facts), *from_output.environment),
    )


def _texts(output: Any) -> Iterator[str]:
    """The text that an output shows: what was printed, or the value of the last line."""
    shown = table(output)
    for text in (shown.get("text"), table(shown.get("data")).get("text/plain")):
        yield "".join(string(line) for line in items(text)) if isinstance(text, list) else string(text)


def _executed(place: Place, executions: list[dict[str, Any]]) -> Iterator[TimeStatement]:
    """When the first cell was begun, and the last one was done."""
    begun = [time for each in executions for time in place.time(BEGUN, each.get(BEGUN), "start", is_utc=True)]
    ended = [time for each in executions for time in place.time(ENDED, each.get(ENDED), "end", is_utc=True)]
    yield from sorted(begun, key=lambda time: time.seconds)[:1]
    yield from sorted(ended, key=lambda time: time.seconds)[-1:]


READER = FormatReader("notebook", (".ipynb",), marked(b'"cell'), document_reader(_find))


def _find_run(place: Place, document: Any) -> Findings:
    metadata = table(place.object(document, "a notebook").get("metadata"))
    run = table(metadata.get("papermill"))
    started = place.time("papermill.start_time", run.get("start_time"), "start", is_utc=True)
    facts = (
        ("packages.papermill", "papermill.version", run.get("version")),
        ("python", "language_info.version", table(metadata.get("language_info")).get("version")),
    )
    printed = _find(place, document)
    given = {**table(run.get("default_parameters")), **table(run.get("parameters"))}
    return evolve(
        printed,
        times=started + place.time("papermill.end_time", run.get("end_time"), "end", is_utc=True),
        parameters=(*place.parameters(given), *printed.parameters),
        environment=(*place.environment(facts), *printed.environment),
    )


PAPERMILL = FormatReader("papermill", (".ipynb",), marked(b'"papermill"'), document_reader(_find_run))

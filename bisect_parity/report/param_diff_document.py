"""The documented JSON form of an audit's parameter diff: the effective parameters of all runs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity import __version__
from bisect_parity.evidence.verdict import Verdict
from bisect_parity.params.cells import Presence
from bisect_parity.params.columns import commit_column, run_column
from bisect_parity.params.context import deviations
from bisect_parity.params.diff import diff
from bisect_parity.params.effective import measured_names
from bisect_parity.provenance.model import settled_commit
from bisect_parity.report.params import change_text
from bisect_parity.report.params_document import row_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.config import Settings
    from bisect_parity.diagnosis.series import Run, Selection
    from bisect_parity.params.cells import Column, Row
    from bisect_parity.params.code import CommitDefaults


def param_diff_document(
    selection: Selection,
    settings: Settings,
    pair: tuple[Run, Run] | None,
    defaults: Mapping[str, CommitDefaults],
) -> dict[str, Any]:
    """The documented JSON form of the parameter diff.

    Args:
        selection: the runs, which become columns in their order.
        settings: `context` says what is expected.
        pair: the good and the bad run whose code is compared; None where there is none.
        defaults: of the runs' commits, as far as these are known.
    """
    columns = [_column(run, defaults) for run in selection.runs]
    good = [at for at, run in enumerate(selection.runs) if run.verdict.verdict is Verdict.GOOD]
    bad = [at for at, run in enumerate(selection.runs) if run.verdict.verdict is Verdict.BAD]
    measured = measured_names(column.values for column in columns)
    rows = [row for row in diff(columns, (good, bad)) if row.name not in measured]
    return {
        "schema": "bisect-parity/param-diff",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "context": {name: str(value) for name, value in settings.context.items()},
        "runs": [_run(number, run) for number, run in enumerate(selection.runs, 1)],
        "rows": [_row(row) for row in rows],
        "deviations": _deviations(columns, settings),
        "defaults": _defaults_document(selection, settings, pair, defaults),
    }


def _column(run: Run, defaults: Mapping[str, CommitDefaults]) -> Column:
    figures = run.figures
    return run_column(
        [entry.bundle for entry in run.entries],
        figures.path if figures is not None else "",
        defaults.get(settled_commit(run.resolution) or ""),
    )


def _run(number: int, run: Run) -> dict[str, Any]:
    item = run.resolution
    return {
        "run": number,
        "bundles": [entry.bundle.path for entry in run.entries],
        "verdict": str(run.verdict.verdict),
        "class": str(item.resolution_class),
        "commit": item.commit,
        "probability": item.probability,
        "records": [
            {"text": record.text}
            for entry in run.entries
            for findings in entry.bundle.findings
            for record in findings.records
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    document = row_document(row)
    return {
        **document,
        "values": [cell.text if cell.presence is not Presence.UNRECORDED else None for cell in row.cells],
        "sources": [_source(cell) for cell in document["cells"]],
        "differs": row.differs,
        "separates": row.separates,
        "noise": row.noise,
    }


def _source(cell: Mapping[str, Any]) -> str | None:
    source = cell.get("source")
    if source is None:
        return None
    line = f":{source['line']}" if source["line"] else ""
    return f"{source['path']}{line}"


def _deviations(columns: Sequence[Column], settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "run": number,
            "name": deviation.name,
            "expected": deviation.expected,
            "value": deviation.value.text,
            "origin": str(deviation.value.origin),
            "source": {
                "path": deviation.value.source.path,
                "line": deviation.value.source.line,
                "commit": deviation.value.commit or None,
            },
        }
        for number, column in enumerate(columns, 1)
        for deviation in deviations(column.values, settings.context)
    ]


def _defaults_document(
    selection: Selection,
    settings: Settings,
    pair: tuple[Run, Run] | None,
    defaults: Mapping[str, CommitDefaults],
) -> dict[str, Any] | None:
    if pair is None:
        return None
    numbers = {id(run): number for number, run in enumerate(selection.runs, 1)}
    ends = [
        {"run": numbers[id(run)], "commit": run.resolution.commit, "code_state": run.resolution.code_state}
        for run in pair
    ]
    document: dict[str, Any] = {"good": ends[0], "bad": ends[1], "rows": None, "problems": []}
    known = [defaults.get(run.resolution.commit or "") for run in pair]
    both = [item for item in known if item is not None]
    if len(both) == len(known):
        columns = [commit_column(item) for item in both]
        document["rows"] = [
            {
                "name": row.name,
                "good": row.cells[0].recorded_text,
                "bad": row.cells[1].recorded_text,
                "change": change_text(row_document(row)),
                "differs": row.differs,
                "deviates": any(
                    deviations({row.name: cell.values}, settings.context) for cell in row.cells if cell.values
                ),
            }
            for row in diff(columns)
        ]
        document["problems"] = [
            {"end": end, "problem": problem}
            for end, item in zip(("good", "bad"), both, strict=True)
            for problem in item.problems
        ]
    return document

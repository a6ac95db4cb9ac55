"""The documented JSON form of the artifact matrix, and its CSV (RFC 4180), one line a bundle. Pure."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

from bisect_parity import __version__
from bisect_parity.config import USUAL_CONTEXT
from bisect_parity.diagnosis.questions import open_questions
from bisect_parity.evidence.criterion import judged_by
from bisect_parity.evidence.verdict import Verdict
from bisect_parity.files import printable_line
from bisect_parity.params.context import context_value, deviations
from bisect_parity.params.effective import run_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.config import Settings
    from bisect_parity.diagnosis.series import MeasuredBundle, Run, Selection
    from bisect_parity.evidence.verdict import Figures

BEFORE = ("path", "run", "in_series", "verdict", "reason", "size")
AFTER = ("class", "commit", "probability", "code_state", "dirty", "note")
LISTS = ("unrecorded", "same_run_as", "missing", "unreadable")
NOT_FINITE = ("nan", "inf", "-inf")  # as JSON's strings, since it has no such numbers
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def expected_context(selection: Selection, settings: Settings) -> dict[str, Any]:
    """What is expected of the runs: of what no settings state, only what one of them recorded."""
    if settings.context is not USUAL_CONTEXT:
        return settings.context
    entries = [*(run.entries for run in selection.runs), *((entry,) for entry in selection.others)]
    contexts = [_context_of(each, USUAL_CONTEXT) for each in entries]
    return {
        name: expected
        for name, expected in USUAL_CONTEXT.items()
        if any(each[name]["value"] is not None for each in contexts)
    }


def matrix_document(selection: Selection, settings: Settings) -> dict[str, Any]:
    """The documented JSON form of the artifact matrix."""
    bundles = []
    for number, run in enumerate(selection.runs, 1):
        context = _context_of(run.entries, settings.context)
        bundles += [_bundle(entry, context, number, run) for entry in run.entries]
    for entry in selection.others:
        alone = _context_of([entry], settings.context)
        bundles.append(_bundle(entry, alone, None, None))
    verdicts = [run.verdict.verdict for run in selection.runs]
    return {
        "schema": "bisect-parity/artifact-matrix",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "size": selection.size,
        "thresholds": {
            "correlation_min": settings.thresholds.correlation_min,
            "sum_ratio_tolerance": settings.thresholds.sum_ratio_tolerance,
        },
        "judged_by": judged_by(settings.evidence.criterion, settings.thresholds),
        "context": {name: str(value) for name, value in settings.context.items()},
        "runs": {"all": len(verdicts)} | {str(kind): verdicts.count(kind) for kind in Verdict},
        "bundles_without_parity_metrics": len(selection.outside),
        "bundles": bundles,
        "missing": [name for run in selection.runs for entry in run.entries for name in entry.missing],
        "unreadable": [name for run in selection.runs for entry in run.entries for name in entry.unreadable],
        "open_questions": open_questions(selection, settings),
    }


def _bundle(
    entry: MeasuredBundle, context: Mapping[str, Any], run_number: int | None, run: Run | None
) -> dict[str, Any]:
    figures, item = entry.figures, entry.resolution
    records = [
        {"text": record.text, "key": record.key, "path": record.source.path, "line": record.source.line}
        for findings in entry.bundle.findings
        for record in findings.records
    ]
    return {
        "path": entry.bundle.path,
        "run": run_number,
        "in_series": run is not None,
        "same_run_as": [
            other.bundle.path for other in (run.entries if run is not None else ()) if other is not entry
        ],
        "result_file": figures.path if figures is not None else None,
        "stated_at": _places(figures),
        "size": figures.size if figures is not None else None,
        "other_sizes": list(figures.other_sizes) if figures is not None else [],
        "metrics": {metric.name: _number(metric.value) for metric in figures.metrics} if figures else {},
        "verdict": str(entry.verdict.verdict),
        "reason": entry.verdict.reason,
        "unrecorded": list(entry.verdict.unrecorded),
        "class": str(item.resolution_class),
        "commit": item.commit,
        "probability": item.probability,
        "code_state": item.code_state,
        "dirty": str(item.dirty),
        "note": item.note,
        "records": records,
        "context": dict(context),
        "missing": list(entry.missing),
        "unreadable": list(entry.unreadable),
    }


def _places(figures: Figures | None) -> list[str]:
    """The lines that state the figures, where those are of no result file but of a text."""
    if figures is None or not figures.is_text:
        return []
    return list(dict.fromkeys(f"{metric.source.path}:{metric.source.line}" for metric in figures.metrics))


def _context_of(entries: Sequence[MeasuredBundle], expected: Mapping[str, Any]) -> dict[str, Any]:
    figures = next((entry.figures for entry in entries if entry.figures is not None), None)
    values = run_values([entry.bundle for entry in entries], figures.path if figures is not None else "")
    wrong = {deviation.name for deviation in deviations(values, expected)}
    context: dict[str, Any] = {}
    for name in expected:
        value = context_value(values, name)
        context[name] = {
            "value": None if value is None else value.text,
            "source": None if value is None else value.source.path,
            "deviates": name in wrong,
        }
    return context


def _number(value: float | None) -> float | str | None:
    """A figure for JSON, which has no numbers for "nan", "inf" and "-inf"."""
    return value if value is None or math.isfinite(value) else repr(value)


def matrix_csv(document: Mapping[str, Any]) -> str:
    """The CSV of a document of `matrix_document`.

    Every metric and every parameter of the context has a column. Lists are joined by "; ". What a spreadsheet
    would take for a formula begins with an apostrophe; numbers stay as they are, negative ones, too.
    """
    bundles = document["bundles"]
    metrics = _names(bundle["metrics"] for bundle in bundles)
    context = _names(bundle["context"] for bundle in bundles)
    text = io.StringIO()
    writer = csv.writer(text)  # its lines end in CRLF, and fields are quoted where they must be
    writer.writerow([_field(name) for name in (*BEFORE, *metrics, *AFTER, *context, "recorded_ids", *LISTS)])
    for bundle in bundles:
        values = [bundle[name] for name in BEFORE]
        values += [bundle["metrics"].get(name) for name in metrics]
        values += [bundle[name] for name in AFTER]
        values += [bundle["context"].get(name, {}).get("value") for name in context]
        values.append(list(dict.fromkeys(record["text"] for record in bundle["records"])))
        values += [bundle[name] for name in LISTS]
        writer.writerow([_field(value) for value in values])
    return text.getvalue()


def _names(tables: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for table in tables for name in table))


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return repr(value)
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    shown = printable_line(text)
    is_formula = text.startswith(FORMULA_STARTS) and text not in NOT_FINITE
    return f"'{shown}" if is_formula else shown

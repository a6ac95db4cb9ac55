"""The artifact matrix in Markdown and in brief. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from bisect_parity.evidence.verdict import Verdict, leaf, parity_kind
from bisect_parity.report.markdown import code, escape, section, table
from bisect_parity.wording import SHORT, TOP, UNRECORDED, counted, probability_text

if TYPE_CHECKING:
    from bisect_parity.report.audit_documents import Matrix, MatrixBundle, ParamRun

SHOWN_METRICS = ("correlation_warm", "sum_ratio", "speedup_warm")
JUDGED_METRICS = ("correlation_warm", "sum_ratio")  # shown even where nobody recorded them
STAND_INS = {"correlation_warm": "correlation", "speedup_warm": "speedup"}
RECORDED_CLASSES = ("confirmed", "recorded")


def matrix_lines(document: Matrix, provenance_name: str) -> Iterator[str]:
    """The whole account, as artifact_matrix.md.

    Args:
        document: of the matrix.
        provenance_name: the file beside it that explains each commit.
    """
    is_of_size = any(item.size == document.size for item in document.bundles)
    size = f" at {document.size} pixels" if is_of_size else ""
    yield "# Artifact matrix"
    yield ""
    yield (
        f"{_counts(document.runs)}. Judged{size}: {document.judged_by}."
        " Figures stand as recorded, to the last digit."
    )
    yield ""
    yield (
        "A commit that says `recorded` was written down by the run; one that says `inferred` was not: see"
        f" {provenance_name} for the evidence. `unrecorded`: no value was recorded."
    )
    yield ""
    rows = [item for item in document.bundles if item.in_series]
    yield from matrix_table(rows)
    others = [item for item in document.bundles if not item.in_series]
    if others:
        yield from section("Other bundles with parity metrics")
        yield "They have other result files or other metrics, and are not runs of the series."
        yield ""
        yield from matrix_table(others)
    yield ""
    count = document.bundles_without_parity_metrics
    yield f"Further bundles, without parity metrics: {count}. Their commits stand in {provenance_name}."
    yield from section("Gaps")
    yield from gap_lines(document) or ["None: every expected file is there."]
    yield from section("Open questions")
    asked = list(question_lines(document))
    yield from asked or ["None."]


def names_bundle(text: str, path: str) -> bool:
    """Whether the text of a question says itself which bundle it is about; one about the series needs not."""
    return not path or re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w-])", text) is not None


def gap_lines(document: Matrix) -> list[str]:
    """What is missing or cannot be read, an item of a list each."""
    missing = [f"- Missing: {code(path)}" for path in document.missing]
    return [*missing, *(f"- Unreadable: {code(path)}" for path in document.unreadable)]


def question_lines(document: Matrix) -> Iterator[str]:
    """What is open, an item of a list each."""
    for item in document.open_questions:
        about = "" if names_bundle(item.text, item.path) else f"{code(item.path)}: "
        yield f"- [ ] {about}{escape(item.text)}"


def _counts(runs: Mapping[str, int]) -> str:
    return f"{counted(runs['all'], 'run')} of the series: {_by_verdict(runs)}"


def _by_verdict(count: Mapping[str, int]) -> str:
    return ", ".join(f"{count[kind]} {kind}" for kind in Verdict)


def matrix_table(rows: Sequence[MatrixBundle]) -> list[str]:
    """The lines of a table of bundles, with the figures that one of them recorded."""
    metrics = [name for name in SHOWN_METRICS if name in JUDGED_METRICS or _is_recorded(rows, name)]
    metrics = [
        name if _is_recorded(rows, name, exactly=True) else STAND_INS.get(name, name) for name in metrics
    ]
    headers = ("run", *metrics, "git_sha", "verdict", "notes")
    return table(headers, [_row(item, metrics) for item in rows])


def _is_recorded(rows: Sequence[MatrixBundle], name: str, *, exactly: bool = False) -> bool:
    """Whether a run has a figure of this name, or of one that stands in for it."""
    if exactly:
        return any(leaf(full).lower() == name for item in rows for full in item.metrics)
    return any(metric_text(item.metrics, name) != UNRECORDED for item in rows)


def _row(item: MatrixBundle, metrics: Sequence[str]) -> tuple[str, ...]:
    figures = [metric_text(item.metrics, name) for name in metrics]
    verdict = item.verdict
    if item.unrecorded and verdict != "unknown":
        verdict += f" ({', '.join(item.unrecorded)} {UNRECORDED})"
    return code(item.path or TOP), *figures, git_sha_text(item), escape(verdict), _notes(item)


def metric_text(metrics: Mapping[str, float | str | None], name: str) -> str:
    """The figure as recorded; of a metric under another usual name, with that name; else "unrecorded"."""
    by_leaf = {leaf(full).lower(): value for full, value in reversed(list(metrics.items()))}
    if by_leaf.get(name) is not None:
        return str(by_leaf[name])
    wider = STAND_INS.get(name, name)
    for full, value in by_leaf.items():
        if value is not None and wider in (full, parity_kind(full)):
            return f"{value} ({escape(full)})"
    return UNRECORDED


def git_sha_text(item: MatrixBundle | ParamRun) -> str:
    """The commit of a bundle or run, so that a recorded id and an inferred one cannot be confused."""
    kind, commit = item.resolution_class, item.commit
    if commit is None:
        return f"{UNRECORDED} ({kind})"
    chance = f"p {escape(probability_text(item.probability))}"
    short = code(commit[:SHORT])
    if kind in RECORDED_CLASSES:
        check = "confirmed" if kind == "confirmed" else "not checked"
        return f"recorded {short} ({check}, {chance})"
    if kind == "contradicted":
        written = [record.text[:SHORT] for record in item.records]
        recorded = ", ".join(code(text) for text in dict.fromkeys(written)) or UNRECORDED
        if any(text and commit.startswith(text.lower()) for text in written):
            return f"CONTRADICTED: recorded {recorded}, which the other clues do not bear out ({chance})"
        return f"CONTRADICTED: recorded {recorded}; clues say {short} ({chance})"
    return f"{UNRECORDED}; {kind} {short} ({chance})"


def _notes(item: MatrixBundle) -> str:
    notes = []
    for name, setting in item.context.items():
        value = UNRECORDED if setting.value is None else escape(setting.value)
        flag = "**DEVIATION** " if setting.deviates else ""
        notes.append(f"{flag}{escape(name)} {value}")
    result = item.result_file
    if result is None or item.stated_at:
        notes.append("no result file was read")
    if item.stated_at:
        places = (code(place.removeprefix(item.path + "/")) for place in item.stated_at)
        notes.append(f"figures as stated in {', '.join(places)}")
    elif result is not None:
        size = UNRECORDED if item.size is None else item.size
        notes.append(f"from {code(result.removeprefix(item.path + '/'))}, size {size}")
    if result is not None and item.verdict == "unknown":
        notes.append(escape(item.reason))
    if item.other_sizes:
        notes.append(f"other sizes in the file: {', '.join(map(str, item.other_sizes))}")
    if item.same_run_as:
        notes.append("same run as " + ", ".join(code(path) for path in item.same_run_as))
    if item.dirty in ("possible", "recorded"):
        notes.append(f"dirty tree: {item.dirty}")
    notes += [f"Missing: {code(path)}" for path in item.missing]
    notes += [f"Unreadable: {code(path)}" for path in item.unreadable]
    return "; ".join(notes)


def summary_lines(document: Matrix, matrix_name: str) -> Iterator[str]:
    """The matrix in brief, for a terminal.

    Args:
        document: of the matrix.
        matrix_name: the file that holds all of it.
    """
    yield f"{_counts(document.runs)} (good: {document.judged_by})"
    rows = [item for item in document.bundles if item.in_series]
    figures = [
        metric_text(item.metrics, "correlation_warm") + (" in a text" if item.stated_at else "")
        for item in rows
    ]
    width = max((len(item.path) for item in rows), default=0)
    wide = max(map(len, figures), default=0)
    for item, figure in zip(rows, figures, strict=True):
        commit = item.commit[:SHORT] if item.commit else "-"
        name = f"{item.verdict:<8} {item.path or TOP:<{width}}"
        yield f"  {name}  {figure:<{wide}} {item.resolution_class:<12} {commit}"
    if others := Counter(item.verdict for item in document.bundles if not item.in_series):
        name = counted(others.total(), "run")
        yield f"{name} of other result files or metrics: {_by_verdict(others)}; see {matrix_name}"
    further = document.bundles_without_parity_metrics
    if further:
        name = "further run" if rows else "run"
        yield f"{counted(further, name)} without parity metrics: their commits stand in provenance.md"
    for path in document.missing:
        yield f"Missing: {path}"
    for path in document.unreadable:
        yield f"Unreadable: {path}"
    if document.open_questions:
        yield f"{counted(len(document.open_questions), 'open question')}: see {matrix_name}"

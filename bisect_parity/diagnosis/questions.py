"""Open questions about a series, computed: what is missing, contradicted or not comparable. Pure."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from bisect_parity.evidence.model import Trust
from bisect_parity.evidence.verdict import (
    Verdict,
    is_of_run,
    is_parity_metric,
    leaf,
    parity_kind,
    prose_metrics,
)
from bisect_parity.params.context import context_value, deviations
from bisect_parity.params.effective import run_values
from bisect_parity.provenance.model import Dirty, ResolutionClass
from bisect_parity.wording import SHORT, probability_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bisect_parity.config import Settings
    from bisect_parity.diagnosis.series import MeasuredBundle, Run, Selection
    from bisect_parity.evidence.model import Findings

MOST_PER_BUNDLE = 5
NOTES = "beside runs with result files, notes do not count"
_REGION = re.compile(r"(?i)(?<![a-z])roi(?![a-z])")


def open_questions(selection: Selection, settings: Settings) -> list[dict[str, str]]:
    """What a reader must find out before the runs can be believed.

    Returns:
        objects with "kind", "path" (a bundle, or empty for the series) and "text" (plain text).
    """
    asked = [*_about_the_series(selection, selection.size)]
    for run in selection.runs:
        asked += _about_run(run, settings.context, selection.size)
        for entry in run.entries:
            asked += _about_entry(entry)
    for entry in selection.others:
        asked += _contradiction(entry)
        size = entry.figures.size if entry.figures is not None else None
        where = entry.figures.path if entry.figures is not None else ""
        if size is not None and size < selection.size:
            text = f"recorded at {size} pixels: what holds there need not hold at {selection.size}"
            asked.append(_question("smaller-size", entry.bundle.path, text))
        elif _REGION.search(where):
            text = f"{where} is of a region of interest: what holds there need not hold for the whole image"
            asked.append(_question("region-of-interest", entry.bundle.path, text))
    for entry in selection.outside:
        asked += _contradiction(entry)
        for metric in itertools.islice(filter(is_of_run, prose_metrics(entry.bundle)), 1):
            place = f"{metric.source.path}:{metric.source.line}"
            asked.append(
                _question("prose", entry.bundle.path, f"{place} states {leaf(metric.name)}: {NOTES}")
            )
    unique = {(item["kind"], item["path"], item["text"]): item for item in asked}
    return list(unique.values())


def _question(kind: str, path: str, text: str) -> dict[str, str]:
    return {"kind": kind, "path": path, "text": text}


def _about_the_series(selection: Selection, size: int) -> Iterator[dict[str, str]]:
    verdicts = {run.verdict.verdict for run in selection.runs}
    if selection.runs and Verdict.GOOD not in verdicts:
        yield _question(
            "no-good-run", "", "no run of the series is good: nothing to contrast the bad ones with"
        )
    if selection.runs and Verdict.BAD not in verdicts:
        yield _question("no-bad-run", "", "no run of the series is bad: is there a failure at all?")
    figures = [run.figures for run in selection.runs]
    for name in ("correlation", "sum_ratio"):
        lacking = [run for run in selection.runs if name in run.verdict.unrecorded]
        if lacking and len(lacking) == len(selection.runs):
            text = f"no run of the series records {name}: that threshold was never checked on record"
            yield _question("missing-metric", "", text)
        elif lacking:
            at = f" at {size} pixels" if any(f is not None and f.size for f in figures) else ""
            for run in lacking:
                yield _question("missing-metric", run.name, f"{name} is {_lacking_text(run, name, at)}")


def _lacking_text(run: Run, name: str, at: str) -> str:
    """That a run did not record a figure, or where its notes state it."""
    told = (m for entry in run.entries for m in prose_metrics(entry.bundle) if parity_kind(m.name) == name)
    place = next((f"{metric.source.path}:{metric.source.line}" for metric in told if is_of_run(metric)), None)
    if place is None:
        return f"not recorded{at}"
    return f"stated in {place} only: {NOTES}"


def _about_run(run: Run, context: Mapping[str, Any], size: int) -> Iterator[dict[str, str]]:
    item = run.resolution
    commit = item.commit[:SHORT] if item.commit else ""
    chance = probability_text(item.probability)
    if item.resolution_class in (ResolutionClass.INFERRED, ResolutionClass.AMBIGUOUS):
        text = f"no commit is recorded; {item.resolution_class}: {commit}, probability {chance}"
        yield _question("missing-id", run.name, text)
    elif item.resolution_class is ResolutionClass.UNRESOLVED:
        why = f": {item.note}" if item.note else ", and nothing shows which one it was"
        yield _question("missing-id", run.name, f"no commit is recorded{why}")
    if item.dirty in (Dirty.POSSIBLE, Dirty.RECORDED):
        word = "was" if item.dirty is Dirty.RECORDED else "may have been"
        yield _question("dirty", run.name, f"the working tree {word} changed against the commit")
    figures = run.figures
    values = run_values([entry.bundle for entry in run.entries], figures.path if figures else "")
    lacking = [name for name in context if context_value(values, name) is None]
    if lacking:
        yield _question("unrecorded-context", run.name, f"not recorded: {', '.join(lacking)}")
    for deviation in deviations(values, context):
        text = (
            f"DEVIATION: {deviation.name} is {deviation.value.text}, expected {deviation.expected}"
            f" ({deviation.value.source.path})"
        )
        yield _question("deviation", run.name, text)
    if figures is not None and figures.size not in (None, size):
        yield _question("smaller-size", run.name, f"recorded at {figures.size} pixels only, not at {size}")


def _about_entry(entry: MeasuredBundle) -> Iterator[dict[str, str]]:
    path = entry.bundle.path
    for name in entry.missing:
        yield _question("missing-file", path, f"Missing: {name}")
    for name in entry.unreadable:
        yield _question("unreadable", path, f"{name} holds no parity metrics that can be read")
    problems = [problem for findings in entry.bundle.findings for problem in _problems(findings)]
    for problem in problems[:MOST_PER_BUNDLE]:
        yield _question("unreadable", path, f"{problem.path}: {problem.message}")
    yield from _contradiction(entry)
    for findings in entry.bundle.findings:
        for record in findings.records:
            if not record.is_id:
                text = f"{record.source.path}: {record.key} holds {record.text!r} in place of a commit"
                yield _question("placeholder", path, text)
    yield from _figures_that_disagree(entry)


def _contradiction(entry: MeasuredBundle) -> Iterator[dict[str, str]]:
    if entry.resolution.resolution_class is ResolutionClass.CONTRADICTED:
        note = entry.resolution.note or "the recorded commit and the other clues disagree"
        yield _question("contradicted", entry.bundle.path, note)


def _figures_that_disagree(entry: MeasuredBundle) -> Iterator[dict[str, str]]:
    path, figures = entry.bundle.path, entry.figures
    if figures is None or figures.is_text:
        return
    recorded = {leaf(m.name).lower(): m.value for m in figures.metrics if is_parity_metric(m.name)}
    others = _other_comparisons(entry, figures.path)
    written = {value for item in others.values() for value in item.values()}
    for metric in prose_metrics(entry.bundle):
        if metric.value in written:
            continue
        place = f"{metric.source.path}:{metric.source.line}"
        name, value = leaf(metric.name).lower(), metric.value
        same = recorded.get(name, recorded.get(f"{name}_warm"))
        if same is None and value is not None and not any(name in other for other in recorded):
            yield _question("prose", path, f"{place} states {name} {value!r}; no result file records it")
        elif same is not None and value is not None and abs(same - value) > _rounding(value):
            yield _question("prose", path, f"{place} states {name} {value!r}, but the result file {same!r}")
    for name, item in others.items():
        metrics = ", ".join(f"{metric} {value!r}" for metric, value in item.items())
        text = f"{name} holds another comparison ({metrics}): with which parameters was it made?"
        yield _question("other-comparison", path, text)


def _other_comparisons(entry: MeasuredBundle, result_path: str) -> dict[str, dict[str, float]]:
    """The parity metrics of the bundle's other files: path -> name -> value."""
    found: dict[str, dict[str, float]] = {}
    for findings in entry.bundle.findings:
        for metric in findings.metrics:
            is_figure = metric.trust is Trust.MACHINE and is_parity_metric(metric.name)
            if findings.path != result_path and is_figure and metric.value is not None:
                found.setdefault(findings.path, {})[leaf(metric.name)] = metric.value
    return found


def _rounding(value: float) -> float:
    """How far a number written with this many decimals may be from the exact one."""
    mantissa, _, exponent = repr(value).partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return float(10.0**-decimals)


def _problems(findings: Findings) -> Iterator[Any]:
    yield from findings.problems
    for run in findings.runs:
        yield from _problems(run)

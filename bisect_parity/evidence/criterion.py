"""Runs judged by a figure of the user's choice, in place of the parity of two images. Pure."""

from __future__ import annotations

import fnmatch
import math
from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.text_file import LOGS
from bisect_parity.evidence.keys import is_figure
from bisect_parity.evidence.model import Metric, Trust, flat
from bisect_parity.evidence.numbers import nearest_float
from bisect_parity.evidence.verdict import Figures, RecordedVerdict, Verdict, is_of_run, leaf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bisect_parity.config import Criterion, Thresholds
    from bisect_parity.evidence.model import Bundle, Findings


def criterion_figures(bundle: Bundle, criterion: Criterion) -> Figures | None:
    """The figures of the first file that records the wanted metric; None where none does.

    Files that programs wrote for programs come first, then logs, then other texts, such as notes.
    """
    for findings in sorted(bundle.findings, key=_doubt):
        metrics = tuple(m for m in recorded_figures(findings) if _is_wanted(m.name, criterion.metric))
        if metrics:
            return Figures(findings.path, None, metrics)
    return None


def _doubt(findings: Findings) -> tuple[bool, bool]:
    is_text = any(metric.trust is not Trust.MACHINE for metric in findings.metrics)
    return is_text, is_text and not findings.path.lower().endswith(LOGS)


def criterion_verdict(figures: Figures | None, criterion: Criterion) -> RecordedVerdict:
    """Bad if any recorded value lies outside, good if all lie inside, else unknown; NaN lies outside.

    A text that states some inside and some outside says nothing.
    """
    values = [(m.name, m.value) for m in figures.metrics if m.value is not None] if figures else []
    if not values:
        return RecordedVerdict(Verdict.UNKNOWN, f"{criterion.metric} is not recorded", (criterion.metric,))
    outside = [(name, value) for name, value in values if not _holds(value, criterion)]
    if figures is not None and figures.is_text and 0 < len(outside) < len(values):
        values_text = ", ".join(repr(value) for _, value in values)
        return RecordedVerdict(Verdict.UNKNOWN, f"{figures.path} states several: {values_text}")
    values_text = "; ".join(f"{leaf(name)} {value!r}" for name, value in outside or values)
    verdict = Verdict.BAD if outside else Verdict.GOOD
    return RecordedVerdict(verdict, f"{values_text} is {'not ' if outside else ''}{_limits_text(criterion)}")


def judged_by(criterion: Criterion | None, thresholds: Thresholds) -> str:
    """What makes a run good, in words: a criterion, or else the parity of two images."""
    if criterion is not None:
        return f"{criterion.metric} {_limits_text(criterion)}"
    least, tolerance = thresholds.correlation_min, thresholds.sum_ratio_tolerance
    return f"correlation at least {least!r}, sum_ratio within {tolerance!r} of 1"


def _limits_text(criterion: Criterion) -> str:
    limits = [f"at least {criterion.min!r}"] if criterion.min is not None else []
    limits += [f"at most {criterion.max!r}"] if criterion.max is not None else []
    return " and ".join(limits)


def recorded_figures(findings: Findings) -> Iterator[Metric]:
    """Every number that a file states, whether its name suggests a metric or not; true and false count."""
    for part in flat([findings]):
        yield from filter(is_of_run, part.metrics)
        for parameter in part.parameters:
            if isinstance(parameter.value, int | float):
                yield Metric(parameter.name, nearest_float(parameter.value), parameter.source)


def _holds(value: float, criterion: Criterion) -> bool:
    least = -math.inf if criterion.min is None else criterion.min
    greatest = math.inf if criterion.max is None else criterion.max
    return least <= value <= greatest


def _is_wanted(name: str, wanted: str) -> bool:
    names = {name.casefold(), leaf(name).casefold()}
    return any(fnmatch.fnmatchcase(one, wanted.casefold()) for one in names)


def recorded_names(bundles: Iterable[Bundle]) -> dict[str, int]:
    """The figures that bundles record, those with names of measurements first, then common ones."""
    counts = Counter(
        name
        for bundle in bundles
        for name in {
            leaf(metric.name) for findings in bundle.findings for metric in recorded_figures(findings)
        }
    )
    return dict(sorted(counts.items(), key=lambda item: (not is_figure(item[0]), -item[1], item[0])))

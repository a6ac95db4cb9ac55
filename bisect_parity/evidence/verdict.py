"""The recorded verdict of a run: its figures against the thresholds. Pure."""

from __future__ import annotations

import enum
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from attrs import Factory, frozen

from bisect_parity.evidence.formats.text_file import LOGS
from bisect_parity.evidence.model import Metric, Trust, flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bisect_parity.config import Thresholds
    from bisect_parity.evidence.model import Bundle, Findings

RESULT_FILE = "benchmark_results.json"
USUAL_SIZE = 4096
_CORRELATION = re.compile(r"(?i)(?:.*_)?(?:correlation|corr|pearson_?r?)(?:_(?:warm|cold))?")
_SUM_RATIO = re.compile(r"(?i)(?:.*_)?sum_?ratio(?:_(?:warm|cold))?")
_OF_NO_RUN = re.compile(  # a line about what is wanted, or what was before
    r"(?i)\b(?:min|minimum|at least|expected|target|goal|required?|threshold|tolerance|limit|should|must"
    r"|previous(?:ly)?|before|baseline)\b"
)


class Verdict(enum.StrEnum):
    """What the recorded figures say of a run."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


@frozen
class Figures:
    """The figures of one run: from one result file or, where it has none, from its texts.

    Attributes:
        path: of the result file, or of the first text, relative to the top.
        size: width of the images in pixels; None where the file does not say.
        metrics: in the order of the file.
        other_sizes: sizes of the file's other results.
        judged: names of the metrics that the verdict rests on: of all, where nothing else is said.
    """

    path: str
    size: int | None
    metrics: tuple[Metric, ...]
    other_sizes: tuple[int, ...] = ()
    judged: frozenset[str] = Factory(
        lambda self: frozenset(metric.name for metric in self.metrics), takes_self=True
    )

    @property
    def is_text(self) -> bool:
        """Whether they stand in logs or prose: less sure than what a program wrote for programs."""
        return any(metric.trust is not Trust.MACHINE for metric in self.metrics)

    def value(self, name: str) -> float | None:
        """The first recorded value of the metric with this last part of its name."""
        values = (metric.value for metric in self.metrics if leaf(metric.name) == name)
        return next((value for value in values if value is not None), None)


@frozen
class RecordedVerdict:
    """A verdict with its reason.

    Attributes:
        verdict: good, bad or unknown.
        reason: one sentence.
        unrecorded: "correlation" and "sum_ratio", as far as they were not recorded.
    """

    verdict: Verdict
    reason: str
    unrecorded: tuple[str, ...] = ()


def leaf(name: str) -> str:
    """The last part of a metric's dotted name."""
    return name.rpartition(".")[2]


def parity_kind(name: str) -> str | None:
    """The threshold that applies to a metric, however it is spelt: "correlation", "sum_ratio", or None."""
    last = leaf(name)
    if _CORRELATION.fullmatch(last):
        return "correlation"
    return "sum_ratio" if _SUM_RATIO.fullmatch(last) else None


def is_parity_metric(name: str) -> bool:
    """Whether a threshold applies to the metric."""
    return parity_kind(name) is not None


def judged_size(bundles: Iterable[Bundle], asked: int | None) -> int:
    """The detector width in pixels at which runs are judged: what is asked for, else 4096, else the usual.

    Args:
        bundles: of all runs.
        asked: by the settings; None leaves the choice to what was recorded: 4096 if any run was made at it,
            else the size of most results, and of those the largest.
    """
    return (usual_size(bundles) or USUAL_SIZE) if asked is None else asked


def usual_size(bundles: Iterable[Bundle]) -> int | None:
    """The size that results recorded: 4096 if any did, else that of most, and of those the largest."""
    results = (own for bundle in bundles for findings in bundle.findings for own in _results(findings))
    counts = Counter(size for size in map(_size, results) if size is not None)
    if USUAL_SIZE in counts:
        return USUAL_SIZE
    return max(counts, key=lambda size: (counts[size], size), default=None)


def result_figures(bundle: Bundle, size: int) -> Figures | None:
    """The figures of a bundle: from its first benchmark_results.json, or else any file of parity metrics.

    Where a file holds several results, the one of `size` is taken; if there is none, the largest.
    """
    found = [item for item in (_figures(findings, size) for findings in bundle.findings) if item is not None]
    named = [item for item in found if item.path.rpartition("/")[2] == RESULT_FILE]
    return next(iter([*named, *found]), None)


def text_figures(bundle: Bundle, *, logs_only: bool) -> Figures | None:
    """The parity metrics that the texts of a bundle state; None where there are none.

    Args:
        bundle: whose logs are read, and after them its notes.
        logs_only: leave out the notes, such as Markdown, which people and models write.
    """
    stated = [metric for metric in prose_metrics(bundle) if is_of_run(metric)]
    logs = [metric for metric in stated if metric.source.path.lower().endswith(LOGS)]
    metrics = tuple(logs or (() if logs_only else stated))
    return Figures(metrics[0].source.path, None, metrics) if metrics else None


def recorded_verdict(figures: Figures | None, thresholds: Thresholds, size: int) -> RecordedVerdict:
    """Bad if any recorded metric fails its threshold, good if all pass, else unknown.

    A text may state a metric several times, of several computations: it says nothing where these disagree.

    Args:
        figures: of the run; None where no result file could be read.
        thresholds: both are inclusive.
        size: the detector width that is judged; figures of another size say nothing.
    """
    both = ("correlation", "sum_ratio")
    if figures is None:
        return RecordedVerdict(Verdict.UNKNOWN, "no parity metric is recorded", both)
    if figures.size not in (None, size):
        return RecordedVerdict(Verdict.UNKNOWN, f"recorded at {figures.size} pixels, not at {size}", both)
    judged: list[tuple[str, bool, str]] = []
    for metric in figures.metrics:
        kind = parity_kind(metric.name)
        if metric.value is None or kind is None:
            continue
        least, tolerance = thresholds.correlation_min, thresholds.sum_ratio_tolerance
        if kind == "correlation":
            holds, limit = least <= metric.value < math.inf, f"at least {least!r}"
        else:
            holds, limit = abs(metric.value - 1.0) <= tolerance, f"within {tolerance!r} of 1"
        place = f" ({metric.source.path}:{metric.source.line})" if figures.is_text else ""
        text = f"{leaf(metric.name)} {metric.value!r} is {'' if holds else 'not '}{limit}{place}"
        judged.append((kind, holds, text))
    answers = {kind: {holds for one, holds, _ in judged if one == kind} for kind in both}
    unrecorded = tuple(kind for kind in both if not answers[kind])
    unclear = {kind for kind in both if figures.is_text and len(answers[kind]) > 1}
    failed = [text for kind, holds, text in judged if not holds and kind not in unclear]
    if failed:
        return RecordedVerdict(Verdict.BAD, "; ".join(failed), unrecorded)
    if unclear:
        stated = "; ".join(text for kind, _, text in judged if kind in unclear)
        return RecordedVerdict(Verdict.UNKNOWN, f"the text states several: {stated}", unrecorded)
    if judged:
        return RecordedVerdict(Verdict.GOOD, "; ".join(text for _, _, text in judged), unrecorded)
    return RecordedVerdict(Verdict.UNKNOWN, "no parity metric is recorded", both)


def run_verdict(verdicts: Sequence[RecordedVerdict]) -> RecordedVerdict:
    """The verdict of a run that several bundles hold copies of: bad before good before unknown."""
    ranks = (Verdict.BAD, Verdict.GOOD, Verdict.UNKNOWN)
    return min(verdicts, key=lambda verdict: ranks.index(verdict.verdict))


def is_of_run(metric: Metric) -> bool:
    """Whether a figure is the run's own, and not one that its line gives as wanted, or as earlier."""
    return metric.trust is Trust.MACHINE or not _OF_NO_RUN.search(metric.source.text)


def prose_metrics(bundle: Bundle) -> Iterator[Metric]:
    """The parity metrics that people or models wrote into the bundle's texts."""
    for findings in bundle.findings:
        for metric in findings.metrics:
            if (
                metric.trust is not Trust.MACHINE
                and metric.value is not None
                and is_parity_metric(metric.name)
            ):
                yield metric


def _figures(findings: Findings, size: int) -> Figures | None:
    results = _results(findings)
    if not results:
        return None
    sizes = [_size(own) for own in results]
    known = [one for one in sizes if one is not None]
    wanted = size if size in sizes else max(known, default=None)
    chosen = results[sizes.index(wanted)]
    metrics = tuple(metric for metric in chosen.metrics if metric.trust is Trust.MACHINE)
    others = tuple(sorted({one for one in known if one != wanted}))
    judged = frozenset(metric.name for metric in metrics if is_parity_metric(metric.name))
    return Figures(findings.path, wanted, metrics, others, judged)


def _results(findings: Findings) -> list[Findings]:
    """A file and the runs in it, as far as a program wrote figures of parity for them."""
    return [
        own
        for own in flat([findings])
        if any(metric.trust is Trust.MACHINE and is_parity_metric(metric.name) for metric in own.metrics)
    ]


def _size(findings: Findings) -> int | None:
    return next((metric.size for metric in findings.metrics if metric.size is not None), None)

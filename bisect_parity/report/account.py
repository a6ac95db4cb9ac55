"""Everything that a report tells of an evidence output, in the order and the words of the page. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import Factory, evolve, frozen

from bisect_parity.evidence.verdict import is_parity_metric, leaf
from bisect_parity.report.bisection_chart import BisectionChart, draw_bisection
from bisect_parity.report.documents import (
    Bisection,
    Diagnosis,
    Matrix,
    MatrixBundle,
    ParamDiff,
    Provenance,
    Resolved,
)
from bisect_parity.report.headline import Headline, headline
from bisect_parity.report.output import EvidenceOutput
from bisect_parity.report.pictures import Pictures
from bisect_parity.report.provenance import SHORT, probability_text
from bisect_parity.report.timeline import Run, Timeline, draw_timeline

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["Account", "History", "account_of", "run_ranges"]

SHOWN_METRICS = 4
UNRECORDED = "unrecorded"
DEFAULT_THRESHOLDS = {"correlation_min": 0.999, "sum_ratio_tolerance": 0.005}


@frozen
class History:
    """What git knows of the commits that the documents name; empty where no repository was at hand.

    Attributes:
        times: committer times of the whole history, ascending; POSIX seconds.
        commit_times: of the commits that are named.
        subjects: first lines of their messages.
    """

    times: Sequence[float] = ()
    commit_times: Mapping[str, float] = Factory(dict)
    subjects: Mapping[str, str] = Factory(dict)


@frozen
class Row:
    """One line of the matrix.

    Attributes:
        bundle: as it stands in the document.
        figures: one text a column.
        anchor: of its clues; empty where there are none.
        commit: how its commit is known, in words.
        subject: of that commit.
        notes: gaps, deviations and copies, a sentence each; the flag says if one is a warning.
    """

    bundle: MatrixBundle
    figures: tuple[str, ...]
    anchor: str
    commit: str
    subject: str
    notes: tuple[tuple[str, bool], ...]


@frozen
class Rows:
    """A part of the matrix: the names of the figures that are shown, and its lines."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@frozen
class Clued:
    """One bundle with its clues: what was resolved, where it stands on the page, and its verdict."""

    item: Resolved
    anchor: str
    verdict: str
    subject: str


@frozen
class ValueGroup:
    """The runs that have one value of a parameter.

    Attributes:
        value: None where it was not recorded.
        runs: verdict, and the numbers of its runs, such as "R1-R3, R7".
        source: where it was read first.
    """

    value: str | None
    runs: tuple[tuple[str, str], ...]
    source: str


@frozen
class Parameter:
    """A parameter, its runs grouped by value; `noise` says why a difference means little, if it does."""

    name: str
    differs: bool
    separates: bool
    noise: str
    groups: tuple[ValueGroup, ...]


@frozen
class Search:
    """One bisection with its chart."""

    path: str
    document: Bisection
    chart: BisectionChart | None


@frozen
class Account:
    """The page, from top to bottom; what is None or empty was not made."""

    title: str
    headline: Headline
    output: EvidenceOutput
    matrix: Matrix | None
    series: Rows
    others: Rows
    timeline: Timeline | None
    provenance: Provenance | None
    clued: tuple[Clued, ...]
    params: ParamDiff | None
    differing: tuple[Parameter, ...]
    equal: tuple[Parameter, ...]
    diagnosis: Diagnosis | None
    searches: tuple[Search, ...]
    pictures: tuple[Pictures | str, ...]
    thresholds: Mapping[str, float]


def account_of(output: EvidenceOutput, history: History, pictures: Iterable[Pictures | str] = ()) -> Account:
    """The account of an evidence output.

    Args:
        output: what was read.
        history: what git knows of it.
        pictures: of kept images; a sentence where a pair cannot be drawn.
    """
    matrix: Matrix | None = output.matrix.value if output.matrix is not None else None
    provenance: Provenance | None = output.provenance.value if output.provenance is not None else None
    params: ParamDiff | None = output.params.value if output.params is not None else None
    bundles = matrix.bundles if matrix is not None else ()
    thresholds = (matrix.thresholds if matrix is not None else {}) or DEFAULT_THRESHOLDS
    verdicts = {bundle.path: bundle.verdict for bundle in bundles}
    bisections = [found.value for found in output.bisections]
    history = _with_facts(history, bisections)
    resolved = provenance.bundles if provenance is not None else ()
    clued = tuple(
        Clued(
            item, f"bundle-{number}", verdicts.get(item.path, ""), history.subjects.get(item.commit or "", "")
        )
        for number, item in enumerate(resolved, 1)
    )
    anchors = {one.item.path: one.anchor for one in clued}
    grouped = _parameters(params) if params is not None else ()
    diagnosis: Diagnosis | None = output.diagnosis.value if output.diagnosis is not None else None
    return Account(
        title=f"Parity report: {output.folder.resolve().name}",
        headline=headline(matrix, bisections, diagnosis),
        output=output,
        matrix=matrix,
        series=_rows([one for one in bundles if one.in_series], anchors, history),
        others=_rows([one for one in bundles if not one.in_series], anchors, history),
        timeline=draw_timeline(_runs(clued, bundles, history), history.times, _flags(bisections, history)),
        provenance=provenance,
        clued=clued,
        params=params,
        differing=tuple(item for item in grouped if item.differs),
        equal=tuple(item for item in grouped if not item.differs),
        diagnosis=diagnosis,
        searches=tuple(
            Search(found.path, found.value, draw_bisection(found.value, thresholds))
            for found in output.bisections
        ),
        pictures=tuple(pictures),
        thresholds=thresholds,
    )


def _with_facts(history: History, bisections: Sequence[Bisection]) -> History:
    """The history with what the bisections say of their commits."""
    times, subjects = {}, {}
    for facts in (facts for item in bisections for facts in item.commit_facts):
        subjects[facts.commit] = facts.subject
        try:
            times[facts.commit] = datetime.fromisoformat(facts.date).timestamp()
        except (ValueError, OverflowError):
            continue
    return evolve(
        history, commit_times={**times, **history.commit_times}, subjects={**subjects, **history.subjects}
    )


def _flags(bisections: Sequence[Bisection], history: History) -> list[tuple[float, str]]:
    answers = dict.fromkeys(item.answer for item in bisections if item.answer)
    return [
        (history.commit_times[answer], answer[:SHORT]) for answer in answers if answer in history.commit_times
    ]


def _columns(bundles: Sequence[MatrixBundle]) -> tuple[str, ...]:
    """The parity metrics that most bundles have, by their last names."""
    counts: dict[str, int] = {}
    for bundle in bundles:
        for name in dict.fromkeys(leaf(full) for full in bundle.metrics if is_parity_metric(full)):
            counts[name] = counts.get(name, 0) + 1
    return tuple(sorted(counts, key=lambda name: -counts[name])[:SHOWN_METRICS])


def _rows(bundles: Sequence[MatrixBundle], anchors: Mapping[str, str], history: History) -> Rows:
    columns = _columns(bundles)
    return Rows(columns, tuple(_row(bundle, columns, anchors, history) for bundle in bundles))


def _row(bundle: MatrixBundle, columns: Sequence[str], anchors: Mapping[str, str], history: History) -> Row:
    figures = {leaf(full): value for full, value in reversed(list(bundle.metrics.items()))}
    texts = tuple(UNRECORDED if figures.get(name) is None else str(figures[name]) for name in columns)
    subject = history.subjects.get(bundle.commit or "", "")
    return Row(
        bundle, texts, anchors.get(bundle.path, ""), _commit_text(bundle), subject, tuple(_notes(bundle))
    )


def _commit_text(bundle: MatrixBundle) -> str:
    """How the commit is known; recorded and inferred must not look alike."""
    if bundle.commit is None:
        return "no commit is recorded, and none can be named"
    chance = f"p {probability_text(bundle.probability)}"
    if bundle.resolution_class == "contradicted":
        written = dict.fromkeys(record.text[:SHORT] for record in bundle.records)
        return f"{chance}, by the clues; recorded is {', '.join(written) or UNRECORDED}"
    if bundle.resolution_class in ("confirmed", "recorded"):
        return f"{chance}, recorded"
    return f"{chance}, not recorded"


def _notes(bundle: MatrixBundle) -> Iterable[tuple[str, bool]]:
    for name, told in bundle.context.items():
        if told.deviates:
            yield f"deviates: {name} {told.value}", True
    for path in bundle.missing:
        yield f"Missing: {_within(bundle, path)}", True
    for path in bundle.unreadable:
        yield f"Unreadable: {_within(bundle, path)}", True
    if bundle.unrecorded and bundle.verdict != "unknown":
        yield f"{', '.join(bundle.unrecorded)} {UNRECORDED}", False
    if bundle.verdict == "unknown" and bundle.reason:
        yield bundle.reason, False
    if bundle.dirty in ("possible", "recorded"):
        yield f"dirty tree: {bundle.dirty}", False
    if bundle.other_sizes:
        yield f"other sizes in the file: {', '.join(map(str, bundle.other_sizes))}", False
    if bundle.same_run_as:
        yield f"same run as {', '.join(bundle.same_run_as)}", False


def _within(bundle: MatrixBundle, path: str) -> str:
    return path.removeprefix(f"{bundle.path}/")


def _runs(clued: Sequence[Clued], bundles: Sequence[MatrixBundle], history: History) -> list[Run]:
    """What the time line shows: copies of one run once, the best known of them."""
    by_path = {bundle.path: bundle for bundle in bundles}
    runs, seen = [], set()
    order = sorted(clued, key=lambda one: one.item.run_time_error or 0.0)
    for one in order:
        bundle, item = by_path.get(one.item.path), one.item
        number = bundle.run if bundle is not None else None
        if item.run_time is None or (number is not None and number in seen):
            continue
        seen.add(number)
        verdict = "none" if bundle is None else bundle.verdict
        commit = item.commit or ""
        named = f"{commit[:SHORT]}, p {probability_text(item.probability)}" if commit else "no commit"
        judged = "no parity figures" if verdict == "none" else verdict
        runs.append(
            Run(
                f"{item.path}: {judged}; {item.resolution_class}, {named}",
                one.anchor,
                verdict,
                bundle is not None and bundle.in_series,
                item.resolution_class,
                item.run_time,
                item.run_time_error or 0.0,
                history.commit_times.get(commit),
            )
        )
    return runs


def _parameters(params: ParamDiff) -> tuple[Parameter, ...]:
    """The rows of the diff, what separates good from bad first, what is noise last."""
    found = []
    for row in params.rows:
        groups: dict[str | None, dict[str, list[int]]] = {}
        sources: dict[str | None, str] = {}
        for column, value, source in itertools.zip_longest(params.runs, row.values, row.sources):
            if column is not None:
                groups.setdefault(value, {}).setdefault(column.verdict, []).append(column.run)
                sources.setdefault(value, source or "")
        values = [
            ValueGroup(
                value, tuple((kind, run_ranges(runs)) for kind, runs in by_kind.items()), sources[value]
            )
            for value, by_kind in groups.items()
        ]
        values.sort(key=lambda group: group.value is None)
        differs = row.differs or row.separates
        found.append(Parameter(row.name, differs, row.separates, row.noise, tuple(values)))
    return tuple(sorted(found, key=lambda item: (not item.separates, bool(item.noise))))


def run_ranges(numbers: Iterable[int]) -> str:
    """Numbers of runs, in order, as "R1-R3, R7"."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"R{first}" if first == last else f"R{first}-R{last}" for first, last in spans)

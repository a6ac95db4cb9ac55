"""Everything that a report says of an evidence output, in the order of the page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from attrs import Factory, evolve, frozen

from bisect_parity.provenance.model import Resolution
from bisect_parity.report.audit_documents import (
    Diagnosis,
    Matrix,
    MatrixBundle,
    ParamDiff,
    Provenance,
)
from bisect_parity.report.bisection_chart import BisectionChart, draw_bisection, draw_sweep
from bisect_parity.report.figure_charts import FigureCharts, draw_figures
from bisect_parity.report.headline import Headline, headline
from bisect_parity.report.output import EvidenceOutput
from bisect_parity.report.pictures import Pictures
from bisect_parity.report.rows import GroupedParameter, Rows, parameters_of, rows_of
from bisect_parity.report.search_documents import Bisection, Sweep
from bisect_parity.report.timeline import DrawnRun, Timeline, draw_timeline
from bisect_parity.report.trial_documents import Isolation, Rerun
from bisect_parity.wording import SHORT, probability_text

Kind = TypeVar("Kind", Bisection, Sweep)
DEFAULT_THRESHOLDS = {"correlation_min": 0.999, "sum_ratio_tolerance": 0.005}


@frozen
class NamedCommits:
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
class Clued:
    """One bundle with its clues: what was resolved, where it stands on the page, and its verdict."""

    item: Resolution
    anchor: str
    verdict: str
    subject: str


@frozen
class Searched(Generic[Kind]):
    """One bisection, or one sweep, with its chart."""

    path: str
    document: Kind
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
    figures: FigureCharts | None
    provenance: Provenance | None
    clued: tuple[Clued, ...]
    params: ParamDiff | None
    differing: tuple[GroupedParameter, ...]
    equal: tuple[GroupedParameter, ...]
    diagnosis: Diagnosis | None
    searches: tuple[Searched[Bisection], ...]
    sweeps: tuple[Searched[Sweep], ...]
    isolations: tuple[Isolation, ...]
    reruns: tuple[Rerun, ...]
    pictures: tuple[Pictures | str, ...]
    thresholds: Mapping[str, float]


def account_of(output: EvidenceOutput, history: NamedCommits, pictures: Iterable[Pictures | str]) -> Account:
    """The account of an evidence output.

    Args:
        output: what was read.
        history: what git knows of it.
        pictures: of kept images; a sentence where a pair cannot be drawn.
    """
    matrix, provenance = output.latest(Matrix), output.latest(Provenance)
    params, diagnosis = output.latest(ParamDiff), output.latest(Diagnosis)
    bundles = matrix.bundles if matrix is not None else ()
    thresholds = (matrix.thresholds if matrix is not None else {}) or DEFAULT_THRESHOLDS
    bisections = output.every(Bisection)
    history = _with_facts(history, bisections.values())
    resolved = provenance.bundles if provenance is not None else ()
    clued = _with_clues(resolved, bundles, history)
    flags = _flags(bisections.values(), history)
    anchors = {one.item.path: one.anchor for one in clued}
    grouped = parameters_of(params) if params is not None else ()
    return Account(
        title=f"Parity report: {output.folder.resolve().name}",
        headline=headline(output),
        output=output,
        matrix=matrix,
        series=rows_of([one for one in bundles if one.in_series], anchors, history.subjects),
        others=rows_of([one for one in bundles if not one.in_series], anchors, history.subjects),
        timeline=draw_timeline(_runs(clued, bundles, history), history.times, flags),
        figures=draw_figures(diagnosis.figures if diagnosis is not None else None),
        provenance=provenance,
        clued=clued,
        params=params,
        differing=tuple(item for item in grouped if item.differs),
        equal=tuple(item for item in grouped if not item.differs),
        diagnosis=diagnosis,
        searches=tuple(
            Searched(path, document, draw_bisection(document, document.thresholds or thresholds))
            for name, whole in bisections.items()
            for path, document in _levels(name, whole)
        ),
        sweeps=tuple(
            Searched(path, document, draw_sweep(document, document.thresholds or thresholds))
            for path, document in output.every(Sweep).items()
        ),
        isolations=tuple(output.every(Isolation).values()),
        reruns=tuple(output.every(Rerun).values()),
        pictures=tuple(pictures),
        thresholds=thresholds,
    )


def _levels(path: str, document: Bisection) -> Iterator[tuple[str, Bisection]]:
    """A bisection, and the searches inside submodules that followed it."""
    yield path, document
    for inner in document.inner:
        yield f"{path}, {inner.kind} {inner.submodule}", inner.search


def _with_clues(
    resolved: Sequence[Resolution], bundles: Sequence[MatrixBundle], history: NamedCommits
) -> tuple[Clued, ...]:
    verdicts = {bundle.path: bundle.verdict for bundle in bundles}
    return tuple(
        Clued(
            item, f"bundle-{number}", verdicts.get(item.path, ""), history.subjects.get(item.commit or "", "")
        )
        for number, item in enumerate(resolved, 1)
    )


def _with_facts(history: NamedCommits, bisections: Iterable[Bisection]) -> NamedCommits:
    """The history with what the bisections say of their commits."""
    times, subjects = {}, {}
    for facts in (facts for item in bisections for facts in item.commit_facts):
        subjects[facts.commit] = facts.subject
        if facts.moment is not None:
            times[facts.commit] = facts.moment.timestamp()
    return evolve(
        history, commit_times={**times, **history.commit_times}, subjects={**subjects, **history.subjects}
    )


def _flags(bisections: Iterable[Bisection], history: NamedCommits) -> list[tuple[float, str]]:
    answers = dict.fromkeys(item.answer for item in bisections if item.answer)
    return [
        (history.commit_times[answer], answer[:SHORT]) for answer in answers if answer in history.commit_times
    ]


def _runs(clued: Sequence[Clued], bundles: Sequence[MatrixBundle], history: NamedCommits) -> list[DrawnRun]:
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
            DrawnRun(
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

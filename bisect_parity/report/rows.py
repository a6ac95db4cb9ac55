"""The lines of the matrix, and the parameters with their runs, in the words of the page. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.evidence.verdict import is_parity_metric, leaf
from bisect_parity.report.audit_documents import MatrixBundle
from bisect_parity.wording import SHORT, UNRECORDED, probability_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.report.audit_documents import ParamDiff

SHOWN_METRICS = 4


@frozen
class MatrixRow:
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
    rows: tuple[MatrixRow, ...]


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
class GroupedParameter:
    """A parameter, its runs grouped by value; `noise` says why a difference means little, if it does."""

    name: str
    differs: bool
    separates: bool
    noise: str
    groups: tuple[ValueGroup, ...]


def _columns(bundles: Sequence[MatrixBundle]) -> tuple[str, ...]:
    """The parity metrics that most bundles have, by their last names."""
    counts: dict[str, int] = {}
    for bundle in bundles:
        for name in dict.fromkeys(leaf(full) for full in bundle.metrics if is_parity_metric(full)):
            counts[name] = counts.get(name, 0) + 1
    return tuple(sorted(counts, key=lambda name: -counts[name])[:SHOWN_METRICS])


def rows_of(bundles: Sequence[MatrixBundle], anchors: Mapping[str, str], subjects: Mapping[str, str]) -> Rows:
    """The lines of some bundles.

    Args:
        bundles: in their order.
        anchors: of the clues, by path.
        subjects: of commits, by id.
    """
    columns = _columns(bundles)
    return Rows(columns, tuple(_row(bundle, columns, anchors, subjects) for bundle in bundles))


def _row(
    bundle: MatrixBundle, columns: Sequence[str], anchors: Mapping[str, str], subjects: Mapping[str, str]
) -> MatrixRow:
    figures = {leaf(full): value for full, value in reversed(list(bundle.metrics.items()))}
    texts = tuple(UNRECORDED if figures.get(name) is None else str(figures[name]) for name in columns)
    subject = subjects.get(bundle.commit or "", "")
    return MatrixRow(
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
    for name, expected in bundle.context.items():
        if expected.deviates:
            yield f"deviates: {name} {expected.value}", True
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


def parameters_of(params: ParamDiff) -> tuple[GroupedParameter, ...]:
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
        found.append(GroupedParameter(row.name, differs, row.separates, row.noise, tuple(values)))
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

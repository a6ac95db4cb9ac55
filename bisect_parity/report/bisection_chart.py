"""The geometry of the bisection chart: how far each tested commit misses the thresholds. Pure; user units."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.report.search_documents import Bisection, CheckedCommit, Sweep

WIDTH, LEFT, RIGHT = 960.0, 92.0, 940.0
TOP, PLOT_HEIGHT, PLOT_GAP = 30.0, 150.0, 34.0
SKIP_HEIGHT = 34.0
LABEL_HEIGHT = 66.0
MOST_LABELS = 48
SHORT = 8
REVERT = "revert"  # of the new end without the answer: no commit of the range
LEAST, MOST = -16, 2  # decades that are drawn at most
UNDATED = datetime.max.replace(tzinfo=UTC)


@frozen
class Point:
    """A tested commit.

    Attributes:
        x, y: its place.
        verdict: "good", "bad", "skip" or "abort".
        label: in words, for who points at it.
        number: the number of its check.
        is_clipped: the figure lies outside of what is drawn.
    """

    x: float
    y: float
    verdict: str
    label: str
    number: str
    is_clipped: bool = False


@frozen
class Decade:
    """A power of ten on the axis."""

    y: float
    label: str


@frozen
class Plot:
    """One figure over the tested commits: its distance from 1, on a logarithmic axis that grows upwards."""

    name: str
    top: float
    height: float
    decades: tuple[Decade, ...]
    threshold_y: float | None
    threshold: str
    points: tuple[Point, ...]


@frozen
class CommitMark:
    """A labelled commit on the axis; `role` is "answer", "parent" or "flip", or empty."""

    x: float
    commit: str
    role: str


@frozen
class BisectionChart:
    """The whole drawing; the band from `answer_x` on holds the commits from the answer on."""

    height: float
    plots: tuple[Plot, ...]
    columns: tuple[CommitMark, ...]
    skips: tuple[Point, ...]
    skips_y: float
    answer_x: float | None
    bottom: float


def draw_bisection(
    document: Bisection, thresholds: Mapping[str, float], order: Sequence[str] = ()
) -> BisectionChart | None:
    """Lay out the tested commits from the old end to the new one; None where no images were compared.

    Args:
        document: of the bisection.
        thresholds: `correlation_min` and `sum_ratio_tolerance`, where they are known.
        order: the commits of the range, ancestors first; empty where only their dates are known.
    """
    checks = [check for check in document.tested if check.commit and check.role != REVERT]
    roles = {document.answer: "answer", document.answer_parent: "parent"}
    tested = _tested_order(document, checks)
    if order:
        number = {commit: place for place, commit in enumerate(order)}
        tested.sort(key=lambda commit: number.get(commit, -1))  # the old end, and what lies before it
    return _draw(checks, tested, roles, thresholds)


def draw_sweep(document: Sweep, thresholds: Mapping[str, float]) -> BisectionChart | None:
    """Lay out the commits of a sweep, whose flips are marked; see `draw_bisection`."""
    checks = [check for check in document.tested if check.commit]
    roles: dict[str | None, str] = {flip.after: "flip" for flip in document.flips}
    return _draw(checks, list(dict.fromkeys(check.commit for check in checks)), roles, thresholds)


def _draw(
    checks: Sequence[CheckedCommit],
    order: Sequence[str],
    roles: Mapping[str | None, str],
    thresholds: Mapping[str, float],
) -> BisectionChart | None:
    if not any(check.correlation is not None or check.sum_ratio is not None for check in checks):
        return None
    step = (RIGHT - LEFT) / len(order)
    places = {commit: round(LEFT + (number + 0.5) * step, 1) for number, commit in enumerate(order)}
    least = thresholds.get("correlation_min")
    plots, top = [], TOP
    for name, figure, limit in (
        ("1 - correlation", "correlation", None if least is None else 1 - least),
        ("|sum ratio - 1|", "sum_ratio", thresholds.get("sum_ratio_tolerance")),
    ):
        plot = _plot(name, figure, limit, checks, places, top)
        if plot is not None:
            plots.append(plot)
            top += PLOT_HEIGHT + PLOT_GAP
    bottom = top - PLOT_GAP
    skips = tuple(
        Point(places[check.commit], bottom + SKIP_HEIGHT / 2, check.verdict, _label(check), _number(check))
        for check in checks
        if check.verdict not in ("good", "bad")
    )
    if skips:
        bottom += SKIP_HEIGHT
    stride = -(-len(order) // MOST_LABELS)
    answer = next((places[commit] for commit in order if roles.get(commit) == "answer"), None)
    return BisectionChart(
        height=bottom + LABEL_HEIGHT,
        plots=tuple(plots),
        columns=tuple(
            CommitMark(places[commit], commit[:SHORT], roles.get(commit, ""))
            for number, commit in enumerate(order)
            if number % stride == 0 or commit in roles
        ),
        skips=skips,
        skips_y=bottom - SKIP_HEIGHT / 2,
        answer_x=None if answer is None else answer - step / 2,
        bottom=bottom,
    )


def _tested_order(document: Bisection, checks: Sequence[CheckedCommit]) -> list[str]:
    """The tested commits by committer date; the ends and the answer's parent keep their sides."""
    dates = {facts.commit: facts.moment or UNDATED for facts in document.commit_facts}
    tested = dict.fromkeys(check.commit for check in checks)
    old, new = ("good", "bad") if document.find == "regression" else ("bad", "good")
    ends = {end: document.ends[end].commit for end in (old, new) if end in document.ends}
    side = {ends.get(old): -1, ends.get(new): 1}
    order = sorted(tested, key=lambda commit: (side.get(commit, 0), dates.get(commit, UNDATED)))
    answer, parent = document.answer, document.answer_parent
    if answer in tested and parent in tested and order.index(parent) > order.index(answer):
        order.remove(parent)
        order.insert(order.index(answer), parent)
    return order


def _plot(
    name: str,
    figure: str,
    limit: float | None,
    checks: Sequence[CheckedCommit],
    places: Mapping[str, float],
    top: float,
) -> Plot | None:
    """One plot, or None where no check has the figure."""
    figures = [(check, getattr(check, figure)) for check in checks]
    found = [(check, value) for check, value in figures if value is not None and math.isfinite(value)]
    if not found:
        return None
    distances = [abs(value - 1) for _, value in found]
    logs = [_log(value) for value in (*distances, *([limit] if limit else []))]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    if low == high:
        low -= 1

    def place(log: float) -> float:
        return round(top + PLOT_HEIGHT * (1 - (log - low) / (high - low)), 1)

    stride = -(-(high - low) // 6)
    return Plot(
        name=name,
        top=top,
        height=PLOT_HEIGHT,
        decades=tuple(Decade(place(log), f"1e{log}") for log in range(low, high + 1, stride)),
        threshold_y=place(_log(limit)) if limit else None,
        threshold="" if limit is None else f"{limit:.3g}",
        points=tuple(
            Point(
                places[check.commit],
                place(_log(distance)),
                check.verdict,
                f"{_label(check)}: {figure.replace('_', ' ')} {value!r}",
                _number(check),
                distance == 0,
            )
            for (check, value), distance in zip(found, distances, strict=True)
        ),
    )


def _log(distance: float) -> float:
    """The decade of a distance, within what is drawn; of zero, the lowest."""
    return min(max(math.log10(distance), LEAST), MOST) if distance > 0 else LEAST


def _label(check: CheckedCommit) -> str:
    return f"check {_number(check)}, {check.commit[:12]} ({check.role}): {check.verdict}"


def _number(check: CheckedCommit) -> str:
    return check.name.partition("-")[0].lstrip("0")

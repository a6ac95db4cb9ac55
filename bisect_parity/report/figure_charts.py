"""The geometry of figures over time: a small chart each, runs in the order of history. Pure; user units."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

from attrs import frozen

from bisect_parity.report.figures_over_time import FigureRun, FiguresOverTime, FigureTrend, step_text
from bisect_parity.wording import SHORT

MOST_CHARTS = 12
LEFT, RIGHT, TOP, BOTTOM = 12.0, 308.0, 26.0, 142.0
DECADE = 10.0
MOST_BEYOND = 4
FAR = 12.0  # median deviations from the nearest level


@frozen
class Spot:
    """A run in its place; `label` in words, for who points at it; `beyond` its value, where off the axis."""

    x: float
    y: float
    verdict: str
    label: str
    beyond: str


@frozen
class Level:
    """The median between two steps, as a line."""

    x: float
    end: float
    y: float


@frozen
class Gap:
    """The place of a step: between its last run before and its first run after."""

    x: float
    width: float


@frozen
class FigureChart:
    """One figure.

    Attributes:
        trend: what is drawn.
        spots, levels, gaps: see there.
        span: the ends of the axis, in words.
        first, last: the commits at the ends.
        sentences: a step each.
    """

    trend: FigureTrend
    spots: tuple[Spot, ...]
    levels: tuple[Level, ...]
    gaps: tuple[Gap, ...]
    span: str
    first: str
    last: str
    sentences: tuple[str, ...]


@frozen
class FigureCharts:
    """All figures over time: those that are drawn, and the others."""

    figures: FiguresOverTime
    charts: tuple[FigureChart, ...]
    others: tuple[FigureTrend, ...]


def draw_figures(figures: FiguresOverTime | None) -> FigureCharts | None:
    """Draw the first figures that vary, which have the clearest steps; None where none was looked at."""
    if figures is None or not figures.series:
        return None
    drawn = [trend for trend in figures.series if len(set(trend.values)) > 1][:MOST_CHARTS]
    others = tuple(trend for trend in figures.series if trend not in drawn)
    return FigureCharts(figures, tuple(_draw(trend, figures.runs) for trend in drawn), others)


def _draw(trend: FigureTrend, runs: tuple[FigureRun, ...]) -> FigureChart:
    pace = (RIGHT - LEFT) / len(trend.runs)
    places = {at: round(LEFT + (number + 0.5) * pace, 1) for number, at in enumerate(trend.runs)}
    gaps = [(places[step.before], places[step.after]) for step in trend.steps]
    starts, ends = [LEFT, *(end for _, end in gaps)], [*(start for start, _ in gaps), RIGHT]
    medians = [*(step.level_before for step in trend.steps[:1]), *(step.level_after for step in trend.steps)]
    least, greatest = _span(trend.values, medians)
    is_log = least > 0.0 and greatest >= DECADE * least
    height = _scale(least, greatest, is_log=is_log)
    spots = []
    for at, value in zip(trend.runs, trend.values, strict=True):
        run = runs[at]
        beyond = "" if least <= value <= greatest else f"{value:.3g}"
        label = f"{run.bundle}: {value!r}; {run.verdict}, {run.made_at}"
        spots.append(Spot(places[at], height(value), run.verdict, label, beyond))
    return FigureChart(
        trend,
        tuple(spots),
        levels=tuple(
            Level(x, end, height(level)) for x, end, level in zip(starts, ends, medians, strict=False)
        ),
        gaps=tuple(Gap(start, round(end - start, 1)) for start, end in gaps),
        span=f"{least:.6g} to {greatest:.6g}{', logarithmic' if is_log else ''}",
        first=_commit(runs[trend.runs[0]]),
        last=_commit(runs[trend.runs[-1]]),
        sentences=tuple(step_text(step, runs) for step in trend.steps),
    )


def _span(values: Sequence[float], levels: Sequence[float]) -> tuple[float, float]:
    """The least and the greatest value that is drawn: a few that lie far out would flatten all others."""
    scaled = math.log if min(values) > 0.0 else float
    known = [scaled(level) for level in levels or [statistics.median(values)]]
    far = [min(abs(scaled(value) - level) for level in known) for value in values]
    usual = FAR * statistics.median(far)
    near = [value for value, own in zip(values, far, strict=True) if own <= usual] if usual else values
    if len(values) - len(near) > MOST_BEYOND:  # no few; and their figures would lie on each other
        near = values
    return min(near), max(near)


def _scale(least: float, greatest: float, *, is_log: bool) -> Callable[[float], float]:
    """From a value to its y, not beyond the ends; equal values lie in the middle."""

    def share(value: float) -> float:
        if greatest == least:
            return 0.5
        if is_log:
            low = math.log(least)
            return (math.log(max(value, least)) - low) / (math.log(greatest) - low)
        return value / (greatest - least) - least / (greatest - least)  # a difference may be infinite

    return lambda value: round(BOTTOM - min(max(share(value), 0.0), 1.0) * (BOTTOM - TOP), 1)


def _commit(run: FigureRun) -> str:
    return run.commit[:SHORT] if run.commit else "unknown"

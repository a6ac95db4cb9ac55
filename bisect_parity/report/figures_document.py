"""The documented JSON form of figures over time: a part of a diagnosis. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.diagnosis.next_step import search_for_step
from bisect_parity.diagnosis.steps import LEVEL
from bisect_parity.evidence.numbers import is_rounding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.diagnosis.figure_series import Trend
    from bisect_parity.diagnosis.series import Run
    from bisect_parity.diagnosis.steps import LevelStep
    from bisect_parity.history.interval import Interval


def figures_document(
    runs: Sequence[Run],
    trends: Sequence[Trend],
    left_out: int = 0,
    intervals: Mapping[tuple[str, str], Interval] | None = None,
    cases: Sequence[str] = (),
    options: str = "",
) -> dict[str, Any]:
    """The documented JSON form.

    Args:
        runs: that `trends` count.
        trends: in the order in which they are shown.
        left_out: how many figures were not looked at.
        intervals: what lies between the commits beside a step, as far as git knows.
        cases: names of the cases at hand.
        options: of any further command, each after a space.
    """
    used = sorted({at for trend in trends for at in trend.runs})
    numbers = {at: number for number, at in enumerate(used)}
    return {
        "tested": len(trends),
        "left_out": left_out,
        "level": LEVEL,
        "runs": [_run(runs[at]) for at in used],
        "series": [
            {
                "name": trend.series.name,
                "file": trend.series.file,
                "place": trend.series.place,
                "size": trend.series.size,
                "alike": dict(trend.series.alike),
                "runs": [numbers[at] for at in trend.runs],
                "values": list(trend.values),
                "steps": [
                    _step(trend, step, runs, intervals or {}, cases, options)
                    | dict(zip(("before", "after"), map(numbers.get, trend.ends(step)), strict=True))
                    for step in trend.steps
                ],
            }
            for trend in trends
        ],
    }


def _run(run: Run) -> dict[str, Any]:
    item = run.resolution
    return {
        "bundle": run.name,
        "verdict": str(run.verdict.verdict),
        "class": str(item.resolution_class),
        "commit": item.commit,
        "probability": item.probability,
    }


def _step(
    trend: Trend,
    step: LevelStep,
    runs: Sequence[Run],
    intervals: Mapping[tuple[str, str], Interval],
    cases: Sequence[str],
    options: str,
) -> dict[str, Any]:
    before, after = (runs[at] for at in trend.ends(step))
    between = intervals.get((before.resolution.commit or "", after.resolution.commit or ""))
    search = search_for_step(trend.series.name, (before, after), cases)
    if is_rounding(step.before, step.after) or (between is not None and between.same_code):
        search = None
    return {
        "level_before": step.before,
        "level_after": step.after,
        "p": step.p,
        "between": None if between is None else between_document(between),
        "command": "" if search is None else search.called_with(options).command,
        "why": "" if search is None else search.why,
    }


def between_document(item: Interval) -> dict[str, Any]:
    """What lies between two commits."""
    return {
        "commits": item.commits,
        "merges": item.merges,
        "commits_touching_code": item.touching,
        "code_states": item.code_states,
        "same_code": item.same_code,
    }

"""On the time line every run has its place, its lane and its uncertainty."""

from __future__ import annotations

import pytest
from attrs import evolve

from bisect_parity.report.timeline import LEFT, MARK_GAP, RIGHT, DrawnRun, Timeline, draw_timeline

HOUR = 3600.0
START = 1760000000.0


def run(hours: float, kind: str = "confirmed", **more: object) -> DrawnRun:
    made = DrawnRun("label", "anchor", "bad", True, kind, START + hours * HOUR)
    return evolve(made, **more)  # type: ignore[arg-type]


def drawn(
    *runs: DrawnRun, commits: tuple[float, ...] = (), flags: tuple[tuple[float, str], ...] = ()
) -> Timeline:
    line = draw_timeline(runs, commits, flags)
    assert line is not None
    return line


def test_later_runs_lie_to_the_right_within_the_plot() -> None:
    marks = drawn(run(0), run(5), run(9)).marks
    places = [mark.x for mark in marks]
    assert places == sorted(places)
    assert all(LEFT <= x <= RIGHT for x in places)


def test_a_class_has_a_lane_of_its_own_in_the_order_of_trust() -> None:
    line = drawn(run(0, "unresolved"), run(1, "inferred"), run(2, "confirmed"), run(3, "inferred"))
    assert [(lane.name, lane.count) for lane in line.lanes] == [
        ("confirmed", 1),
        ("inferred", 2),
        ("unresolved", 1),
    ]
    for mark in line.marks:
        [lane] = [lane for lane in line.lanes if lane.name == mark.run.resolution_class]
        assert lane.y < mark.y < lane.y + lane.height


def test_marks_never_lie_on_each_other() -> None:
    marks = drawn(*(run(number / 100) for number in range(50)), run(100)).marks
    for one in marks:
        for other in marks:
            assert one is other or one.y != other.y or abs(one.x - other.x) >= MARK_GAP


def test_an_error_bar_grows_with_the_error_and_stays_in_the_plot() -> None:
    [small, large, endless] = drawn(run(0, error=600), run(5, error=HOUR), run(9, error=1e9)).marks
    assert small.high - small.low < large.high - large.low
    assert LEFT <= endless.low < endless.x < endless.high <= RIGHT


def test_a_long_gap_is_cut_out() -> None:
    line = drawn(run(0), run(1), run(1000), run(1001))
    assert len(line.panels) == 2
    assert line.panels[0].x + line.panels[0].width < line.panels[1].x
    assert line.marks[1].x - line.marks[0].x > 50  # an hour is still seen


def test_the_axis_spans_the_series_and_counts_what_lies_outside() -> None:
    line = drawn(run(0), run(2), run(-500, is_of_series=False), run(500, is_of_series=False))
    assert (len(line.marks), line.earlier, line.later) == (2, 1, 1)


def test_commits_are_counted_in_the_strip_and_the_named_one_is_pointed_out() -> None:
    commits = tuple(START + number * HOUR / 10 for number in range(-200, 200))
    line = drawn(run(0), run(10), commits=commits, flags=((START + 5 * HOUR, "abc"), (0.0, "too old")))
    assert line.commit_count == sum(
        panel.start <= time <= panel.end for panel in line.panels for time in commits
    )
    assert max(bar.height for bar in line.commits) < line.strip_bottom
    assert [flag.label for flag in line.flags] == ["abc"]


def test_one_run_alone_can_be_drawn() -> None:
    line = drawn(run(0))
    assert LEFT < line.marks[0].x < RIGHT
    assert line.ticks


@pytest.mark.parametrize("time", [-1.0, 1e18])
def test_times_that_say_nothing_are_left_out(time: float) -> None:
    assert draw_timeline([run(0, time=time)], ()) is None


def test_a_history_without_a_commit_in_the_span_is_not_taken_for_none() -> None:
    line = drawn(run(0), run(1), commits=(START - 1000 * HOUR,))
    assert (line.commits, line.has_history) == ((), True)
    assert not drawn(run(0), run(1)).has_history

"""The geometry of the time line: runs over the history, a lane for each class. Pure; user units."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from attrs import evolve, frozen

from bisect_parity.provenance.model import ResolutionClass

WIDTH, LEFT, RIGHT = 960.0, 118.0, 946.0
STRIP_TOP, STRIP_HEIGHT = 22.0, 44.0
ROW_HEIGHT, LANE_PADDING = 17.0, 7.0
AXIS_HEIGHT = 34.0
MARK_GAP = 15.0  # between the middles of two marks of one row
BIN = 3.0
PANEL_GAP = 18.0
SMALLEST_PANEL = 70.0
CUT_SHARE = 0.3  # a gap that takes more than this share of the time is cut out...
FEWEST_TO_CUT = 4  # ...where there are more runs than the two beside it
MARGIN_SHARE = 0.04
SHORTEST_MARGIN = 900.0  # seconds
TICK_GAP = 86.0
MOST_STEMS = 60
LATEST = 4102444800.0  # 2100: a clock that says more says nothing
HOUR, DAY = 3600, 86400
STEPS = (
    60,
    300,
    900,
    *(n * HOUR for n in (1, 3, 6, 12)),
    *(n * DAY for n in (1, 2, 7, 14, 30, 91, 365, 3650)),
)


@frozen
class DrawnRun:
    """What is drawn: one run (copies are one), or one bundle without figures.

    Attributes:
        label: in words, for who points at it.
        anchor: of its place on the page.
        verdict: "good", "bad" or "unknown"; "none" where there are no parity figures.
        is_of_series: whether it is a run of the series that is judged.
        resolution_class: the lane.
        time, error: POSIX seconds, and one standard deviation.
        commit_time: committer time of its commit, POSIX seconds; None where it is not known.
    """

    label: str
    anchor: str
    verdict: str
    is_of_series: bool
    resolution_class: str
    time: float
    error: float = 0.0
    commit_time: float | None = None


@frozen
class Mark:
    """A run in its place; `low` to `high` is the error bar; `stem` the x of its commit, None: not drawn."""

    run: DrawnRun
    x: float
    y: float
    low: float
    high: float
    stem: float | None


@frozen
class Lane:
    """One resolution class: the band from `y` on."""

    name: str
    y: float
    height: float
    count: int


@frozen
class Panel:
    """A stretch of time without long gaps: `start` to `end` (POSIX seconds) lies at `x` to `x + width`."""

    start: float
    end: float
    x: float
    width: float

    def place(self, time: float) -> float:
        """The x of a time, not beyond the ends."""
        share = (min(max(time, self.start), self.end) - self.start) / (self.end - self.start)
        return round(self.x + share * self.width, 1)


@frozen
class Tick:
    """A labelled place on the axis."""

    x: float
    label: str


@frozen
class Bar:
    """How many commits lie in a slice of the axis."""

    x: float
    height: float


@frozen
class Timeline:
    """The whole drawing.

    Attributes:
        height: of it; the width is always `WIDTH`.
        panels, lanes, marks, ticks: see there.
        commits: bars of the strip of commits, from its bottom up.
        commit_count: commits within the panels.
        has_history: whether any history was at hand.
        flags: commits that are pointed out, with their names.
        strip_bottom, axis_y: y of the two lines.
        earlier, later: runs that lie outside.
    """

    height: float
    panels: tuple[Panel, ...]
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    commits: tuple[Bar, ...]
    commit_count: int
    has_history: bool
    flags: tuple[Tick, ...]
    strip_bottom: float
    axis_y: float
    earlier: int
    later: int


def draw_timeline(
    runs: Sequence[DrawnRun], commit_times: Sequence[float], flags: Iterable[tuple[float, str]] = ()
) -> Timeline | None:
    """Lay out the runs; None where no run has a time.

    Args:
        runs: in any order. Where some are of the series, the axis spans these only.
        commit_times: of the whole history, ascending; POSIX seconds.
        flags: commits to point out: committer time and name.
    """
    dated = [run for run in runs if 0 < run.time < LATEST]
    if not dated:
        return None
    spanned = [run.time for run in dated if run.is_of_series] or [run.time for run in dated]
    panels = _panels(sorted(spanned))
    start, end = panels[0].start, panels[-1].end
    inside = [run for run in dated if any(panel.start <= run.time <= panel.end for panel in panels)]
    strip_bottom = STRIP_TOP + STRIP_HEIGHT
    lanes, marks, bottom = _lanes(inside, panels, strip_bottom)
    bars, count = _bars(panels, commit_times)
    return Timeline(
        height=bottom + AXIS_HEIGHT,
        panels=panels,
        lanes=lanes,
        marks=marks,
        ticks=tuple(tick for panel in panels for tick in _ticks(panel)),
        commits=bars,
        commit_count=count,
        has_history=bool(commit_times),
        flags=tuple(
            Tick(panel.place(time), name)
            for time, name in flags
            for panel in panels
            if panel.start <= time <= panel.end
        ),
        strip_bottom=strip_bottom,
        axis_y=bottom,
        earlier=sum(run.time < start for run in dated),
        later=sum(run.time > end for run in dated),
    )


def _panels(times: Sequence[float]) -> tuple[Panel, ...]:
    """Stretches of time, the long gaps between them cut out, side by side from LEFT to RIGHT."""
    total = times[-1] - times[0]
    groups = [[times[0], times[0]]]
    for time in times[1:]:
        if len(times) >= FEWEST_TO_CUT and time - groups[-1][1] > CUT_SHARE * total:
            groups.append([time, time])
        groups[-1][1] = time
    lengths = [last - first for first, last in groups]
    margins = [max(MARGIN_SHARE * length, SHORTEST_MARGIN) for length in lengths]
    room = RIGHT - LEFT - PANEL_GAP * (len(groups) - 1) - SMALLEST_PANEL * len(groups)
    whole = sum(lengths) + 2 * sum(margins)
    panels, x = [], LEFT
    for (first, last), length, margin in zip(groups, lengths, margins, strict=True):
        width = SMALLEST_PANEL + room * (length + 2 * margin) / whole
        panels.append(Panel(first - margin, last + margin, round(x, 1), round(width, 1)))
        x += width + PANEL_GAP
    return tuple(panels)


def _lanes(
    runs: Sequence[DrawnRun], panels: Sequence[Panel], top: float
) -> tuple[tuple[Lane, ...], tuple[Mark, ...], float]:
    """The lanes from `top` down, the marks in them, and where the last lane ends."""
    known = [str(kind) for kind in ResolutionClass]
    with_stems = len(runs) <= MOST_STEMS
    lanes, marks, y = [], [], top
    for name in [*known, *sorted({run.resolution_class for run in runs} - set(known))]:
        members = sorted((run for run in runs if run.resolution_class == name), key=lambda run: run.time)
        if not members:
            continue
        rows: list[float] = []  # the last x that each row holds
        placed = []
        for run in members:
            mark = _mark(run, panels, with_stems)
            row = next((number for number, last in enumerate(rows) if mark.x - last >= MARK_GAP), len(rows))
            rows[row:] = [mark.x, *rows[row + 1 :]]
            placed.append(evolve(mark, y=y + LANE_PADDING + (row + 0.5) * ROW_HEIGHT))
        height = 2 * LANE_PADDING + ROW_HEIGHT * len(rows)
        lanes.append(Lane(name, y, height, len(members)))
        marks += placed
        y += height
    return tuple(lanes), tuple(marks), y


def _mark(run: DrawnRun, panels: Sequence[Panel], with_stem: bool) -> Mark:
    panel = next(panel for panel in panels if panel.start <= run.time <= panel.end)
    error = max(run.error, 0.0)
    stem = None
    if with_stem and run.is_of_series and run.commit_time is not None:
        stem = panel.place(run.commit_time) if panel.start <= run.commit_time <= panel.end else None
    low, high = panel.place(run.time - error), panel.place(run.time + error)
    return Mark(run, panel.place(run.time), 0.0, low, high, stem)


def _bars(panels: Sequence[Panel], times: Sequence[float]) -> tuple[tuple[Bar, ...], int]:
    """Commits a slice of BIN units; heights go with the square root, so that single commits are seen."""
    counts: dict[float, int] = {}
    for panel in panels:
        begin, end = bisect.bisect_left(times, panel.start), bisect.bisect_right(times, panel.end)
        for time in times[begin:end]:
            x = panel.x + (panel.place(time) - panel.x) // BIN * BIN
            counts[x] = counts.get(x, 0) + 1
    most = max(counts.values(), default=1)
    room = STRIP_HEIGHT - 8.0
    bars = tuple(
        Bar(round(x, 1), round(room * (count / most) ** 0.5, 1)) for x, count in sorted(counts.items())
    )
    return bars, sum(counts.values())


def _ticks(panel: Panel) -> list[Tick]:
    """Round times in UTC, far enough apart to be read."""
    span = panel.end - panel.start
    most = max(panel.width / TICK_GAP, 1)
    step = next((step for step in STEPS if span / step <= most), STEPS[-1])
    first = -(-int(panel.start) // step) * step
    times = list(range(first, int(panel.end) + 1, step))
    shown = [time for time in times if panel.place(time) <= RIGHT - 30]
    shown = shown or [int((panel.start + panel.end) / 2)]
    pattern = "%Y-%m-%d" if step >= DAY else "%m-%d %H:%M"
    return [Tick(panel.place(time), datetime.fromtimestamp(time, UTC).strftime(pattern)) for time in shown]

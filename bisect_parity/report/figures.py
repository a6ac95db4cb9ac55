"""Charts as files: metrics over the tested commits, a good image against a bad one, and reliability.

matplotlib is imported where something is drawn, without its interactive parts and the user's settings of it.
"""

from __future__ import annotations

import contextlib
import io
import logging
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from bisect_parity.report.bisection_chart import LEFT, RIGHT, WIDTH
from bisect_parity.report.pictures import value_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.figure import Figure

    from bisect_parity.provenance.scoring import Bin
    from bisect_parity.report.bisection_chart import BisectionChart

DPI = 120
INCHES_WIDE, INCHES_EACH = 11.0, 3.0
HEAD = 34.0  # above a chart of commits, in its units: the title
SAID = ("answer", "flip")  # roles of commits that are pointed out
MARKERS = {"good": ("o", "#2a7f3e"), "bad": ("s", "#b3261e")}
SKIPPED = "#777777"
LIMIT = "#8a6d00"
MARKED = "#1f4e9c"
FAILS = MARKERS["bad"][1]
TONE, SIGNED_TONE = 40.0, 10.0  # how far the asinh scales of images and of their difference lift faint pixels


def draw_history(title: str, chart: BisectionChart, answer: str = "") -> bytes:
    """Both metrics over the tested commits, as a PNG file.

    Args:
        title: above all.
        chart: what is drawn, and where.
        answer: what is said of the commits from the answer on: "first bad commit".
    """
    with _plain_style():
        figure = _figure(INCHES_WIDE, INCHES_WIDE * (chart.height + HEAD) / WIDTH)
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.axis("off")
        axes.set(xlim=(0, WIDTH), ylim=(chart.height, -HEAD))

        def write(x: float, y: float, text: str, **style: Any) -> None:
            axes.text(x, y, text, parse_math=False, fontsize="small", **style)

        axes.text(LEFT, -HEAD / 2, title, parse_math=False, va="center")
        if chart.answer_x is not None:
            axes.fill_betweenx((0, chart.bottom), chart.answer_x, RIGHT, color=FAILS, alpha=0.06, linewidth=0)
            axes.vlines(chart.answer_x, 0, chart.bottom, color=MARKED, linestyles="--")
            write(chart.answer_x + 5, 3, answer, color=MARKED, va="top")
        for plot in chart.plots:
            write(LEFT, plot.top - 6, plot.name)
            for decade in plot.decades:
                axes.hlines(decade.y, LEFT, RIGHT, color="#dddddd", linewidth=0.6)
                write(LEFT - 6, decade.y, decade.label, ha="right", va="center")
            if plot.threshold_y is not None:
                axes.hlines(plot.threshold_y, LEFT, RIGHT, color=LIMIT)
                said = f"threshold {plot.threshold}: good below"
                write(RIGHT - 4, plot.threshold_y - 4, said, ha="right", color=LIMIT)
            for point in filter(attrgetter("is_clipped"), plot.points):
                write(point.x, point.y - 8, "0", ha="center")
        if chart.skips:
            write(LEFT - 6, chart.skips_y, "no verdict", ha="right", va="center")
        points = [*(point for plot in chart.plots for point in plot.points), *chart.skips]
        for verdict in dict.fromkeys(point.verdict for point in points):
            shape, colour = MARKERS.get(verdict, ("x", SKIPPED))
            places = [(point.x, point.y) for point in points if point.verdict == verdict]
            axes.scatter(*zip(*places, strict=True), marker=shape, color=colour, label=verdict, zorder=3)
        axes.hlines(chart.bottom, LEFT, RIGHT, color="black", linewidth=0.8)
        for column in chart.columns:
            style: dict[str, Any] = {"color": MARKED, "weight": "bold"} if column.role in SAID else {}
            write(column.x + 4, chart.bottom + 6, column.commit, rotation=45, ha="right", va="top", **style)
        axes.legend(loc="upper right", ncols=4, frameon=False, fontsize="small")
        return _png(figure)


def draw_difference(good: np.ndarray, bad: np.ndarray, names: tuple[str, str]) -> bytes:
    """A good image, a bad one, and what the bad one has more, as a PNG file.

    Args:
        good, bad: candidate images in blocks; shape (rows, columns) of both, floats.
        names: of both.

    Raises:
        ValueError: the shapes differ.
    """
    if good.shape != bad.shape:
        raise ValueError(f"the shapes differ: {good.shape} and {bad.shape}")
    difference = bad.astype(np.float64) - good
    low, high = value_range(np.concatenate([good.ravel(), bad.ravel()]))
    greatest = max(map(abs, value_range(difference.ravel())))
    with _plain_style():
        from matplotlib.colors import AsinhNorm  # noqa: PLC0415 - only where something is drawn

        tones = AsinhNorm(linear_width=max(high - low, 1e-30) / TONE, vmin=low, vmax=high)
        signed = AsinhNorm(linear_width=greatest / SIGNED_TONE, vmin=-greatest, vmax=greatest)
        figure = _figure(INCHES_WIDE, 1.3 * INCHES_EACH)
        levels = (low, (low + high) / 2, high)
        for axes, pixels, name, norm, colours, ticks in zip(
            figure.subplots(1, 3),
            (good, bad, difference),
            (*names, "bad - good"),
            (tones, tones, signed),
            ("viridis", "viridis", "RdBu_r"),
            (levels, levels, (-greatest, 0.0, greatest)),
            strict=True,
        ):
            axes.set_title(name, fontsize="medium", parse_math=False)
            axes.set_xticks([])
            if len(pixels) == 1:  # a line is not an image
                axes.plot(pixels[0], color=MARKED, linewidth=1.0)
                continue
            shown = axes.imshow(pixels, cmap=colours, norm=norm, interpolation="nearest")
            figure.colorbar(shown, ax=axes, shrink=0.7, ticks=[*ticks], format="%.3g")
            axes.set_yticks([])
        return _png(figure)


def draw_reliability(bins: Sequence[Bin]) -> bytes:
    """How often answers were right against what was stated, a point a bin, as an SVG file."""
    stated, right = [each.mean_probability for each in bins], [each.frequency for each in bins]
    below = [each.frequency - each.interval[0] for each in bins]
    above = [each.interval[1] - each.frequency for each in bins]
    with _plain_style({"svg.fonttype": "none", "svg.hashsalt": "reliability"}):
        figure = _figure(5.0, 5.0)
        axes = figure.subplots()
        axes.plot((0, 1), (0, 1), color=SKIPPED, linestyle="--", linewidth=1.0)
        axes.errorbar(stated, right, yerr=(below, above), fmt="o", color=MARKED)[0].set_gid("bins")
        for each in bins:
            place = (each.mean_probability, each.frequency)
            axes.annotate(
                str(each.count), place, xytext=(5, -10), textcoords="offset points", fontsize="small"
            )
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", title="bundles by their stated probability")
        axes.set(xlabel="stated probability", ylabel="share that was right")
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
        return stream.getvalue()


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure  # noqa: PLC0415 - only where something is drawn

    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def _png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})  # the same bytes by every version
    return stream.getvalue()


@contextlib.contextmanager
def _plain_style(more: Mapping[str, Any] | None = None) -> Iterator[None]:
    """The style that matplotlib comes with, whatever the user's settings are."""
    import matplotlib as mpl  # noqa: PLC0415 - only where something is drawn

    logging.getLogger(mpl.__name__).setLevel(logging.ERROR)  # it tells of its list of fonts
    style: dict[Any, Any] = {name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"}
    with mpl.rc_context(style | dict(more or {})):
        yield

"""Charts as files: metrics over the tested commits, a good image against a bad one, and reliability.

matplotlib is imported where something is drawn, without its interactive parts and the user's settings of it.
"""

from __future__ import annotations

import contextlib
import io
import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from bisect_parity.report.pictures import value_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bisect_parity.provenance.scoring import Bin
    from bisect_parity.report.search_documents import CheckedCommit

DPI = 120
INCHES_WIDE, INCHES_EACH = 11.0, 3.0
SHORT = 8
MOST_LABELS = 32
FLOOR = 1e-17  # below any distance of a float64 from 1: where exact agreement is drawn
MARKERS = {"good": ("o", "#2a7f3e"), "bad": ("s", "#b3261e")}
SKIPPED = "#777777"
LIMIT = "#8a6d00"
MARKED = "#1f4e9c"
FAILS = MARKERS["bad"][1]
TONE, SIGNED_TONE = 40.0, 10.0  # how far the asinh scales of images and of their difference lift faint pixels


def draw_history(
    title: str,
    checks: Sequence[CheckedCommit],
    order: Sequence[str],
    marks: Mapping[str, str],
    thresholds: Mapping[str, float],
) -> bytes | None:
    """Both metrics over the tested commits, as a PNG file; None where no images were compared.

    Args:
        title: above all.
        checks: in any order.
        order: full ids of the commits that were tested, ancestors first.
        marks: commits that are marked, and what is said of them: "first bad commit".
        thresholds: `correlation_min` and `sum_ratio_tolerance`, where they are known.
    """
    if not any(check.correlation is not None or check.sum_ratio is not None for check in checks):
        return None
    place = {commit: number for number, commit in enumerate(order)}
    least, tolerance = thresholds.get("correlation_min"), thresholds.get("sum_ratio_tolerance")
    with _plain_style():
        figure = _figure(INCHES_WIDE, 2 * INCHES_EACH)
        upper, lower = figure.subplots(2, 1, sharex=True)
        for axes, name, key, limit in (
            (upper, "1 - correlation", "correlation", None if least is None else 1 - least),
            (lower, "|sum ratio - 1|", "sum_ratio", tolerance),
        ):
            _metric(
                axes, name, [(place[check.commit], check, getattr(check, key)) for check in checks], limit
            )
            _skips(axes, sorted({place[check.commit] for check in checks if check.verdict == "skip"}))
        for commit, text in marks.items():
            for axes in (upper, lower):
                axes.axvline(place[commit], color=MARKED, linewidth=1.2, linestyle="--", zorder=1)
            upper.annotate(
                f"{text}\n{commit[:SHORT]}",
                (place[commit], 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(5, -5),
                textcoords="offset points",
                verticalalignment="top",
                color=MARKED,
                fontsize="small",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
            )
        figure.suptitle(title, parse_math=False)
        lower.set_xlim(-0.6, len(order) - 0.4)
        stride = -(-len(order) // MOST_LABELS)
        shown = [number for number, commit in enumerate(order) if number % stride == 0 or commit in marks]
        labels = [order[number][:SHORT] for number in shown]
        lower.set_xticks(shown, labels, rotation=60, ha="right", family="monospace", fontsize="small")
        lower.set_xlabel("tested commits in the order of history")
        _legend(upper)
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


def _metric(
    axes: Axes, name: str, measured: Sequence[tuple[int, CheckedCommit, float | None]], limit: float | None
) -> None:
    """The distances of one metric from 1, on a logarithmic axis; what exceeds the limit fails."""
    axes.set_yscale("log")
    axes.set_ylabel(name)
    axes.grid(visible=True, axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for verdict, (marker, colour) in MARKERS.items():
        points = [
            (at, max(abs(value - 1), FLOOR))
            for at, check, value in measured
            if value is not None and check.verdict == verdict
        ]
        if points:
            axes.scatter(*zip(*points, strict=True), marker=marker, color=colour, label=verdict, zorder=3)
    if limit:
        axes.axhline(limit, color=LIMIT, linewidth=1.2, label="threshold")
        bottom, top = axes.get_ylim()
        axes.set_ylim(min(bottom, limit / 3), max(top, limit * 3))
        axes.axhspan(limit, axes.get_ylim()[1], color=FAILS, alpha=0.06, zorder=0)


def _skips(axes: Axes, places: Sequence[int]) -> None:
    for place in places:
        axes.axvspan(place - 0.5, place + 0.5, color=SKIPPED, alpha=0.15, linewidth=0, zorder=0)
    axes.plot(
        places,
        [0.04] * len(places),
        "x",
        color=SKIPPED,
        transform=axes.get_xaxis_transform(),
        label="cannot be tested" if places else None,
    )


def _legend(axes: Axes) -> None:
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=4, frameon=False, fontsize="small")


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

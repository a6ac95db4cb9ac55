"""An evaluation in text, and as a reliability diagram in SVG. Pure, except that it writes the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.files import replace_file
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bisect_parity.provenance.evaluate import Evaluation

SIDE, MARGIN = 400, 50


def evaluation_lines(result: Evaluation) -> Iterator[str]:
    """The figures, the reliability table, and the misses with their reasons."""
    low, high = result.top_1_interval
    yield f"{counted(result.count, 'bundle')} with a recorded commit; {result.left_out} without were left out"
    if result.unanswered:
        yield f"{result.unanswered} of them got no answer: nothing identifies their commit"
    yield f"right commit          {result.top_1:.3f}  (95 % interval {low:.3f} to {high:.3f})"
    yield f"right code state      {result.same_code_state:.3f}"
    yield f"mean stated           {result.mean_stated:.3f}"
    yield f"Brier score           {result.brier:.4f}"
    yield f"log loss              {result.log_loss:.4f}"
    yield f"calibration error     {result.calibration_error:.4f}"
    yield ""
    yield "stated        bundles  mean stated  right   95 % interval"
    for item in result.reliability:
        low, high = item.interval
        yield (
            f"{item.lowest:.2f} to {item.highest:.2f}  {item.count:7d}  {item.mean_probability:11.3f}"
            f"  {item.frequency:.3f}   {low:.3f} to {high:.3f}"
        )
    if result.misses:
        yield ""
        yield "misses:"
    for miss in result.misses:
        named = miss.inferred[:SHORT] if miss.inferred else "nothing"
        state = ", same code state" if miss.same_code_state else ""
        yield f"  {miss.path}: recorded {miss.recorded[:SHORT]}, inferred {named} at {miss.stated:.3f}{state}"
        yield f"    the recorded one had {miss.true_probability:.3f}: {miss.reason}"


def reliability_svg(path: Path, result: Evaluation) -> None:
    """Write the reliability diagram: mean stated probability against the share that was right.

    Raises:
        OutputError: the file cannot be written.
    """
    size = SIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" role="img">',
        "<style>text { font: 12px sans-serif }</style>",
        "<title>Reliability: stated probability against how often it was right</title>",
        f'<rect width="{size}" height="{size}" fill="white"/>',
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="gray" stroke-dasharray="4"/>',
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}" fill="none" stroke="black"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<text x="{_x(tick)}" y="{_y(0) + 18}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{MARGIN - 8}" y="{_y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for item in result.reliability:
        x = _x(item.mean_probability)
        low, high = item.interval
        parts.append(f'<line x1="{x}" y1="{_y(low)}" x2="{x}" y2="{_y(high)}" stroke="steelblue"/>')
        title = f"<title>{item.count} bundles</title>"
        parts.append(f'<circle cx="{x}" cy="{_y(item.frequency)}" r="4" fill="steelblue">{title}</circle>')
    parts.append(f'<text x="{size / 2}" y="{size - 12}" text-anchor="middle">stated probability</text>')
    turned = f'transform="rotate(-90 14 {size / 2})"'
    parts.append(f'<text x="14" y="{size / 2}" text-anchor="middle" {turned}>share that was right</text>')
    parts.append("</svg>")
    replace_file(path, "\n".join(parts) + "\n")


def _x(value: float) -> float:
    return round(MARGIN + value * SIDE, 1)


def _y(value: float) -> float:
    return round(MARGIN + (1 - value) * SIDE, 1)

"""The charts of a search in its evidence output. One that cannot be drawn is a warning, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.commands.session_output import CHART, DIFFERENCE, SWEEP_CHART
from bisect_parity.files import replace_file
from bisect_parity.logs import logger
from bisect_parity.parity.preview import load_preview
from bisect_parity.report.bisection_chart import REVERT, draw_bisection, draw_sweep
from bisect_parity.report.figures import draw_difference, draw_history
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from bisect_parity.bisection.model import Check
    from bisect_parity.report.bisection_chart import BisectionChart
    from bisect_parity.report.search_documents import Bisection, Search, Sweep


def write_bisection_charts(
    document: Bisection, order: Sequence[str], checks: Sequence[Check], place: Path
) -> None:
    """Draw the metrics over the tested commits, and the image of the culprit against that of its parent.

    Args:
        document: of the bisection.
        order: the commits of the range, ancestors first; empty where they are too many.
        checks: of the bisection.
        place: of the evidence output, which holds the small images of the proof.
    """
    kind = "bad" if document.find == "regression" else "good"
    _write_chart(
        place / CHART,
        document,
        document.outcome,
        lambda: draw_bisection(document, _thresholds(checks), order),
        f"first {kind} commit",
    )
    _write(place / DIFFERENCE, lambda: _difference(document, place / "verdicts"))


def write_sweep_chart(document: Sweep, checks: Sequence[Check], place: Path) -> None:
    """Draw the metrics over the commits of a sweep, whose flips are marked; see `write_bisection_charts`."""
    flips = counted(len(document.flips), "flip")
    _write_chart(place / SWEEP_CHART, document, flips, lambda: draw_sweep(document, _thresholds(checks)))


def _write_chart(
    path: Path, document: Search, what: str, lay_out: Callable[[], BisectionChart | None], answer: str = ""
) -> None:
    tested = len({check.commit for check in document.tested if check.role != REVERT})
    title = f"{document.case}: {what}; {counted(tested, 'commit')} tested of {document.commits}"
    _write(path, lambda: None if (chart := lay_out()) is None else draw_history(title, chart, answer))


def _difference(document: Bisection, verdicts: Path) -> bytes | None:
    """The images of the answer and its first parent, as the proof kept them; None where it kept none."""
    found = {}
    for check in document.tested:
        path = verdicts / f"{check.name}.preview.npz"
        if path.is_file():
            found[check.commit] = (check.verdict, path)
    pair = [found.get(commit or "") for commit in (document.answer, document.answer_parent)]
    by_verdict = {item[0]: item[1] for item in pair if item is not None}
    if set(by_verdict) != {"good", "bad"}:
        return None
    good, bad = (load_preview(by_verdict[verdict]).candidate for verdict in ("good", "bad"))
    names = {found[commit][0]: commit for commit in found}
    return draw_difference(good, bad, (f"good: {names['good'][:SHORT]}", f"bad: {names['bad'][:SHORT]}"))


def _thresholds(checks: Iterable[Check]) -> dict[str, float]:
    """Those that the first check on images applied; empty where there was none."""
    applied = (check.document.get("thresholds") for check in checks)
    return next((dict(found) for found in applied if isinstance(found, dict)), {})


def _write(path: Path, draw: Callable[[], bytes | None]) -> None:
    """Write what is drawn, if anything is."""
    try:
        drawn = draw()
        if drawn is not None:
            replace_file(path, drawn)
    except Exception as error:  # noqa: BLE001 - the answer stands, whatever a drawing library raises
        logger().warning(f"{path.name} cannot be drawn: {type(error).__name__}: {error}")

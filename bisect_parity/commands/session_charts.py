"""The charts of a search in its evidence output. One that cannot be drawn is a warning, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.commands.session_output import CHART, DIFFERENCE, SWEEP_CHART
from bisect_parity.files import replace_file
from bisect_parity.logs import logger
from bisect_parity.parity.preview import load_preview
from bisect_parity.report.bisection_chart import REVERT, tested_order
from bisect_parity.report.documents import read_as
from bisect_parity.report.figures import draw_difference, draw_history
from bisect_parity.report.search_documents import Bisection, Sweep
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from bisect_parity.bisection.model import Check

    Document = Mapping[str, Any]


def write_bisection_charts(
    document: Document, order: Sequence[str], checks: Sequence[Check], place: Path
) -> None:
    """Draw the metrics over the tested commits, and the image of the culprit against that of its parent.

    Args:
        document: bisect.json.
        order: the commits of the range, ancestors first; empty where they are too many.
        checks: of the bisection.
        place: of the evidence output, which holds the small images of the proof.
    """
    _write(place / CHART, lambda: _bisection_chart(read_as(Bisection, document), order, _thresholds(checks)))
    _write(place / DIFFERENCE, lambda: _difference(read_as(Bisection, document), place / "verdicts"))


def write_sweep_chart(document: Document, checks: Sequence[Check], place: Path) -> None:
    """Draw the metrics over the commits of a sweep, whose flips are marked; see `write_bisection_charts`."""
    _write(place / SWEEP_CHART, lambda: _sweep_chart(read_as(Sweep, document), _thresholds(checks)))


def _bisection_chart(
    document: Bisection, order: Sequence[str], thresholds: Mapping[str, float]
) -> bytes | None:
    checks = [check for check in document.tested if check.role != REVERT]
    tested = tested_order(document, checks)
    if order:
        number = {commit: place for place, commit in enumerate(order)}
        tested.sort(key=lambda commit: number.get(commit, -1))  # the old end, and what lies before it
    kind = "bad" if document.find == "regression" else "good"
    marks = {document.answer: f"first {kind} commit"} if document.answer in tested else {}
    title = f"{document.case}: {document.outcome}; {_tested_of(tested, document.commits)}"
    return draw_history(title, checks, tested, marks, thresholds)


def _tested_of(tested: Sequence[str], commits: int) -> str:
    return f"{counted(len(tested), 'commit')} tested of {commits}"


def _sweep_chart(document: Sweep, thresholds: Mapping[str, float]) -> bytes | None:
    tested = list(dict.fromkeys(check.commit for check in document.tested))
    marks = {flip.after: flip.change for flip in document.flips}
    title = f"{document.case}: {counted(len(document.flips), 'flip')}; {_tested_of(tested, document.commits)}"
    return draw_history(title, document.tested, tested, marks, thresholds)


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

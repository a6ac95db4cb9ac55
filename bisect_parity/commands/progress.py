"""How far a session is: a line for each verdict, and on a terminal a bar with what is left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bisect_parity.bisection.model import Role
from bisect_parity.bisection.moves import figures_of
from bisect_parity.bisection.remaining import Leading, Remaining
from bisect_parity.logs import logger
from bisect_parity.wording import SHORT, counted, probability_text

if TYPE_CHECKING:
    import types
    from collections.abc import Sequence

    from bisect_parity.bisection.model import Check

STRETCH, WARNED = 3, (16, 64, 256, 1024)  # commits in a row that cannot be tested
SHORTEST, MOST_NAMED = 7, 4  # of the commits whose checks run: what a line has room for


class Teller:
    """Tells of verdicts on standard error, for as long as it is entered.

    Args:
        is_quiet: whether only warnings and errors are wanted.
    """

    def __init__(self, *, is_quiet: bool) -> None:
        console = Console(stderr=True)
        self._bar: Progress | None = None
        if console.is_terminal and not is_quiet:
            texts = (TextColumn("{task.description}{task.fields[running]}"), BarColumn(20))
            self._bar = Progress(
                SpinnerColumn(), *texts, TimeElapsedColumn(), console=console, transient=True
            )
            self._task = self._bar.add_task("testing the ends", total=None, running="")

    def __enter__(self) -> Teller:
        """Show the bar."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()

    def watch(self, commits: Sequence[str]) -> None:
        """The commits whose checks run now."""
        if self._bar is not None:
            names = ", ".join(commit[:SHORTEST] for commit in commits[:MOST_NAMED])
            more = ", ..." if len(commits) > MOST_NAMED else ""
            running = f"; {len(commits)} running: {names}{more}" if len(commits) > 1 else ""
            self._bar.update(self._task, running=running)

    def tell(self, check: Check, remaining: Remaining | Leading | None) -> None:
        """One verdict, and what is left to do after it, or how far the search came."""
        if self._bar is not None:
            self._bar.stop()  # the line must not run into the bar
        logger().info(verdict_line(check) + _left(check, remaining))
        if isinstance(remaining, Remaining) and remaining.untestable in WARNED:
            logger().warning(
                f"{remaining.untestable} commits in a row could not be tested. If they hide the change, the"
                " answer is the list of them. ^C ends the search, and tells between which commits the change"
                " lies; --resume goes on with it."
            )
        if self._bar is not None:
            description, done = _described(check, remaining)
            self._bar.update(self._task, description=description, total=1.0, completed=done)
            self._bar.start()


def verdict_line(check: Check) -> str:
    """One check in one line."""
    figures = [f"{name} {value}" for name, value in figures_of(check).items()]
    source = f"known from {check.known_from}" if check.known_from else f"{check.seconds:.1f} s"
    reason = check.reason if check.verdict in ("skip", "abort") or not figures else ""
    details = ", ".join([*figures, *([reason] if reason else []), source])
    commit = " ".join(filter(None, (check.submodule, check.commit[:SHORT])))
    return f"{commit} {check.verdict:<5} ({check.role.value}): {details}"


def _left(check: Check, remaining: Remaining | Leading | None) -> str:
    """What is left to do, for the end of a line."""
    if isinstance(remaining, Leading):
        return f"; {_leading(remaining)}"
    if remaining is None or (check.role is Role.SWEEP and not remaining.steps):
        return ""
    if not remaining.steps:
        return "; the proof left"
    text = f"{counted(remaining.steps, 'step')} left"
    if remaining.untestable >= STRETCH:
        return f"; about {text} once a commit can be tested ({remaining.untestable} in a row could not)"
    if remaining.seconds is not None:
        least, most = (round(seconds) for seconds in remaining.seconds)
        text += f", {least} s" if least == most else f", {least} to {most} s"
    return f"; {text}" if check.role is Role.SWEEP else f"; about {text}, then the proof"


def _leading(leading: Leading) -> str:
    return f"{leading.commit[:SHORT]} leads with {probability_text(leading.probability)}"


def _described(check: Check, remaining: Remaining | Leading | None) -> tuple[str, float | None]:
    """The text beside the bar, and how much of all steps is done."""
    if isinstance(remaining, Leading):
        text = f"{_leading(remaining)} after {counted(remaining.done, 'check')}, of {remaining.most} at most"
        return text, remaining.probability
    if remaining is None:
        return f"{check.role.value} done", None
    text = f"{counted(remaining.steps, 'step')} left"
    if remaining.untestable >= STRETCH:
        text += f" once a commit can be tested ({remaining.untestable} in a row could not)"
    elif remaining.seconds is not None and remaining.step_seconds is not None:
        now = datetime.now().astimezone()
        first, last = (f"{now + timedelta(seconds=span):%H:%M:%S}" for span in remaining.seconds)
        what = "done" if check.role is Role.SWEEP else "found"
        text += f", {remaining.step_seconds:.1f} s a step, {what} between {first} and {last}"
    return text, remaining.done / max(1, remaining.done + remaining.steps)

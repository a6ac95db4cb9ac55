"""A check that runs as a process of its own, and how its end becomes a verdict."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from bisect_parity.bisection.model import Check
from bisect_parity.bisection.verdict_files import read_document
from bisect_parity.processes import children, end_strangers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.journal import Journal, Running

VERDICT_OF_STATUS = {0: "good", 1: "bad", 125: "skip", 200: "abort"}
CACHE = "cache"
TAIL_BYTES = 8192  # of what it complains of
GRACE_SECONDS = 15.0  # the check has processes of its own to end


@frozen
class RunningCheck:
    """A check that was begun.

    Attributes:
        check: without its verdict; with it, where the commit could not even be checked out.
        process: that runs; None then.
    """

    check: Check
    process: CheckProcess | None = None

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.process is None or self.process.has_ended

    def wait(self) -> None:
        """Wait for its end."""
        if self.process is not None:
            self.process.wait()

    def result(self, folder: Path) -> Check:
        """What came of it; its end is waited for."""
        if self.process is None:
            return self.check
        done = self.process.end()
        document = read_document(folder / "verdict.json")
        verdict, reason = _judged(done.status, done.complaints, document, self.check.commit)
        return evolve(
            self.check,
            verdict=verdict,
            reason=reason,
            step=document.get("step"),
            document=document,
            seconds=done.seconds,
            known_from=CACHE if _is_cached(document) else None,
        )

    def ask_to_end(self) -> None:
        """Ask it to end before it has come to a verdict; `abandon` makes sure of it."""
        if self.process is not None:
            self.process.ask_to_end()

    def abandon(self) -> None:
        """End it if it still runs, with all that it started, whatever it is doing."""
        if self.process is not None:
            self.process.abandon()


def _is_cached(document: dict[str, Any]) -> bool:
    """Whether the check took the verdict from the user's cache."""
    cache = document.get("cache")
    return isinstance(cache, dict) and cache.get("state") == "known"


def _judged(status: int, complaints: str, document: dict[str, Any], commit: str) -> tuple[str, str]:
    """Verdict and reason; a check whose status and file do not agree is at fault itself."""
    verdict = VERDICT_OF_STATUS.get(status, "abort")
    if verdict == "abort":
        said = complaints.strip().rpartition("\n")[2]
        said = said.removeprefix("bisect-parity: ")
        return "abort", str(document.get("reason") or said or f"the check ended with status {status}")
    if document.get("verdict") != verdict:
        return "abort", f"the check ended with status {status}, but wrote no verdict"
    if document.get("commit") not in (None, commit):
        return "abort", f"the check judged another commit, {document.get('commit')}"
    return verdict, str(document.get("reason") or "")


@frozen
class _CheckEnd:
    """How the process of a check ended.

    Attributes:
        status: its exit status; -N if signal N ended it.
        complaints: the end of its standard error.
        seconds: wall time.
    """

    status: int
    complaints: str
    seconds: float


class CheckProcess:
    """A check that runs; it must be ended or abandoned.

    Args:
        journal: starts it.
        words: its command line.
        place: top of the tree under test.
        environment: of the check.
    """

    def __init__(
        self, journal: Journal, words: Sequence[str], place: Path, environment: Mapping[str, str]
    ) -> None:
        self._journal = journal
        self._known = children()
        with contextlib.ExitStack() as scope:
            # files: whoever holds a pipe open after the check has ended would keep us waiting
            output = scope.enter_context(tempfile.TemporaryFile())
            self._complaints = scope.enter_context(tempfile.TemporaryFile())
            scope.callback(self._end_strangers)
            self._running: Running = scope.enter_context(
                journal.start(
                    words,
                    cwd=place,
                    env=environment,
                    stdout=output,
                    stderr=self._complaints,
                    grace=GRACE_SECONDS,
                )
            )
            self._scope = scope.pop_all()

    @property
    def has_ended(self) -> bool:
        """Whether it came to its end."""
        return self._running.process.poll() is not None

    def wait(self) -> None:
        """Wait for its end."""
        self._running.process.wait()

    def end(self) -> _CheckEnd:
        """How it ended; it is waited for."""
        self.wait()
        self._complaints.seek(0, 2)
        self._complaints.seek(max(0, self._complaints.tell() - TAIL_BYTES))
        said = self._complaints.read().decode(errors="backslashreplace")
        self._scope.close()
        return _CheckEnd(self._running.process.returncode, said, self._running.seconds)

    def ask_to_end(self) -> None:
        """Ask it to end before it has come to a verdict; `abandon` makes sure of it."""
        self._running.ask_to_end()

    def abandon(self) -> None:
        """End it, with all that it started, whatever it was doing; no matter whether it has ended."""
        if not self.has_ended:
            self._running.terminate()
        self._scope.close()

    def _end_strangers(self) -> None:
        """End what it left behind; other checks that run, and what they need, are ours."""
        end_strangers(self._known | self._journal.running)

"""One `bisect-parity check` that runs: started, waited for, and ended with all that it left behind."""

from __future__ import annotations

import contextlib
import tempfile
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.processes import children, end_strangers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bisect_parity.journal import Journal, Running

__all__ = ["CheckEnd", "CheckProcess"]

TAIL_BYTES = 8192  # of what it complains of
GRACE_SECONDS = 15.0  # the check has processes of its own to end


@frozen
class CheckEnd:
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

    def end(self) -> CheckEnd:
        """How it ended; it is waited for."""
        self.wait()
        self._complaints.seek(0, 2)
        self._complaints.seek(max(0, self._complaints.tell() - TAIL_BYTES))
        said = self._complaints.read().decode(errors="backslashreplace")
        self._scope.close()
        return CheckEnd(self._running.process.returncode, said, self._running.seconds)

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

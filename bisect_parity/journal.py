"""The one place where a process is started; every start is logged in commands.txt."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

from bisect_parity.command_log import CommandLog
from bisect_parity.held_signals import HeldSignals
from bisect_parity.redaction import redact
from bisect_parity.times import utc_text

TERMINATION_GRACE_SECONDS = 3.0


class Completed(NamedTuple):
    """A process that has ended.

    Attributes:
        argv: the command line.
        status: its exit status; -N if signal N ended it.
        stdout, stderr: what it wrote; empty where they went to a file.
        seconds: wall time.
        timed_out: whether it was ended because its time was up.
    """

    argv: tuple[str, ...]
    status: int
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool = False


class Journal:
    """Starts processes, and has each logged when it starts and when it ends; see `CommandLog`.

    Args:
        path: commands.txt; None keeps the log in memory only, until `move_to`.
        argv: the tool's own invocation.
        redactor: replaces what looks like a secret in all that is written.
    """

    def __init__(
        self, path: Path | None, argv: Sequence[str], redactor: Callable[[str], str] = redact
    ) -> None:
        self._log = CommandLog(path, argv, redactor)
        self._running: set[int] = set()

    @property
    def running(self) -> frozenset[int]:
        """The ids of the processes that were started, and have not come to their end."""
        return frozenset(self._running)

    @property
    def path(self) -> Path | None:
        """The commands.txt in use, or None."""
        return self._log.path

    def move_to(self, path: Path) -> None:
        """Append what was logged so far, and all that follows, to `path`.

        Raises:
            OutputError: it cannot be written.
        """
        self._log.move_to(path)

    def define(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None) -> None:
        """Abbreviate commands that begin with `argv` in `env` as the shell function `name` in the log."""
        self._log.define(name, argv, env)

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout: float | None = None,
        stdout: IO[bytes] | None = None,
        stderr: IO[bytes] | None = None,
        grace: float = TERMINATION_GRACE_SECONDS,
    ) -> Completed:
        """Run a process to its end, and end its whole process group if the time is up or on ^C.

        Args:
            argv: program and arguments; no shell is involved.
            cwd: working directory.
            env: the whole environment of the process; None inherits.
            stdin: bytes for its standard input.
            timeout: seconds; None waits for ever.
            stdout, stderr: open files to write to instead of keeping the output in memory.
            grace: seconds between asking the process to end and forcing it; longer for one that has
                processes of its own to end.

        Raises:
            OSError: the process could not be started.
        """
        with self.start(
            argv, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=stderr, grace=grace
        ) as running:
            timed_out = False
            process = cast("subprocess.Popen[bytes]", running.process)
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                timed_out = True
                running.terminate()
                out, err = process.communicate()
        return Completed(
            argv=tuple(argv),
            status=running.process.returncode,
            stdout=out or b"",
            stderr=err or b"",
            seconds=running.seconds,
            timed_out=timed_out,
        )

    @contextlib.contextmanager
    def start(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        stdout: IO[bytes] | None = None,
        stderr: IO[bytes] | None = None,
        grace: float = TERMINATION_GRACE_SECONDS,
        fork: Callable[[], Process] | None = None,
        own_group: bool = True,
    ) -> Iterator[Running]:
        """Start a process to stream from; it and its process group are gone afterwards.

        Arguments and errors are those of `run`, and:

        Args:
            fork: makes the process in another way, which is as good as starting the command line.
            own_group: False where `fork` leaves it in our process group: signals of a terminal reach it by
                themselves then, and what it leaves running is let live.
        """
        number = self._log.begin(argv, cwd, env, stdin)
        with contextlib.ExitStack() as scope:
            source = scope.enter_context(_input_file(stdin))
            begin = time.monotonic()
            held = scope.enter_context(HeldSignals())  # else the process would be left behind unknown
            try:
                process: Process
                if fork is not None:
                    process = fork()
                else:
                    process = subprocess.Popen(
                        list(argv),
                        cwd=cwd,
                        env=None if env is None else dict(env),
                        stdin=source,
                        stdout=subprocess.PIPE if stdout is None else stdout,
                        stderr=subprocess.PIPE if stderr is None else stderr,
                        start_new_session=True,
                    )
            except OSError as error:
                self._log.end(number, f"{utc_text()}, could not be started: {error.strerror}")
                raise
            running = Running(process, begin, grace, own_group=own_group)
            self._running.add(process.pid)
            try:
                held.release()
                yield running
            except BaseException:
                running.terminate()
                raise
            finally:
                running.finish()
                self._running.discard(process.pid)
                ending = _status_text(process.returncode)
                self._log.end(number, f"{running.started}, {running.seconds:.3f} s, {ending}")


@contextlib.contextmanager
def _input_file(stdin: bytes) -> Iterator[IO[bytes] | int]:
    """A file to read `stdin` from: a pipe would have to be fed while the process runs."""
    if not stdin:
        yield subprocess.DEVNULL
        return
    import tempfile  # noqa: PLC0415 - slow to import, and `record` does without

    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        yield source


class Process(Protocol):
    """The part of `subprocess.Popen` that `Running` relies on.

    Attributes:
        pid: it leads a process group of its own.
        stdout, stderr: pipes from it, or None.
        returncode: exit status; -N if signal N ended it; None while it runs.
    """

    pid: int
    stdout: Any
    stderr: Any
    returncode: Any

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises TimeoutError or TimeoutExpired if it has not come in time."""


class Running:
    """A process that is running, with its start time.

    Attributes:
        process: its output pipes are for the caller.
        started: UTC start, ISO 8601.
        seconds: wall time so far, or in all once the process has ended.
    """

    def __init__(self, process: Process, begin: float, grace: float, *, own_group: bool = True) -> None:
        self.process = process
        self._own_group = own_group
        self._grace = grace
        self.started = utc_text()
        self._begin = begin
        self._end: float | None = None
        self._is_asked = False

    @property
    def seconds(self) -> float:
        """Wall time so far, or in all once the process has ended."""
        return (time.monotonic() if self._end is None else self._end) - self._begin

    def ask_to_end(self) -> None:
        """Ask the process and everything in its process group to end, once; `terminate` makes sure of it.

        Asked again, it might leave off ending what it has started itself.
        """
        if not self._is_asked:
            self._is_asked = True
            self._signal(signal.SIGTERM)

    def terminate(self) -> None:
        """End the process and everything in its process group, gently first."""
        self.ask_to_end()
        try:
            self.process.wait(self._grace)
        except (subprocess.TimeoutExpired, TimeoutError):
            self._signal(signal.SIGKILL)
            self.process.wait()
        self._signal(signal.SIGKILL)

    def finish(self) -> None:
        """Close the pipes and make sure that nothing of the process group is left."""
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self.process.wait(TERMINATION_GRACE_SECONDS)
        except (subprocess.TimeoutExpired, TimeoutError):
            self.terminate()
        self._signal(signal.SIGKILL)
        self._end = time.monotonic()

    def _signal(self, sign: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._own_group:
                os.killpg(self.process.pid, sign)
            elif self.process.returncode is None:
                os.kill(self.process.pid, sign)


def _status_text(status: int) -> str:
    return f"ended by signal {-status}" if status < 0 else f"exit status {status}"

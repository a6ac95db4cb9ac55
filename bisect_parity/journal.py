"""commands.txt: the one place where a process is started, and where every start is logged."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from bisect_parity.errors import OutputError
from bisect_parity.held_signals import HeldSignals
from bisect_parity.redaction import redact
from bisect_parity.shell_text import environment_changes, printf_escaped
from bisect_parity.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Completed", "Journal", "Process", "Running"]

INLINE_INPUT_BYTES = 2048
INPUT_FOLDER = "commands.stdin"
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
    """Starts processes, and appends each to commands.txt when it starts and when it ends.

    The file is a shell script with comments: the tool's own invocation first (as a comment: replaying
    it would replay everything twice), then a line a process. Each line is flushed as it is written,
    so that a killed run still tells what it was doing.

    Args:
        path: commands.txt; None keeps the log in memory only, until `move_to`.
        argv: the tool's own invocation.
        redactor: replaces what looks like a secret in all that is written.
    """

    def __init__(
        self, path: Path | None, argv: Sequence[str], redactor: Callable[[str], str] = redact
    ) -> None:
        self._path: Path | None = None
        self._redact = redactor
        self._lines: list[str] = []
        self._inputs: dict[str, bytes] = {}
        self._functions: dict[str, list[str]] = {}
        self._count = 0
        self._session = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
        self._write(f"# {utc_text()} in {shlex.quote(str(_cwd()))}")
        self._write("# " + shlex.join(argv))
        if path is not None:
            self.move_to(path)

    @property
    def path(self) -> Path | None:
        """The commands.txt in use, or None."""
        return self._path

    def move_to(self, path: Path) -> None:
        """Append what was logged so far, and all that follows, to `path`."""
        self._append(path, "".join(line + "\n" for line in self._lines))
        for name, stdin in self._inputs.items():
            self._write_input(path.parent, name, stdin)
        self._path = path

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
        self._count += 1
        number = self._count
        self._write(self._line(number, argv, cwd, env, stdin))
        with contextlib.ExitStack() as open_files:
            source: IO[bytes] | int = subprocess.DEVNULL
            if stdin:
                import tempfile  # noqa: PLC0415 - slow to import, and `record` does without

                source = open_files.enter_context(tempfile.TemporaryFile())
                source.write(stdin)
                source.seek(0)
            begin = time.monotonic()
            held = open_files.enter_context(HeldSignals())
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
                self._write(f"# [{number}] {utc_text()}, could not be started: {error.strerror}")
                raise
            running = Running(process, begin, grace, own_group=own_group)
            try:
                held.release()
                yield running
            except BaseException:
                running.terminate()
                raise
            finally:
                running.finish()
                ending = _status_text(process.returncode)
                self._write(f"# [{number}] {running.started}, {running.seconds:.3f} s, {ending}")

    def _line(
        self,
        number: int,
        argv: Sequence[str],
        cwd: Path | None,
        env: Mapping[str, str] | None,
        stdin: bytes,
    ) -> str:
        line = self._shortened([*environment_changes(env), *argv])
        if stdin and len(stdin) <= INLINE_INPUT_BYTES:
            line = f"printf %b {shlex.quote(printf_escaped(stdin))} | {line}"
        elif stdin:
            line += f" < {shlex.quote(str(self._keep_input(number, stdin)))}"
        return line if cwd is None else f"(cd {shlex.quote(str(cwd))} && {line})"

    def define(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None) -> None:
        """Write commands that begin with `argv` in `env` as the shell function `name`, to be readable."""
        words = [*environment_changes(env), *argv]
        if self._functions.get(name) != words:
            self._functions[name] = words
            self._write(f'{name}() {{ {shlex.join(words)} "$@"; }}')

    def _shortened(self, words: list[str]) -> str:
        for name, prefix in self._functions.items():
            if words[: len(prefix)] == prefix:
                return shlex.join([name, *words[len(prefix) :]])
        return shlex.join(words)

    def _keep_input(self, number: int, stdin: bytes) -> Path:
        """Keep a long standard input beside commands.txt, where a replay finds it."""
        name = f"{self._session}-{number:04d}.stdin"
        if self._path is None:
            self._inputs[name] = stdin
            return Path(INPUT_FOLDER) / name
        self._write_input(self._path.parent, name, stdin)
        return self._path.parent / INPUT_FOLDER / name

    def _write_input(self, folder: Path, name: str, stdin: bytes) -> None:
        try:
            (folder / INPUT_FOLDER).mkdir(parents=True, exist_ok=True)
            (folder / INPUT_FOLDER / name).write_bytes(stdin)
        except OSError as error:
            raise OutputError(f"cannot write {folder / INPUT_FOLDER / name}: {error.strerror}") from error

    def _write(self, line: str) -> None:
        self._lines.append(line)
        if self._path is not None:
            self._append(self._path, line + "\n")

    def _append(self, path: Path, text: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="ascii", errors="backslashreplace") as log:
                log.write(self._redact(text))
        except OSError as error:
            raise OutputError(
                f"cannot write {path}: {error.strerror}", "Choose a folder that can be written with --out."
            ) from error


class Process(Protocol):
    """What a process must be like to be followed, as `subprocess.Popen` is.

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

    @property
    def seconds(self) -> float:
        """Wall time so far, or in all once the process has ended."""
        return (time.monotonic() if self._end is None else self._end) - self._begin

    def terminate(self) -> None:
        """End the process and everything in its process group, gently first."""
        self._signal(signal.SIGTERM)
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


def _cwd() -> Path:
    try:
        return Path.cwd()
    except OSError:
        return Path("?")


def _status_text(status: int) -> str:
    return f"ended by signal {-status}" if status < 0 else f"exit status {status}"

"""Runs one step of a case: a clean environment, a time limit, and output that cannot fill disk or memory."""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections import deque
from pathlib import Path
from typing import IO, TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import writing
from bisect_parity.parity.own_checkout import path_in_tree
from bisect_parity.parity.placeholders import fill
from bisect_parity.processes import MARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bisect_parity.journal import Journal, Process, Running
    from bisect_parity.parity.case import Case

HASH_SEED_VARIABLE = "BISECT_PARITY_HASH_SEED"  # of Python steps, where it is not to be 0
THREADS_VARIABLE = "BISECT_PARITY_THREADS"  # that each of several checks at once may use
THREADS_OF_STEPS = "OMP_NUM_THREADS"  # heeded by OpenMP, OpenBLAS, MKL and torch

ALWAYS_PASSED = ("PATH", "HOME", "LANG", "TMPDIR", "GIT_CEILING_DIRECTORIES", MARK)
HEAD_BYTES = 128 * 1024  # of each stream, kept from its beginning
TAIL_BYTES = 128 * 1024  # and from its end
REASON_BYTES = 8 * 1024  # looked at for the reason of a failure
BLOCK_BYTES = 64 * 1024
SHORTEST_WAIT = 0.001
LONGEST_WAIT = 0.05  # a process that has closed its output is looked at this often, in seconds


@frozen
class StepResult:
    """How one step ended.

    Attributes:
        name: such as "candidate" or "prepare-2".
        argv: what was run.
        status: exit status; -N if signal N ended it; None if it could not be started.
        seconds: wall time.
        timed_out: whether it was ended because its time was up.
        limit: the seconds it had.
        start_error: why it could not be started.
        stderr_tail: the end of its standard error.
        stdout_tail: the end of its standard output.
    """

    name: str
    argv: tuple[str, ...]
    status: int | None
    seconds: float
    timed_out: bool
    limit: float
    start_error: OSError | None
    stderr_tail: str
    stdout_tail: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself, with status 0."""
        return self.status == 0 and not self.timed_out


def step_environment(
    case: Case, folders: Iterable[Path], values: Mapping[str, str], caller: Mapping[str, str]
) -> dict[str, str]:
    """The whole environment of a step: an allow-list of the caller's, then what the case sets.

    PYTHONPATH names the tree under test, so that an installed package of the same name, or the user's own
    checkout in an editable install, cannot take the place of the code that is to be judged. Nor can the
    checkout in PATH and other variables of the caller's whose names end so.

    Args:
        case: the case.
        folders: of Python modules in the tree under test.
        values: what the placeholders stand for.
        caller: the environment of this process.
    """
    environment = {name: caller[name] for name in (*ALWAYS_PASSED, *case.passed) if name in caller}
    for name, text in environment.items():
        if name.endswith("PATH") and values["worktree"] != values["repository"]:
            worktree, repository = Path(values["worktree"]), Path(values["repository"])
            environment[name] = path_in_tree(name, text, worktree, repository)
    places = [str(folder) for folder in folders]
    if environment.get("PYTHONPATH"):
        places.append(environment["PYTHONPATH"])
    if places:
        environment["PYTHONPATH"] = os.pathsep.join(places)
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # the tree under test stays as git made it
    # nothing is to differ between two runs but the code; a flaky check is to show how it differs
    environment["PYTHONHASHSEED"] = caller.get(HASH_SEED_VARIABLE, "0")
    if THREADS_VARIABLE in caller:
        environment.setdefault(THREADS_OF_STEPS, caller[THREADS_VARIABLE])
    for name, text in case.environment.items():
        (environment[name],) = fill([text], values)
    return environment


def run_step(
    journal: Journal,
    name: str,
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limit: float,
    folder: Path,
    fork: Callable[[], Process] | None = None,
) -> StepResult:
    """Run one step to its end, and keep the beginning and the end of what it prints.

    Args:
        journal: logs and starts it.
        name: of the step; its output goes to NAME.stdout and NAME.stderr.
        argv: program and arguments.
        cwd: working directory.
        env: the whole environment.
        limit: seconds; then its process group is ended.
        folder: where the output files go; a file is made only if something was printed.
        fork: as in `Journal.start`.

    Raises:
        OutputError: the output files cannot be written.
    """
    out, err = _Capture(folder / f"{name}.stdout"), _Capture(folder / f"{name}.stderr")
    begin, running = time.monotonic(), None
    try:
        with (
            contextlib.closing(out),
            contextlib.closing(err),
            journal.start(argv, cwd=cwd, env=env, fork=fork) as running,
        ):
            timed_out = _follow(running, out, err, limit)
    except OSError as error:
        if running is not None:
            raise
        return StepResult(name, tuple(argv), None, time.monotonic() - begin, False, limit, error, "")
    return StepResult(
        name=name,
        argv=tuple(argv),
        status=running.process.returncode,
        seconds=running.seconds,
        timed_out=timed_out,
        limit=limit,
        start_error=None,
        stderr_tail=err.end(),
        stdout_tail=out.end(),
    )


def _follow(running: Running, out: _Capture, err: _Capture, limit: float) -> bool:
    """Read until the process has ended or its time is up; return whether it was."""
    deadline = time.monotonic() + limit
    wait = SHORTEST_WAIT
    with selectors.DefaultSelector() as selector:
        for pipe, capture in ((running.process.stdout, out), (running.process.stderr, err)):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ, capture)
        while running.process.poll() is None:
            left = deadline - time.monotonic()
            if left <= 0:
                running.terminate()
                _read_rest(selector)
                return True
            if selector.get_map():
                _read_ready(selector, min(left, LONGEST_WAIT))
            else:
                time.sleep(min(left, wait))
                wait = min(2 * wait, LONGEST_WAIT)
        _read_rest(selector)
    return False


def _read_ready(selector: selectors.BaseSelector, seconds: float) -> int:
    """Read a block of each pipe that has something, waiting for it; return how many bytes came."""
    count = 0
    for key, _ in selector.select(seconds):
        try:
            block = os.read(key.fd, BLOCK_BYTES)
        except BlockingIOError:
            continue
        if not block:
            selector.unregister(key.fileobj)
        key.data.add(block)
        count += len(block)
    return count


def _read_rest(selector: selectors.BaseSelector) -> None:
    """Read what an ended process left in its pipes; one that lives on and prints is not followed."""
    left = 2 * TAIL_BYTES
    while left > 0 and selector.get_map():
        count = _read_ready(selector, 0)
        if not count:
            return
        left -= count


class _Capture:
    """The beginning and the end of a stream, kept in a file that is made with the first byte."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._room = HEAD_BYTES
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._left_out = 0
        self._end = b""

    def add(self, block: bytes) -> None:
        """Take the next bytes of the stream."""
        self._end = (self._end + block)[-REASON_BYTES:]
        head, rest = block[: self._room], block[self._room :]
        self._room -= len(head)
        if head:
            self._write(head)
        if rest:
            self._tail.append(rest)
            self._tail_bytes += len(rest)
        while self._tail_bytes - len(self._tail[0] if self._tail else b"") >= TAIL_BYTES:
            gone = len(self._tail.popleft())
            self._tail_bytes -= gone
            self._left_out += gone

    def end(self) -> str:
        """The last few thousand characters."""
        return self._end.decode(errors="backslashreplace")

    def close(self) -> None:
        """Write the end of the stream after its beginning."""
        if self._left_out:
            self._write(f"\n[... {self._left_out} bytes left out ...]\n".encode())
        for block in self._tail:
            self._write(block)
        self._tail.clear()
        if self._file is not None:
            self._file.close()

    def _write(self, data: bytes) -> None:
        with writing(self._path, "Make room there, or name another --out."):
            if self._file is None:
                self._file = self._path.open("wb", buffering=0)
            self._file.write(data)

"""Candidates in Python as forks of a process that has their heavy modules imported, where that is as good."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from attrs import field, frozen

from bisect_parity.fork_client import send_request

ZYGOTE_VARIABLE = "BISECT_PARITY_ZYGOTE"
PYTHON_SOCKET = "python.socket"
PYTHON_STATE = "python.json"
STATE_LIMIT_BYTES = 2**20
REPORT_BYTES = 4096

# read once, when an interpreter or a library starts: a fork would not notice another value
_READ_AT_START = re.compile(
    r"(?:PYTHON|OMP_|GOMP_|KMP_|MKL_|OPENBLAS_|BLIS_|NUMEXPR_|VECLIB_|TORCH|PYTORCH|ATEN|CUDA|NVIDIA|LD_|MALLOC_"
    r"|GLIBC|LC_|LANG|DNNL_|ONEDNN_|NPY_).*"
)


class ForkedProcess:
    """A child of the zygote, to be used as a `subprocess.Popen` is.

    Attributes:
        pid: of the child, which leads a process group of its own.
        stdout, stderr: pipes from the child.
        returncode: exit status; -N if signal N ended it; None while it runs.
    """

    def __init__(self, path: Path, cwd: Path, words: Sequence[str], environment: Mapping[str, str]) -> None:
        """Have a child forked.

        Raises:
            OSError: the zygote does not answer.
        """
        self.returncode: int | None = None
        self._said = b""
        self._answers = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        readers: list[int] = []
        writers: list[int] = []
        try:
            for _ in range(3):
                reader, writer = os.pipe()
                readers.append(reader)
                writers.append(writer)
            null = os.open(os.devnull, os.O_RDONLY)
            writers.insert(0, null)
            self._answers.connect(str(path))
            send_request(self._answers, str(cwd), words, environment, writers)
            first = self._line()
            if not first:
                raise ConnectionError("the process to fork from does not answer")
        except BaseException:
            for descriptor in readers:
                os.close(descriptor)
            self._answers.close()
            raise
        finally:
            for descriptor in writers:
                os.close(descriptor)
        self.pid = int(first)
        self.stdout: IO[bytes] | None = os.fdopen(readers[0], "rb")
        self.stderr: IO[bytes] | None = os.fdopen(readers[1], "rb")
        self._report = readers[2]
        self._answers.setblocking(False)

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        if self.returncode is None:
            try:
                text = self._line()
            except BlockingIOError:
                return None
            self.returncode = int(text) if text else -9  # the zygote died, and its children with it
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the exit status.

        Raises:
            TimeoutError: it has not ended in time.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(f"process {self.pid} has not ended")
            time.sleep(0.002)
        return status

    def strangers(self) -> str:
        """Modules of the tree under test that were imported from elsewhere; "" if there are none."""
        if self._report < 0:
            return ""
        os.set_blocking(self._report, False)
        try:
            text = os.read(self._report, REPORT_BYTES).decode(errors="backslashreplace")
        except BlockingIOError:
            text = ""
        os.close(self._report)
        self._report = -1
        self._answers.close()
        return ", ".join(line.replace("\0", " from ") for line in text.splitlines())

    def _line(self) -> str:
        """The next line that the zygote says; "" if it is gone."""
        while b"\n" not in self._said:
            block = self._answers.recv(64)
            if not block:
                return ""
            self._said += block
        line, _, self._said = self._said.partition(b"\n")
        return line.decode()


@frozen
class Zygote:
    """The process to fork from, as it described itself.

    Attributes:
        folder: where its socket is.
        problem: why it is not to be forked, or "".
        modules: top-level modules that it has imported.
        environment: that it was started with.
    """

    folder: Path
    problem: str
    modules: frozenset[str] = field(repr=False)
    environment: dict[str, str] = field(repr=False)

    def why_not(self, argv: Sequence[str], env: Mapping[str, str], tops: Sequence[Path]) -> str:
        """Why a command must be started as a new process; "" if a fork is as good.

        Args:
            argv: the command line.
            env: its whole environment.
            tops: folders that the tree under test keeps its modules in, its top first.
        """
        why = self.problem or _why_not_command(argv, tops[0])
        if why:
            return why
        names = {name for name in {*env, *self.environment} if env.get(name) != self.environment.get(name)}
        read = sorted(name for name in names - {"PYTHONPATH"} if _READ_AT_START.fullmatch(name))
        if read:
            return f"{read[0]} is read when Python starts, and differs"
        shadowed = sorted(self.modules & _module_names(tops))
        if shadowed:
            return f"the tree under test has a module {shadowed[0]}, which is imported already"
        return ""

    def fork(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], tops: Sequence[Path]
    ) -> ForkedProcess:
        """Run a command line of Python in a child.

        Raises:
            OSError: the zygote does not answer.
        """
        words = [os.pathsep.join(str(top) for top in tops), *argv[1:]]
        return ForkedProcess(self.folder / PYTHON_SOCKET, cwd, words, env)


def open_zygote(caller: Mapping[str, str]) -> Zygote | None:
    """The zygote that the environment names, if there is one."""
    named = caller.get(ZYGOTE_VARIABLE)
    if not named:
        return None
    folder = Path(named)
    try:
        with (folder / PYTHON_STATE).open("rb") as file:
            state: Any = json.loads(file.read(STATE_LIMIT_BYTES))
        return Zygote(folder, state["problem"], frozenset(state["modules"]), state["environment"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _why_not_command(argv: Sequence[str], top: Path) -> str:
    if len(argv) < 2 or argv[0] != sys.executable:
        return "it is not a command of this Python"
    if not argv[1].startswith("-"):
        return "" if (top / argv[1]).is_file() else f"{argv[1]} is not a plain script"
    if argv[1] not in ("-m", "-c") or len(argv) < 3:
        return f"the option {argv[1]} of Python is read when it starts"
    return ""


def _module_names(tops: Sequence[Path]) -> set[str]:
    """Names that an import would find in these folders."""
    names = set()
    for top in tops:
        try:
            entries = list(os.scandir(top))
        except OSError:
            continue
        for entry in entries:
            stem, dot, suffix = entry.name.partition(".")
            is_file = bool(dot) and (suffix == "py" or suffix.endswith("so"))
            if is_file or (not dot and Path(entry.path, "__init__.py").is_file()):
                names.add(stem)
    return names

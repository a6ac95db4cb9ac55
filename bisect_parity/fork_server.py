"""Processes that are forked from one which has its imports done: the server; `fork_client` is its other side.

Standard library only: what is forked must find a Python that looks new.
"""

from __future__ import annotations

import contextlib
import io
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from bisect_parity.fork_client import FILES, LENGTH_BYTES, LIMIT_BYTES

if TYPE_CHECKING:
    import types
    from collections.abc import Callable

TICK_SECONDS = 1.0
SHORT_TICK_SECONDS = 0.05
REQUEST_SECONDS = 5.0  # a client sends all of its request at once
GRACE_SECONDS = 12.0  # a child may have processes of its own to end
OWN_FAULT_STATUS = 70


class ForkRequest(NamedTuple):
    """What a client wants to be run.

    Attributes:
        directory: working directory.
        words: the command line; what it means is up to the server.
        environment: the whole environment.
        report: file descriptor of a pipe, on which the child reports what its status cannot.
    """

    directory: str
    words: list[str]
    environment: dict[str, str]
    report: int


def count_threads() -> int:
    """The number of threads of this process; 0 where that is unknown."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - pathlib is one import more
    except OSError:
        return 0


class _Child:
    """A child that runs for a client."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.kill_at: float | None = None


class ForkServer:
    """Forks a child for each request, and runs nothing itself.

    Args:
        path: of the socket; its folder must be the user's alone.
        work: what a child does with its request; returns its exit status.
    """

    def __init__(self, path: str, work: Callable[[ForkRequest], int]) -> None:
        self._work = work
        self._children: dict[int, _Child] = {}
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen()
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Serve until the parent process is gone, or SIGTERM comes."""
        parent = os.getppid()
        wake, woken = os.pipe()
        for descriptor in (wake, woken):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGTERM, _leave)
        self._selector.register(self._listener, selectors.EVENT_READ, "new")
        self._selector.register(wake, selectors.EVENT_READ, "ended")
        try:
            while os.getppid() == parent:
                for key, _ in self._selector.select(TICK_SECONDS):
                    self._act(key)
                self._reap()
        finally:
            self._end_children()

    def _end_children(self) -> None:
        """End what still runs: gently first, since a child may have processes of its own to end."""
        for pid in self._children:
            _signal_group(pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while self._children and time.monotonic() < deadline:
            self._selector.select(SHORT_TICK_SECONDS)
            self._reap()
        for pid in self._children:
            _signal_group(pid, signal.SIGKILL)

    def _act(self, key: selectors.SelectorKey) -> None:
        if key.data == "new":
            self._accept()
        elif key.data == "ended":
            with contextlib.suppress(BlockingIOError):
                os.read(key.fd, 4096)
        else:  # a client says nothing more, so it is gone
            self._selector.unregister(key.fileobj)
            _signal_group(key.data, signal.SIGTERM)
            self._children[key.data].kill_at = time.monotonic() + GRACE_SECONDS

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(REQUEST_SECONDS)
        files: list[int] = []
        try:
            files, request = _receive(connection)
            pid = os.fork()
            if pid == 0:
                self._become(files, request)
            connection.setblocking(True)
            connection.sendall(f"{pid}\n".encode())
        except (OSError, ValueError):
            connection.close()  # the client does the work itself
            return
        finally:
            for file in files:
                os.close(file)
        self._children[pid] = _Child(connection)
        self._selector.register(connection, selectors.EVENT_READ, pid)

    def _become(self, files: list[int], request: ForkRequest) -> NoReturn:
        """In the child: do what was asked for, and never return."""
        status = OWN_FAULT_STATUS
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for sign in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
                signal.signal(sign, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._selector.close()
            self._listener.close()
            for child in self._children.values():
                child.connection.close()
            for number, file in enumerate(files[:3]):
                os.dup2(file, number)
            os.chdir(request.directory)
            os.environ.clear()
            os.environ.update(request.environment)
            _open_streams()
            status = self._work(request)
        except BaseException:  # noqa: BLE001 - a child must not fall back into the server's loop
            traceback.print_exc()
        finally:
            os._exit(status)

    def _reap(self) -> None:
        now = time.monotonic()
        for pid, child in list(self._children.items()):
            if child.kill_at is not None and now >= child.kill_at:
                _signal_group(pid, signal.SIGKILL)
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            del self._children[pid]
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(child.connection)
            with contextlib.suppress(OSError):
                child.connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            child.connection.close()


def _receive(connection: socket.socket) -> tuple[list[int], ForkRequest]:
    """Read one request, and the files that come with it.

    Raises:
        OSError: the client is gone, or sends too slowly.
        ValueError: this is not a request.
    """
    head, files, _, _ = socket.recv_fds(connection, LENGTH_BYTES, FILES)
    try:
        length = int.from_bytes(head, "big")
        if len(head) != LENGTH_BYTES or len(files) != FILES or length > LIMIT_BYTES:
            raise ValueError("this is not a request")
        data = bytearray()
        while len(data) < length:
            block = connection.recv(length - len(data))
            if not block:
                raise ValueError("the request is cut short")
            data += block
        directory, count, *rest = data.decode(errors="surrogateescape").split("\0")
        words, items = rest[: int(count)], rest[int(count) :]
        environment = dict(item.split("=", 1) for item in items)
    except BaseException:
        for file in files:
            os.close(file)
        raise
    return files, ForkRequest(directory, words, environment, files[3])


def _open_streams() -> None:
    """Open standard streams as a new Python does: the server's may remember the files they were."""
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        old = getattr(sys, name)
        raw = io.FileIO(number, "r" if number == 0 else "w", closefd=False)
        raw.name = f"<{name}>"
        buffered = io.BufferedReader(raw) if number == 0 else io.BufferedWriter(raw)
        stream = io.TextIOWrapper(
            buffered,
            encoding=old.encoding,
            errors=old.errors,
            line_buffering=number == 2 or raw.isatty(),
            write_through=number != 0 and old.write_through,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _leave(_number: int, _frame: types.FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _signal_group(pid: int, sign: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, sign)

"""The recorded command as a process: in our own group, with our standard input, as a shell would start it."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisect_parity.recording.streams import Channel, FollowedModes, match_window, pass_on, pass_ready

if TYPE_CHECKING:
    import resource
    from collections.abc import Iterable, Mapping, Sequence

BUNDLE_VARIABLE = "BISECT_PARITY_BUNDLE"  # where the bundle is, for the command and all that it starts
WATCHED = frozenset({signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH})
FROM_KERNEL = 0x80  # si_code of what a terminal sends to the whole foreground group
POLL_SECONDS = 0.05
GRACE_SECONDS = 0.1  # for the last words of what the command started
PROCESSES = Path("/proc")


class Child:
    """A process as `bisect_parity.journal.Process` asks for, whose use of memory is known at its end.

    Args:
        argv: the command line.
        environment: of the command.
        channels: its standard output and error.
        mask: the signals that it blocks.

    Raises:
        OSError: it cannot be started.
    """

    stdout = stderr = None

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        channels: Iterable[Channel],
        mask: Iterable[signal.Signals | int],
    ) -> None:
        if not argv[0]:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "")
        actions = [(os.POSIX_SPAWN_DUP2, channel.target, fd) for channel in channels for fd in channel.fds]
        self.pid = os.posix_spawnp(
            argv[0],
            list(argv),
            dict(environment),
            file_actions=actions,
            setsigmask=list(mask),
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # which Python ignores
        )
        self.returncode: int | None = None
        self.usage: resource.struct_rusage | None = None

    def poll(self) -> int | None:
        """The exit status, -N where signal N ended it; None while it runs."""
        if self.returncode is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.returncode, self.usage = os.waitstatus_to_exitcode(status), usage
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end.

        Raises:
            TimeoutError: it has not come in time.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while (status := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise TimeoutError
            time.sleep(POLL_SECONDS)
        return status


class ForwardedSignals:
    """Signals that would end us are forwarded to the command, unless its terminal sends them to it anyway.

    Attributes:
        came: whether one came: the user is in a hurry then.
        mask: what was blocked before.
    """

    def __init__(self, channels: Iterable[Channel]) -> None:
        self.came = False
        self.mask: set[signal.Signals | int] = set()
        self._terminals = [channel for channel in channels if channel.is_terminal]
        self._child: Child | None = None
        self._missed: list[int] = []
        self._is_over = False
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ForwardedSignals:
        self.mask = set(signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED))
        self._watcher.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over = True
        if self._watcher.ident is not None:
            signal.pthread_kill(self._watcher.ident, signal.SIGWINCH)
        self._watcher.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)

    def follow(self, child: Child) -> None:
        """From now on, signals go to `child`; those that came before it was there, too."""
        self._child = child
        for number in self._missed:
            self._send(number)

    def _watch(self) -> None:
        while True:
            found = signal.sigwaitinfo(WATCHED)
            if self._is_over:
                return
            if found.si_signo == signal.SIGWINCH:
                for channel in self._terminals:
                    match_window(channel.source, channel.own)
                continue
            self.came = True
            if self._child is None:
                self._missed.append(found.si_signo)
            elif found.si_code != FROM_KERNEL:
                self._send(found.si_signo)

    def _send(self, number: int) -> None:
        if self._child is not None and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child.pid, number)


def pass_until_end(child: Child, channels: Iterable[Channel], modes: FollowedModes) -> list[Channel]:
    """Pass the streams on until the command has ended; return those that something it started holds open.

    Args:
        child: the command.
        channels: its standard output and error.
        modes: of their terminals, as they were before it started.
    """
    still_open = list(channels)
    is_told = hasattr(os, "pidfd_open")
    end = os.pidfd_open(child.pid) if is_told else -1
    try:
        while child.poll() is None:
            waiting = [channel.source for channel in still_open] + ([end] if is_told else [])
            _pass_once(still_open, waiting, None if is_told and not modes else POLL_SECONDS)
            modes.look()
    finally:
        if is_told:
            os.close(end)
    modes.look()
    deadline = time.monotonic() + GRACE_SECONDS
    while still_open and (left := deadline - time.monotonic()) > 0:
        _pass_once(still_open, [channel.source for channel in still_open], left)
    return still_open


def _pass_once(still_open: list[Channel], waiting: list[int], seconds: float | None) -> None:
    ready, _, _ = select.select(waiting, [], [], seconds)
    for channel in list(still_open):
        if channel.source in ready and not pass_ready(channel):
            os.close(channel.source)
            still_open.remove(channel)


def survivors(folder: str) -> list[dict[str, Any]]:
    """Processes that the command left running: id and name; not those that dropped its environment."""
    wanted = os.fsencode(f"{BUNDLE_VARIABLE}={folder}")
    found = []
    for process in PROCESSES.iterdir() if PROCESSES.is_dir() else ():
        if not process.name.isdecimal() or int(process.name) == os.getpid():
            continue
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                name = (process / "comm").read_text(encoding="utf-8", errors="backslashreplace").strip()
                found.append({"pid": int(process.name), "name": name})
        except OSError:  # it has ended, or is not ours
            continue
    return found


def peak_bytes(usage: resource.struct_rusage) -> int:
    """The peak memory of a process; systems count it in other units."""
    return usage.ru_maxrss if sys.platform == "darwin" else usage.ru_maxrss * 1024


def hand_over(channels: Sequence[Channel]) -> None:
    """Leave a process behind that passes on what survivors still write, so that nothing of it is lost."""
    if not channels or os.fork():
        return
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        threads = [threading.Thread(target=pass_on, args=(channel,)) for channel in channels]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        os._exit(0)

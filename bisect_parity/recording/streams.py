"""Standard streams: passed through with the modes of terminals, and kept beside, bounded and redacted."""

from __future__ import annotations

import collections
import contextlib
import os
import select
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, NamedTuple

BLOCK_BYTES = 1 << 16
HEAD_BYTES = 4 * 2**20
TAIL_BYTES = 2**20
LONGEST_LINE = 1 << 16
OVERLAP = 1024  # of a line without an end that is held back, so that no secret is cut in two
KEY_BEGIN, KEY_END = "-----BEGIN ", "-----END "
OUT, ERR = 1, 2
INPUT_FLAGS, LOCAL_FLAGS, SPECIAL = 0, 3, 6  # in what `tcgetattr` returns; output is passed on as it is
USUAL_SIZE = (24, 80)  # rows and columns of a terminal that nobody looks at


class KeptStream:
    """A file that keeps the beginning and the end of a stream, without secrets.

    What cannot be written any more (a full disk) is reported by `close`, and stops nothing.

    Args:
        path: of the file.
        redact: replaces secrets in a text of whole lines.
    """

    def __init__(self, path: Path, redact: Callable[[str], str]) -> None:
        self._path = path
        self._redact = redact
        self._file: IO[bytes] | None = None
        self._total = 0
        self._written = 0
        self._pending = b""
        self._tail: collections.deque[bytes] = collections.deque()
        self._tail_bytes = 0
        self._left_out = 0
        self._in_key = False
        self._error = ""

    def take(self, data: bytes) -> None:
        """Keep what the stream brought."""
        self._total += len(data)
        self._pending += data
        end = self._pending.rfind(b"\n") + 1
        if not end and len(self._pending) > LONGEST_LINE:
            end = len(self._pending) - OVERLAP
        lines, self._pending = self._pending[:end], self._pending[end:]
        if self._written < HEAD_BYTES:
            self._write(lines)
            return
        self._tail.append(lines)
        self._tail_bytes += len(lines)
        while self._tail_bytes > TAIL_BYTES:
            gone = len(self._tail.popleft())
            self._tail_bytes -= gone
            self._left_out += gone

    def close(self) -> dict[str, Any]:
        """Write what is held back; return what was kept, as it stands in record.json."""
        if self._left_out:
            self._write(b"\n[bisect-parity left out %d bytes here]\n" % self._left_out)
        self._write(b"".join(self._tail) + self._pending)
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        return {
            "file": self._path.name if self._file is not None else None,
            "bytes": self._total,
            "left_out_bytes": self._left_out,
            "says": f"{self._path.name}: no longer kept: {self._error}" if self._error else "",
        }

    def _write(self, lines: bytes) -> None:
        if not lines or self._error:
            return
        text = self._without_secrets(os.fsdecode(lines))
        try:
            if self._file is None:
                self._file = self._path.open("xb", buffering=0)
            self._file.write(os.fsencode(text))
        except OSError as error:
            self._error = error.strerror or "cannot be written"
        self._written += len(lines)

    def _without_secrets(self, text: str) -> str:
        if self._in_key:
            _, found, text = text.partition(KEY_END)
            if not found:
                return ""
        self._in_key = "PRIVATE KEY" in text[text.rfind(KEY_BEGIN) :] and text.rfind(KEY_END) < text.rfind(
            KEY_BEGIN
        )
        return self._redact(text)


class Channel(NamedTuple):
    """One way from the command to our own streams.

    Attributes:
        source: the end that we read.
        target: the end that the command gets.
        fds: which of its streams that is: 1, 2, or both where ours are one.
        own: our own descriptor that it is passed on to.
        kept: what keeps it.
        is_terminal: whether it goes to a terminal.
    """

    source: int
    target: int
    fds: tuple[int, ...]
    own: int
    kept: KeptStream
    is_terminal: bool


class StreamPlan(NamedTuple):
    """What a command is given for its standard output and error, whatever ours are.

    Attributes:
        is_one: both are one stream.
        terminals: the descriptors among 1 and 2 that are a terminal.
    """

    is_one: bool
    terminals: frozenset[int]


def open_channels(
    folder: Path, redact: Callable[[str], str], own_out: int, plan: StreamPlan | None
) -> list[Channel]:
    """A channel for standard output and one for standard error; one for both where both are the same file.

    A terminal is stood in for by a terminal, so that the command still finds one; anything else by a pipe.

    Args:
        folder: where the streams are kept.
        redact: replaces secrets in a text.
        own_out: our own descriptor that the command's standard output is passed on to.
        plan: what the command gets; None for what ours are.
    """
    groups: list[tuple[str, tuple[int, ...], int]]
    if plan.is_one if plan else own_out == OUT and _is_same_file(OUT, ERR):
        groups = [("output.txt", (OUT, ERR), own_out)]
    else:
        groups = [("stdout.txt", (OUT,), own_out), ("stderr.txt", (ERR,), ERR)]
    channels = []
    for name, fds, own in groups:
        is_terminal = bool(plan.terminals & {*fds}) if plan else os.isatty(own) and own in fds
        source, target = _open_terminal(own) if is_terminal else os.pipe()
        os.set_blocking(source, False)
        channels.append(Channel(source, target, fds, own, KeptStream(folder / name, redact), is_terminal))
    return channels


def _is_same_file(one: int, other: int) -> bool:
    try:
        return os.path.samestat(os.fstat(one), os.fstat(other))
    except OSError:
        return False


def _open_terminal(like: int) -> tuple[int, int]:
    """A pair of terminal ends with the modes and size of `like`; the real one translates line ends."""
    import termios  # noqa: PLC0415 - only where there is a terminal

    source, target = os.openpty()
    is_real = os.isatty(like)
    modes = termios.tcgetattr(like if is_real else target)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(target, termios.TCSANOW, modes)
    if is_real:
        match_window(source, like)
    else:
        termios.tcsetwinsize(target, USUAL_SIZE)
    return source, target


def match_window(source: int, like: int) -> None:
    """Give a terminal the window size of another one."""
    import fcntl  # noqa: PLC0415 - only where there is a terminal
    import termios  # noqa: PLC0415

    with contextlib.suppress(OSError):
        size = fcntl.ioctl(like, termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(source, termios.TIOCSWINSZ, size)


def pass_ready(channel: Channel) -> bool:
    """Pass on what is there; False where the stream has ended, or nobody reads ours any more."""
    try:
        data = os.read(channel.source, BLOCK_BYTES)
    except BlockingIOError:
        return True
    except OSError:  # a terminal whose other end was closed
        return False
    if not data:
        return False
    is_read = _write_all(channel.own, data)
    channel.kept.take(data)
    return is_read


def pass_on(channel: Channel) -> None:
    """Pass on to the end, and keep nothing: for what lives longer than the recording."""
    os.set_blocking(channel.source, True)
    with contextlib.suppress(OSError):
        while data := os.read(channel.source, BLOCK_BYTES):
            if not _write_all(channel.own, data):
                return


def _write_all(own: int, data: bytes) -> bool:
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(own, left) :]
        except BlockingIOError:
            select.select([], [own], [])
        except OSError:  # the reader is gone: the command must learn so, too
            return False
    return True


class FollowedModes:
    """Echo, line by line or key by key: a program that draws a screen sets them where it writes.

    Args:
        channels: of the command; those that are no terminal, or go to none, are left out.
    """

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._seen: dict[tuple[int, int], list[Any]] = {}
        for channel in channels:
            if channel.is_terminal and os.isatty(channel.own):
                import termios  # noqa: PLC0415 - only where there is a terminal

                with contextlib.suppress(termios.error):
                    self._seen[channel.source, channel.own] = termios.tcgetattr(channel.source)

    def __bool__(self) -> bool:
        return bool(self._seen)

    def look(self) -> None:
        """Pass on what was changed since the last look; not from the background, where it would stop us."""
        if not self._seen:
            return
        import termios  # noqa: PLC0415 - only where there is a terminal

        for (source, own), before in list(self._seen.items()):
            with contextlib.suppress(termios.error, OSError):
                now = termios.tcgetattr(source)
                if now == before or _is_in_background(own):
                    continue
                real = termios.tcgetattr(own)
                for part in (INPUT_FLAGS, LOCAL_FLAGS):
                    changed = before[part] ^ now[part]
                    real[part] = (real[part] & ~changed) | (now[part] & changed)
                pairs = zip(before[SPECIAL], now[SPECIAL], real[SPECIAL], strict=True)
                real[SPECIAL] = [new if new != old else its for old, new, its in pairs]
                termios.tcsetattr(own, termios.TCSANOW, real)
                self._seen[source, own] = now


def _is_in_background(terminal: int) -> bool:
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:  # it is not the terminal that controls us
        return False

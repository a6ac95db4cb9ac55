"""Modes that a command sets on its stand-in terminal, passed on to the real one that it reads from."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.recording.streams import Channel

INPUT_FLAGS, LOCAL_FLAGS, SPECIAL = 0, 3, 6  # in what `tcgetattr` returns; output is passed on as it is


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

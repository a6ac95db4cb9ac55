"""Signals that are held back for a moment, and then let through."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import types


class HeldSignals:
    """Holds ^C, SIGTERM and SIGHUP back while something must come to its end, and lets them through then."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self._came: list[tuple[int, types.FrameType | None]] = []
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> HeldSignals:
        if threading.current_thread() is threading.main_thread():
            for sign in self.SIGNALS:
                if callable(signal.getsignal(sign)):  # what ends us at once, or is ignored, stays so
                    self._handlers[sign] = signal.signal(sign, self._hold)
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def release(self) -> None:
        """Let signals through again, and those that came meanwhile."""
        handlers, self._handlers = self._handlers, {}
        for sign, handler in handlers.items():
            signal.signal(sign, handler)
        came, self._came = self._came, []
        for number, frame in came[:1]:
            handlers[signal.Signals(number)](number, frame)

    def _hold(self, number: int, frame: types.FrameType | None) -> None:
        self._came.append((number, frame))

"""What a process and all that it starts look like while they run: code that is mapped, and interpreters."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

SAMPLE_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
MOST_PROCESSES = 64


class Sampler:
    """Looks now and then which files a process and what it starts have mapped as code.

    Attributes:
        mapped: the files, as far as they were seen.
        python: the first Python interpreter that was seen, as it was called.
    """

    def __init__(self, pid: int) -> None:
        self.mapped: set[str] = set()
        self.python: str | None = None
        self._pid = pid
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        for seconds in SAMPLE_SECONDS:
            if self._is_over.wait(seconds):
                return
            self._look()
        while not self._is_over.wait(SAMPLE_SECONDS[-1]):
            self._look()

    def _look(self) -> None:
        waiting, count = [self._pid], 0
        while waiting and count < MOST_PROCESSES:
            pid = waiting.pop()
            count += 1
            self.mapped |= mapped_files(pid)
            self.python = self.python or _python(pid)
            waiting += _children(pid)


def mapped_files(pid: int | str) -> set[str]:
    """The files that a process has mapped as code."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_bytes().splitlines()
    except OSError:
        return set()
    words = (line.split(None, 5) for line in lines)
    paths = {os.fsdecode(word[5]) for word in words if len(word) == 6 and b"x" in word[1]}
    return {path for path in paths if path.startswith("/") and not path.endswith(" (deleted)")}


def _python(pid: int) -> str | None:
    """The interpreter that a process is, as it was called where that names its environment."""
    try:
        real = os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - the text of the link is wanted
        called = os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0])
    except OSError:
        return None
    if not Path(real).name.startswith("python"):
        return None
    return called if Path(called).is_absolute() and os.path.realpath(called) == real else real


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in list(Path(f"/proc/{pid}/task").iterdir()):
            with contextlib.suppress(OSError):  # a thread that has ended meanwhile
                found += map(int, (task / "children").read_text("ascii").split())
    return found

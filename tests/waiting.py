"""Waiting for what other processes do: until it is so, however busy the machine is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_running", "parent_of", "text_of", "wait_for_end", "wait_until"]

PATIENCE_SECONDS = 30.0  # less than what is ended would sleep
LOOK_SECONDS = 0.01


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds; fail, naming it, where it does not come to hold."""
    limit = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < limit, f"still not so: {what}"
        time.sleep(LOOK_SECONDS)


def text_of(path: Path) -> str:
    """The text of a file that another process is about to write: whole, and ended by a newline or not."""
    wait_until(lambda: path.exists() and bool(path.read_text().strip()), f"{path} is written")
    return path.read_text()


def is_running(pid: int) -> bool:
    """Whether a process is there, and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    """The id of the parent of a process that is there."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_for_end(*pids: int) -> None:
    """Wait until processes have ended, reaped or not."""
    for pid in pids:
        wait_until(lambda pid=pid: not is_running(pid), f"process {pid} has ended")  # type: ignore[misc]

"""Processes that a check left behind: found by their parent or by a mark in their environment, and ended.

A process group does not hold what forks twice and starts a session of its own. So this process takes in its
orphans (a subreaper, where the system has such), and what it started carries a mark by which a later process
finds it again, should this one be killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator
from pathlib import Path

MARK = "BISECT_PARITY_MARK"
PR_SET_CHILD_SUBREAPER = 36
ROUNDS = 100  # each ends what the last one's processes had as children


def take_in_orphans() -> None:
    """Become the parent of processes below this one whose own parent ends; only Linux knows of it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> frozenset[int]:
    """The processes whose parent is this one; none where the system does not say."""
    found = set()
    for task in _listed("/proc/self/task"):
        with contextlib.suppress(OSError):
            found |= {int(word) for word in (task / "children").read_text().split()}
    return frozenset(found)


def end_strangers(known: frozenset[int]) -> int:
    """End the children that were not known before, and theirs; return how many."""
    count = 0
    for _ in range(ROUNDS):
        strangers = children() - known
        if not strangers:
            break
        for pid in strangers:
            count += _ended(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    return count


@contextlib.contextmanager
def ending_strangers() -> Iterator[None]:
    """End whatever was started inside and still runs afterwards, also in sessions of its own."""
    take_in_orphans()
    known = children()
    try:
        yield
    finally:
        end_strangers(known)


def end_marked(mark: str) -> int:
    """End every process of this user whose environment carries the mark, except this one; return how many.

    Args:
        mark: the value of the variable `MARK`.
    """
    return sum(_ended(pid) for pid in _marked(f"{MARK}={mark}".encode()) if pid != os.getpid())


def _marked(entry: bytes) -> Iterator[int]:
    for process in _listed("/proc"):
        with contextlib.suppress(OSError):
            if entry in (process / "environ").read_bytes().split(b"\0"):
                yield int(process.name)


def _listed(folder: str) -> list[Path]:
    """The processes or tasks of a folder of /proc; a glob fails at one that ends meanwhile."""
    with contextlib.suppress(OSError):
        return [Path(folder, name) for name in os.listdir(folder) if name.isdecimal()]  # noqa: PTH208 - as above
    return []


def _ended(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True

"""Pure work on many values, shared among forked copies of this process, one for each core.

Calls into a library that may never return are run in a copy as well. A copy has all that this process holds
without anything being sent; only its results come back, pickled.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import selectors
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from bisect_parity.guard import end_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Item = TypeVar("Item")
    Found = TypeVar("Found")

MOST_PROCESSES = 4
LEAST_ITEMS = 32  # a process: fewer are done sooner than it is forked


def forked_map(
    function: Callable[[Item], Found], items: Sequence[Item], least: int = LEAST_ITEMS
) -> list[Found]:
    """`[function(item) for item in items]`, for a `function` without side effects.

    Only Linux forks safely whatever libraries are loaded. Elsewhere, on one core, in a process with threads,
    or for few items, this process does it all; it also does the share of a copy that fails.

    Args:
        function: of one item.
        items: what it is applied to.
        least: number of items that is worth a process.
    """
    first, *others = _shares(items, least)
    with contextlib.ExitStack() as copies:
        answers = [_sure(function, share, copies.enter_context(_copy(function, share))) for share in others]
        return _together([[function(item) for item in first], *(answer() for answer in answers)])


@contextlib.contextmanager
def forked_meanwhile(
    function: Callable[[Item], Found], items: Sequence[Item], least: int = LEAST_ITEMS
) -> Iterator[Callable[[], list[Found]]]:
    """As `forked_map`, by copies alone, while this process goes on; yields what waits for the results.

    Where no copies can be made, the work is done when it is waited for.
    """
    shares = _shares(items, least)
    with contextlib.ExitStack() as copies:
        if len(shares) == 1:
            yield lambda: [function(item) for item in items]
        else:
            answers = [
                _sure(function, share, copies.enter_context(_copy(function, share))) for share in shares
            ]
            yield lambda: _together([answer() for answer in answers])


def forked_within(function: Callable[[], Found], seconds: float) -> Found | None:
    """`function()`, run by a copy; None where it fails or takes longer than `seconds`.

    Where processes are not forked, this process does it, however long it takes.
    """
    if not _can_fork():
        return function()
    with _copy(lambda call: call(), [function]) as answer:
        found = answer(seconds)
    return None if found is None else found[0]


def _shares(items: Sequence[Item], least: int) -> list[Sequence[Item]]:
    """The share of each process: every n-th item, since items that take long tend to be neighbours."""
    count = min(usable_cores(), MOST_PROCESSES, len(items) // least)
    if count < 2 or not _can_fork():
        return [items]
    return [items[first::count] for first in range(count)]


def _can_fork() -> bool:
    return sys.platform.startswith("linux") and threading.active_count() == 1


def _sure(
    function: Callable[[Item], Found], share: Sequence[Item], answer: Callable[[], list[Found] | None]
) -> Callable[[], list[Found]]:
    """A function that waits for a copy's results, and computes them itself where none came."""

    def found() -> list[Found]:
        found_there = answer()
        return [function(item) for item in share] if found_there is None else found_there

    return found


def _together(parts: Sequence[Sequence[Found]]) -> list[Found]:
    """The results of all shares, in the order of the items."""
    count = len(parts)
    return [parts[place % count][place // count] for place in range(sum(map(len, parts)))]


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def _copy(
    function: Callable[[Item], Found], share: Sequence[Item]
) -> Iterator[Callable[..., list[Found] | None]]:
    """Fork a copy of this process; yields a function that waits for its results, with an optional limit.

    The results are None where the copy failed, or is not done by then. The copy is gone afterwards.
    """
    source, sink = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _work(function, share, sink, parent)
    os.close(sink)
    is_gone = False

    def answer(seconds: float | None = None) -> list[Found] | None:
        nonlocal is_gone
        pickled = _read(source, seconds)
        if pickled is None:
            return None
        _, status = os.waitpid(child, 0)
        is_gone = True
        found: list[Found] | None = pickle.loads(pickled) if status == 0 else None  # noqa: S301 - of our own copy
        return found

    try:
        yield answer
    finally:
        os.close(source)
        if not is_gone:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _read(source: int, seconds: float | None) -> bytes | None:
    """All that comes out of a pipe; None if it is still open after that time."""
    if seconds is None:
        with os.fdopen(source, "rb", closefd=False) as pipe:
            return pipe.read()
    parts: list[bytes] = []
    end = time.monotonic() + seconds
    with selectors.DefaultSelector() as waiting:
        waiting.register(source, selectors.EVENT_READ)
        while waiting.select(max(end - time.monotonic(), 0)):
            part = os.read(source, 1 << 16)
            if not part:
                return b"".join(parts)
            parts.append(part)
    return None


def _work(function: Callable[[Item], Found], share: Sequence[Item], sink: int, parent: int) -> None:
    """Do a share in a copy, and end it."""
    status = 1
    try:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_DFL)
        end_with(parent)
        pickled = pickle.dumps([function(item) for item in share], pickle.HIGHEST_PROTOCOL)
        with os.fdopen(sink, "wb") as pipe:
            pipe.write(pickled)  # at once: a pipe holds little until it is read
        status = 0
    finally:
        os._exit(status)

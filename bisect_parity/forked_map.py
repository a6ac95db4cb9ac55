"""Pure work on many values, shared out among forked copies of this process: a core for each.

A copy has all that this process holds without anything being sent; only what it found comes back, pickled.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from typing import TYPE_CHECKING, TypeVar

from bisect_parity.guard import end_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Item = TypeVar("Item")
    Found = TypeVar("Found")

__all__ = ["forked_map", "forked_meanwhile"]

MOST_PROCESSES = 4
LEAST_ITEMS = 32  # a process: fewer are done sooner than it is forked


def forked_map(
    function: Callable[[Item], Found], items: Sequence[Item], least: int = LEAST_ITEMS
) -> list[Found]:
    """`[function(item) for item in items]`; nothing but the results must be told by what `function` does.

    Only Linux forks safely whatever libraries are loaded; elsewhere, on one core, in a process with threads
    and of few items, this process does it all, as it does for a copy that ends in any other way than well.

    Args:
        function: of one item.
        items: what it is applied to.
        least: items that are worth a process.
    """
    first, *others = _shares(items, least)
    with contextlib.ExitStack() as copies:
        answers = [copies.enter_context(_copy(function, share)) for share in others]
        return _together([[function(item) for item in first], *(answer() for answer in answers)])


@contextlib.contextmanager
def forked_meanwhile(
    function: Callable[[Item], Found], items: Sequence[Item], least: int = LEAST_ITEMS
) -> Iterator[Callable[[], list[Found]]]:
    """As `forked_map`, by copies alone, while this process goes on: what is yielded waits for the results.

    Where there are no copies, it is done when it is waited for.
    """
    shares = _shares(items, least)
    with contextlib.ExitStack() as copies:
        if len(shares) == 1:
            yield lambda: [function(item) for item in items]
        else:
            answers = [copies.enter_context(_copy(function, share)) for share in shares]
            yield lambda: _together([answer() for answer in answers])


def _shares(items: Sequence[Item], least: int) -> list[Sequence[Item]]:
    """What each process does: not a stretch of the items, for those that take long stand together."""
    count = min(_cores(), MOST_PROCESSES, len(items) // least)
    if count < 2 or not sys.platform.startswith("linux") or threading.active_count() > 1:
        return [items]
    return [items[first::count] for first in range(count)]


def _together(parts: Sequence[Sequence[Found]]) -> list[Found]:
    """The results of all shares, in the order of the items."""
    count = len(parts)
    return [parts[place % count][place // count] for place in range(sum(map(len, parts)))]


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


@contextlib.contextmanager
def _copy(function: Callable[[Item], Found], share: Sequence[Item]) -> Iterator[Callable[[], list[Found]]]:
    """A copy of this process at work, and what waits for its results; it is gone afterwards."""
    source, sink = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _work(function, share, sink, parent)
    os.close(sink)
    is_gone = False

    def answer() -> list[Found]:
        nonlocal is_gone
        told = pipe.read()
        _, status = os.waitpid(child, 0)
        is_gone = True
        if status != 0:
            return [function(item) for item in share]
        found: list[Found] = pickle.loads(told)  # noqa: S301 - of our own copy
        return found

    with os.fdopen(source, "rb") as pipe:
        try:
            yield answer
        finally:
            if not is_gone:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _work(function: Callable[[Item], Found], share: Sequence[Item], sink: int, parent: int) -> None:
    """Do a share in a copy, and end it."""
    status = 1
    try:
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_DFL)
        end_with(parent)
        told = pickle.dumps([function(item) for item in share], pickle.HIGHEST_PROTOCOL)
        with os.fdopen(sink, "wb") as pipe:
            pipe.write(told)  # at once: a pipe holds little until it is read
        status = 0
    finally:
        os._exit(status)

"""File locks that end with the process that holds them, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bisect_parity.errors import OutputError, writing

NO_LOCKS = (
    "Its file system must know file locks (flock): have it mounted with them, or use another place "
    "(XDG_CACHE_HOME names another cache directory)."
)


class LockHeldError(OutputError):
    """Another process holds the lock."""


@contextlib.contextmanager
def file_lock(path: Path, remedy: str, *, wait: bool = False) -> Iterator[None]:
    """Hold a lock on a file for as long as the process lives, and remove the file afterwards.

    Args:
        path: the file, which need not be there.
        remedy: what to do if it cannot be written.
        wait: until another process lets go of it.

    Raises:
        LockHeldError: another process holds it, and its end is not waited for; the message has its id.
        OutputError: the file cannot be written, or its file system knows no locks.
    """
    while True:
        with writing(path, remedy):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a+")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                file.seek(0)
                holder = file.read(20).strip() or "unknown"
                raise LockHeldError(
                    f"{path} is held by process {holder}", "Wait until it ends, or end it."
                ) from None
            except OSError as error:  # some network and cluster file systems are mounted without locks
                path.unlink(missing_ok=True)
                raise OutputError(f"cannot lock {path}: {error.strerror}", NO_LOCKS) from error
            if not _is_same(file, path):  # its last holder has just removed it
                continue
            try:
                file.truncate(0)
                file.write(f"{os.getpid()}\n")
                file.flush()
                yield
            finally:
                path.unlink(missing_ok=True)
            return


@contextlib.contextmanager
def adopted(path: Path) -> Iterator[bool]:
    """Hold the lock of a process that has ended; False where it lives."""
    try:
        file = path.open()
    except OSError:
        yield True  # nobody holds what is not there
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield _is_same(file, path)


def _is_same(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False

"""A ledger on disk: read, and replaced as a whole by itself with something put in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from typing import TYPE_CHECKING

from bisect_parity.errors import OutputError, UsageError
from bisect_parity.files import part_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bisect_parity.report.ledger import Insertion

LARGEST_BYTES = 64 * 2**20
TRIES = 20


def insert_into(path: Path, make: Callable[[bytes], Insertion | None]) -> Insertion | None:
    """Put something into a file, all or nothing; its mode and owner stay, and a link to it stays a link.

    Args:
        path: of the file, which must be there.
        make: is given the content, and says what goes where; None to leave the file as it is. It is asked
            again where the file was changed meanwhile by another call of this.

    Raises:
        UsageError: there is no such file, or it is none that text can be put into.
        OutputError: it cannot be written, or another program changed it meanwhile.
    """
    try:
        real = path.resolve(strict=True)
        for _ in range(TRIES):
            _refuse_odd(path, real.stat())  # a FIFO would be waited for
            with real.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # it ends with the file's closing, or with this process
                status = os.fstat(file.fileno())
                if not _is_still(real, status):
                    continue  # another call replaced it while we waited
                content = file.read()
                made = make(content)
                if made is not None:
                    _replace(real, content, made, status)
                return made
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"there is no ledger {path}", "Name an existing file.") from error
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}", "Nothing was changed.") from error
    raise OutputError(f"{path} is being changed by other programs", "Nothing was changed; try again.")


def _refuse_odd(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{path} is not a regular file", "Name a text file.")
    if status.st_size > LARGEST_BYTES:
        raise UsageError(f"{path} is larger than {LARGEST_BYTES >> 20} MiB: that is not a ledger")
    if status.st_nlink > 1:
        raise UsageError(
            f"{path} has {status.st_nlink} hard links, and replacing it would separate them",
            "Break the link first.",
        )


def _is_still(real: Path, status: os.stat_result) -> bool:
    now = real.stat()
    same = ("st_dev", "st_ino", "st_size", "st_mtime_ns")
    return all(getattr(now, name) == getattr(status, name) for name in same)


def _replace(real: Path, content: bytes, made: Insertion, status: os.stat_result) -> None:
    """Write the new content beside the file, make sure that nobody edited it, and rename."""
    beside = part_path(real)
    try:
        with beside.open("xb") as file:
            file.write(content[: made.offset] + made.content + content[made.offset :])
            file.flush()
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
            if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                with contextlib.suppress(PermissionError):
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fsync(file.fileno())
        if not _is_still(real, status) or real.read_bytes() != content:
            raise OutputError(f"{real} was changed meanwhile", "Nothing was written; try again.")
        beside.replace(real)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise

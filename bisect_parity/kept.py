"""What an earlier call found, kept in the user's cache directory until something that it depends on changes.

An entry is a pickle of our own data classes below the key that it was kept for: nothing else is made from it,
and it is read only from a folder that no other user can write.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import os
import pickle
import stat
import sys
import time
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from attrs import frozen

from bisect_parity import __version__
from bisect_parity.errors import OutputError
from bisect_parity.files import cache_directory, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Found = TypeVar("Found")

MAGIC = b"bisect-parity answers 1 "
COARSEST_CLOCK_NS = 2 * 10**9  # of file systems: what changed later may change again, and not show it
LARGEST_BYTES = 128 * 2**20
MOST_DAYS = 30  # without use
OWN_PACKAGE = __name__.partition(".")[0]


@frozen
class FileState:
    """What tells whether a file changed, without reading it.

    Attributes:
        path: of it.
        size: in bytes.
        changed: when its content, name or times last changed (ctime), in ns since 1970; 0 for what lies in no
            file system.
        inode: its number; 0, likewise.
    """

    path: str
    size: int
    changed: int = 0
    inode: int = 0


@frozen
class Signature:
    """The state of all that an answer depends on.

    Attributes:
        digest: SHA-256 of it, 64 hex digits.
        newest: when the latest change was, in ns since 1970.
    """

    digest: str
    newest: int

    @classmethod
    def of(cls, files: Iterable[FileState], *others: object) -> Signature:
        """The signature of some files, of this program, and of others whose `repr` tells all of them.

        It is another one the next day: a time that is yet to come may have come, and what took too long to
        read on a busy machine be read.
        """
        today = datetime.now(UTC).date().isoformat()
        digest = hashlib.sha256(repr((_of_program(), today, *others)).encode(errors="surrogateescape"))
        newest = 0
        for file in files:
            line = f"{file.path}\0{file.size}\0{file.changed}\0{file.inode}\n"
            digest.update(line.encode(errors="surrogateescape"))
            newest = max(newest, file.changed)
        return cls(digest.hexdigest(), newest)


def state_of(path: str, status: os.stat_result) -> FileState:
    """The state of a file, by what `stat` says."""
    return FileState(path, status.st_size, status.st_ctime_ns, status.st_ino)


@frozen
class Kept:
    """The place of one answer.

    Attributes:
        path: of its file.
        head: what the file begins with, if it holds the answer for the present state.
        is_settled: whether that state will be another once anything changes.
    """

    path: Path
    head: bytes
    is_settled: bool

    @classmethod
    def of(cls, place: Path, question: str, signature: Signature) -> Kept:
        """The place of the answer to a question.

        Args:
            place: the folder that it is about.
            question: its name, short, as a file name; one answer is kept for each.
            signature: of all that the answer depends on, made before anything of it is read.
        """
        folder = hashlib.sha256(os.fsencode(place)).hexdigest()[:32]
        return cls(
            path=cache_directory() / "answers" / folder / question,
            head=MAGIC + signature.digest.encode() + b"\n",
            is_settled=signature.newest < time.time_ns() - COARSEST_CLOCK_NS,
        )

    def read(self) -> tuple[Any, ...]:
        """What was kept, in a tuple; an empty one where nothing was, or the state was another."""
        try:
            if _is_of_others(self.path.parent):
                return ()
            with self.path.open("rb") as file:
                if file.read(len(self.head)) != self.head:
                    return ()
                content = file.read(LARGEST_BYTES)
            found = _OwnClasses(io.BytesIO(content)).load()
            os.utime(self.path)
        except Exception:  # noqa: BLE001 - whatever a damaged file may raise: the answer is found again
            return ()
        return (found,)

    def write(self, found: object) -> None:
        """Keep an answer, where that is possible; those that nobody asked for long are removed.

        Args:
            found: None, numbers, texts, tuples, lists, dicts, and instances of our own data classes.
        """
        if not self.is_settled:
            return
        with contextlib.suppress(OSError, OutputError):
            content = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if len(content) <= LARGEST_BYTES and not _is_of_others(self.path.parent):
                replace_file(self.path, self.head + content)
            self._remove_old()

    def or_else(self, find: Callable[[], Found]) -> Found:
        """What was kept, else what `find` finds now, which is kept."""
        known = self.read()
        if known:
            answer: Found = known[0]
            return answer
        found = find()
        self.write(found)
        return found

    def _remove_old(self) -> None:
        oldest = time.time() - MOST_DAYS * 86400
        for file in self.path.parent.parent.glob("*/*"):
            if file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # others are in it
                    file.parent.rmdir()


class _OwnClasses(pickle.Unpickler):
    """Makes nothing but data: our own data classes and enumerations."""

    def find_class(self, module: str, name: str) -> type:
        """Find a class.

        Raises:
            pickle.UnpicklingError: it is none of ours.
        """
        found = super().find_class(module, name) if module.startswith(f"{OWN_PACKAGE}.") else None
        if isinstance(found, type) and (attrs.has(found) or issubclass(found, Enum)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _is_of_others(folder: Path) -> bool:
    """Whether another user owns a folder, or may write in it."""
    status = folder.stat()
    return status.st_uid != os.geteuid() or bool(stat.S_IMODE(status.st_mode) & 0o022)


@functools.cache
def _of_program() -> str:
    """Whatever changes when this program, Python, or an installed package does."""
    states = [(__version__, sys.version)]
    for folder, names, files in os.walk(Path(__file__).parent):
        names[:] = [name for name in names if name != "__pycache__"]
        states += (_state(f"{folder}/{name}") for name in files)
    states += (_state(place) for place in sys.path if place.endswith("-packages"))
    return hashlib.sha256(repr(sorted(states)).encode()).hexdigest()


def _state(path: str) -> tuple[str, str]:
    try:
        status = os.stat(path)  # noqa: PTH116 - of hundreds
    except OSError:
        return path, ""
    return path, f"{status.st_size} {status.st_mtime_ns}"

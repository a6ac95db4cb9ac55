"""Files as they were before a run: those that its command line names, with their digests."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

from bisect_parity.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

EARLY_BYTES = 16 * 2**20  # of untracked files that are digested before the run; the others while it runs
LARGEST_BYTES = 2**30
GONE = "?"
MOST_WORDS, LONGEST_WORD = 1000, 4096


class SeenFile:
    """A file as it was before the run.

    Attributes:
        path: relative to the top.
        stamp: size, modification time, change time and inode when it was seen; None where it was gone.
        sha256: 64 hex digits; None where it is not known.
        says: why there is no digest; may be empty.
    """

    __slots__ = ("path", "says", "sha256", "stamp")

    def __init__(self, path: str, stamp: tuple[int, int, int, int] | None) -> None:
        self.path = path
        self.stamp = stamp
        self.sha256: str | None = None
        self.says = ""

    def to_json(self) -> dict[str, Any]:
        """This file as it stands in record.json."""
        size = self.stamp[0] if self.stamp else None
        document: dict[str, Any] = {"path": self.path, "size": size, "sha256": self.sha256}
        return document | ({"says": self.says} if self.says else {})


def digest_files(top: Path, files: Iterable[SeenFile], most_bytes: int | None = None) -> None:
    """Digest files that have no digest yet; one that is not as it was when it was seen gets none.

    Args:
        top: of the working tree.
        files: their digests are filled in.
        most_bytes: to read in all; None for no limit.
    """
    left = most_bytes
    for file in files:
        if file.sha256 is not None or file.says or file.stamp is None:
            continue
        size = file.stamp[0]
        if size > LARGEST_BYTES:
            file.says = f"larger than the {LARGEST_BYTES} bytes that are digested"
            continue
        if left is not None and size > left:
            continue
        left = None if left is None else left - size
        _digest(top, file)


def _digest(top: Path, file: SeenFile) -> None:
    from bisect_parity.digest import FileChangedError, file_digest  # noqa: PLC0415 - see the room

    try:
        digest = file_digest(top / file.path)
    except FileChangedError:
        file.says = "changed while it was read"
        return
    except OSError as error:
        file.says = f"not read: {error.strerror}"
        return
    if file_stamp(top / file.path) == file.stamp:
        file.sha256 = digest.sha256
    else:
        file.says = "changed before it was read"


def named_files(top: Path, words: Sequence[str]) -> tuple[SeenFile, ...]:
    """The files of the working tree that a command line names; of a link, the one that it leads to."""
    found: dict[str, SeenFile] = {}
    here = working_directory()
    for word in words[:MOST_WORDS]:
        for text in (word, word.partition("=")[2]):
            is_path = 0 < len(text) < LONGEST_WORD and "\0" not in text and here != GONE
            file = _named_file(top, os.path.normpath(os.path.join(here, text))) if is_path else None  # noqa: PTH118
            if file is not None:
                found[file.path] = file
    return tuple(found.values())


def _named_file(top: Path, path: str) -> SeenFile | None:
    """The file of the working tree at a path, or that a link there leads to; None where there is none."""
    if os.path.islink(path):  # noqa: PTH114 - text is wanted
        real = os.path.realpath(path)
        if os.path.isfile(real) and not _inside(top, real):  # noqa: PTH113
            file = SeenFile(_inside(top, path), None)
            file.says = "a link that leads out of the working tree"
            return file if file.path else None
        path = real
    inside = _inside(top, path)
    stamp = file_stamp(top / inside) if inside else None
    return None if stamp is None else SeenFile(inside, stamp)


def _inside(top: Path, path: str) -> str:
    """A path relative to the top; empty where it lies elsewhere."""
    inside = os.path.relpath(path, top)
    return "" if inside == ".." or inside.startswith("../") else inside


def asked_files(top: Path, paths: Sequence[Path]) -> tuple[SeenFile, ...]:
    """The files of the working tree that a user says a command reads.

    Raises:
        UsageError: one is no file of it.
    """
    found = {path: named_files(top, [str(path)]) for path in paths}
    for path, files in found.items():
        if not files:
            raise UsageError(
                f"--input {path} is no file of the working tree {top}", "Name files that are there."
            )
    return tuple(file for files in found.values() for file in files)


def file_stamp(path: Path) -> tuple[int, int, int, int] | None:
    """What changes with a regular file, as `SeenFile.stamp` has it; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def working_directory() -> str:
    """The absolute path of the working directory; "?" where it is gone."""
    try:
        return os.getcwd()  # noqa: PTH109 - text is wanted
    except OSError:
        return GONE


def prefix_below(top: Path) -> str | None:
    """The working directory relative to the top; None where it lies elsewhere, or is gone."""
    try:
        return _inside(top.resolve(), os.path.realpath(".")) or None
    except OSError:
        return None

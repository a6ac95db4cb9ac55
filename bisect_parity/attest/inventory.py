"""All that lies in a bundle's folder: files by digest, links by target, everything else by kind."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.digest import FileChangedError, file_digest
from bisect_parity.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from bisect_parity.evidence.model import Bundle

KINDS = {stat.S_IFIFO: "fifo", stat.S_IFSOCK: "socket", stat.S_IFBLK: "device", stat.S_IFCHR: "device"}
FOLDER, FILE, LINK = "folder", "file", "link"


@frozen
class SubjectFile:
    """A file that a statement is about.

    Attributes:
        name: path relative to the top of the repository.
        sha256: hex digest of its content.
        size: bytes.
    """

    name: str
    sha256: str
    size: int


@frozen
class FoundPath:
    """What lies at a path: a file, link, fifo, socket or device.

    Attributes:
        name: path relative to the top of the repository.
        kind: "file", "link", "fifo", "socket", "device" or "folder".
        target: of a link.
        stamp: size, modification time and inode of a file.
    """

    name: str
    kind: str
    target: str = ""
    stamp: tuple[int, int, int] = (0, 0, 0)


@frozen
class Inventory:
    """A bundle as it is.

    Attributes:
        subjects: its files, by name.
        others: what is no file and no folder, by name.
        left_out: files and folders in its folder, as text, that belong to other bundles, or are never
            looked into.
    """

    subjects: tuple[SubjectFile, ...]
    others: tuple[FoundPath, ...]
    left_out: tuple[str, ...]


def shown_name(name: str) -> str:
    """A path as text that every JSON reader takes: bytes that are no UTF-8 are written as escapes."""
    return name if name.isascii() else os.fsencode(name).decode(errors="backslashreplace")


def take_inventory(top: Path, bundle: Bundle) -> Inventory:
    """Digest a bundle's files, and list what else is there.

    Raises:
        EvidenceError: a file cannot be read; the bundle changed while it was read.
    """
    members = {artifact.path for artifact in bundle.artifacts}
    left_out = _left_out(top, bundle.path, members)
    before = list(walk_all(top, bundle.path, left_out))
    subjects = tuple(_digest(top, entry.name) for entry in before if entry.kind == FILE)
    if list(walk_all(top, bundle.path, left_out)) != before:
        raise EvidenceError(
            f"{bundle.path} changed while it was read", "Attach again when nothing writes to it."
        )
    return Inventory(subjects, tuple(entry for entry in before if entry.kind != FILE), left_out)


def walk_all(top: Path, folder: str, left_out: Collection[str]) -> Iterator[FoundPath]:
    """Everything below a folder but folders, sorted, or a file itself; nothing is followed or opened.

    Raises:
        EvidenceError: a folder cannot be read.
    """
    try:
        itself = _entry(folder, f"{top}/{folder}", os.lstat(f"{top}/{folder}"))
    except OSError:
        return
    if itself.kind in (FILE, LINK):  # git-annex puts a link in the place of a file
        yield itself
        return
    elsewhere = frozenset(left_out)
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            found = _items(top, current)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise EvidenceError(f"cannot read {shown_name(current)}: {error.strerror}") from error
        for name, item in found:
            if elsewhere and shown_name(name) in elsewhere:
                continue
            entry = _entry(name, item.path, item.stat(follow_symlinks=False))
            if entry.kind == FOLDER:
                waiting.append(name)
            else:
                yield entry


def _items(top: Path, folder: str) -> list[tuple[str, os.DirEntry[str]]]:
    """What lies in a folder, sorted, with its path below `top`."""
    with os.scandir(top / folder) as scanned:
        items = sorted(scanned, key=lambda item: item.name)
    inside = f"{folder}/" if folder not in ("", ".") else ""
    return [(f"{inside}{item.name}", item) for item in items]


def _entry(name: str, path: str, status: os.stat_result) -> FoundPath:
    if stat.S_ISDIR(status.st_mode):
        return FoundPath(name, FOLDER)
    if stat.S_ISLNK(status.st_mode):
        return FoundPath(name, LINK, shown_name(os.readlink(path)))  # noqa: PTH115 - the text of the link
    if stat.S_ISREG(status.st_mode):
        return FoundPath(name, FILE, stamp=(status.st_size, status.st_mtime_ns, status.st_ino))
    return FoundPath(name, KINDS.get(stat.S_IFMT(status.st_mode), "device"))


def _left_out(top: Path, folder: str, members: Collection[str]) -> tuple[str, ...]:
    """The greatest folders, and the files, below a folder that hold none of the members."""
    holding: set[str] = set()
    for member in members:
        parent = member.rpartition("/")[0]
        while parent and parent not in holding:  # of 100,000 members most lie in folders that are known
            holding.add(parent)
            parent = parent.rpartition("/")[0]
    beside = []
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            found = _items(top, current)
        except OSError:
            continue
        for name, item in found:
            is_folder = item.is_dir(follow_symlinks=False)
            if is_folder and name in holding:
                waiting.append(name)
            elif is_folder or (item.is_file(follow_symlinks=False) and name not in members):
                beside.append(name)
    return tuple(shown_name(name) for name in sorted(beside))


def _digest(top: Path, name: str) -> SubjectFile:
    try:
        digest = file_digest(f"{top}/{name}")
    except FileChangedError as error:
        raise EvidenceError(
            f"{shown_name(name)} changed while it was read", "Attach again when nothing writes to it."
        ) from error
    except OSError as error:
        raise EvidenceError(f"cannot read {shown_name(name)}: {error.strerror}") from error
    return SubjectFile(name, digest.sha256, digest.size)

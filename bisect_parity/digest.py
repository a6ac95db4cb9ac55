"""Digests: of files as they are, of what a path leads to, and of documents."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

BLOCK_BYTES = 1 << 20


class FileDigest(NamedTuple):
    """The SHA-256 of a file, 64 hex digits, and its size in bytes."""

    sha256: str
    size: int


class NotAFileError(OSError):
    """A link, FIFO, socket, device or folder is there instead of a file."""


class FileChangedError(OSError):
    """The file changed while it was read."""


def file_digest(path: Path | str) -> FileDigest:
    """The digest of a regular file: nothing is followed, nothing blocks, and a change is noticed.

    Raises:
        NotAFileError: it is none; links are not followed, and FIFOs are not waited for.
        FileChangedError: it changed while it was read.
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    if not stat.S_ISREG(os.lstat(path).st_mode):  # a socket cannot be opened at all
        raise NotAFileError(0, "not a regular file")
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise NotAFileError(0, "not a regular file")
        while block := os.read(
            handle, min(BLOCK_BYTES, before.st_size + 1)
        ):  # small files need no large block
            digest.update(block)
        after = os.fstat(handle)
    finally:
        os.close(handle)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FileChangedError(0, "changed while it was read")
    return FileDigest(digest.hexdigest(), after.st_size)


def has_digest(path: Path, sha256: str | None) -> bool:
    """Whether a regular file is there with this digest; an unknown digest is that of no file."""
    try:
        return sha256 is not None and file_digest(path).sha256 == sha256
    except OSError:
        return False


def content_digest(path: Path) -> str:
    """SHA-256 of the content that a path leads to, links followed, as 64 hex digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def blob_id(content: bytes, digits: int) -> str:
    """The id that git gives a content, of 40 hex digits, or of 64 where ids are SHA-256."""
    algorithm = "sha256" if digits == 64 else "sha1"
    blob = b"blob %d\0%s" % (len(content), content)
    return hashlib.new(algorithm, blob, usedforsecurity=False).hexdigest()


def json_digest(value: Any) -> str:
    """SHA-256 of a value as JSON with its keys sorted, as 64 hex digits.

    Raises:
        TypeError: JSON cannot hold it.
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

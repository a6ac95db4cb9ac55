"""Hash a bundle's files and write its statement as a new file; evidence itself is only read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from bisect_parity.attest.statement import Subject
from bisect_parity.errors import EvidenceError, OutputError
from bisect_parity.evidence.discover import STATEMENT_SUFFIX
from bisect_parity.files import printable_line

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.evidence.model import Bundle

__all__ = ["hash_bundle", "statement_name", "write_new"]

BLOCK_BYTES = 1 << 20
MOST_STATEMENTS = 1000


def hash_bundle(top: Path, bundle: Bundle) -> list[Subject]:
    """The digests of a bundle's files, as they are now.

    Raises:
        EvidenceError: a file cannot be read, or changes while it is read.
    """
    return [_hash(top, artifact.path) for artifact in bundle.artifacts]


def _hash(top: Path, name: str) -> Subject:
    digest = hashlib.sha256()
    try:
        with (top / name).open("rb") as file:
            before = os.fstat(file.fileno())
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise EvidenceError(f"cannot read {name}: {error.strerror}") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise EvidenceError(f"{name} changed while it was read", "Attach again when nothing writes to it.")
    return Subject(_text(name), digest.hexdigest(), after.st_size)


def _text(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def statement_name(path: str) -> str:
    """A file name for a bundle's statement: its path with the slashes replaced."""
    return printable_line(_text(path)).replace("/", "__")[-200:] + STATEMENT_SUFFIX


def write_new(folder: Path, name: str, statement: dict[str, Any]) -> Path:
    """Write a statement under a name that is not taken yet; what is there stays as it is.

    Raises:
        OutputError: the folder cannot be written.
    """
    text = json.dumps(statement, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
    stem = name.removesuffix(STATEMENT_SUFFIX)
    beside = folder / f".{name[-100:]}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with beside.open("x", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        for number in range(1, MOST_STATEMENTS):
            place = folder / (name if number == 1 else f"{stem}.{number}{STATEMENT_SUFFIX}")
            try:
                os.link(beside, place)  # unlike a rename, this never replaces a file
            except FileExistsError:
                continue
            return place
    except OSError as error:
        raise OutputError(
            f"cannot write {folder / name}: {error.strerror}",
            "Choose a folder that can be written with --out.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
    raise OutputError(f"{folder} holds {MOST_STATEMENTS} statements of this bundle", "Choose another --out.")

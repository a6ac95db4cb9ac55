"""Compare the files of a statement with those in the bundle now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from bisect_parity.attest.canonical import CanonicalError, parse
from bisect_parity.attest.envelope import open_envelope
from bisect_parity.attest.failure import Failure
from bisect_parity.attest.inventory import FoundPath, shown_name, walk_all
from bisect_parity.attest.statement import PREDICATE_TYPE
from bisect_parity.digest import file_digest
from bisect_parity.evidence.grouping import STATEMENT_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["file_failures", "subject_name"]

NOT_INSIDE = "that is no path within the working tree, and was not looked at"


def file_failures(top: Path, statement: dict[str, Any]) -> Iterator[Failure]:
    """What is not as it was stated among the files, links and other things of the bundle.

    Args:
        top: of the working tree.
        statement: that fits its schema.

    Raises:
        EvidenceError: a folder of the bundle cannot be read.
    """
    predicate = statement["predicate"]
    expected = {subject_name(subject): subject for subject in statement["subject"]}
    others = {_name(other): other for other in predicate["others"]}
    missing: dict[str, str] = {}
    for name, subject in expected.items():
        failure = _file(top, name, subject)
        if failure is not None and failure.kind == "file missing":
            missing[subject["digest"]["sha256"]] = subject["name"]
        if failure is not None:
            yield failure
    bundle = _name({"name": predicate["bundle"]} | predicate)
    if not _is_inside(bundle):
        yield Failure("statement", predicate["bundle"], NOT_INSIDE)
        return
    there = {entry.name: entry for entry in walk_all(top, bundle, set(predicate["left_out"]))}
    for name, other in others.items():
        entry = there.get(name)
        if entry is None:
            yield Failure("file missing", other["name"], f"the {other['kind']} is gone")
        elif (entry.kind, entry.target) != (other["kind"], other["target"]):
            yield Failure(
                "file changed", other["name"], f"it was a {other['kind']} {other['target']}".rstrip()
            )
    for name, entry in there.items():
        if name not in expected and name not in others and not _is_statement(top, entry):
            yield _added(top, entry, missing)


def subject_name(subject: dict[str, Any]) -> str:
    """The path of a file that a statement is about.

    Raises:
        KeyError, TypeError, ValueError: it has none.
    """
    return _name({"name": subject["name"]} | subject["annotations"])


def _name(entry: dict[str, Any]) -> str:
    """The path that is meant: the bytes of a name that is no UTF-8 stand beside its text."""
    return os.fsdecode(bytes.fromhex(entry["raw_name"])) if "raw_name" in entry else entry["name"]


def _file(top: Path, name: str, subject: dict[str, Any]) -> Failure | None:
    shown, size = subject["name"], subject["annotations"]["size"]
    if not _is_inside(name):
        return Failure("statement", shown, NOT_INSIDE)
    try:
        found = file_digest(top / name)
    except FileNotFoundError:
        return Failure("file missing", shown, f"the file of {size} bytes is gone")
    except OSError as error:
        return Failure("file changed", shown, f"it cannot be read as the file that it was: {error.strerror}")
    if found.size != size:
        how = "cut off" if found.size < size else "longer"
        return Failure("file changed", shown, f"{how}: {found.size} bytes instead of {size}")
    if found.sha256 != subject["digest"]["sha256"]:
        return Failure(
            "file changed", shown, f"other content of the same size, {size} bytes: bits were flipped"
        )
    return None


def _is_inside(name: str) -> bool:
    """Whether a name can be that of something below the top of the working tree."""
    try:
        is_path = b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return is_path and not name.startswith("/") and ".." not in name.split("/")


def _is_statement(top: Path, entry: FoundPath) -> bool:
    """Whether a new file is a statement of ours: it is no part of a bundle, wherever it lies."""
    if entry.kind != "file" or not entry.name.endswith(STATEMENT_SUFFIX):
        return False
    try:
        document = parse((top / entry.name).read_bytes())
        statement = open_envelope(document) if "payloadType" in document else document
        return bool(statement["predicateType"] == PREDICATE_TYPE)
    except (OSError, CanonicalError, KeyError, TypeError):
        return False


def _added(top: Path, entry: FoundPath, missing: dict[str, str]) -> Failure:
    shown = shown_name(entry.name)
    if entry.kind == "file" and missing:
        try:
            before = missing.get(file_digest(top / entry.name).sha256)
        except OSError:
            before = None
        if before is not None:
            return Failure("file renamed", shown, f"it was called {before}")
    return Failure("file added", shown, f"the {entry.kind} was not there")

"""Compare the files of a statement with those in the bundle now."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity.attest.canonical import CanonicalError, parse
from bisect_parity.attest.envelope import open_envelope
from bisect_parity.attest.inventory import FoundPath, shown_name, walk_all
from bisect_parity.attest.statement import PREDICATE_TYPE
from bisect_parity.digest import file_digest
from bisect_parity.evidence.grouping import STATEMENT_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bisect_parity.digest import FileDigest

NOT_INSIDE = "that is no path within the working tree, and was not looked at"
LARGEST_TEXT_BYTES = 64 * 2**20  # of files whose line ends are looked at
CONVERTED = (
    "its line ends were converted to {ends}; git does that at checkout where core.autocrlf or core.eol is "
    "set, unless .gitattributes says -text"
)


@frozen
class Failure:
    """Something that is not as it was.

    Attributes:
        kind: "statement", "signature", "criteria", "file changed", "file missing", "file added",
            "file renamed", "commit", "history rewritten" or "code state".
        subject: the file, commit or key that it is about.
        says: what changed, in one sentence.
    """

    kind: str
    subject: str
    says: str


def file_failures(top: Path, statement: dict[str, Any], moved_to: str | None) -> Iterator[Failure]:
    """What is not as it was stated among the files, links and other things of the bundle.

    Args:
        top: of the working tree.
        statement: that fits its schema.
        moved_to: where the bundle lies now, relative to `top`; None where it is looked for where it was.

    Raises:
        EvidenceError: a folder of the bundle cannot be read.
    """
    predicate = statement["predicate"]
    bundle = bundle_name(predicate)
    if not _is_inside(bundle):
        yield Failure("statement", predicate["bundle"], NOT_INSIDE)
        return
    if moved_to is None and not os.path.lexists(top / bundle):
        count = len(statement["subject"]) + len(predicate["others"])
        yield Failure("file missing", predicate["bundle"], f"the whole bundle is gone: {count} files")
        return
    new_place = bundle if moved_to is None else moved_to

    def now(name: str) -> str:
        """Where a file of the bundle is now."""
        is_of_it = name == bundle or name.startswith(f"{bundle}/")
        return new_place + name.removeprefix(bundle) if is_of_it else name

    if moved_to is not None:
        says = f"the whole bundle: it was called {predicate['bundle']}"
        yield Failure("file renamed", shown_name(moved_to), says)
    expected = {now(subject_name(subject)): subject for subject in statement["subject"]}
    others = {now(_name(other)): other for other in predicate["others"]}
    left_out = {now(name) for name in predicate["left_out"]}
    gone: dict[str, Failure] = {}
    digests = {subject["digest"]["sha256"]: subject["name"] for subject in expected.values()}
    for name, subject in expected.items():
        failure = _file(top, name, subject, digests)
        if failure is None:
            continue
        if failure.kind == "file missing":
            gone[name] = failure
        else:
            yield failure
    there = {entry.name: entry for entry in walk_all(top, new_place, left_out)}
    yield from _others(others, there)
    new = [entry for name, entry in there.items() if name not in expected and name not in others]
    # a file system that takes two spellings for one name finds a file under either
    lost = _Lost({name: subject for name, subject in expected.items() if name not in there})
    for entry in new:
        if not _is_statement(top, entry):
            before = lost.found_again(top, entry)
            gone.pop(before or "", None)
            yield _added(entry, None if before is None else expected[before]["name"])
    yield from gone.values()


def _others(others: Mapping[str, dict[str, Any]], there: Mapping[str, FoundPath]) -> Iterator[Failure]:
    for name, other in others.items():
        entry = there.get(name)
        if entry is None:
            yield Failure("file missing", other["name"], f"the {other['kind']} is gone")
        elif (entry.kind, entry.target) != (other["kind"], other["target"]):
            says = f"it was a {other['kind']} {other['target']}".rstrip()
            yield Failure("file changed", other["name"], says)


def bundle_name(predicate: dict[str, Any]) -> str:
    """The path of the bundle that a predicate is about."""
    return _name({"name": predicate["bundle"]} | predicate)


def subject_name(subject: dict[str, Any]) -> str:
    """The path of a file that a statement is about.

    Raises:
        KeyError, TypeError, ValueError: it has none.
    """
    return _name({"name": subject["name"]} | subject["annotations"])


def _name(entry: dict[str, Any]) -> str:
    """The path that is meant: the bytes of a name that is no UTF-8 stand beside its text."""
    return os.fsdecode(bytes.fromhex(entry["raw_name"])) if "raw_name" in entry else entry["name"]


def _file(top: Path, name: str, subject: dict[str, Any], digests: Mapping[str, str]) -> Failure | None:
    shown, size = subject["name"], subject["annotations"]["size"]
    if not _is_inside(name):
        return Failure("statement", shown, NOT_INSIDE)
    try:
        found = file_digest(top / name)
    except FileNotFoundError:
        return Failure("file missing", shown, f"the file of {size} bytes is gone")
    except OSError as error:
        return Failure("file changed", shown, f"it cannot be read as the file that it was: {error.strerror}")
    if found.sha256 == subject["digest"]["sha256"] and found.size == size:
        return None
    return Failure("file changed", shown, _how_it_changed(top / name, subject, found, digests))


def _how_it_changed(
    path: Path, subject: dict[str, Any], found: FileDigest, digests: Mapping[str, str]
) -> str:
    size = subject["annotations"]["size"]
    if found.sha256 in digests and found.sha256 != subject["digest"]["sha256"]:
        return f"it holds what {digests[found.sha256]} held"
    if found.size == size:
        return f"other content of the same size, {size} bytes"
    if found.size <= LARGEST_TEXT_BYTES:
        data = path.read_bytes()
        lines = data.replace(b"\r\n", b"\n")
        undone = lines if found.size > size else lines.replace(b"\n", b"\r\n")
        if hashlib.sha256(undone).hexdigest() == subject["digest"]["sha256"]:
            return CONVERTED.format(ends="CRLF" if found.size > size else "LF")
    how = "cut off" if found.size < size else "longer"
    return f"{how}: {found.size} bytes instead of {size}"


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


class _Lost:
    """Files that are not there under their names, found again by their content."""

    def __init__(self, subjects: Mapping[str, dict[str, Any]]) -> None:
        self._left = dict.fromkeys(subjects)
        self._by_content: dict[str, list[str]] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        for name, subject in subjects.items():
            digest = subject["digest"]["sha256"]
            self._by_content.setdefault(digest, []).append(name)
            self._by_name[digest, _folded(name)] = name

    def found_again(self, top: Path, entry: FoundPath) -> str | None:
        """Which of them a new file is, each once: the one of a similar name, or any of its content."""
        if entry.kind != "file" or not self._left:
            return None
        try:
            digest = file_digest(top / entry.name).sha256
        except OSError:
            return None
        name = self._by_name.get((digest, _folded(entry.name)))
        others = self._by_content.get(digest, [])
        while name not in self._left and others:
            name = others.pop()
        if name not in self._left:
            return None
        del self._left[name]
        return name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _added(entry: FoundPath, before: str | None) -> Failure:
    shown = shown_name(entry.name)
    if before is None:
        return Failure("file added", shown, f"the {entry.kind} was not there")
    if unicodedata.normalize("NFC", shown) == unicodedata.normalize("NFC", before):
        says = "the same letters in another Unicode form, as some file systems and archives write them"
        return Failure("file renamed", shown, f"{says}: it was called {before}")
    return Failure("file renamed", shown, f"it was called {before}")

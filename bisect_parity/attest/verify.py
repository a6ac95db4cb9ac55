"""Hold a statement against what is there now: its own text, the files, the history. Says what changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from bisect_parity.attest.canonical import SEAL, CanonicalError, canonical_text, parse, sealed_digest
from bisect_parity.attest.envelope import check_signature, open_envelope
from bisect_parity.attest.inventory import Entry, walk_all
from bisect_parity.attest.statement import PREDICATE_TYPE, criteria_digest
from bisect_parity.digest import file_digest
from bisect_parity.errors import EvidenceError, RepositoryError
from bisect_parity.evidence.discover import STATEMENT_SUFFIX
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.commit_facts import read_commit_facts
from bisect_parity.schemas import complaint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bisect_parity.history.repository import Repository

__all__ = ["Failure", "Verified", "verify_statement"]

SOME_SUBJECTS = 1000  # that are held against the schema; the shape of all is looked at besides
SHORT = 12
NOT_INSIDE = "that is no path within the work tree, and was not looked at"


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


@frozen
class Verified:
    """What came of holding one statement against what is there.

    Attributes:
        statement: path of the file.
        bundle: that it is about; empty where it cannot be read.
        signature: "unsigned", "good", "bad" or "not checked".
        files, commits: how many were looked at.
        failures: empty where all is as it was.
    """

    statement: str
    bundle: str
    signature: str
    files: int
    commits: int
    failures: tuple[Failure, ...]


def verify_statement(repository: Repository, top: Path, path: Path, key: Path | None) -> Verified:
    """Verify one statement.

    Args:
        repository: of the bundle.
        top: of its work tree.
        path: of the statement, or of the envelope around it.
        key: public key of whoever must have signed it; None where nobody is asked for.

    Raises:
        EvidenceError: the statement cannot be read.
        UsageError: the key cannot be used.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EvidenceError(
            f"cannot read {path}: {error.strerror}", "Name a statement or a bundle."
        ) from error
    try:
        document = parse(data)
        is_signed = isinstance(document, dict) and "payloadType" in document
        statement = open_envelope(document) if is_signed else document
    except CanonicalError as error:
        return Verified(str(path), "", "not checked", 0, 0, (Failure("statement", str(path), str(error)),))
    wrong = _shape(statement)
    if wrong is not None:
        return Verified(str(path), "", "not checked", 0, 0, (Failure("statement", str(path), wrong),))
    predicate = statement["predicate"]
    signature, failures = _signature(document, path, key, is_signed=is_signed, says_so=predicate["signed"])
    text = canonical_text(statement) if is_signed else data.decode("ascii")  # `parse` saw that it is that
    failures += _seals(statement, text, path)
    failures += _files(top, statement)
    failures += _commits(repository, predicate)
    failures += _code_state(repository, predicate)
    return Verified(
        str(path),
        predicate["bundle"],
        signature,
        len(statement["subject"]),
        len(predicate["commits"]),
        tuple(failures),
    )


def _shape(statement: Any) -> str | None:
    """What keeps a document from being a statement of ours; None where it is one."""
    if not isinstance(statement, dict) or not isinstance(statement.get("subject"), list):
        return "no in-toto statement"
    if statement.get("predicateType") != PREDICATE_TYPE:
        return f"no statement of bisect-parity: {str(statement.get('predicateType'))[:80]!a}"
    subjects = statement["subject"]
    wrong = complaint(statement | {"subject": subjects[:SOME_SUBJECTS]}, "statement")
    if wrong is not None:
        return f"does not fit its schema: {wrong}"
    try:
        for subject in subjects[SOME_SUBJECTS:]:
            _ = subject["digest"]["sha256"] + _subject_name(subject), subject["annotations"]["size"] + 0
    except (KeyError, TypeError, ValueError):
        return "does not fit its schema: a subject has no name, digest or size"
    return None


def _signature(
    document: dict[str, Any], path: Path, key: Path | None, *, is_signed: bool, says_so: bool
) -> tuple[str, list[Failure]]:
    if not is_signed:
        if says_so:
            return "bad", [
                Failure("signature", str(path), "the statement was signed, and its signature is gone")
            ]
        if key is not None:
            return "unsigned", [Failure("signature", str(path), "it is not signed")]
        return "unsigned", []
    if key is None:
        says = "it is signed, and cannot be checked without the public key: --key FILE"
        return "not checked", [Failure("signature", str(path), says)]
    wrong = check_signature(document, key)
    return ("good", []) if wrong is None else ("bad", [Failure("signature", str(path), wrong)])


def _seals(statement: dict[str, Any], text: str, path: Path) -> list[Failure]:
    """Whether the statement is the one that was written, and its criteria those that it was written with."""
    predicate = statement["predicate"]
    found = []
    if predicate[SEAL] != sealed_digest(text):
        says = "an id, a date, the order or another part of the statement was changed: its own digest differs"
        found.append(Failure("statement", str(path), says))
    if predicate["criteria"]["sha256"] != criteria_digest(predicate["criteria"]):
        found.append(
            Failure("criteria", str(path), "thresholds or code paths are not those that were digested")
        )
    return found


def _files(top: Path, statement: dict[str, Any]) -> Iterator[Failure]:
    predicate = statement["predicate"]
    expected = {_subject_name(subject): subject for subject in statement["subject"]}
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


def _subject_name(subject: dict[str, Any]) -> str:
    return _name({"name": subject["name"]} | subject["annotations"])


def _name(told: dict[str, Any]) -> str:
    """The path that is meant: the bytes of a name that is no UTF-8 stand beside its text."""
    return os.fsdecode(bytes.fromhex(told["raw_name"])) if "raw_name" in told else told["name"]


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
    """Whether a name can be that of something below the top of the work tree."""
    try:
        is_path = b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    return is_path and not name.startswith("/") and ".." not in name.split("/")


def _is_statement(top: Path, entry: Entry) -> bool:
    """Whether a new file is a statement of ours: it is no part of a bundle, wherever it lies."""
    if entry.kind != "file" or not entry.name.endswith(STATEMENT_SUFFIX):
        return False
    try:
        document = parse((top / entry.name).read_bytes())
        statement = open_envelope(document) if "payloadType" in document else document
        return bool(statement["predicateType"] == PREDICATE_TYPE)
    except (OSError, CanonicalError, KeyError, TypeError):
        return False


def _added(top: Path, entry: Entry, missing: dict[str, str]) -> Failure:
    shown = os.fsencode(entry.name).decode(errors="backslashreplace")
    if entry.kind == "file" and missing:
        try:
            before = missing.get(file_digest(top / entry.name).sha256)
        except OSError:
            before = None
        if before is not None:
            return Failure("file renamed", shown, f"it was called {before}")
    return Failure("file added", shown, f"the {entry.kind} was not there")


def _commits(repository: Repository, predicate: dict[str, Any]) -> Iterator[Failure]:
    told = {facts["commit"]: facts for facts in predicate["commits"]}
    try:
        found = read_commit_facts(repository, list(told))
    except RepositoryError as error:
        yield Failure("commit", ", ".join(told), f"the repository is damaged: {error}")
        return
    for commit, facts in told.items():
        now = found.get(commit)
        if now is None:
            yield Failure(
                "commit", commit, "this repository has no such commit: another clone, or history is gone"
            )
            continue
        if now.computed != commit:
            yield Failure(
                "commit", commit, "its content is that of another commit: it was replaced, or damaged"
            )
        actual = asdict(now) | {"parents": list(now.parents)}
        names = ("tree", "parents", "author_date", "committer_date", "subject")
        changed = [name for name in names if actual[name] != facts[name]]
        if changed:
            yield Failure("commit", commit, f"not as it was stated: {', '.join(changed)}")
        if facts["is_reachable"] and not now.is_reachable:
            says = (
                "history was rewritten: the commit is stored still, and no branch or tag leads to it any more"
            )
            yield Failure("history rewritten", commit, says)


def _code_state(repository: Repository, predicate: dict[str, Any]) -> Iterator[Failure]:
    resolution = predicate["resolution"]
    commit, state = resolution["commit"], resolution["code_state"]
    if commit is None or not state:
        return
    try:
        now = CodeStates(repository, predicate["criteria"]["code_paths"]).of([commit])[commit]
    except RepositoryError:
        return  # the commit itself is told to be missing
    if now != state:
        says = f"it is {now[:SHORT]} now, {state[:SHORT]} was stated"
        yield Failure("code state", commit, says)

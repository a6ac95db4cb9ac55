"""Compare a statement with what is there now: its own text, the files, the history. Says what changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from bisect_parity.attest.canonical import SEAL, CanonicalError, canonical_text, parse, sealed_digest
from bisect_parity.attest.envelope import check_signature, open_envelope
from bisect_parity.attest.find import neighbours
from bisect_parity.attest.inventory import shown_name
from bisect_parity.attest.statement import PREDICATE_TYPE, criteria_digest
from bisect_parity.attest.verify_files import CONVERTED, Failure, bundle_name, file_failures, subject_name
from bisect_parity.errors import EvidenceError, RepositoryError, UsageError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.commit_objects import read_commit_objects
from bisect_parity.schemas import complaint
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bisect_parity.history.repository import Repository

__all__ = ["Failure", "Verified", "verify_statement"]

SOME_SUBJECTS = 1000  # that are held against the schema; the shape of all is looked at besides


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
        top: of its working tree.
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
    failures: list[Failure] = []
    if b"\r\n" in data:
        data = data.replace(b"\r\n", b"\n")
        failures.append(Failure("statement", str(path), CONVERTED.format(ends="CRLF")))
    try:
        document = parse(data)
        is_signed = isinstance(document, dict) and "payloadType" in document
        statement = open_envelope(document) if is_signed else document
        wrong = _shape(statement)
    except CanonicalError as error:
        wrong = str(error)
    if wrong is not None:
        return Verified(str(path), "", "not checked", 0, 0, (Failure("statement", str(path), wrong),))
    predicate = statement["predicate"]
    signature, wrong_signature = _signature(
        document, path, key, is_signed=is_signed, says_so=predicate["signed"]
    )
    text = canonical_text(statement) if is_signed else data.decode("ascii")  # `parse` saw that it is that
    failures += wrong_signature
    failures += _seals(statement, text, path)
    moved_to, stranger = _beside(top, path, bundle_name(predicate))
    failures += stranger
    failures += file_failures(top, statement, moved_to)
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


def _beside(top: Path, path: Path, bundle: str) -> tuple[str | None, list[Failure]]:
    """Where the bundle of a statement lies now, where it was moved with it; or that it is about another one.

    A statement that lies beside a bundle, by its name, is taken for the one about it.
    """
    places = [os.path.relpath(place, os.path.abspath(top)) for place in neighbours(path)]  # noqa: PTH100 - links stay
    places = [place for place in places if not place.startswith("..")]
    if not places or bundle in places:
        return None, []
    if not os.path.lexists(top / bundle):
        return places[0], []
    says = f"it is about {shown_name(bundle)}, and lies beside {shown_name(places[0])}"
    return None, [Failure("statement", str(path), says)]


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
            _ = subject["digest"]["sha256"] + subject_name(subject), subject["annotations"]["size"] + 0
    except (KeyError, TypeError, ValueError):
        return "does not fit its schema: a subject has no name, digest or size"
    return None


def _signature(
    document: dict[str, Any], path: Path, key: Path | None, *, is_signed: bool, says_so: bool
) -> tuple[str, list[Failure]]:
    """How a statement is signed, and what is wrong with that."""
    state, wrong = "unsigned", None
    if is_signed and key is None:
        state, wrong = "not checked", "it is signed, and cannot be checked without the public key: --key FILE"
    elif is_signed and key is not None:
        wrong = check_signature(document, key)
        state = "good" if wrong is None else "bad"
    elif says_so:
        state, wrong = "bad", "the statement was signed, and its signature is gone"
    elif key is not None:
        wrong = "it is not signed"
    return state, [] if wrong is None else [Failure("signature", str(path), wrong)]


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


def _commits(repository: Repository, predicate: dict[str, Any]) -> Iterator[Failure]:
    """What is not as it was stated of the commits."""
    stated = {facts["commit"]: facts for facts in predicate["commits"]}
    try:
        found = read_commit_objects(repository, list(stated))
    except RepositoryError as error:
        yield Failure("commit", ", ".join(stated), f"the repository is damaged: {error}")
        return
    for commit, facts in stated.items():
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
            says = "stored still, and no branch or tag leads there any more"
            yield Failure("history rewritten", commit, says)


def _code_state(repository: Repository, predicate: dict[str, Any]) -> Iterator[Failure]:
    """Whether the code of the commit that made the bundle is not as it was stated."""
    resolution = predicate["resolution"]
    commit, state = resolution["commit"], resolution["code_state"]
    if commit is None or not state:
        return
    try:
        now = CodeStates(repository, predicate["criteria"]["code_paths"]).of([commit])[commit]
    except RepositoryError:
        return  # the commit itself is reported as missing
    except UsageError as error:  # of the statement's paths, not of a user's
        yield Failure("criteria", commit, error.message)
        return
    if now != state:
        says = f"it is {now[:SHORT]} now, {state[:SHORT]} was stated"
        yield Failure("code state", commit, says)

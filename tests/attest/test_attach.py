"""Statements are new files with true digests; evidence and earlier statements stay as they are."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.attest.attach import hash_bundle, statement_name, write_new
from bisect_parity.attest.statement import make_statement
from bisect_parity.config import Settings
from bisect_parity.errors import EvidenceError, OutputError
from bisect_parity.evidence.model import Artifact, Bundle, Source
from bisect_parity.provenance.model import Candidate, Clue, Dirty, Resolution, ResolutionClass

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "a" * 40


def bundle(*names: str) -> Bundle:
    artifacts = tuple(Artifact(f"runs/x/{name}", 0, "") for name in names)
    return Bundle("runs/x", (), artifacts, ())


def resolution(kind: ResolutionClass, commit: str | None = COMMIT) -> Resolution:
    clue = Clue("stamp", Source("runs/x", 0, "x"), "says", commit, 1.5)
    return Resolution(
        "runs/x", kind, commit, 0.9, "s", 0.95, (Candidate(COMMIT, 0.9, "s"),), (clue,), Dirty.UNKNOWN
    )


def test_the_subjects_are_the_files_with_their_digests(tmp_path: Path) -> None:
    (tmp_path / "runs" / "x").mkdir(parents=True)
    (tmp_path / "runs" / "x" / "a").write_bytes(b"content")
    (subject,) = hash_bundle(tmp_path, bundle("a"))
    assert (subject.name, subject.size) == ("runs/x/a", 7)
    assert subject.sha256 == hashlib.sha256(b"content").hexdigest()


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot read runs/x/none"):
        hash_bundle(tmp_path, bundle("none"))


def test_a_statement_is_in_toto_and_says_that_it_is_unsigned() -> None:
    statement = make_statement(resolution(ResolutionClass.CONFIRMED), [], Settings(), "2025-10-09", None)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    predicate = statement["predicate"]
    assert predicate["signed"] is False
    assert predicate["commit_is"] == "recorded"
    assert predicate["resolution"]["class"] == "confirmed"
    assert predicate["resolution"]["clues"][0]["source"] == {"path": "runs/x", "line": 0, "text": "x"}
    assert predicate["criteria"]["correlation_min"] == 0.999
    assert json.loads(json.dumps(statement, allow_nan=False)) == statement


@pytest.mark.parametrize(
    ("kind", "commit", "expected"),
    [
        (ResolutionClass.INFERRED, COMMIT, "inferred"),
        (ResolutionClass.AMBIGUOUS, COMMIT, "inferred"),
        (ResolutionClass.RECORDED, COMMIT, "recorded"),
        (ResolutionClass.UNRESOLVED, None, "unknown"),
    ],
)
def test_inferred_and_recorded_never_look_alike(
    kind: ResolutionClass, commit: str | None, expected: str
) -> None:
    statement = make_statement(resolution(kind, commit), [], Settings(), "2025-10-09", None)
    assert statement["predicate"]["commit_is"] == expected


def test_an_earlier_statement_is_never_replaced(tmp_path: Path) -> None:
    first = write_new(tmp_path, "x.provenance.json", {"n": 1})
    second = write_new(tmp_path, "x.provenance.json", {"n": 2})
    assert (first.name, second.name) == ("x.provenance.json", "x.2.provenance.json")
    assert json.loads(first.read_text()) == {"n": 1}
    assert sorted(path.name for path in tmp_path.iterdir()) == [second.name, first.name]


def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Choose a folder"):
        write_new(tmp_path / "file", "x.provenance.json", {})


def test_a_statement_is_named_after_its_bundle() -> None:
    assert statement_name("runs/x") == "runs__x.provenance.json"
    odd = statement_name("runs/a\x1b[1m\n\udcff")
    assert odd.isascii()
    assert odd.isprintable()

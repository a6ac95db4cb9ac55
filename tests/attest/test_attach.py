"""Statements are new files with true digests; evidence and earlier statements stay as they are."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.attest.attach import statement_name, write_new
from bisect_parity.attest.canonical import canonical_text
from bisect_parity.attest.inventory import Inventory, take_inventory
from bisect_parity.attest.statement import Verdicts, make_statement
from bisect_parity.config import Settings
from bisect_parity.errors import EvidenceError, OutputError
from bisect_parity.evidence.model import Artifact, Bundle, Source
from bisect_parity.provenance.model import Candidate, Clue, Dirty, Resolution, ResolutionClass
from bisect_parity.schemas import complaint

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "a" * 40
EMPTY = Inventory((), (), ())


def bundle(*names: str) -> Bundle:
    artifacts = tuple(Artifact(f"runs/x/{name}", 0, "") for name in names)
    return Bundle("runs/x", (), artifacts, ())


def resolution(kind: ResolutionClass, commit: str | None = COMMIT) -> Resolution:
    clue = Clue("stamp", Source("runs/x", 0, "x"), "says", commit, 1.5)
    return Resolution(
        "runs/x", kind, commit, 0.9, "s", 0.95, (Candidate(COMMIT, 0.9, "s"),), (clue,), Dirty.UNKNOWN
    )


def statement(kind: ResolutionClass, commit: str | None = COMMIT) -> dict[str, Any]:
    return make_statement(
        resolution(kind, commit), EMPTY, [], Settings(), Verdicts(), made="2025-10-09T12:00:00Z"
    )


@pytest.fixture
def top(tmp_path: Path) -> Path:
    (tmp_path / "runs" / "x" / "sub").mkdir(parents=True)
    (tmp_path / "runs" / "x" / "a").write_bytes(b"content")
    return tmp_path


def test_the_subjects_are_the_files_with_their_digests(top: Path) -> None:
    (subject,) = take_inventory(top, bundle("a")).subjects
    assert (subject.name, subject.size) == ("runs/x/a", 7)
    assert subject.sha256 == hashlib.sha256(b"content").hexdigest()


def test_what_is_no_file_is_told_by_kind_and_nothing_blocks(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = top / "runs" / "x"
    os.mkfifo(folder / "fifo")
    (folder / "link").symlink_to("/etc/passwd")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    os.link(folder / "a", folder / "hard")
    found = take_inventory(top, bundle("a", "hard"))
    assert [(one.name, one.kind, one.target) for one in found.others] == [
        ("runs/x/fifo", "fifo", ""),
        ("runs/x/link", "link", "/etc/passwd"),
        ("runs/x/socket", "socket", ""),
    ]
    assert [one.name for one in found.subjects] == ["runs/x/a", "runs/x/hard"]


def test_what_belongs_to_another_bundle_is_left_out(top: Path) -> None:
    (top / "runs" / "x" / "20250908T160131Z").mkdir()
    (top / "runs" / "x" / "20250908T160131Z" / "b").write_text("b")
    (top / "runs" / "x" / "y.provenance.json").write_text("{}")
    found = take_inventory(top, bundle("a"))
    assert found.left_out == ("runs/x/20250908T160131Z", "runs/x/sub", "runs/x/y.provenance.json")
    assert [one.name for one in found.subjects] == ["runs/x/a"]


def test_a_file_that_cannot_be_read_is_told(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(EvidenceError, match="cannot read runs/x/a: Permission denied"):
        take_inventory(top, bundle("a"))


def test_a_bundle_that_changes_while_it_is_read_gets_no_statement(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def write_meanwhile(path: Any, *words: Any, **more: Any) -> int:
        (top / "runs" / "x" / "new").write_text("x")
        return real(path, *words, **more)

    monkeypatch.setattr(os, "open", write_meanwhile)
    with pytest.raises(EvidenceError, match="runs/x changed while it was read"):
        take_inventory(top, bundle("a"))


def test_a_statement_is_in_toto_and_says_that_it_is_unsigned() -> None:
    told = statement(ResolutionClass.CONFIRMED)
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    predicate = told["predicate"]
    assert predicate["signed"] is False
    assert predicate["commit_is"] == "recorded"
    assert predicate["resolution"]["class"] == "confirmed"
    assert predicate["resolution"]["clues"][0]["source"] == {"path": "runs/x", "line": 0, "text": "x"}
    assert predicate["criteria"]["correlation_min"] == 0.999
    assert complaint(told, "statement") is None
    assert json.loads(canonical_text(told)) == told


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
    assert statement(kind, commit)["predicate"]["commit_is"] == expected


def test_an_earlier_statement_is_never_replaced(tmp_path: Path) -> None:
    first = write_new(tmp_path, "x.provenance.json", "1")
    second = write_new(tmp_path, "x.provenance.json", "2")
    assert (first.name, second.name) == ("x.provenance.json", "x.2.provenance.json")
    assert first.read_text() == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == [second.name, first.name]


def test_what_a_killed_process_left_does_not_stop_the_next_that_has_its_id(tmp_path: Path) -> None:
    left = tmp_path / f".x.provenance.json.{os.getpid()}.part"
    left.write_text("half")
    assert write_new(tmp_path, "x.provenance.json", "1").read_text() == "1"
    assert left.read_text() == "half"


def test_a_folder_that_cannot_be_written_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Choose a folder"):
        write_new(tmp_path / "file", "x.provenance.json", "")


def test_a_statement_is_named_after_its_bundle() -> None:
    assert statement_name("runs/x") == "runs__x.provenance.json"
    odd = statement_name("runs/a\x1b[1m\n\udcff")
    assert odd.isascii()
    assert odd.isprintable()

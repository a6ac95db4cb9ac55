"""Every single change is caught, called what it is, and put back it is well again."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.tampering import BUNDLE, CHANGES, Stage, build
from bisect_parity.attest.canonical import seal
from bisect_parity.attest.statement import criteria_digest
from bisect_parity.attest.verify import verify_statement
from bisect_parity.attest.verify_files import Failure
from bisect_parity.commands.main import run
from bisect_parity.commands.verify import failure_lines
from bisect_parity.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {
    "a bit of a file": "file changed",
    "a byte of a file": "file changed",
    "a file removed": "file missing",
    "a file added": "file added",
    "a file renamed": "file renamed",
    "a file cut off": "file changed",
    "a file extended": "file changed",
    "two files swapped": "file changed",
    "a file made a link": "file changed",
    "a file made a pipe": "file changed",
    "a link led elsewhere": "file changed",
    "the commit rewritten": "history rewritten",
    "the commit replaced": "commit",
    "the commit's object damaged": "commit",
}
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the keys")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("attested"), 1, signed=False).git.top.parent


@pytest.fixture(scope="module")
def signed_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("signed"), 1, signed=True).git.top.parent


def copy_of(template: Path, place: Path, key: str | None = None) -> Stage:
    shutil.copytree(template, place, symlinks=True)
    return Stage.open(place, 1, None if key is None else place / key)


@pytest.fixture
def stage(template: Path, tmp_path: Path) -> Stage:
    return copy_of(template, tmp_path / "copy")


@pytest.fixture
def signed(signed_template: Path, tmp_path: Path) -> Stage:
    return copy_of(signed_template, tmp_path / "copy", "key.pub")


def test_what_is_as_it_was_verifies(stage: Stage) -> None:
    result = stage.verify()
    assert result.failures == ()
    assert (result.signature, result.files, result.commits) == ("unsigned", 5, 1)


@pytest.mark.parametrize("name", CHANGES)
def test_a_single_change_is_caught_and_called_what_it_is(stage: Stage, name: str) -> None:
    CHANGES[name](stage)
    kinds = {failure.kind for failure in stage.verify().failures}
    assert KINDS.get(name, "statement") in kinds


def test_a_statement_beside_a_nested_bundle_is_no_added_file(stage: Stage) -> None:
    shutil.copyfile(stage.statement, stage.bundle / "other.provenance.json")
    assert stage.verify().failures == ()


def test_a_file_whose_name_is_no_text_is_found_again(stage: Stage) -> None:
    (stage.bundle / os.fsdecode(b"\xff.bin")).write_bytes(b"content")
    stage.statement.unlink()
    assert run(["attach", "--quiet", "--beside", "--repo", str(stage.git.top)]) == 0
    assert stage.verify().failures == ()
    (stage.bundle / os.fsdecode(b"\xff.bin")).write_bytes(b"changed")
    assert [failure.kind for failure in stage.verify().failures] == ["file changed"]


@pytest.mark.parametrize("name", ["../outside", "/etc", "a\0b", "\ud800"], ids=ascii)
@pytest.mark.parametrize("part", ["subject", "bundle"])
def test_a_path_that_is_none_of_the_work_tree_is_told_and_not_looked_at(
    stage: Stage, name: str, part: str
) -> None:
    def lead_out(document: dict[str, Any]) -> None:
        if part == "subject":
            document["subject"][0]["name"] = name
        else:
            document["predicate"]["bundle"] = name
        document["predicate"] = seal(document)["predicate"]

    (stage.git.top.parent / "outside").mkdir()
    (stage.git.top.parent / "outside" / "secret").touch()
    stage.rewrite(lead_out)
    failures = stage.verify().failures
    assert ("statement", name) in {(failure.kind, failure.subject) for failure in failures}
    assert all("secret" not in failure.subject for failure in failures)


def test_thresholds_that_were_changed_with_the_seal_are_caught_by_their_own_digest(stage: Stage) -> None:
    def loosen(document: dict[str, Any]) -> None:
        document["predicate"]["criteria"]["correlation_min"] = 0.5
        document["predicate"] = seal(document)["predicate"]

    stage.rewrite(loosen)
    assert [failure.kind for failure in stage.verify().failures] == ["criteria"]


def test_code_paths_that_are_none_are_told_like_every_other_failure(stage: Stage) -> None:
    def lead_out(document: dict[str, Any]) -> None:
        criteria = document["predicate"]["criteria"]
        criteria["code_paths"] = ["../outside"]
        criteria["sha256"] = criteria_digest(criteria)
        document["predicate"] = seal(document)["predicate"]

    stage.rewrite(lead_out)
    (failure,) = stage.verify().failures
    assert (failure.kind, failure.says) == (
        "criteria",
        "[code] paths: '../outside' is not inside the repository",
    )


def test_a_clone_without_the_commit_says_so(stage: Stage, tmp_path: Path) -> None:
    clone = stage.git.clone(tmp_path / "clone", "--depth=1", "--no-local")
    (clone.top / stage.bundle.relative_to(stage.git.top) / "latest").symlink_to("env.json")
    other = Stage.open(tmp_path, 1, None, name="clone", statement=stage.statement)
    failures = other.verify().failures
    assert [(one.kind, "no such commit" in one.says) for one in failures] == [("commit", True)]


@needs_openssl
def test_a_signed_statement_verifies_with_the_key_alone(signed: Stage, tmp_path: Path) -> None:
    assert (signed.verify().signature, signed.verify().failures) == ("good", ())
    signed.key = None
    assert signed.verify().signature == "not checked"
    assert [failure.kind for failure in signed.verify().failures] == ["signature"]
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", other], check=True)
    signed.key = tmp_path / "other.pub"
    subprocess.run(["openssl", "pkey", "-in", other, "-pubout", "-out", signed.key], check=True)
    assert signed.verify().signature == "bad"
    signed.key = other
    with pytest.raises(UsageError, match="is not a public key"):
        signed.verify()


@needs_openssl
@pytest.mark.parametrize("name", CHANGES)
def test_a_single_change_is_caught_where_it_is_signed(signed: Stage, name: str) -> None:
    CHANGES[name](signed)
    assert signed.verify().failures


@needs_openssl
def test_a_signature_that_was_taken_away_is_noticed(signed: Stage) -> None:
    envelope = json.loads(signed.statement.read_text())
    signed.statement.write_bytes(base64.b64decode(envelope["payload"]))
    (failure,) = signed.verify().failures
    assert (failure.kind, "its signature is gone" in failure.says) == ("signature", True)


def beside(stage: Stage, name: str) -> Path:
    """Another bundle, with a statement beside it."""
    shutil.copytree(stage.bundle, place := stage.bundle.with_name(name), symlinks=True)
    assert run(["attach", "--quiet", "--beside", "--repo", str(stage.git.top), str(place)]) == 0
    return place.with_name(f"{name}.provenance.json")


def test_a_statement_about_another_bundle_is_none_about_the_one_it_lies_beside(stage: Stage) -> None:
    other = beside(stage, "20250909T160130Z")
    shutil.copyfile(other, stage.statement)
    (failure,) = stage.verify().failures
    says = f"it is about reports/{other.name[:16]}, and lies beside {stage.bundle.relative_to(stage.git.top)}"
    assert (failure.kind, failure.says) == ("statement", says)


@pytest.mark.parametrize("number", ["", ".2"])
def test_a_second_statement_is_about_the_bundle_that_both_lie_beside(stage: Stage, number: str) -> None:
    place = stage.statement.with_name(f"{stage.bundle.name}{number}.provenance.json")
    stage.statement.rename(place)
    stage.bundle.with_name(f"{stage.bundle.name}.2").mkdir()  # called like a second statement
    assert verify_statement(stage.repository, stage.git.top, place, None).failures == ()


def test_a_bundle_that_was_moved_with_its_statement_is_told_in_one_line(stage: Stage) -> None:
    stage.bundle.rename(moved := stage.bundle.with_name("moved"))
    stage.statement.rename(place := moved.with_name("moved.provenance.json"))
    told = [("file renamed", "reports/moved", f"the whole bundle: it was called {BUNDLE}")]
    verified = verify_statement(stage.repository, stage.git.top, place, None)
    assert [(one.kind, one.subject, one.says) for one in verified.failures] == told
    (moved / "empty.txt").write_text("x")
    verified = verify_statement(stage.repository, stage.git.top, place, None)
    assert [one.kind for one in verified.failures] == ["file renamed", "file changed"]


def test_a_bundle_that_is_gone_is_told_in_one_line(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(stage.bundle)
    assert run(["verify", "--repo", str(stage.git.top), str(stage.bundle)]) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        f"  file missing: {BUNDLE}: the whole bundle is gone: 6 files"
    ]


def test_line_ends_that_git_converted_are_told_as_that(stage: Stage) -> None:
    for path in (stage.statement, stage.bundle / "profile/log.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    failures = stage.verify().failures
    assert [one.kind for one in failures] == ["statement", "file changed"]
    assert all(one.says.startswith("its line ends were converted to CRLF") for one in failures)


def test_two_files_that_were_swapped_are_told_as_that(stage: Stage) -> None:
    one, other = stage.bundle / "env.json", stage.bundle / "image.npy"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert [failure.says for failure in stage.verify().failures] == [
        f"it holds what {BUNDLE}/image.npy held",
        f"it holds what {BUNDLE}/env.json held",
    ]


def test_a_name_in_another_unicode_form_is_told_as_that(stage: Stage) -> None:
    (stage.bundle / "caf\u00e9.txt").write_text("x")
    (stage.bundle / "other.txt").write_text("x")
    stage.statement.unlink()
    assert run(["attach", "--quiet", "--beside", "--repo", str(stage.git.top)]) == 0
    (stage.bundle / "caf\u00e9.txt").rename(stage.bundle / "cafe\u0301.txt")
    (failure,) = stage.verify().failures
    assert (failure.kind, failure.says.startswith("the same letters in another Unicode form")) == (
        "file renamed",
        True,
    )


def test_of_many_equal_failures_the_first_are_shown(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(30):
        (stage.bundle / f"{number}.txt").touch()
    assert run(["verify", "--repo", str(stage.git.top), str(stage.bundle)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines[-1]) == (22, "  file added: 10 more; --json lists all")
    gone = tuple(Failure("commit", letter, "no such commit") for letter in "abcde")
    told = list(failure_lines((*gone, Failure("commit", "f", "not as it was"))))
    assert told == ["  commit: a, b, c and 2 more: no such commit", "  commit: f: not as it was"]


def test_a_statement_that_lies_elsewhere_says_which_bundle_it_is_about(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.statement.rename(place := stage.git.top / "s.json")
    assert run(["verify", "--repo", str(stage.git.top), str(place)]) == 0
    assert f"about {BUNDLE}, all as stated" in capsys.readouterr().out

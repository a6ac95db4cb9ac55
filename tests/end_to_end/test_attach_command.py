"""`attach`: true digests, new files only, evidence untouched."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from bisect_parity.schemas import complaint
from fixtures import build
from fixtures.git import GitRunner
from tests.end_to_end.world import BUNDLE, call, everything

if TYPE_CHECKING:
    from fixtures import Truth

STORY_SIZE = 256


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    place = tmp_path_factory.mktemp("attach") / "r"
    return place, build("regression", place, STORY_SIZE)


def attach(capsys: pytest.CaptureFixture[str], place: Path, *words: object) -> list[dict[str, Any]]:
    answer = call(capsys, "attach", "--json", "--repo", place, *words)
    assert (answer.status, answer.err) == (0, ""), answer
    document = json.loads(answer.out)
    assert (document["schema"], document["version"]) == ("bisect-parity/attached", 1)
    statements: list[dict[str, Any]] = document["statements"]
    return statements


def read(statement: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Path(statement["statement"]).read_text(encoding="ascii"))
    return told


def names_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_figures_that_only_notes_state_are_judged_as_the_audit_judges_them(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (repo.top / "reports").rglob("*.json"):
        path.unlink()
    folder = repo.top / "reports/benchmarks/20250101-120000"
    folder.mkdir(parents=True)
    (folder / "summary.md").write_text("Pearson correlation: 0.72\n")
    (item,) = attach(capsys, repo.top, folder)
    assert read(item)["predicate"]["verdicts"]["recorded"]["verdict"] == "bad"


def test_a_bundle_that_is_one_file_is_sworn_to_by_itself(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    file = repo.top / BUNDLE / "env.json"
    (item,) = attach(capsys, repo.top, "--beside", file)
    assert item["statement"] == f"{file}.provenance.json"
    assert [one["name"] for one in read(item)["subject"]] == [f"{BUNDLE}/env.json"]
    assert call(capsys, "verify", "--repo", repo.top, file).status == 0
    file.write_text("changed")
    answer = call(capsys, "verify", "--repo", repo.top, file)
    assert (answer.status, "file changed" in answer.out) == (1, True)


def test_each_bundle_gets_a_statement_with_the_digest_of_every_file(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place, truth = laboratory
    before = everything(place)
    statements = attach(capsys, place, "--out", tmp_path / "out")
    assert everything(place) == before
    assert sorted(item["bundle"] for item in statements) == sorted(b.path for b in truth.bundles)
    assert len({item["statement"] for item in statements}) == len(statements)
    for item in statements:
        told = read(item)
        assert told["_type"] == "https://in-toto.io/Statement/v1"
        digests = {one["name"]: one["digest"]["sha256"] for one in told["subject"]}
        assert sorted(digests) == [f"{item['bundle']}/{name}" for name in names_below(place / item["bundle"])]
        for name, digest in digests.items():
            assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
        sizes = {one["name"]: one["annotations"]["size"] for one in told["subject"]}
        assert all((place / name).stat().st_size == size for name, size in sizes.items())


def test_a_statement_holds_the_resolution_and_does_not_call_inferred_recorded(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place, truth = laboratory
    by_bundle = {item["bundle"]: read(item) for item in attach(capsys, place, "--out", tmp_path / "out")}
    good = by_bundle[truth.good_run.path]["predicate"]
    assert (good["commit_is"], good["resolution"]["class"]) == ("inferred", "inferred")
    assert good["resolution"]["commit"] == truth.good
    assert good["signed"] is False
    recorded = next(bundle for bundle in truth.bundles if bundle.recorded)
    assert by_bundle[recorded.path]["predicate"]["commit_is"] == "recorded"
    resolved = json.loads(call(capsys, "provenance", "--json", "--repo", place).out)["bundles"]
    for item in resolved:
        assert by_bundle[item["path"]]["predicate"]["resolution"] == item


def test_the_default_folder_is_stamped_and_is_no_evidence_itself(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(repo.top)
    (item,) = attach(capsys, repo.top)
    place = os.path.relpath(item["statement"], repo.top)
    assert place.startswith("reports/bisect-parity/2")
    assert everything(repo.top) == before
    assert [found["bundle"] for found in attach(capsys, repo.top)] == [BUNDLE]


def test_a_second_call_adds_files_and_changes_none(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (first,) = attach(capsys, repo.top, "--out", out)
    there = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    (second,) = attach(capsys, repo.top, "--out", out)
    assert second["statement"] != first["statement"]
    now = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert len(now) == len(there) + 1
    assert now["commands.txt"].startswith(there.pop("commands.txt"))
    assert {name: now[name] for name in there} == there


def test_a_named_bundle_alone_gets_a_statement(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place, truth = laboratory
    named = place / truth.good_run.path
    (item,) = attach(capsys, place, "--out", tmp_path / "out", named)
    assert item["bundle"] == truth.good_run.path


def test_beside_writes_one_new_file_next_to_the_bundle(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(repo.top)
    (item,) = attach(capsys, repo.top, "--beside")
    now = everything(repo.top)
    added = set(now) - set(before)
    assert added == {f"{BUNDLE}.provenance.json"}
    assert {name: now[name] for name in before} == before
    assert item["statement"] == str(repo.top / f"{BUNDLE}.provenance.json")
    (again,) = attach(capsys, repo.top, "--beside")
    assert again["statement"] == str(repo.top / f"{BUNDLE}.2.provenance.json")
    told = call(capsys, "attach", "--repo", repo.top, "--beside", repo.top / BUNDLE).out
    assert told.splitlines()[1].endswith(f"{BUNDLE}.3.provenance.json")


def test_a_bundle_name_with_two_underscores_keeps_them_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"reports/a__20250908T160130Z/env.json": "{}"})
    (item,) = attach(capsys, repo.top, "--beside")
    assert item["statement"] == str(repo.top / "reports/a__20250908T160130Z.provenance.json")


def test_statements_beside_two_bundles_of_one_name_do_not_meet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = GitRunner(tmp_path / "r")
    stamp = "20250908T160130Z"
    repo.commit({f"reports/{part}/{stamp}/env.json": json.dumps({"part": part}) for part in "ab"})
    places = {item["statement"] for item in attach(capsys, repo.top, "--beside")}
    assert places == {str(repo.top / f"reports/{part}/{stamp}.provenance.json") for part in "ab"}


def test_beside_and_out_exclude_each_other(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answer = call(capsys, "attach", "--repo", repo.top, "--beside", "--out", tmp_path / "out")
    answer.is_told(2, "--beside and --out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read"),
        (b"{", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"\xff", "is not valid JSON"),
        (b"[]", "is not a result of"),
        (b'{"schema": "bisect-parity/provenance"}', "is not a result of"),
    ],
    ids=["none", "no JSON", "deep", "bytes", "a list", "another schema"],
)
def test_a_bisection_that_is_none_is_usage_and_nothing_is_written(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "bisect.json"
    if content is not None:
        file.write_bytes(content)
    before = everything(tmp_path)
    call(capsys, "attach", "--repo", repo.top, "--bisection", file).is_told(2, words)
    assert everything(tmp_path) == before
    assert not (repo.top / "reports" / "bisect-parity").exists()


def test_a_bisection_that_is_too_large_is_usage(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "bisect.json"
    file.touch()
    os.truncate(file, 100 * 2**20)
    call(capsys, "attach", "--repo", repo.top, "--bisection", file).is_told(2, "too large")


def test_a_bisection_becomes_part_of_the_statement(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = {"schema": "bisect-parity/bisection", "version": 1, "outcome": "confirmed", "first_bad": "a" * 40}
    (tmp_path / "bisect.json").write_text(json.dumps(told))
    (item,) = attach(capsys, repo.top, "--out", tmp_path / "out", "--bisection", tmp_path / "bisect.json")
    assert read(item)["predicate"]["bisection"] == told


@pytest.mark.parametrize("number", ["NaN", "1e400", "9" * 5000])
def test_a_bisection_with_what_is_no_number_is_usage(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path, number: str
) -> None:
    (tmp_path / "bisect.json").write_text(f'{{"schema": "bisect-parity/bisection", "x": {number}}}')
    answer = call(capsys, "attach", "--repo", repo.top, "--bisection", tmp_path / "bisect.json")
    answer.is_told(2, "is not valid JSON")


def test_beside_in_a_folder_that_cannot_be_written_is_told(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_names: object, **_options: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "link", refuse)
    before = everything(repo.top)
    call(capsys, "attach", "--repo", repo.top, "--beside").is_told(3, "cannot write", "Permission denied")
    assert everything(repo.top) == before


def test_strange_names_stay_inside_the_output_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"src/a.py": "A = 1\n"})
    for name in ("..\x1b[31m", "\udcff\udcfe", "a\nb", "x" * 200):
        repo.write({f"reports/{name} 20250908T160130Z/env.json": json.dumps({"name": ascii(name)})})
    statements = attach(capsys, repo.top, "--out", tmp_path / "out")
    assert len(statements) == 4
    files = [path.name for path in (tmp_path / "out").iterdir() if path.is_file()]
    assert len(files) == 5
    assert all(name.isascii() and name.isprintable() for name in files)
    for item in statements:
        assert read(item)["subject"]


def test_a_bundle_that_is_the_whole_working_tree_verifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"benchmark_results.json": '[{"size": 4096, "correlation_warm": 0.9999}]', "env.json": "{}"})
    attach(capsys, repo.top, repo.top, "--out", tmp_path / "out")
    answer = call(capsys, "verify", "--repo", repo.top, tmp_path / "out")
    assert answer.status == 0, answer
    repo.write({"env.json": "[]"})
    assert call(capsys, "verify", "--repo", repo.top, tmp_path / "out").status == 1


def test_statements_are_no_evidence_for_later_answers(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = f"{BUNDLE}/20250908T160131Z"
    repo.write({f"{inner}/env.json": "{}"})
    before = call(capsys, "provenance", "--json", "--repo", repo.top, repo.top / "reports").out
    attach(capsys, repo.top, "--beside")
    out = repo.top / "reports" / "20250909T000000Z-statements"
    attach(capsys, repo.top, "--out", out)
    (out / "commands.stdin").mkdir(exist_ok=True)
    (out / "commands.stdin" / "20250909T000000-1-0001.stdin").write_text("x\n")  # of a large repository
    attach(capsys, repo.top, "--out", out)
    assert call(capsys, "provenance", "--json", "--repo", repo.top, repo.top / "reports").out == before
    for item in attach(capsys, repo.top):
        assert not any("provenance" in subject["name"] for subject in read(item)["subject"])


def test_an_attached_bundle_is_verified_by_its_own_path(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    attach(capsys, repo.top)
    attach(capsys, repo.top, "--beside")
    told = call(capsys, "verify", "--repo", repo.top, repo.top / BUNDLE)
    assert (told.status, told.err) == (0, "")
    assert [line[:8] for line in told.out.splitlines()] == ["ok      "] * 2 + ["unsigned"]
    assert "whoever can write such a statement could have forged it" in told.out
    repo.write({f"{BUNDLE}/env.json": "{}", f"{BUNDLE}/a<script>\nb": "x"})
    broken = call(capsys, "verify", "--repo", repo.top, repo.top / BUNDLE)
    assert broken.status == 1
    assert f"file changed: {BUNDLE}/env.json: cut off: 2 bytes instead of 20" in broken.out
    assert f"file added: {BUNDLE}/a<script>\\nb: the file was not there" in broken.out
    broken.is_clean()


def test_a_folder_of_attached_bundles_is_verified_by_its_own_path(
    repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    bundles = [repo.top / "results/deep" / name for name in ("a", "b")]
    repo.write({f"results/deep/{bundle.name}/env.json": '{"device": "cpu"}' for bundle in bundles})
    attach(capsys, repo.top, *bundles)
    told = call(capsys, "verify", "--repo", repo.top, repo.top / "results")
    assert (told.status, [line[:8] for line in told.out.splitlines()]) == (0, ["ok      "] * 2 + ["unsigned"])
    call(capsys, "verify", "--repo", repo.top, repo.top / "results" / "de").is_told(3, "does not exist")


def test_verify_tells_every_failure_in_json(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    (item,) = attach(capsys, repo.top)
    (repo.top / BUNDLE / "env.json").unlink()
    told = call(capsys, "verify", "--json", "--repo", repo.top, item["statement"])
    assert told.status == 1
    document = json.loads(told.out)
    assert complaint(document, "verified") is None
    (statement,) = document["statements"]
    assert (statement["ok"], statement["bundle"], statement["signature"]) == (False, BUNDLE, "unsigned")
    assert statement["failures"] == [
        {"kind": "file missing", "subject": f"{BUNDLE}/env.json", "says": "the file of 20 bytes is gone"}
    ]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "no path is given"),
        (("none",), 3, "does not exist"),
        ((BUNDLE,), 3, "there is no statement about"),
    ],
)
def test_what_cannot_be_verified_is_told(
    repo: GitRunner,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    monkeypatch.chdir(repo.top)
    call(capsys, "verify", *words).is_told(status, said)


def test_notes_show_the_verdict_in_the_log(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    repo.git("config", "user.name", "A")
    repo.git("config", "user.email", "a@example.org")
    before = {name: content for name, content in everything(repo.top).items() if not name.startswith(".git/")}
    attach(capsys, repo.top, "--notes")
    shown = repo.git("log", "--notes=bisect-parity", "--format=%N")
    assert f"bisect-parity: {BUNDLE}\n  verdict: good" in shown
    assert "commit: INFERRED (inferred)" in shown
    after = {name: content for name, content in everything(repo.top).items() if not name.startswith(".git/")}
    assert after == before


def test_a_verdict_file_becomes_part_of_the_statement(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = {"schema": "bisect-parity/verdict", "version": 1, "verdict": "good"}
    (tmp_path / "verdict.json").write_text(json.dumps(told))
    (item,) = attach(capsys, repo.top, "--out", tmp_path / "out", "--verdict", tmp_path / "verdict.json")
    verdicts = read(item)["predicate"]["verdicts"]
    assert verdicts["checks"] == [told]
    assert verdicts["recorded"]["verdict"] == "good"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the keys")
def test_a_signed_statement_is_an_envelope_that_the_public_key_opens(
    repo: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    secret, public = tmp_path / "key.pem", tmp_path / "key.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", secret], check=True)
    subprocess.run(["openssl", "pkey", "-in", secret, "-pubout", "-out", public], check=True)
    (item,) = attach(capsys, repo.top, "--out", tmp_path / "out", "--sign", secret)
    assert read(item)["payloadType"] == "application/vnd.in-toto+json"
    assert call(capsys, "verify", "--repo", repo.top, item["statement"]).status == 1
    told = call(capsys, "verify", "--repo", repo.top, "--key", public, item["statement"])
    assert (told.status, "the signature is good" in told.out) == (0, True)
    answer = call(capsys, "attach", "--repo", repo.top, "--out", tmp_path / "no", "--sign", public)
    answer.is_told(2, "is not a key that can sign")
    assert not (tmp_path / "no").exists()


def test_a_bundle_that_cannot_be_read_loses_no_other_its_statement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({f"reports/{part}/20250908T160130Z/env.json": json.dumps({"part": part}) for part in "ab"})
    real, numbers = os.scandir, itertools.count()

    def growing(path: Path) -> Any:
        if f"{path}".endswith("a/20250908T160130Z"):
            (Path(path) / f"{next(numbers)}.txt").write_text("x")
        return real(path)

    monkeypatch.setattr("bisect_parity.attest.inventory.os.scandir", growing)
    answer = call(capsys, "attach", "--repo", repo.top, "--beside")
    assert answer.status == 3
    assert "changed while it was read: no statement was written" in answer.err
    assert (repo.top / "reports/b/20250908T160130Z.provenance.json").is_file()
    assert not (repo.top / "reports/a/20250908T160130Z.provenance.json").exists()

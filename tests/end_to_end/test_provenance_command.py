"""`provenance` on the laboratory: every answer against the truth, and what the command prints and writes."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from fixtures import build
from fixtures.git import GitRunner
from tests.end_to_end.world import call, everything, process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fixtures import BundleTruth, Truth

SIZE = 256
# Without a reflog, nothing but times speaks against a copied id of equal code.
COPIED_ID = "regression-no-reflog"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Truth]]:
    """Builds the repository of a story when it is first asked for."""

    @functools.cache
    def story(name: str) -> tuple[Path, Truth]:
        place = tmp_path_factory.mktemp(name) / "r"
        return place, build(name, place, SIZE)

    return story


@pytest.fixture(params=["regression", "phantom", "regression-no-reflog"])
def laboratory(
    request: pytest.FixtureRequest, built: Callable[[str], tuple[Path, Truth]]
) -> tuple[Path, Truth]:
    return built(request.param)


@pytest.fixture
def regression(built: Callable[[str], tuple[Path, Truth]]) -> tuple[Path, Truth]:
    return built("regression")


def resolve(capsys: pytest.CaptureFixture[str], place: Path, *words: object) -> dict[str, dict[str, Any]]:
    answer = call(capsys, "provenance", "--json", "--repo", place, *words)
    assert (answer.status, answer.err) == (0, "")
    return {item["path"]: item for item in json.loads(answer.out)["bundles"]}


def of(truth: Truth, record: str) -> BundleTruth:
    return next(bundle for bundle in truth.bundles if bundle.record == record)


def test_every_bundle_is_resolved_to_the_commit_that_made_it(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, truth = laboratory
    told = resolve(capsys, place)
    assert sorted(told) == sorted(bundle.path for bundle in truth.bundles)
    stale = of(truth, "stale")
    wrong = {b.path for b in truth.bundles if told[b.path]["commit"] != b.commit}
    assert wrong <= ({stale.path} if truth.story == COPIED_ID else set())
    assert told[stale.path]["probability"] < 0.95
    assert stale.commit in {item["commit"] for item in told[stale.path]["candidates"][:2]}


def test_no_answer_is_sure_and_wrong_when_ids_are_ignored(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, truth = laboratory
    told = resolve(capsys, place, "--blind")
    missed = [b for b in truth.bundles if told[b.path]["commit"] != b.commit]
    assert len(missed) <= 1
    assert all(told[b.path]["probability"] < 0.8 for b in missed)
    assert {told[b.path]["class"] for b in truth.bundles} <= {"inferred", "ambiguous"}


def test_what_is_written_nowhere_is_never_called_recorded(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, truth = laboratory
    told = resolve(capsys, place)
    recorded_runs = {bundle.run for bundle in truth.bundles if bundle.recorded or bundle.record == "stale"}
    for bundle in truth.bundles:
        kind = told[bundle.path]["class"]
        if bundle.run in recorded_runs and bundle.record != "stale":
            assert kind == "confirmed", bundle
        elif bundle.run not in recorded_runs:
            assert kind == "inferred", bundle
    assert told[truth.good_run.path]["class"] == "inferred"
    assert told[truth.good_run.path]["commit"] == truth.good


def test_traps_are_told(laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]) -> None:
    place, truth = laboratory
    told = resolve(capsys, place)
    assert "an invented tail" in told[of(truth, "invented").path]["note"]
    assert told[of(truth, "invented").path]["class"] == "inferred"
    placeholder = told[of(truth, "placeholder").path]
    assert any("placeholder" in clue["says"] for clue in placeholder["clues"])
    stale = told[of(truth, "stale").path]
    assert stale["class"] == "contradicted"
    assert "disagree" in stale["note"]
    assert any(clue["kind"] == "record" for clue in stale["clues"])


def test_a_named_bundle_gets_the_answer_that_it_has_among_all(
    laboratory: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, truth = laboratory
    told = resolve(capsys, place)
    for bundle in (truth.good_run, of(truth, "stale"), of(truth, "git_sha")):
        alone = resolve(capsys, place, place / bundle.path)
        assert list(alone) == [bundle.path]
        for key in ("class", "commit", "code_state"):
            assert alone[bundle.path][key] == told[bundle.path][key]
        assert alone[bundle.path]["probability"] == pytest.approx(told[bundle.path]["probability"], abs=1e-9)


def test_the_document_is_as_it_is_described(
    regression: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = regression
    answer = call(capsys, "provenance", "--json", "--repo", place)
    document = json.loads(answer.out)
    assert (document["schema"], document["version"]) == ("bisect-parity/provenance", 1)
    assert document["blind"] is False
    needed = {"path", "class", "commit", "probability", "code_state", "candidates", "clues", "dirty"}
    for item in document["bundles"]:
        assert needed <= set(item)
        assert 0 <= item["probability"] <= 1
        assert sum(candidate["probability"] for candidate in item["candidates"]) <= 1 + 1e-9
        assert all({"kind", "source", "says", "weight"} <= set(clue) for clue in item["clues"])
        assert item["dirty"] in ("no", "possible", "recorded", "unknown")
        assert not item["path"].startswith("/")


def test_standard_output_holds_one_document_and_nothing_else(regression: tuple[Path, Truth]) -> None:
    answer = process("provenance", "--json", "--verbose", cwd=regression[0])
    assert answer.status == 0
    document, end = json.JSONDecoder().raw_decode(answer.out)
    assert answer.out[end:] == "\n"
    assert document["bundles"]
    assert answer.out.isascii()


def test_a_line_a_bundle_is_printed(
    regression: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, truth = regression
    answer = call(capsys, "provenance", "--repo", place)
    answer.is_clean()
    lines = answer.out.splitlines()
    assert len(lines) == len(truth.bundles)
    good = next(line for line in lines if truth.good_run.path in line)
    assert good.split()[:2] == ["inferred", truth.good[:12]]


def test_explain_tells_each_clue_with_its_place(
    regression: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, truth = regression
    answer = call(capsys, "provenance", "--explain", "--repo", place, place / of(truth, "git_sha").path)
    answer.is_clean()
    assert "env.json" in answer.out
    assert f"git_sha says {of(truth, 'git_sha').commit}" in answer.out
    assert "] reflog: " in answer.out
    assert "] added-by: " in answer.out


def test_out_holds_the_answer_and_a_log_that_sh_can_replay(
    regression: tuple[Path, Truth], tmp_path: Path
) -> None:
    place, _ = regression
    out = tmp_path / "out"
    answer = process("provenance", "--json", "--out", out, cwd=place)
    assert sorted(path.name for path in out.iterdir() if path.is_file()) == [
        "commands.txt",
        "provenance.json",
    ]
    assert json.loads((out / "provenance.json").read_text()) == json.loads(answer.out)
    lines = (out / "commands.txt").read_text().splitlines()
    assert lines[1] == f"# bisect-parity provenance --json --out {out}"
    replay = subprocess.run(["sh", "-e", out / "commands.txt"], capture_output=True, check=False)
    assert (replay.returncode, replay.stderr) == (0, b"")
    assert replay.stdout


def test_a_second_call_appends_to_the_log_and_replaces_the_answer(
    regression: tuple[Path, Truth], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = regression
    out = tmp_path / "out"
    call(capsys, "provenance", "--repo", place, "--out", out)
    first = (out / "commands.txt").read_bytes()
    call(capsys, "provenance", "--blind", "--repo", place, "--out", out)
    assert (out / "commands.txt").read_bytes().startswith(first)
    assert json.loads((out / "provenance.json").read_text())["blind"] is True


def test_only_the_log_in_the_git_directory_is_written(
    regression: tuple[Path, Truth], capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = regression
    before = everything(place)
    call(capsys, "provenance", "--repo", place)
    assert everything(place) == before
    assert (place / ".git" / "bisect-parity" / "commands.txt").is_file()


def test_torch_is_never_imported(regression: tuple[Path, Truth]) -> None:
    program = (
        "import sys; from bisect_parity.commands.main import run; status = run(['provenance', '--json']);"
        "sys.exit(status or int('torch' in sys.modules) or int('matplotlib' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=regression[0], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_unreachable_commits_are_found_by_their_recorded_id(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"src/a.py": "A = 1\n"})
    lost = repo.commit({"src/a.py": "A = 2\n"})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.write({"reports/20250908T160130Z/env.json": json.dumps({"git_sha": lost})})
    told = resolve(capsys, repo.top)
    assert told["reports/20250908T160130Z"]["commit"] == lost
    assert told["reports/20250908T160130Z"]["class"] in ("recorded", "confirmed", "contradicted")

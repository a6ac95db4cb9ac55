"""Evidence that lies outside of the repository is read where it is named, and told by its absolute path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from fixtures.git import GitRunner
from tests.end_to_end.world import RESULTS, call, everything, small_history

if TYPE_CHECKING:
    from pathlib import Path

STAMP = "20250908T160130Z"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRunner:
    return small_history(tmp_path_factory.mktemp("elsewhere") / "r")


@pytest.fixture
def scratch(tmp_path: Path, made: GitRunner) -> Path:
    """A good and a bad run on another disk: one states its time only, the other its commit, too."""
    folder = tmp_path / "scratch"
    later = made.git("rev-parse", "HEAD")
    for stamp, correlation, more in ((STAMP, 0.9999, {}), ("20250908T160530Z", 0.5, {"git_sha": later})):
        place = folder / stamp
        place.mkdir(parents=True)
        (place / RESULTS).write_text(json.dumps([{"size": 64, "correlation": correlation, "n": 1} | more]))
    return folder


def told(capsys: pytest.CaptureFixture[str], command: str, *words: object) -> dict[str, Any]:
    answer = call(capsys, command, "--json", *words)
    assert answer.status in (0, 1), answer
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_its_commit_is_told_by_times_ids_and_reflogs(
    made: GitRunner, scratch: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(made.top)
    monkeypatch.chdir(scratch.parent)
    for named in (scratch, "scratch"):
        by_time, by_id = told(capsys, "provenance", "--repo", made.top, named)["bundles"]
        assert (by_time["path"], by_time["class"]) == (str(scratch / STAMP), "inferred")
        assert by_time["commit"] == made.rev("HEAD~1")
        assert (by_id["class"], by_id["commit"]) == ("confirmed", made.rev("HEAD"))
    assert everything(made.top) == before


def test_each_of_several_folders_is_a_run_also_without_a_stamp(
    made: GitRunner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "2025-10-09" / "runs"
    for number, minute in enumerate((1, 5)):
        (folder / f"run{number}").mkdir(parents=True)
        run = {"started_at": f"2025-09-08T16:0{minute}:30Z", "rmse": 0.5 + number}
        (folder / f"run{number}" / "metrics.json").write_text(json.dumps(run))
    (folder / "code").mkdir()
    (folder / "code" / "a.py").write_text("a = 1\n")
    (folder / "README.md").write_text("Runs\n")
    found = told(capsys, "provenance", "--repo", made.top, folder)["bundles"]
    assert [bundle["path"] for bundle in found] == [str(folder / name) for name in ("run0", "run1")]
    alone = told(capsys, "provenance", "--repo", made.top, folder / "run1")["bundles"]
    assert [bundle["commit"] for bundle in alone] == [found[1]["commit"]]


def test_what_it_used_and_what_separates_it_is_told(
    made: GitRunner, scratch: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runs = sorted(scratch.iterdir())
    compared = told(capsys, "params", "--repo", made.top, *runs)
    assert [column["label"] for column in compared["columns"]] == [str(run) for run in runs]
    diagnosis = told(capsys, "diagnose", "--repo", made.top, scratch)
    assert [run["verdict"] for run in diagnosis["runs"]] == ["good", "bad"]
    matrix = told(capsys, "audit", "--repo", made.top, scratch, "--out", tmp_path / "out")
    assert [bundle["path"] for bundle in matrix["bundles"]] == [str(run) for run in runs]


def test_a_copy_of_it_in_the_repository_tells_who_added_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = small_history(tmp_path / "r")
    run = json.dumps([{"size": 64, "correlation": 0.5, "c_time": 0.123456789, "py_time": 9.87654321}])
    adding = made.commit({f"reports/{STAMP}/{RESULTS}": run}, "Copied")
    place = tmp_path / "scratch" / STAMP
    place.mkdir(parents=True)
    (place / RESULTS).write_text(run)
    (bundle,) = told(capsys, "provenance", "--repo", made.top, place)["bundles"]
    assert any(adding[:12] in clue["says"] for clue in bundle["clues"] if clue["kind"] == "added-by")


def test_nothing_is_written_there(made: GitRunner, scratch: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = scratch / STAMP
    attached = call(capsys, "attach", "--repo", made.top, run, "--beside")
    attached.is_told(3, str(run), "outside", "Copy it")
    audited = call(capsys, "audit", "--repo", made.top, run, "--out", run / "audit")
    audited.is_told(2, "evidence is never changed")
    assert [path.name for path in scratch.rglob("*") if path.is_file()] == [RESULTS, RESULTS]


def test_what_lies_in_a_repository_of_results_is_a_run_of_the_code_that_is_named(
    made: GitRunner, scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apart = told(capsys, "provenance", "--repo", made.top, scratch)["bundles"]
    results = GitRunner(scratch.parent)
    results.git("add", "-A")
    results.git("commit", "-q", "-m", "results")
    answer = call(capsys, "provenance", "--json", "--repo", made.top, scratch)
    assert answer.status == 0
    assert f"belongs to the repository {results.top}" in answer.err
    found = json.loads(answer.out)["bundles"]
    assert [bundle["commit"] for bundle in found] == [bundle["commit"] for bundle in apart]

"""Files that hold several runs, and files that were overwritten run after run, are resolved run by run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.history.additions import read_file_changes
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance import further_notes, runs
from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.resolve import resolve_bundles
from bisect_parity.report.provenance import explain
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.evidence.formats.reader import FormatReader

FOLDER = "reports/20250908-090000"
HOUR = 3600


def run(commit: str, seconds: int) -> dict[str, object]:
    return {"git_sha": commit, "timestamp": seconds, "correlation": 0.9}


def test_a_file_overwritten_run_after_run_has_one_answer_a_revision(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = []
    for number in range(4):
        start = EPOCH + number * HOUR
        code = repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start)
        text = json.dumps(run(code, start + 60))
        adding = repo.commit({f"{FOLDER}/result.json": text}, "results", when=start + 300)
        commits.append((code, adding))
    found = resolutions(tmp_path / "r")
    for code, adding in commits[:-1]:
        item = found[f"{FOLDER}/result.json@{adding[:12]}"]
        assert (item.commit, item.resolution_class) == (code, ResolutionClass.CONFIRMED)
    assert found[f"{FOLDER}/result.json"].commit == commits[-1][0]


def test_lines_that_were_appended_belong_to_the_commits_that_appended_them(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    lines, commits = "", []
    for number in range(3):
        start = EPOCH + number * HOUR
        code = repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start)
        lines += json.dumps(run(code, start + 60)) + "\n"
        repo.commit({f"{FOLDER}/history.jsonl": lines}, "results", when=start + 300)
        commits.append(code)
    found = resolutions(tmp_path / "r", blind=True)
    for number, code in enumerate(commits, 1):
        item = found[f"{FOLDER}/history.jsonl#line {number}"]
        assert item.commit == code
        assert item.probability > 0.7


@pytest.mark.parametrize("end", ["\n", "", "\r\n"])
def test_a_line_that_was_half_written_belongs_to_the_commit_that_completed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    read: list[bytes] = []

    def find(path: str, content: bytes) -> FormatReader | None:
        read.append(content)
        return find_reader(path, content)

    monkeypatch.setattr(runs, "find_reader", find)
    repo, text, expected = GitRunner(tmp_path / "r"), "", {}
    for number in range(1, 5):
        start = EPOCH + number * HOUR
        repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start)
        text += ("" if end or not text else "\n") + json.dumps({"timestamp": start + 60, "rmse": number / 10})
        text += end
        cut = text[: -len(end) - 9] if number == 3 else text
        added = repo.commit({f"{FOLDER}/history.jsonl": cut}, "results", when=start + 300)
        expected[f"{FOLDER}/history.jsonl#line {number}"] = added
    expected[f"{FOLDER}/history.jsonl#line 3"] = added
    repository = Repository.open(tmp_path / "r", Journal(None, ["x"]))
    bundles = discover(tmp_path / "r", Settings().evidence)
    found = runs.runs_of_files(repository, bundles, read_file_changes(repository, [FOLDER]).history([]))
    assert {part.bundle.path: part.change and part.change.commit for part in found} == expected
    assert len(read) == 1  # of the last revision, to which the others grew


def test_lines_that_end_with_carriage_returns_belong_to_the_commits_that_appended_them(
    tmp_path: Path,
) -> None:
    repo, text, expected = GitRunner(tmp_path / "r"), "timestamp,rmse\r", []
    for number in range(1, 4):
        text += f"{EPOCH + number * HOUR},0.{number}\r"
        expected.append(repo.commit({f"{FOLDER}/history.csv": text}, "results", when=EPOCH + number * HOUR))
    repository = Repository.open(tmp_path / "r", Journal(None, ["x"]))
    bundles = discover(tmp_path / "r", Settings().evidence)
    found = runs.runs_of_files(repository, bundles, read_file_changes(repository, [FOLDER]).history([]))
    assert [part.change and part.change.commit for part in found] == expected


def test_a_file_of_one_run_is_no_list_of_runs(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    code = repo.commit({"src/a.py": "A = 1\n"}, "code")
    sizes = [{"size": size, "correlation_warm": 0.9, "c_time": 1.23456789} for size in (256, 4096)]
    repo.commit(
        {
            f"{FOLDER}/benchmark_results.json": json.dumps(sizes),
            f"{FOLDER}/env.json": json.dumps({"git_sha": code}),
        },
        "results",
    )
    assert list(resolutions(tmp_path / "r")) == [FOLDER]


@pytest.mark.parametrize("status", ["edited", "kept"])
def test_an_edit_of_a_note_is_no_second_run(tmp_path: Path, status: str) -> None:
    repo = GitRunner(tmp_path / "r")
    code = repo.commit({"src/a.py": "A = 1\n"}, "code")
    repo.commit({f"{FOLDER}/summary.md": f"**Commit:** {code}\n", f"{FOLDER}/git_sha.txt": code}, "results")
    if status == "edited":
        repo.commit({f"{FOLDER}/summary.md": f"**Commit:** {code}\nMore.\n"}, "notes")
    assert list(resolutions(tmp_path / "r")) == [FOLDER]


def test_numbered_files_of_one_folder_are_runs_of_their_own(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = []
    for number in range(3):
        start = EPOCH + number * HOUR
        code = repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start)
        text = json.dumps(run(code, start + 60) | {"seconds": 0.5})
        repo.commit({f"perf/{number:04d}.json": text}, "results", when=start + 300)
        commits.append(code)
    found = resolutions(tmp_path / "r", blind=True)
    assert [found[f"perf/{number:04d}.json"].commit for number in range(3)] == commits
    assert found["perf"].note.startswith("holds 3 runs")


def test_a_list_that_began_with_one_run_has_each_run_once(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    text, commits = "", []
    for number in range(3):
        start = EPOCH + number * HOUR
        commits.append(repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start))
        text += f"- commit: {commits[-1][:9]}\n  timestamp: {start + 60}\n  seconds: 0.{number}5\n"
        repo.commit({"benchmarks/all.yaml": text}, "results", when=start + 300)
    found = resolutions(tmp_path / "r")
    runs = {path: item.commit for path, item in found.items() if path != "benchmarks"}
    assert runs == {f"benchmarks/all.yaml#[{number}]": commits[number] for number in range(3)}


def test_runs_that_name_no_commit_belong_to_the_commits_that_appended_them(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    text, commits = "", []
    for number in range(3):
        start = EPOCH + number * HOUR
        commits.append(repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start))
        text += json.dumps({"time": start + 290, "rmse": 0.5 + number}) + "\n"
        repo.commit({"results/runs.jsonl": text}, "results", when=start + 300)
    found = resolutions(tmp_path / "r")
    for number, code in enumerate(commits):
        assert found[f"results/runs.jsonl#line {number + 1}"].commit == code
    whole = found["results"]
    assert (whole.resolution_class, whole.commit, whole.candidates) == ("unresolved", None, ())
    assert whole.note == "holds 3 runs: each is resolved by itself"
    both = discover(repo.top, Settings().evidence, ("results", "results/runs.jsonl"))
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    told = [tuple(explain(item)) for item in resolve_bundles(repository, both, Settings(), of_files=True)]
    assert told[1] == ("results/runs.jsonl", f"  {whole.note}")


def test_several_runs_of_one_commit_leave_their_folder_its_answer(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    code = repo.commit({"src/a.py": "A = 1\n"}, "code", when=EPOCH)
    lines = [json.dumps(run(code, EPOCH + 60 * number)) for number in range(1, 4)]
    repo.commit({"results/runs.jsonl": "\n".join(lines)}, "results", when=EPOCH + 300)
    found = resolutions(tmp_path / "r")
    assert {item.commit for item in found.values()} == {code}


def test_of_a_long_history_the_newest_runs_are_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (runs, further_notes):
        monkeypatch.setattr(module, "MOST_RUNS", 2)
    repo = GitRunner(tmp_path / "r")
    code = repo.commit({"src/a.py": "A = 1\n"}, "code", when=EPOCH)
    lines = [json.dumps(run(code, EPOCH + 60 * number)) for number in range(1, 5)]
    repo.commit({"results/runs.jsonl": "\n".join(lines)}, "results", when=EPOCH + 300)
    found = resolutions(tmp_path / "r")
    assert list(found) == ["results", "results/runs.jsonl#line 3", "results/runs.jsonl#line 4"]
    assert found["results"].note.startswith("holds 2 runs and more")
    assert sum(clue.kind == "record" for clue in found["results"].clues) == 1  # one id, said four times


@pytest.mark.parametrize("name", ["perf/result_{}.json", "perf/result.json"])
def test_figures_without_time_or_id_belong_to_the_commit_that_brought_them(tmp_path: Path, name: str) -> None:
    repo = GitRunner(tmp_path / "r")
    commits, paths = [], []
    for number in range(3):
        start = EPOCH + number * HOUR
        commits.append(repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start))
        text = json.dumps({"results": [{"command": "run", "mean": number + 0.5, "stddev": None}]})
        adding = repo.commit({name.format(number): text}, "results", when=start + 300)
        is_gone = "{}" not in name and number < 2
        paths.append(name.format(number) + (f"@{adding[:12]}" if is_gone else ""))
    found = resolutions(tmp_path / "r", blind=True)
    assert [found[path].commit for path in paths] == commits


def test_a_file_of_other_figures_that_is_overwritten_has_one_answer_a_revision(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    true = []
    for number in range(4):
        start = EPOCH + number * HOUR
        true.append(repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start))
        text = json.dumps({"eval": {"val_loss": 0.5 + number}, "epochs": 9})
        repo.commit({"results/latest.json": text}, "results", when=start + 600)
    found = resolutions(repo.top)
    runs = [item for path, item in found.items() if path.startswith("results/latest.json")]
    assert len(runs) == 4
    assert {item.commit for item in runs} == set(true)


def test_files_of_any_names_that_state_the_same_figures_are_runs_if_each_came_by_itself(
    tmp_path: Path,
) -> None:
    repo, commits = GitRunner(tmp_path / "r"), []
    for number, names in enumerate((("good",), ("bad",), ("one", "two"), ())):
        commits.append(repo.commit({"a.py": f"A = {number}\n"}, "code", when=EPOCH + number * HOUR))
        text = f'{{"correlation": 0.{number + 1}, "sum_ratio": 1.0}}' if len(names) == 1 else '{"rmse": 0.5}'
        files = {f"results/{name}.json": text for name in names} | {
            f"results/{'abcd'[number]}.md": "rmse = 0.5\n"
        }
        files[f"results/{(*names, 'later')[0]}.log"] = "rmse = 0.5\n"
        repo.commit(files, "results", when=EPOCH + number * HOUR + 300)
    found = resolutions(tmp_path / "r")
    logs = ["results/later.log", "results/one.log"]
    assert list(found) == ["results", "results/bad.json", "results/good.json", *logs]
    assert [found[f"results/{name}.json"].candidates[0].commit for name in ("good", "bad")] == commits[:2]


def test_parts_of_a_run_that_came_one_by_one_are_no_runs_and_those_of_several_runs_are(
    tmp_path: Path,
) -> None:
    repo = GitRunner(tmp_path / "r")
    names = [
        "a/train.json",
        "a/val.json",
        "a/expected.json",
        "b/x_train.json",
        "b/x_val.json",
        "b/y_train.json",
        "b/y_val.json",
    ]
    for number, name in enumerate(names):
        files = {f"results/{name}": f'{{"loss": 0.{number + 1}}}', "a.py": f"A = {number}\n"}
        repo.commit(files, "results", when=EPOCH + number * HOUR)
    several = [f"results/{name}" for name in names if name.startswith("b/")]
    assert set(resolutions(tmp_path / "r")) == {"results/a", "results/b", *several}


def test_the_log_of_the_same_name_tells_when_a_run_began_that_is_one_file(tmp_path: Path) -> None:
    repo, first = GitRunner(tmp_path / "r"), {}
    for number, name in enumerate(("good", "bad")):
        start = EPOCH + number * 10 * HOUR
        first[name] = repo.commit({"a.py": f"A = {number}\n"}, "code", when=start)
        repo.commit({"a.py": f"A = {number}.5\n"}, "code", when=start + 2 * HOUR)
        clock = datetime.fromtimestamp(start + HOUR, UTC).isoformat()
        log = f"{clock} INFO start\ncorrelation = 0.5\n"
        text = f'{{"correlation": 0.{number + 1}, "sum_ratio": 1.0}}'
        files = {f"results/{name}.json": text, f"results/{name}.log": log}
        repo.commit(files, "results", when=start + 3 * HOUR)
    found = resolutions(tmp_path / "r")
    assert list(found) == ["results", "results/bad.json", "results/good.json"]
    assert {name: found[f"results/{name}.json"].candidates[0].commit for name in first} == first


def test_files_that_one_commit_brought_are_one_run(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"src/a.py": "A = 1\n"}, "code")
    files = {f"results/run/size_{size}.json": f'{{"rmse": {size}.5}}' for size in (256, 512)}
    repo.commit(dict(files), "results")
    assert list(resolutions(tmp_path / "r")) == ["results/run"]


def test_a_result_below_a_stamp_that_was_edited_is_still_one_run(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    for number in range(2):
        repo.commit({f"{FOLDER}/metrics.json": f'{{"rmse": {number}.5}}'}, "results")
    assert list(resolutions(tmp_path / "r")) == [FOLDER]


def test_notebooks_of_one_folder_are_runs_of_their_own(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = []
    for number in range(2):
        start = EPOCH + number * HOUR
        commits.append(repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start))
        cell = {"metadata": {"papermill": {"status": "completed"}}}
        run = {"start_time": start + 60, "end_time": start + 120, "parameters": {}}
        text = json.dumps({"cells": [cell], "metadata": {"papermill": run}})
        repo.commit({f"results/heat_{'ab'[number]}.ipynb": text}, "results", when=start + 300)
    found = resolutions(tmp_path / "r", blind=True)
    assert [found[f"results/heat_{name}.ipynb"].commit for name in "ab"] == commits

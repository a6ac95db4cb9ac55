"""What speaks where nothing better does: file times, branch reflogs, and the adding commit's own code."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.model import Dirty, ResolutionClass
from bisect_parity.provenance.resolve import resolve_bundles
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

RESULT = [{"size": 4096, "correlation_warm": 0.9, "c_time": 0.123456789, "py_time_warm": 0.987654321}]


def resolve(top: Path, path: str) -> Resolution:
    repository = Repository.open(top, Journal(None, ["x"]))
    bundles = discover(top, Settings().evidence)
    return {item.path: item for item in resolve_bundles(repository, bundles, Settings())}[path]


def three_commits(repo: GitRunner) -> list[str]:
    return [repo.commit({"a.py": f"A = {n}\n"}, "code", when=EPOCH + n * 3600) for n in range(3)]


def test_files_that_were_never_committed_tell_by_their_own_times(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = three_commits(repo)
    folder = repo.top / "reports" / "mine"
    folder.mkdir(parents=True)
    (folder / "benchmark_results.json").write_text(json.dumps(RESULT))
    os.utime(folder / "benchmark_results.json", (EPOCH + 5400, EPOCH + 5400))
    found = resolve(repo.top, "reports/mine")
    assert found.commit == commits[1]
    assert any("the file was last changed at" in clue.says for clue in found.clues)


@pytest.mark.parametrize("days", [-300, 0])
def test_a_run_that_states_a_time_before_the_first_commit_is_probably_of_no_commit_here(
    tmp_path: Path, days: int
) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = three_commits(repo)
    result = {"timestamp": EPOCH + 2 * 3600 + 60 + days * 86400, "rmse": 0.123}
    repo.commit({"reports/a/metrics.json": json.dumps(result)}, "results", when=EPOCH + 3 * 3600)
    found = resolve(repo.top, "reports/a")
    likeliest = found.candidates[0]
    assert likeliest.commit == commits[-1]
    assert ("before the first commit here" in found.note) is (days < 0)
    assert (likeliest.probability < 0.5) is (days < 0)
    assert (found.resolution_class is ResolutionClass.INFERRED) is (days == 0)


def test_a_time_that_is_yet_to_come_is_told(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    three_commits(repo)
    for name in ("20900101T000000Z", "20250908T160130Z"):
        folder = repo.top / "reports" / name
        folder.mkdir(parents=True)
        (folder / "benchmark_results.json").write_text(json.dumps(RESULT))
    said = "it states 2090-01-01 00:00:00Z, which lies in the future: a wrong clock, or an invented date"
    assert resolve(repo.top, "reports/20900101T000000Z").note == said
    assert "yet to come" not in resolve(repo.top, "reports/20250908T160130Z").note


def test_the_time_of_a_copied_file_says_nothing_beside_what_the_run_says(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = three_commits(repo)
    folder = repo.top / "reports" / "copied"
    folder.mkdir(parents=True)
    (folder / "env.json").write_text(json.dumps({"start_time": EPOCH + 5400.0}))
    (folder / "benchmark_results.json").write_text(json.dumps(RESULT))
    found = resolve(repo.top, "reports/copied")  # the file was written now, years after the run
    assert found.commit == commits[1]
    assert found.run_time == pytest.approx(EPOCH + 5400, abs=60)


def test_the_reflog_of_a_branch_that_was_written_down_is_read(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    three_commits(repo)
    repo.checkout("side", create=True, when=EPOCH + 8000)
    lost = repo.commit({"a.py": "A = 90\n"}, "side work", when=EPOCH + 9000)
    repo.git("reset", "-q", "--hard", "HEAD~1", when=EPOCH + 12_000)
    repo.checkout("main", when=EPOCH + 12_100)
    (repo.top / ".git" / "logs" / "HEAD").unlink()
    stamp = "20250908T183500Z"  # EPOCH + 9300
    files = {
        f"reports/{stamp}/benchmark_results.json": json.dumps(RESULT),
        f"reports/{stamp}/env.json": json.dumps({"branch": "side"}),
    }
    repo.commit(files, "results", when=EPOCH + 13_000)
    found = resolve(repo.top, f"reports/{stamp}")
    assert any(clue.kind == "branch" and "side" in clue.says for clue in found.clues)
    assert lost in {candidate.commit for candidate in found.candidates[:2]}


def test_an_adding_commit_that_changes_code_is_offered_as_the_dirty_trees_code(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    three_commits(repo)
    stamp = "20250908T183500Z"
    path = f"reports/{stamp}/benchmark_results.json"
    adding = repo.commit({path: json.dumps(RESULT), "a.py": "A = 5\n"}, "both", when=EPOCH + 9600)
    found = resolve(repo.top, f"reports/{stamp}")
    assert found.dirty is Dirty.POSSIBLE
    assert adding[:12] in found.note
    assert [event.kind for event in found.timeline].count("run") == 1


def test_a_commit_that_was_amended_after_the_run_is_said_to_be_gone(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a.py": "A = 0\n"}, "base", when=EPOCH)
    stamp = "20250908T183500Z"  # EPOCH + 9300
    repo.commit({"a.py": "A = 1\n"}, "work", when=EPOCH + 9000)
    repo.git("commit", "-q", "--amend", "-m", "better", when=EPOCH + 9500, author_when=EPOCH + 9000)
    better = repo.head
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("prune", "--expire=now")
    repo.commit({f"reports/{stamp}/benchmark_results.json": json.dumps(RESULT)}, "results", when=EPOCH + 9600)
    found = resolve(repo.top, f"reports/{stamp}")
    assert f"what {better[:12]} replaced was probably checked out" in found.note
    assert found.probability < 0.5


def untimed(top: Path, file: str, text: str, *, commits: int = 3) -> tuple[list[str], Resolution]:
    """Evidence that states no time, and was committed months after the last of some commits."""
    repo = GitRunner(top)
    ids = [repo.commit({"a.py": f"A = {n}\n"}, "code", when=EPOCH + n * 3600) for n in range(commits)]
    repo.commit({f"reports/old/{file}": text.replace("FIRST", ids[0])}, "results", when=EPOCH + 200 * 86400)
    return ids, resolve(top, "reports/old")


@pytest.mark.parametrize(
    ("file", "text", "least"),
    [
        ("benchmark_results.json", json.dumps({"correlation": 0.9, "git_sha": "FIRST"}), 0.8),
        ("summary.md", "# Results\n\n- Git SHA: FIRST\n- correlation: 0.9\n", 0.6),
    ],
)
def test_without_any_time_an_old_record_is_not_contradicted_by_when_it_was_added(
    tmp_path: Path, file: str, text: str, least: float
) -> None:
    (first, *_), found = untimed(tmp_path / "r", file, text)
    assert found.commit == first
    assert found.probability > least
    assert found.resolution_class is ResolutionClass.RECORDED


def test_with_a_time_the_same_record_is_contradicted(tmp_path: Path) -> None:
    stated = json.dumps({"correlation": 0.9, "git_sha": "FIRST", "start_time": EPOCH + 200 * 86400.0 - 300})
    (*_, last), found = untimed(tmp_path / "r", "benchmark_results.json", stated)
    assert found.commit == last
    assert found.resolution_class is ResolutionClass.CONTRADICTED


def test_without_any_time_and_reflog_some_is_kept_for_other_commits(tmp_path: Path) -> None:
    for name, result in (
        ("timed", {"correlation": 0.9, "start_time": EPOCH + 8400.0}),
        ("untimed", {"correlation": 0.9}),
    ):
        repo = GitRunner(tmp_path / name)
        three_commits(repo)
        repo.commit({"reports/new/results.json": json.dumps(result)}, "results", when=EPOCH + 8700)
        (repo.top / ".git" / "logs" / "HEAD").unlink()
    timed, untimed = (resolve(tmp_path / name, "reports/new") for name in ("timed", "untimed"))
    assert timed.commit == untimed.commit
    assert timed.probability > untimed.probability + 0.05


@pytest.mark.parametrize("has_reflogs", [True, False])
def test_what_the_first_commit_brought_in_was_made_at_none(tmp_path: Path, *, has_reflogs: bool) -> None:
    repo = GitRunner(tmp_path)
    code = {"a.py": "A = 1\n", "reports/20250908T150000Z/env.json": '{"device": "cpu"}'}
    repo.commit(code, "first commit, with old results", when=EPOCH)
    repo.commit({"a.py": "A = 2\n"}, "more code", when=EPOCH + 3600)
    if not has_reflogs:
        (repo.top / ".git" / "logs" / "HEAD").unlink()
    found = resolve(tmp_path, "reports/20250908T150000Z")
    assert (found.resolution_class, found.commit) == (ResolutionClass.UNRESOLVED, None)
    assert "the first commit brought it in" in found.note


def test_where_a_clone_is_shallow_its_first_commit_is_not_the_first_one(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "whole")
    three_commits(repo)
    repo.commit({"reports/20250908T181000Z/env.json": '{"device": "cpu"}'}, "results", when=EPOCH + 8400)
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.top}", str(tmp_path / "shallow"))
    found = resolve(tmp_path / "shallow", "reports/20250908T181000Z")
    assert found.resolution_class is ResolutionClass.UNRESOLVED
    assert "git fetch --unshallow" in found.note
    assert "the first commit" not in found.note

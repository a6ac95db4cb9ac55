"""What an answer tells can be typed back, in any directory of the repository."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bisect_parity.commands.invocation import Invocation
from bisect_parity.commands.session_ends import named_end
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner
from tests.end_to_end.world import BUNDLE, OTHER, RESULTS, call, small_history

GONE = "reports/20250908T160830Z"
RUNS = "reports/runs.jsonl"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GitRunner:
    """A good run, a bad one, one that was deleted, and a file of two."""
    made = small_history(tmp_path_factory.mktemp("named") / "r")
    made.commit({f"{OTHER}/{RESULTS}": '[{"size": 4096, "correlation_warm": 0.5}]'}, "A bad run")
    made.commit({f"{GONE}/{RESULTS}": '[{"size": 4096, "correlation_warm": 0.7}]'}, "One more")
    code = [made.rev("main~3"), made.rev("main~2")]
    lines = [json.dumps({"git_sha": commit, "correlation": 0.5}) + "\n" for commit in code]
    made.commit({f"{GONE}/{RESULTS}": None, RUNS: "".join(lines)}, "Tidied up")
    return made


@pytest.fixture
def _below(made: GitRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.top / "src")


@pytest.mark.usefixtures("_below")
@pytest.mark.parametrize("name", [BUNDLE, GONE, f"{RUNS}#line 2"])
def test_a_path_that_was_told_can_be_typed_below_the_top(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    answer = call(capsys, "provenance", "--json", name)
    assert [item["path"] for item in json.loads(answer.out)["bundles"]] == [name]


@pytest.mark.usefixtures("_below")
def test_every_command_takes_the_path_that_was_told(
    made: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    compared = json.loads(call(capsys, "params", "--json", BUNDLE, f"{RUNS}#line 2", "HEAD").out)
    assert [column["label"] for column in compared["columns"]] == [BUNDLE, f"{RUNS}#line 2", "HEAD"]
    named = ("--good", OTHER, "--bad", BUNDLE, "--bad", f"{RUNS}#line 2")
    told = json.loads(call(capsys, "diagnose", "--json", *named).out)
    verdicts = {name: run["verdict"] for run in told["runs"] for name in run["bundles"]}
    assert [verdicts[name] for name in named[1::2]] == ["good", "bad", "bad"]
    assert call(capsys, "attach", "--out", tmp_path / "statements", BUNDLE).status == 0
    assert "there is no statement about" in call(capsys, "verify", BUNDLE).err
    journal = Journal(None, ["test"])
    repository = Repository.open(Path.cwd(), journal)
    commit, end = named_end(
        Invocation(Path.cwd(), None, False, False, False, journal), repository, OTHER, "bad"
    )
    assert end is not None
    assert (commit, end.path) == (end.commit, OTHER)


def test_a_folder_of_bundles_stands_for_these(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    made = GitRunner(tmp_path / "r")
    runs = {f"results/run_{n}/metrics.json": json.dumps({"git_sha": "", "correlation": n}) for n in (1, 2)}
    made.commit({"src/a.py": "A = 1\n", "results/notes.md": "notes\n", **runs}, "Runs")
    answer = call(capsys, "provenance", "--json", "--repo", made.top, "results")
    names = ["results/run_1", "results/run_2"]
    assert [item["path"] for item in json.loads(answer.out)["bundles"]] == names
    columns = json.loads(call(capsys, "params", "--json", "--repo", made.top, "results").out)["columns"]
    assert [column["label"] for column in columns] == names


def test_what_is_below_the_working_directory_comes_first(
    made: GitRunner, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = made.top / "src" / BUNDLE
    own.mkdir(parents=True)
    (own / RESULTS).write_text('[{"size": 4096, "correlation_warm": 0.25}]')
    monkeypatch.chdir(made.top / "src")
    answer = call(capsys, "provenance", "--json", BUNDLE)
    shutil.rmtree(made.top / "src" / "reports")  # the other tests have none there
    assert [item["path"] for item in json.loads(answer.out)["bundles"]] == [f"src/{BUNDLE}"]


def test_a_path_that_was_told_can_be_typed_with_another_repository(
    made: GitRunner, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call(capsys, "provenance", "--json", "--repo", made.top, BUNDLE)
    assert [item["path"] for item in json.loads(answer.out)["bundles"]] == [BUNDLE]


@pytest.mark.usefixtures("_below")
def test_an_output_is_found_below_the_top_too(made: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    output = "reports/bisect-parity/20250908T170000Z-audit"
    assert call(capsys, "audit", "--out", made.top / output).status == 1
    answer = call(capsys, "report", output)
    assert (answer.status, (made.top / output / "report.html").is_file()) == (0, True)


def test_a_run_that_holds_another_one_stands_for_itself_where_one_is_meant(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made = small_history(tmp_path / "r")
    outer, inner = "reports/outer", "reports/outer/inner"
    figures = ((outer, 0.9999), (inner, 0.5))
    made.commit({f"{at}/{RESULTS}": f'[{{"size": 4096, "correlation_warm": {c}}}]' for at, c in figures})
    names = [made.top / outer, made.top / inner]
    compared = json.loads(call(capsys, "params", "--json", "--repo", made.top, *names).out)
    assert [column["label"] for column in compared["columns"]] == [outer, inner]
    told = call(capsys, "diagnose", "--json", "--repo", made.top, "--good", names[0], "--bad", names[1])
    verdicts = {name: run["verdict"] for run in json.loads(told.out)["runs"] for name in run["bundles"]}
    assert (verdicts[outer], verdicts[inner]) == ("good", "bad")


@pytest.mark.usefixtures("_below")
@pytest.mark.parametrize(
    "command", ["provenance", "params HEAD", "report", "bisect --bad HEAD --test true --good"]
)
def test_a_name_that_is_too_long_for_any_file_is_told(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    call(capsys, *command.split(), "a" * 5000).is_told(2, "no file can have so long a name")

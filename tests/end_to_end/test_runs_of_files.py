"""A file that holds several runs: each has its own answer, and its name is taken wherever it was told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bisect_parity.commands.invocation import Invocation
from bisect_parity.commands.session_ends import named_end
from bisect_parity.errors import EvidenceError
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner
from tests.end_to_end.world import call

if TYPE_CHECKING:
    from pathlib import Path

FILE = "results/runs.jsonl"
START = 1_760_000_000


@pytest.fixture(scope="module")
def commits(tmp_path_factory: pytest.TempPathFactory) -> tuple[GitRunner, list[str]]:
    """Ten commits of code, after each of which a run was appended to one file."""
    made = GitRunner(tmp_path_factory.mktemp("runs") / "repository")
    text, commits = "", []
    for number in range(10):
        hour = START + 3600 * number
        commits.append(made.commit({"src/train.py": f"RATE = {number}\n"}, "Code", when=hour))
        told = {
            "time": hour + 60,
            "config": {"tf32": number % 2 == 1},
            "accuracy": 0.9 - 0.1 * (number % 2 == 1),
        }
        text += json.dumps(told) + "\n"
        made.commit({FILE: text}, "Run", when=hour + 300)
    return made, commits


def test_one_run_of_many_is_asked_for_by_the_name_that_was_told(
    commits: tuple[GitRunner, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    made, code = commits
    whole = json.loads(call(capsys, "provenance", "--json", "--repo", made.top).out)["bundles"]
    assert [item["commit"] for item in whole] == [None, *code]
    for item in (whole[1], whole[-1]):
        told = call(capsys, "provenance", "--json", "--repo", made.top, made.top / item["path"])
        (alone,) = json.loads(told.out)["bundles"]
        assert (alone["path"], alone["commit"]) == (item["path"], item["commit"])
    missing = call(capsys, "provenance", "--repo", made.top, made.top / f"{FILE}#line 99")
    missing.is_told(3, f"there is no run {FILE}#line 99", f"bisect-parity provenance {FILE}")


def test_runs_of_one_file_are_columns_of_their_own(
    commits: tuple[GitRunner, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    made, code = commits
    names = [f"{FILE}#line {number}" for number in (1, 2)]
    two = json.loads(call(capsys, "params", "--json", "--repo", made.top, *(made.top / n for n in names)).out)
    assert [column["commit"] for column in two["columns"]] == code[:2]
    changed = {row["name"]: [cell.get("text") for cell in row["cells"]] for row in two["changed"]}
    assert changed[f"{FILE} config.tf32"] == ["false", "true"]
    assert changed["src/train.py: RATE"] == ["0", "1"]
    for word in (made.top / FILE, made.top / "results"):
        every = json.loads(call(capsys, "params", "--json", "--repo", made.top, word).out)
        assert [column["commit"] for column in every["columns"]] == code
    missing = call(capsys, "params", "--repo", made.top, made.top / f"{FILE}#line 99")
    missing.is_told(3, "there is no run", "#line 99")


def test_a_run_of_many_may_be_an_end_of_a_search(commits: tuple[GitRunner, list[str]]) -> None:
    made, code = commits
    journal = Journal(None, ["test"])
    repository = Repository.open(made.top, journal)
    end = Invocation(made.top, None, False, False, False, journal)
    commit, bundle = named_end(end, repository, str(made.top / f"{FILE}#line 2"), "good")
    assert bundle is not None
    assert (commit, bundle.path) == (code[1], f"{FILE}#line 2")
    with pytest.raises(EvidenceError, match=r"holds 10 runs. Name one, such as .*#line 1'"):
        named_end(end, repository, str(made.top / FILE), "good")


def test_what_diagnose_proposes_can_be_typed(
    commits: tuple[GitRunner, list[str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = commits
    monkeypatch.chdir(made.top)
    told = call(capsys, "diagnose", "--json", "--metric", "accuracy", "--min", "0.85")
    proposed = [word for word in json.dumps(json.loads(told.out)["next"]).split("'") if "#line" in word]
    assert len(proposed) == 2
    answer = call(capsys, "params", *proposed)
    assert answer.status == 0
    assert "config.tf32" in answer.out


def test_an_audit_without_parity_says_how_to_judge_its_runs(
    commits: tuple[GitRunner, list[str]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    made, _ = commits
    told = call(capsys, "audit", "--repo", made.top, "--out", tmp_path / "audit")
    assert "10 runs without parity metrics" in told.out
    assert "diagnose --metric NAME" in told.out


def test_a_line_that_stands_twice_is_one_run_of_the_first_place_in_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "r")
    made.commit({"src/train.py": "RATE = 0\n"}, "Code", when=START)
    good, bad = ({"time": START + 3600 * at, "correlation": 2.0 - at, "size": 64} for at in (1, 2))
    lines = [good, bad, good, good | {"size": 128}]  # another computation of the same moment and figure
    made.commit({FILE: "".join(json.dumps(line) + "\n" for line in lines)}, "Runs", when=START + 9000)
    runs = [f"{FILE}#line {number}" for number in (1, 2, 4)]
    told = json.loads(call(capsys, "provenance", "--repo", made.top, "--json").out)["bundles"]
    assert sorted(item["path"] for item in told if "#" in item["path"]) == runs
    found = json.loads(call(capsys, "diagnose", "--repo", made.top, "--json").out)["runs"]
    assert sorted(name for run in found for name in run["bundles"]) == runs


@pytest.mark.parametrize(("seconds", "are_apart"), [(40, True), (4000, False)])
def test_logs_that_differ_in_their_numbers_are_runs_if_one_begins_after_another_ended(
    seconds: int, are_apart: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "repository")
    made.commit({"src/train.py": "RATE = 1\n"}, "Code", when=START - 600)
    (made.top / "logs").mkdir()
    for number in range(3):
        begun = START + 3600 * number
        first, last = (
            f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}" for at in (begun, begun + seconds)
        )
        (made.top / f"logs/run{number}.txt").write_text(f"{first} begin\ncorrelation: 0.5\n{last} end\n")
    told = json.loads(call(capsys, "provenance", "--json", "--repo", made.top).out)["bundles"]
    apart = [f"logs/run{number}.txt" for number in range(3)]
    assert [item["path"] for item in told] == ["logs", *(apart if are_apart else [])]

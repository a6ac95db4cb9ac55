"""`diagnose` on real repositories: the phantom story, numbered files, verdicts of the user, bad input."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from fixtures import build
from fixtures.git import EPOCH, GitRunner
from tests.end_to_end.world import BUNDLE, call, everything, small_history

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("diagnose") / "phantom"
    build("phantom", top, 128)
    return top


def diagnosis(capsys: pytest.CaptureFixture[str], top: Path, *words: object) -> dict[str, Any]:
    answer = call(capsys, "diagnose", "--repo", top, *words, "--json")
    assert (answer.status, answer.err) == (0, "")
    document: dict[str, Any] = json.loads(answer.out)
    return document


CASE = """
[case.parity]
reference = ["true", "{out}"]
candidate = ["true", "{out}"]
"""


def saved(top: Path, accuracies: list[float], rate: list[float]) -> None:
    """Numbered files as pytest-benchmark saves them, each at a commit of its own."""
    made = GitRunner(top)
    for at, (accuracy, lr) in enumerate(zip(accuracies, rate, strict=True), 1):
        commit = made.commit({"src/a.py": f"A = {at}\n"}, f"Step {at}")
        document = {
            "machine_info": {"node": "bench-1", "python_version": "3.11.4"},
            "commit_info": {"id": commit, "dirty": False},
            "benchmarks": [
                {
                    "name": "test_fit",
                    "stats": {"mean": 1.0 + at / 7},
                    "extra_info": {"accuracy": accuracy, "lr": lr},
                }
            ],
            "datetime": f"2025-09-08T16:{at:02d}:30",
            "version": "4.0.0",
        }
        folder = top / ".benchmarks" / "Linux-CPython-3.11-64bit"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{at:04d}_run.json").write_text(json.dumps(document))


def test_the_phantom_is_no_commits_fault_and_nothing_is_changed(
    phantom: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(phantom)
    out = tmp_path / "out"
    document = diagnosis(capsys, phantom, "--out", out)
    assert document["code"]["ruled_out"]
    assert document["verdict"] in ("not-code", "untracked", "environment")
    assert any(
        item["same_code"] and item["commits_touching_code"] == 0 for item in document["code"]["intervals"]
    )
    command = document["next"][0]["command"]
    assert command.startswith("bisect-parity diagnose --run --at ")
    assert command.endswith(f" --case parity --repo {phantom}")
    assert everything(phantom) == before
    assert json.loads((out / "diagnosis.json").read_text()) == document
    page = (out / "diagnosis.md").read_bytes()
    assert page.isascii()
    assert b"ruled out" in page


def test_the_audit_holds_the_diagnosis(
    phantom: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(capsys, "audit", "--repo", phantom, "--out", tmp_path / "out")
    told = json.loads((tmp_path / "out" / "diagnosis.json").read_text())
    assert told["code"]["ruled_out"]
    assert (tmp_path / "out" / "diagnosis.md").is_file()


def test_numbered_files_are_runs_of_their_own_and_a_figure_judges_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path / "lab", [0.99] * 5 + [0.5] * 4, [0.1] * 9)
    document = diagnosis(capsys, tmp_path / "lab", "--metric", "accuracy", "--min", 0.9)
    assert [run["verdict"] for run in document["runs"]] == ["good"] * 5 + ["bad"] * 4
    assert document["verdict"] == "code"
    commits = [run["commit"][:12] for run in document["runs"]]
    told = [step["command"] for step in document["next"]]
    search = f"bisect-parity bisect --good {commits[4]} --bad {commits[5]} --test COMMAND"
    search += " --figure accuracy --limit 0.9 --better higher"
    here = f" --repo {tmp_path / 'lab'}"
    assert (told[0], told[-1]) == (search + here, "bisect-parity init" + here)


def test_the_lock_that_dvc_committed_with_each_result_states_its_parameters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = GitRunner(tmp_path / "r")
    for at, rate in enumerate((0.1, 0.2, 0.7, 0.1, 0.9, 0.3, 0.8, 0.2, 0.1)):
        result = json.dumps({"rmse": 0.1 if rate > 0.5 else 1e-9, "n": at})
        digest = hashlib.md5(result.encode(), usedforsecurity=False).hexdigest()
        output = {"path": "metrics.json", "md5": digest if at != 1 else "0" * 32}
        stage = {"params": {"params.yaml": {"lr": rate}}, "outs": [output]}
        lock = f"schema: '2.0'\nstages: {json.dumps({'train': stage})}\n"
        files = {".dvc/config": "", "metrics.json": result, "dvc.lock": lock, "a.py": "A = 1\n"}
        repo.commit(files, f"Run {at}", when=EPOCH + at * 3600)
    document = diagnosis(capsys, repo.top, "--metric", "rmse", "--max", 1e-6)
    first = document["contrast"]["hypotheses"][0]
    assert [item["name"] for item in first["attributes"]] == ["dvc.lock lr"]
    assert (first["separates"], first["good"], first["bad"]) == (True, 4, 3)


@pytest.mark.parametrize(
    ("settings", "frozen", "first", "last"),
    [
        ("", False, "bisect-parity bisect --good ", "bisect-parity init --freeze"),  # no case in it
        (CASE, False, "bisect-parity init --freeze", "bisect-parity diagnose --run"),
        (CASE, True, "bisect-parity bisect --good ", "bisect-parity diagnose --run"),
    ],
)
def test_what_is_done_already_is_not_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str, frozen: bool, first: str, last: str
) -> None:
    top = tmp_path / "lab"
    saved(top, [0.99] * 5 + [0.5] * 4, [0.1] * 9)
    (top / "bisect-parity.toml").write_text(settings)
    if frozen:
        assert call(capsys, "init", "--freeze", "--repo", top).status == 0
    steps = diagnosis(capsys, top, "--metric", "accuracy", "--min", 0.9)["next"]
    assert steps[0]["command"].startswith(first)
    assert steps[-1]["command"].startswith(last)
    assert ("[case.NAME]" in steps[-1]["why"]) == (not settings)


def test_without_a_known_metric_the_recorded_figures_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path / "lab", [0.99, 0.5], [0.1, 0.1])
    document = diagnosis(capsys, tmp_path / "lab")
    assert document["verdict"] == "unknown"
    assert "accuracy" in document["next"][0]["why"]


def test_a_criterion_may_stand_in_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved(tmp_path / "lab", [0.99, 0.5], [0.1, 0.1])
    (tmp_path / "lab" / "bisect-parity.toml").write_text(
        '[evidence.criterion]\nmetric = "accuracy"\nmin = 0.9\n'
    )
    document = diagnosis(capsys, tmp_path / "lab")
    assert [run["verdict"] for run in document["runs"]] == ["good", "bad"]
    told = call(capsys, "audit", "--repo", tmp_path / "lab", "--out", tmp_path / "out")
    assert "(good: accuracy at least 0.9)" in told.out
    assert "Judged: accuracy at least 0.9." in (tmp_path / "out" / "artifact_matrix.md").read_text()


def test_a_user_names_good_and_bad_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = small_history(tmp_path / "lab")
    other = "reports/20250908T160400Z"
    made.commit({f"{other}/env.json": '{"python": "3.12.1"}'}, "Another run, without figures")
    document = diagnosis(capsys, made.top, "--bad", made.top / other, "--good", made.top / BUNDLE)
    assert {run["bundles"][0]: run["verdict"] for run in document["runs"]} == {BUNDLE: "good", other: "bad"}


def test_runs_that_no_search_finds_are_read_where_they_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = GitRunner(tmp_path / "lab")
    first, last = (made.commit({"src/a.py": f"A = {number}\n"}) for number in range(2))
    lines = [f'{{"git_sha": "{commit}", "correlation": {r}}}\n' for commit, r in ((first, 1.0), (last, 0.5))]
    made.write({"kept.jsonl": "".join(lines)})
    call(capsys, "diagnose", "--repo", made.top).is_told(3, "no evidence bundle found", "folder or file")
    runs = ("--good", made.top / "kept.jsonl#line 1", "--bad", made.top / "kept.jsonl#line 2")
    document = diagnosis(capsys, made.top, *runs)
    assert [(run["verdict"], run["commit"]) for run in document["runs"]] == [("good", first), ("bad", last)]
    case = tmp_path / "case.toml"
    case.write_text('[case.unit]\ntest = ["true"]\n')
    answer = call(capsys, "isolate", "--over", "params", "--config", case, "--repo", made.top, *runs)
    answer.is_told(2, "there is nothing to try: no params differ")


def test_copies_of_one_run_cannot_be_good_and_bad(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = small_history(tmp_path / "lab")
    timings = {"correlation_warm": 0.9999, "time_c": 1.123456789012, "time_torch": 2.123456789012}
    results = json.dumps([{"size": 4096, **timings}])
    names = ("reports/20250908T160500Z", "copies/20250908T160500Z")
    made.write({f"{name}/benchmark_results.json": results for name in names})
    words = ("--good", made.top / names[0], "--bad", made.top / names[1])
    call(capsys, "diagnose", "--repo", made.top, *words).is_told(2, "are copies of one run", "each verdict")


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--good", "nowhere"), 3, "nowhere is not a run"),
        (("--good", BUNDLE, "--bad", BUNDLE), 2, "--good and with --bad"),
        (("--min", "1"), 2, "--metric"),
        (("--metric", "accuracy"), 2, "min or max"),
        (("--metric", "a", "--min", "2", "--max", "1"), 2, "must not be greater"),
        (("--metric", "corelation_warm", "--min", "1"), 2, "Did you mean 'correlation_warm'?"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(
    words: tuple[str, ...],
    status: int,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = small_history(tmp_path / "lab")
    monkeypatch.chdir(made.top)
    call(capsys, "diagnose", *words).is_told(status, told)


def test_one_run_alone_is_told_to_be_too_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = small_history(tmp_path / "lab")
    document = diagnosis(capsys, made.top)
    assert document["verdict"] == "unknown"
    assert document["causes"] == [
        {
            "kind": "unknown",
            "weight": 1.0,
            "evidence": ["no run is known to be bad: there is nothing to contrast"],
        }
    ]


def test_a_clone_without_history_is_diagnosed_as_far_as_it_goes(
    phantom: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    GitRunner(phantom, init=False).git(
        "clone", "-q", "--depth", "2", f"file://{phantom}", str(tmp_path / "shallow")
    )
    document = diagnosis(capsys, tmp_path / "shallow")
    assert document["contrast"]["good"] == 1
    shutil.rmtree(tmp_path / "shallow")

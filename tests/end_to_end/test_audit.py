"""`audit` on real repositories: everything is listed, nothing is invented, nothing is overwritten."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.commands.main import run
from tests.sandbox import ENVIRONMENT, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

GOOD, BAD = 0.9999984741695391, 0.7211752710777161
GOOD_RUN = "reports/benchmarks/20251009-051714"
OTHER_RUN = "reports/gap/phase_b/20251009T130000Z"
BAD_RUN = "reports/gap/phase_b/20251009T122000Z"
CODE = """
import argparse
THREADS = {threads}
parser = argparse.ArgumentParser()
parser.add_argument("--dtype", default="{dtype}")
"""
COMMANDS = """# Git Commit: {commit}
export WANDB_API_KEY=hunter2secret
KMP_DUPLICATE_LIB_OK=TRUE python scripts/bench.py \\
  --sizes 4096 --device cpu --dtype {dtype} --api-key hunter2secret
"""


def results(correlation: float, size: int = 4096) -> str:
    row = {"size": size, "c_time": 0.5203936100006104, "py_time_warm": 0.6704142093658447}
    row |= {"speedup_warm": 0.7762269992649153, "correlation_warm": correlation}
    return json.dumps([row | {"c_time": row["c_time"] + correlation}])


def bad_bundle(commit: str, dtype: str = "float32", path: str = BAD_RUN) -> dict[str, str | None]:
    return {
        f"{path}/failed/benchmark_results.json": results(BAD),
        f"{path}/env.json": json.dumps({"python": "3.11.9", "torch": "2.7.1", "git_sha": commit}),
        f"{path}/commands.txt": COMMANDS.format(commit=commit, dtype=dtype),
        f"{path}/summary.md": "correlation_warm: 0.721175\n",
    }


class Dated(Sandbox):
    """A repository whose commits have the dates that they are given."""

    def commit_at(self, time: str, files: dict[str, str | None]) -> str:
        date = f"2025-10-09T{time}Z"
        self.environment = ENVIRONMENT | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return self.commit(files)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Dated:
    made = Dated(tmp_path_factory.mktemp("audit") / "r")
    made.commit_at("12:00:00", {"scripts/bench.py": CODE.format(threads=1, dtype="float32")})
    made.commit_at("12:18:00", {f"{GOOD_RUN}/benchmark_results.json": results(GOOD)})
    broken = made.commit_at("12:19:00", {"scripts/bench.py": CODE.format(threads=2, dtype="float64")})
    made.commit_at("12:21:00", bad_bundle(broken))
    return made


@pytest.fixture
def sandbox(template: Dated, tmp_path: Path) -> Dated:
    shutil.copytree(template.top, tmp_path / "r")
    copy = Dated.__new__(Dated)
    copy.top = tmp_path / "r"
    return copy


def audit(sandbox: Dated, out: Path, *more: object) -> int:
    return run(["audit", "--repo", str(sandbox.top), "--out", str(out), *map(str, more)])


def matrix_of(out: Path) -> dict[str, Any]:
    matrix: dict[str, Any] = json.loads((out / "artifact_matrix.json").read_text())
    return matrix


def test_good_and_bad_runs_are_listed_to_the_last_digit(
    sandbox: Dated, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(sandbox, tmp_path / "out") == 0
    shown = capsys.readouterr().out
    assert "1 good, 1 bad, 0 unknown (good: correlation at least 0.999, sum_ratio within 0.005 of 1)" in shown
    assert str(GOOD) in shown
    assert "Diagnosis: " in shown
    document = matrix_of(tmp_path / "out")
    told = {item["path"]: item for item in document["bundles"]}
    assert told[GOOD_RUN]["metrics"]["correlation_warm"] == GOOD
    assert told[GOOD_RUN]["verdict"] == "good"
    assert told[GOOD_RUN]["class"] in ("inferred", "ambiguous", "unresolved")
    assert told[BAD_RUN]["verdict"] == "bad"
    assert told[BAD_RUN]["commit"] == sandbox.git("rev-parse", "HEAD~1")
    assert told[BAD_RUN]["context"]["dtype"]["value"] == "float32"


def test_all_documents_and_the_log_are_written_in_ascii(sandbox: Dated, tmp_path: Path) -> None:
    audit(sandbox, tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
    stems = ("artifact_matrix", "param_diff", "provenance", "diagnosis")
    twins = {f"{stem}.{kind}" for stem in stems for kind in ("md", "json")}
    assert names == twins | {"artifact_matrix.csv", "commands.txt"}
    for name in names:
        (tmp_path / "out" / name).read_bytes().decode("ascii")
    log = (tmp_path / "out" / "commands.txt").read_text()
    assert log.splitlines()[1].startswith("# bisect-parity")
    assert "cat-file" in log


def test_an_existing_folder_is_appended_to_and_never_overwritten(sandbox: Dated, tmp_path: Path) -> None:
    out = tmp_path / "out"
    audit(sandbox, out)
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    audit(sandbox, out)
    after = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert all(after[name] == content for name, content in before.items() if name != "commands.txt")
    assert after["commands.txt"].startswith(before["commands.txt"])
    assert "artifact_matrix.2.md" in after
    assert "provenance.2.json" in after
    assert "provenance.2.md" in after["artifact_matrix.2.md"].decode()


def test_evidence_and_git_are_left_as_they_were(sandbox: Dated, tmp_path: Path) -> None:
    before = sandbox.snapshot()
    audit(sandbox, tmp_path / "out")
    assert sandbox.snapshot() == before


def test_without_out_a_stamped_folder_below_reports_is_written_and_is_no_evidence(
    sandbox: Dated, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert run(["audit", "--repo", str(sandbox.top)]) == 0
        assert "2 runs of the series" in capsys.readouterr().out
    names = [folder.name for folder in (sandbox.top / "reports/bisect-parity").iterdir()]
    assert len(names) == 2
    assert all("Z-audit" in name for name in names)


def test_missing_files_are_all_listed_and_end_with_status_1(
    sandbox: Dated, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in bad_bundle(sandbox.git("rev-parse", "HEAD"), path=OTHER_RUN).items():
        assert text is not None
        if not name.endswith(("env.json", "benchmark_results.json")):
            (sandbox.top / name).parent.mkdir(parents=True, exist_ok=True)
            (sandbox.top / name).write_text(text)
    assert audit(sandbox, tmp_path / "out") == 1
    shown = capsys.readouterr().out
    assert f"Missing: {OTHER_RUN}/benchmark_results.json" in shown
    assert f"Missing: {OTHER_RUN}/env.json" in shown


def test_a_result_file_cut_short_is_told_and_ends_with_status_1(sandbox: Dated, tmp_path: Path) -> None:
    path = sandbox.top / GOOD_RUN / "benchmark_results.json"
    path.write_text(path.read_text()[:40])
    assert audit(sandbox, tmp_path / "out") == 1
    assert matrix_of(tmp_path / "out")["unreadable"] == [f"{GOOD_RUN}/benchmark_results.json"]


def test_the_defaults_of_the_good_and_the_bad_commit_are_compared(sandbox: Dated, tmp_path: Path) -> None:
    audit(sandbox, tmp_path / "out")
    text = (tmp_path / "out" / "param_diff.md").read_text()
    assert "| `scripts/bench.py: THREADS` | `1` | `2` | +1 (+100 %) |  |" in text
    assert "| `scripts/bench.py: --dtype` | `float32` | `float64` |  | **DEVIATION** |" in text


def test_another_dtype_than_expected_is_a_deviation(sandbox: Dated, tmp_path: Path) -> None:
    sandbox.commit(bad_bundle(sandbox.git("rev-parse", "HEAD~1"), "float64"))
    audit(sandbox, tmp_path / "out")
    assert "**DEVIATION** dtype float64" in (tmp_path / "out" / "artifact_matrix.md").read_text()
    assert "DEVIATION: R2: dtype is `float64`" in (tmp_path / "out" / "param_diff.md").read_text()


def test_no_secret_reaches_any_output(
    sandbox: Dated, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(sandbox, tmp_path / "out")
    written = [path.read_text() for path in (tmp_path / "out").iterdir() if path.is_file()]
    assert all("hunter2secret" not in text for text in [*written, capsys.readouterr().out])


def test_json_prints_the_matrix_and_nothing_else(
    sandbox: Dated, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(sandbox, tmp_path / "out", "--json")
    assert json.loads(capsys.readouterr().out) == matrix_of(tmp_path / "out")


def test_named_bundles_are_read_alone(sandbox: Dated, tmp_path: Path) -> None:
    audit(sandbox, tmp_path / "out", sandbox.top / BAD_RUN)
    assert [item["path"] for item in matrix_of(tmp_path / "out")["bundles"]] == [BAD_RUN]


def test_numbered_result_files_are_one_run_each_in_every_document(tmp_path: Path) -> None:
    made = Dated(tmp_path / "r")
    folder = ".benchmarks/Linux-CPython-3.11-64bit"
    for number, correlation in enumerate((GOOD, BAD), 1):
        commit = made.commit_at(f"12:0{number}:00", {"lib.py": f"SCALE = {number}\n"})
        document = {
            "commit_info": {"id": commit, "time": f"2025-10-09T12:0{number}:00Z", "dirty": False},
            "benchmarks": [{"name": "test_fft", "extra_info": {"correlation": correlation}, "stats": {}}],
            "datetime": f"2025-10-09T12:0{number}:30+00:00",
            "version": "4.0.0",
        }
        path = made.top / folder / f"000{number}_run.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    assert audit(made, tmp_path / "out") == 0
    paths = [f"{folder}/000{number}_run.json" for number in (1, 2)]
    matrix = matrix_of(tmp_path / "out")
    assert {item["path"]: item["verdict"] for item in matrix["bundles"]} == dict(
        zip(paths, ("good", "bad"), strict=True)
    )
    diagnosis = json.loads((tmp_path / "out" / "diagnosis.json").read_text())
    assert [item["bundles"] for item in diagnosis["runs"]] == [[path] for path in paths]
    provenance = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert {item["path"] for item in provenance["bundles"]} == {folder, *paths}


def test_a_commit_named_with_an_invented_tail_is_not_taken_for_recorded(
    sandbox: Dated, tmp_path: Path
) -> None:
    sandbox.commit(bad_bundle("0" * 8 + "f" * 32))
    audit(sandbox, tmp_path / "out")
    (item,) = [item for item in matrix_of(tmp_path / "out")["bundles"] if item["path"] == BAD_RUN]
    assert item["class"] not in ("confirmed", "recorded")


@pytest.mark.parametrize("kind", ["no repository", "no bundle", "no such bundle"])
def test_errors_are_one_line_with_a_remedy(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], sandbox: Dated
) -> None:
    bare = Sandbox(tmp_path / "empty")
    bare.commit({"a.py": "A = 1\n"})
    arguments = {
        "no repository": ["audit", "--repo", str(tmp_path)],
        "no bundle": ["audit", "--repo", str(bare.top)],
        "no such bundle": ["audit", "--repo", str(sandbox.top), "nowhere"],
    }[kind]
    assert run(arguments) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "Name" in lines[0]


def test_an_output_folder_that_is_a_file_is_one_clear_error(
    sandbox: Dated, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("in the way")
    assert audit(sandbox, tmp_path / "out") == 3
    assert "--out" in capsys.readouterr().err


def test_the_help_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  artifact_matrix.md  figures, verdict and commit of each run; gaps; open questions" in lines

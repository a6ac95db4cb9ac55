"""Bundles are found where runs leave them; nothing outside of them is read, and nothing is written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bisect_parity.config import EvidenceSettings
from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.walk import WorkTree

if TYPE_CHECKING:
    from bisect_parity.evidence.model import Bundle

ID = "855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"
RESULTS = json.dumps(
    [
        {
            "size": 4096,
            "c_time": 0.5268814563751221,
            "py_time_warm": 0.6753790378570557,
            "correlation_warm": 0.72,
        }
    ]
)


def write(top: Path, *names: str, text: str = f'{{"git_sha": "{ID}"}}') -> None:
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)


def found(top: Path, settings: EvidenceSettings | None = None) -> list[str]:
    return [bundle.path for bundle in discover(top, settings or EvidenceSettings())]


def only(top: Path, *names: str) -> tuple[Bundle, ...]:
    return discover(top, EvidenceSettings(), names)


@pytest.mark.parametrize(
    "folder",
    [
        "reports/benchmarks/20251009-161714",
        "reports/phase_b/20251009T095913Z",
        "reports/2025-09-29-debug",
        "reports/fix_20251008T180356Z",
        "benchmarks/20251008T153142Z_carryover",
        "results/20251201_dtype_probe",
        "outputs/2025-10-09/16-17-14",
        "runs/202510091617",
        "data/deep/er/20251009T095913Z",
    ],
)
def test_a_folder_with_a_stamp_is_a_bundle(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"{folder}/env.json")
    assert found(tmp_path) == [folder]


def test_a_file_that_is_named_is_a_bundle_by_itself(tmp_path: Path) -> None:
    write(tmp_path, "results/first.json", "results/second.json")
    for name in ("results/first.json", f"{tmp_path}/results/first.json"):
        (bundle,) = only(tmp_path, name)
        assert (bundle.path, len(bundle.findings[0].records)) == ("results/first.json", 1)


def test_result_files_at_the_top_are_found_and_settings_are_not(tmp_path: Path) -> None:
    runs = '{"date": "2025-10-09T09:59:13Z", "rmse": 0.5}\n{"date": "2025-10-09T11:59:13Z", "rmse": 0.25}\n'
    write(tmp_path, "runs.jsonl", "package.json", ".runs.jsonl", text=runs)
    write(tmp_path, "results.json", text='{"rmse": 0.5}')
    assert found(tmp_path) == ["runs.jsonl"]
    assert found(tmp_path, EvidenceSettings(roots=("runs.jsonl",))) == ["runs.jsonl"]
    assert found(tmp_path, EvidenceSettings(roots=("reports",))) == []
    write(tmp_path, "metrics.json", "lib/metrics.json", text='{"rmse": 0.5}')
    assert found(tmp_path) == ["metrics.json", "runs.jsonl"]


def test_a_history_of_runs_at_the_top_is_found(tmp_path: Path) -> None:
    text = f'{{"commit": "{ID}", "timestamp": "2025-10-09T10:11:12Z", "rmse": 0.25}}\n'
    write(tmp_path, "history.jsonl", text=text)
    write(tmp_path, "prehistory.jsonl", text=text)
    assert found(tmp_path) == ["history.jsonl"]


def test_result_files_with_stamps_of_their_own_are_a_bundle_each(tmp_path: Path) -> None:
    names = [f"results/bench_20251009_{hour}5913.json" for hour in ("09", "11")]
    write(tmp_path, *names, text='{"rmse": 0.5}')
    write(tmp_path, "results/plot_20251009_095913.png", "results/20251008/bench_20251009_095913.json")
    folder, first, second = discover(tmp_path, EvidenceSettings())
    assert [folder.path, first.path, second.path] == ["results/20251008", *names]
    assert second.stamps[0].seconds - first.stamps[0].seconds == 7200
    assert [bundle.path for bundle in only(tmp_path, "results")] == ["results", "results/20251008", *names]


def test_a_log_that_has_a_stamp_in_its_name_and_says_nothing_is_no_run_beside_that_of_the_stamp(
    tmp_path: Path,
) -> None:
    write(tmp_path, "reports/20251009-095913/benchmark_results.json", text='{"correlation": 0.5}')
    write(tmp_path, "logs/20251009-095913.log", text="20251009-095913 sizes 4096\n")
    write(tmp_path, "logs/20251010-095913.log", text="correlation: 0.5\n")
    found = [bundle.path for bundle in discover(tmp_path, EvidenceSettings())]
    assert found == ["logs/20251010-095913.log", "reports/20251009-095913"]
    assert [bundle.path for bundle in only(tmp_path, "logs/20251009-095913.log")] == [
        "logs/20251009-095913.log"
    ]


def test_a_folder_without_a_stamp_is_a_bundle_for_its_result_file(tmp_path: Path) -> None:
    write(tmp_path, "results/baseline/benchmark_results.json", text=RESULTS)
    write(tmp_path, "results/notes/readme.md", text="nothing")
    assert found(tmp_path) == ["results/baseline"]


@pytest.mark.parametrize("inner", ["failed", "profile", "profile/profile_4096x4096", "env", "logs"])
@pytest.mark.parametrize("folder", ["reports/20251009-161714", "results/baseline"])
def test_folders_within_belong_to_the_bundle_above(tmp_path: Path, folder: str, inner: str) -> None:
    write(tmp_path, f"{folder}/benchmark_results.json", text=RESULTS)
    write(tmp_path, f"{folder}/{inner}/env.json")
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert (bundle.path, len(bundle.artifacts)) == (folder, 2)


@pytest.mark.parametrize("inner", ["failed", "profile"])
def test_results_that_lie_in_an_inner_folder_only_make_the_folder_above_the_bundle(
    tmp_path: Path, inner: str
) -> None:
    write(tmp_path, f"results/baseline/{inner}/benchmark_results.json", text=RESULTS)
    assert found(tmp_path) == ["results/baseline"]


def test_a_stamped_folder_within_another_is_a_bundle_of_its_own(tmp_path: Path) -> None:
    outer, inner = "reports/20251008T162542Z", "reports/20251008T162542Z/cluster/20251008T172721Z"
    write(tmp_path, f"{outer}/env.json", f"{inner}/env.json")
    bundles = discover(tmp_path, EvidenceSettings())
    assert [bundle.path for bundle in bundles] == [outer, inner]
    assert [len(bundle.artifacts) for bundle in bundles] == [1, 1]
    assert len(bundles[1].stamps) == 2


def test_results_come_first_and_in_the_order_in_which_they_are_looked_for(tmp_path: Path) -> None:
    place = "reports/20251009-161714"
    names = ["benchmark_results.json", "failed/benchmark_results.json", "profile/benchmark_results.json"]
    write(tmp_path, *(f"{place}/{name}" for name in reversed(names)), text=RESULTS)
    write(tmp_path, f"{place}/a.json", f"{place}/commands.txt")
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert [artifact.path for artifact in bundle.artifacts][:3] == [f"{place}/{name}" for name in names]


def test_untracked_and_ignored_evidence_is_found_as_well(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("reports/\n")
    write(tmp_path, "reports/20251009-161714/env.json")
    assert found(tmp_path) == ["reports/20251009-161714"]


def test_a_dated_folder_of_other_things_is_no_bundle(tmp_path: Path) -> None:
    write(tmp_path, "docs/posts/2025-10-09-hello/post.txt", text="Hello, world")
    write(tmp_path, ".git/x/20251009T095913Z/env.json", ".venv/20251009T095913Z/env.json")
    assert found(tmp_path) == []


def test_roots_and_globs_say_where_to_look(tmp_path: Path) -> None:
    write(
        tmp_path,
        "kept/20251009T095913Z/env.json",
        "reports/20251009T095913Z/env.json",
        "reports/own/run/env.json",
    )
    assert found(tmp_path, EvidenceSettings(roots=("kept",))) == ["kept/20251009T095913Z"]
    assert found(tmp_path, EvidenceSettings(globs=("reports/own/*",))) == ["reports/own/run"]


def test_the_tools_own_output_is_no_evidence(tmp_path: Path) -> None:
    write(tmp_path, "reports/20251009T095913Z/env.json")
    write(tmp_path, "reports/bisect-parity/20251010T000000Z-audit/provenance.json")
    write(
        tmp_path,
        "reports/mine/20251010T000000Z/artifact_matrix.json",
        "reports/mine/20251010T000000Z/commands.txt",
    )
    assert found(tmp_path) == ["reports/20251009T095913Z"]


@pytest.mark.parametrize("is_absolute", [True, False])
def test_one_bundle_can_be_named(tmp_path: Path, is_absolute: bool) -> None:
    write(tmp_path, "reports/20251009T095913Z/env.json", "reports/20251009T095914Z/env.json")
    name = "reports/20251009T095914Z"
    (bundle,) = only(tmp_path, str(tmp_path / name) if is_absolute else name)
    assert bundle.path == name


def test_a_named_folder_need_not_look_like_evidence(tmp_path: Path) -> None:
    write(tmp_path, "somewhere/else/env.json")
    (bundle,) = only(tmp_path, str(tmp_path / "somewhere/else"))
    assert bundle.path == "somewhere/else"


def test_the_folder_above_bundles_names_them_all(tmp_path: Path) -> None:
    write(tmp_path, "reports/20251009T095913Z/env.json", "reports/20251009T095914Z/env.json")
    assert len(only(tmp_path, str(tmp_path / "reports"))) == 2


def test_what_cannot_be_a_bundle_is_told_with_a_remedy(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "outside").symlink_to("/")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("fifo", "dangling", "missing", "outside", "loop", "/", ".."):
        with pytest.raises(EvidenceError) as error:
            only(tmp_path, str(tmp_path / name))
        assert error.value.remedy


def test_links_are_not_followed_out_of_a_bundle(tmp_path: Path) -> None:
    top, outside = tmp_path / "top", tmp_path / "outside"
    write(outside, "git_sha.txt", text=ID)
    write(top, "reports/20251009T095913Z/notes.md", text="nothing")
    place = top / "reports/20251009T095913Z"
    (place / "git_sha.txt").symlink_to(outside / "git_sha.txt")
    (place / "env").symlink_to(outside)
    (place / "round").symlink_to(place)
    (bundle,) = discover(top, EvidenceSettings())
    assert ID not in repr(bundle)
    assert [artifact.path for artifact in bundle.artifacts] == ["reports/20251009T095913Z/notes.md"]


def test_a_root_that_is_a_link_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    top, outside = tmp_path / "top", tmp_path / "outside"
    write(outside, "20251009T095913Z/env.json")
    write(top, "reports/20251009T095913Z/env.json")
    (top / "results").symlink_to(outside)
    assert found(top) == ["reports/20251009T095913Z"]
    for root in ("results", "../outside", "/"):
        with pytest.raises(EvidenceError, match="not inside"):
            found(top, EvidenceSettings(roots=(root,)))


def test_a_root_of_the_settings_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    write(tmp_path, "reports/20251009T095913Z/env.json")
    assert found(tmp_path, EvidenceSettings(roots=("missing",))) == []


def test_folders_that_only_hold_other_files_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, "src/settings/env.json", "notes/readme.md", "data/a.json", "data/git_sha.txt")
    assert found(tmp_path) == []


def test_pipes_and_sockets_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "reports/20251009T095913Z/env.json")
    os.mkfifo(tmp_path / "reports/20251009T095913Z/git_sha.txt")
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert len(bundle.artifacts) == 1


def test_a_file_that_is_too_large_is_told_and_not_read(tmp_path: Path) -> None:
    place = tmp_path / "reports/20251009T095913Z"
    place.mkdir(parents=True)
    with (place / "huge.json").open("wb") as file:
        file.truncate(100 * 2**20)
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert (bundle.artifacts[0].size, bundle.artifacts[0].sha256) == (100 * 2**20, "")
    assert "larger" in bundle.findings[0].problems[0].message


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "reports/20251009T095913Z/env.json", "reports/20251009T095913Z/git_sha.txt")
    true_read = WorkTree.read

    def refuse(self: WorkTree, path: str, most: int) -> bytes:
        if path.endswith("env.json"):
            raise PermissionError(13, "Permission denied")
        return true_read(self, path, most)

    monkeypatch.setattr(WorkTree, "read", refuse)
    (bundle,) = discover(tmp_path, EvidenceSettings())
    problems = [problem for findings in bundle.findings for problem in findings.problems]
    assert [problem.message for problem in problems] == ["cannot be read: Permission denied"]


def test_names_that_are_no_unicode_survive(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/reports/20251009T095913Z_\xff"
    os.makedirs(folder)  # noqa: PTH103 - a name in bytes
    Path(os.fsdecode(folder + b"/env.json")).write_text(f'{{"git_sha": "{ID}"}}')
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert os.fsencode(bundle.path) == b"reports/20251009T095913Z_\xff"
    assert [record.text for item in bundle.findings for record in item.records] == [ID]


@pytest.mark.parametrize("name", ["with space", "new\nline", "quo'te\"", "-dash", "*", "[a]"])
def test_names_of_any_kind_are_found(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"reports/20251009T095913Z {name}/env.json")
    assert found(tmp_path) == [f"reports/20251009T095913Z {name}"]


def test_every_finding_stands_with_its_file(tmp_path: Path) -> None:
    write(tmp_path, "reports/20251009T095913Z/env.json", "reports/20251009T095913Z/image.bin")
    write(tmp_path, "reports/20251009T095913Z/git_sha.txt", text=ID)
    (bundle,) = discover(tmp_path, EvidenceSettings())
    claimed = [artifact.path for artifact in bundle.artifacts if artifact.format]
    assert [findings.path for findings in bundle.findings] == claimed


def test_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, "reports/20251009T095913Z/env.json", "reports/20251009T095913Z/benchmark_results.json")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    discover(tmp_path, EvidenceSettings())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_an_empty_tree_has_no_bundles(tmp_path: Path) -> None:
    assert discover(tmp_path, EvidenceSettings()) == ()


def test_copies_of_a_result_are_twins(tmp_path: Path) -> None:
    write(tmp_path, "reports/benchmarks/20251009-000540/benchmark_results.json", text=RESULTS)
    write(tmp_path, "reports/phase_b/20251009T070458Z/profile/benchmark_results.json", text=RESULTS)
    write(tmp_path, "reports/phase_b/20251009T094735Z/env.json")
    bundles = {bundle.path: bundle.twins for bundle in discover(tmp_path, EvidenceSettings())}
    assert bundles == {
        "reports/benchmarks/20251009-000540": ("reports/phase_b/20251009T070458Z",),
        "reports/phase_b/20251009T070458Z": ("reports/benchmarks/20251009-000540",),
        "reports/phase_b/20251009T094735Z": (),
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("env.json", '{"python": "3.13.5", "torch": "2.7.1"}'),
        ("benchmark_results.json", ""),
        ("benchmark_results.json", "[]"),
        ("benchmark_results.json", '[{"size": 4096, "correlation_warm": 0.7211752710777161}]'),
        ("commands.txt", "python bench.py --size 4096\n"),
    ],
)
def test_files_that_two_runs_can_share_make_no_twins(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, f"reports/20251009T070458Z/{name}", f"reports/20251009T080458Z/{name}", text=text)
    assert {bundle.twins for bundle in discover(tmp_path, EvidenceSettings())} == {()}


@pytest.mark.parametrize("other", [ID, ID[::-1]])
def test_a_result_beside_another_id_of_a_program_was_carried_along(tmp_path: Path, other: str) -> None:
    for place, commit in (("reports/20251009T070458Z", ID), ("reports/20251009T080458Z", other)):
        write(tmp_path, f"{place}/benchmark_results.json", text=RESULTS)
        write(tmp_path, f"{place}/env.json", text=json.dumps({"git_commit": commit}))
    assert all(bundle.twins for bundle in discover(tmp_path, EvidenceSettings())) == (other == ID)


def test_a_file_that_was_not_read_hides_no_twin(tmp_path: Path) -> None:
    places = [f"reports/20251009T07045{second}Z" for second in (1, 2)]
    for place in places:
        write(tmp_path, f"{place}/z.json", text=RESULTS)
        with (tmp_path / place / "a.json").open("wb") as file:
            file.truncate(100 * 2**20)
    assert {bundle.path: bundle.twins for bundle in discover(tmp_path, EvidenceSettings())} == {
        places[0]: (places[1],),
        places[1]: (places[0],),
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("perf/latest.json", f'{{"commit": "{ID}", "timings": {{"mean": 0.25}}}}'),
        ("bench/history.jsonl", f'{{"commit": "{ID[:9]}", "gflops": 7.5}}\n{{"timestamp": 1759999999}}\n'),
        ("benchmarks/results.yml", f"- commit: {ID[:8]}\n  date: 2025-10-09\n  time_ms: 1.5\n"),
        ("tools/profiling/speed.json", '{"date": "2025-10-09T10:11:12Z", "wall": 1.25}'),
    ],
)
def test_a_file_of_runs_is_found_without_a_stamp(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text=text)
    assert found(tmp_path) == [name.rpartition("/")[0]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config/app.json", f'{{"commit": "{ID}", "rate": 0.25}}'),
        ("reporting/package.json", '{"version": "1.0", "time": "later"}'),
        ("benchmarks/limits.yaml", "date: soon\nlimit: 0.5\n"),
        ("perf/pins.json", f'{{"rev": "{ID}"}}'),
        ("results/notes.txt", f"commit: {ID}\n"),
    ],
)
def test_a_file_that_states_no_run_is_no_evidence(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text=text)
    assert found(tmp_path) == []


LOG = "2025-10-09 09:59:13,250 INFO begin\ncorrelation = 0.9998\n2025-10-09 10:04:00,000 INFO end\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("results/third/metrics.json", '{"rmse": 0.5}'),
        ("lightning_logs/version_0/metrics.csv", "epoch,loss\n0,0.5\n1,0.25\n"),
        ("logs/third/training.csv", "epoch,loss\n0,0.5\n1,0.25\n"),
        ("results/third/summary.md", "Date: 2025-10-09 09:59\n\n| rmse | 0.5 |\n"),
        ("logs/third/job-1.out", LOG),
        ("output/third/metrics.json", '{"accuracy": 0.5}'),
        ("results/third/latest.json", '{"cases": [{"name": "zeros", "mean_ms": 0.5}]}'),
        ("results/third/bands.json", '{"GaN": {"time": 0.5, "converged": true}}'),
        ("results/third/errors.json", '{"mae": {"ours": 0.5, "theirs": 0.75}}'),
        ("results/third/summary.csv", "method,dt,rmse\nrk4,0.5,0.25\n"),
        ("results/third/run.yaml", f"git_commit: {ID}\ndate: 2025-10-09 16:17:14\n"),
        ("results/third/run.toml", f'date = "2025-10-09"\n[git]\ncommit = "{ID}"\n'),
        ("results/third/run_metadata.json", f'{{"git_commit": "{ID}", "run_timestamp": 1759999999}}'),
        ("results/third/manifest.json", f'{{"sources": {{"src/a.py": "{"0" * 64}"}}}}'),
        (
            "logs/third/main.log",
            f"Git info for Megatron: git-hash={ID[:7]} git-branch=main\n| lm loss: 7.5E+00 |\n",
        ),
        ("logs/third/training.log", "epoch,accuracy,loss\n0,0.5,0.25\n"),
        ("results/third/run.out", f"Git revision: {ID}\nRun started: 09-Oct-2025 16:17:14\n"),
    ],
)
def test_what_was_measured_is_evidence_where_runs_usually_leave_it(
    tmp_path: Path, name: str, text: str
) -> None:
    write(tmp_path, name, f"src/data/x{Path(name).suffix}", text=text)
    assert found(tmp_path) == [name.rpartition("/")[0]]


def test_the_files_of_a_folder_say_together_when_it_ran_and_what_came_out(tmp_path: Path) -> None:
    for folder in ("results/third", "src/third"):
        write(tmp_path, f"{folder}/env.json", text='{"date": "2025-10-09T16:17:14", "torch": "2.6"}')
    assert found(tmp_path) == []
    write(tmp_path, "benchmarks/releases.json", text='{"date": "2025-10-09T16:17:14", "release": "2.6"}')
    names = ("results/third/summary.md", "src/third/summary.md", "benchmarks/README.md")
    write(tmp_path, *names, text="| rmse | 0.5 |\n")
    assert found(tmp_path) == ["results/third"]
    for folder in ("data/runs/a", "evidence/b", "src/third"):
        write(tmp_path, f"{folder}/env.json", text='{"date": "2025-10-09T16:17:14", "torch": "2.6"}')
        write(tmp_path, f"{folder}/metrics.json", text='{"correlation": 0.5}')
    assert found(tmp_path) == ["data/runs/a", "evidence/b", "results/third"]


@pytest.mark.parametrize(
    "name", ["run.log", "summary.md", "out.txt", "notes.md", "README.txt", "CMakeLists.txt"]
)
def test_where_evidence_is_usual_a_log_or_a_summary_needs_no_time(tmp_path: Path, name: str) -> None:
    text = (
        "correlation = 0.98\n"
        if name != "summary.md"
        else "| metric | value |\n|---|---|\n| correlation | 0.98 |\n"
    )
    write(tmp_path, f"evidence/a/{name}", f"src/a/{name}", text=text)
    assert found(tmp_path) == (["evidence/a"] if name in ("run.log", "summary.md", "out.txt") else [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("results/config.json", '{"tolerance": 0.5}'),
        ("experiments/configs/a.json", '{"loss": {"alpha": 0.25}, "target_accuracy": 0.5}'),
        ("experiments/configs/a.yaml", "start_date: 2015-01-01\naccuracy: 0.5\n"),
        ("benchmarks/data/houses.csv", "rooms,score\n3,0.5\n"),
        ("results/prices.csv", "date,close\n2025-10-01,1.5\n2025-10-02,1.25\n2025-10-03,1.0\n"),
        ("results/readme.md", "A correlation of 0.9998 is what we want: correlation = 0.9998\n"),
        ("logs/install.log", "2025-10-09 09:59:13 INFO begin\n2025-10-09 09:59:14 INFO end\n"),
    ],
)
def test_what_measures_nothing_or_states_no_time_is_no_evidence_there(
    tmp_path: Path, name: str, text: str
) -> None:
    write(tmp_path, name, text=text)
    assert found(tmp_path) == []


@pytest.mark.parametrize("root", ["data/runs", "./data/runs/", "data", "."])
def test_in_the_roots_of_the_settings_every_file_that_says_something_counts(
    tmp_path: Path, root: str
) -> None:
    write(tmp_path, "data/runs/one/out.txt", text="correlation: 0.9998\n")
    write(tmp_path, "data/runs/two/config.json", text='{"alpha": 1}')
    assert found(tmp_path) == []
    assert found(tmp_path, EvidenceSettings(roots=(root,))) == ["data/runs/one"]


def test_the_folder_of_a_job_of_hydra_is_a_bundle_without_a_stamp_too(tmp_path: Path) -> None:
    write(tmp_path, "exp/alpha_1/.hydra/config.yaml", text="alpha: 1\n")
    write(tmp_path, "exp/alpha_1/app.log", text=LOG)
    (bundle,) = discover(tmp_path, EvidenceSettings())
    assert (bundle.path, len(bundle.artifacts)) == ("exp/alpha_1", 2)


def test_the_output_of_each_job_of_slurm_is_a_bundle(tmp_path: Path) -> None:
    names = [f"{folder}slurm-{job}.out" for folder in ("", "jobs/") for job in (101, 102)]
    write(tmp_path, *names, text=LOG)
    assert sorted(found(tmp_path)) == sorted(names)


def test_the_output_of_the_only_job_of_a_folder_is_part_of_its_bundle(tmp_path: Path) -> None:
    write(tmp_path, "jobs/101/slurm-101.out", "jobs/101/slurm-101.err", text=LOG)
    write(tmp_path, "jobs/101/metrics.json", text='{"loss": 0.5}')
    write(tmp_path, "jobs/102/slurm-102.out", text=LOG)
    assert {bundle.path: len(bundle.artifacts) for bundle in discover(tmp_path, EvidenceSettings())} == {
        "jobs/101": 3,
        "jobs/102/slurm-102.out": 1,
    }


@pytest.mark.parametrize(
    ("name", "is_found"),
    [
        ("perf/nightly/20251009T095913Z/loss.json", True),
        ("archive/run_20251009_095913/loss.json", True),
        ("data/20251009_095913/loss.json", False),
    ],
)
def test_figures_below_a_stamp_are_evidence_where_the_path_speaks_of_runs(
    tmp_path: Path, name: str, *, is_found: bool
) -> None:
    write(tmp_path, name, text='{"loss": 0.5}')
    assert found(tmp_path) == ([name.rpartition("/")[0]] if is_found else [])


@pytest.mark.parametrize(
    "folder", ["tests/data/run", "tests/fixtures", "src/pkg/testdata/20251009T070458Z", "test/a/expected"]
)
def test_what_tests_compare_with_is_no_evidence_unless_it_is_asked_for(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"{folder}/results.json", text=f'{{"commit": "{ID}", "date": "2025-10-09", "rmse": 0.5}}')
    write(tmp_path, f"{folder}/events.json", text='{"results": [], "command": "x", "stddev": 0.5}')
    assert found(tmp_path) == []
    assert found(tmp_path, EvidenceSettings(roots=(folder,))) == [folder]


@pytest.mark.parametrize("mark", ["file", "folder"])
def test_submodules_and_other_repositories_are_not_entered(tmp_path: Path, mark: str) -> None:
    write(tmp_path, "lib/reports/20251009T095913Z/env.json", "reports/20251009T095913Z/env.json")
    (tmp_path / ".git").mkdir()
    if mark == "file":
        (tmp_path / "lib/.git").write_text("gitdir: ../.git/modules/lib\n")
    else:
        (tmp_path / "lib/.git").mkdir()
    assert found(tmp_path) == ["reports/20251009T095913Z"]
    with pytest.raises(EvidenceError, match=r"lib/reports belongs to another repository, .*lib"):
        found(tmp_path, EvidenceSettings(roots=("lib/reports",)))


@pytest.mark.parametrize("name", ["lib", "lib/reports", "lib/reports/20251009T095913Z"])
@pytest.mark.parametrize("is_absolute", [True, False])
def test_what_lies_in_a_submodule_is_read_where_it_is_named(
    tmp_path: Path, name: str, *, is_absolute: bool
) -> None:
    run = tmp_path / "lib/reports/20251009T095913Z"
    write(tmp_path, "lib/reports/20251009T095913Z/env.json")
    (tmp_path / ".git").mkdir()
    (tmp_path / "lib/.git").write_text("gitdir: ../.git/modules/lib\n")
    bundles = only(tmp_path, str(tmp_path / name) if is_absolute else name)
    assert str(run) in [bundle.path for bundle in bundles]


def test_another_repository_is_read_where_its_top_is_named(tmp_path: Path) -> None:
    (tmp_path / "code/.git").mkdir(parents=True)
    (tmp_path / "data/.git").mkdir(parents=True)
    run = tmp_path / "data/20251009T095913Z"
    write(tmp_path, "data/20251009T095913Z/env.json")
    assert [bundle.path for bundle in only(tmp_path / "code", str(tmp_path / "data"))] == [str(run)]


def test_a_name_that_is_too_long_and_a_folder_without_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="does not exist"):
        only(tmp_path, "x" * 5000)
    (tmp_path / "reports/20251009T095913Z").mkdir(parents=True)
    with pytest.raises(EvidenceError, match="holds no file that can be evidence"):
        only(tmp_path, "reports/20251009T095913Z")

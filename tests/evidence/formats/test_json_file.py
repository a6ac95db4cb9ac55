"""JSON of any shape is sorted by its keys; nothing that stands in it makes the reader fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats import entries
from bisect_parity.evidence.formats.json_file import READER
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import Findings, TimeKind, Trust

if TYPE_CHECKING:
    from pathlib import Path

ID = "855ddd0d59f3a90fb8a0ff40717c44fa7531f3ac"
OTHER = "0e9dcb41c76477813eeab1db99e38f2a644ee2ea"


def read(document: Any, path: str = "r/env.json") -> Findings:
    return READER.read(path, json.dumps(document).encode())


def test_it_claims_json_by_its_name() -> None:
    assert find_reader("r/env.json", b"") is READER
    assert find_reader("r/env.txt", b"{}") is not READER


@pytest.mark.parametrize(
    "key", ["git_sha", "git_commit", "git_head", "commit_sha", "commit", "git_short_sha", "commit_hash"]
)
def test_an_id_is_found_under_every_key_also_nested(key: str) -> None:
    for document in ({key: ID}, {"meta": {"run": {key: ID}}}, [{key: ID}]):
        (record,) = read(document).records
        assert (record.text, record.trust, record.is_id) == (ID, Trust.MACHINE, True)
        assert (record.source.path, record.source.line) == ("r/env.json", 0)


@pytest.mark.parametrize(
    "document",
    [
        {"git": {"sha": ID}},
        {"git": {"commit": ID, "dirty": True}},
        {"git": ID},
        {"repository": {"head": ID}},
        {"vcs": {"revision": ID}},
    ],
)
def test_an_id_below_a_key_that_names_the_repository_is_found(document: Any) -> None:
    assert [record.text for record in read(document).records] == [ID]


def test_the_flag_beside_an_id_says_whether_the_tree_was_dirty() -> None:
    assert read({"git": {"commit": ID, "dirty": True}}).records[0].dirty is True
    assert read({"git_sha": ID, "git_dirty": False}).records[0].dirty is False
    assert read({"git_sha": ID}).records[0].dirty is None


@pytest.mark.parametrize("key", ["baseline", "reference", "previous", "good", "bad", "expected", "before"])
def test_the_id_of_another_run_is_a_quote(key: str) -> None:
    found = read({"git_sha": ID, key: {"git_sha": OTHER, "correlation": 0.5}})
    assert [r.text for r in found.records if r.trust is Trust.MACHINE] == [ID]


@pytest.mark.parametrize("value", ["HEAD", "unknown", "$(git rev-parse HEAD)"])
def test_a_placeholder_is_shown_as_such(value: str) -> None:
    (record,) = read({"git_commit": value}).records
    assert (record.is_id, record.text) == (False, value)


def test_figures_keep_their_last_digit_and_know_their_size() -> None:
    entry = {
        "size": 4096,
        "correlation_warm": 0.7211752710777161,
        "sum_ratio": 1.0000124,
        "speedup_warm": 0.78,
    }
    found = read([entry], "r/benchmark_results.json")
    assert {m.name: (m.value, m.size, m.trust) for m in found.metrics} == {
        "correlation_warm": (0.7211752710777161, 4096, Trust.MACHINE),
        "sum_ratio": (1.0000124, 4096, Trust.MACHINE),
        "speedup_warm": (0.78, 4096, Trust.MACHINE),
    }


def test_several_entries_are_several_runs() -> None:
    document = [{"size": size, "correlation_warm": size / 10000} for size in (256, 4096)]
    found = read(document, "r/benchmark_results.json")
    assert found.metrics == ()
    assert [(run.label, run.metrics[0].size, run.metrics[0].value) for run in found.runs] == [
        ("[0]", 256, 0.0256),
        ("[1]", 4096, 0.4096),
    ]


def test_no_more_runs_are_read_than_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_RUNS", 2)
    found = read([{"rmse": 0.5}, {"rmse": 0.25}, {"rmse": 0.125}])
    assert [run.label for run in found.runs] == ["[0]", "[2]"]
    assert [problem.message for problem in found.problems] == ["3 entries: only 1 from each end were read"]


def test_null_is_a_figure_that_was_not_measured() -> None:
    (metric,) = read({"correlation_warm": None}).metrics
    assert metric.value is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf"), ("1e400", "inf"), ("9" * 400, "inf")],
)
def test_a_figure_that_is_not_finite_was_recorded_nevertheless(text: str, kept: str) -> None:
    (metric,) = READER.read("r/x.json", f'{{"correlation_warm": {text}}}'.encode()).metrics
    assert repr(metric.value) == kept


def test_times_are_read_with_their_meaning() -> None:
    found = read({"timestamp_iso": "2025-10-08T01:13:59.230387Z", "start_time": 1_759_885_200})
    assert [(time.kind, time.origin, time.marks) for time in found.times] == [
        (TimeKind.UTC, "field", "unknown"),
        (TimeKind.UTC, "field", "start"),
    ]


@pytest.mark.parametrize(
    "value",
    ["2025-10-09 23:00:00", {"$date": "2025-10-09T23:00:00Z"}, {"$date": {"$numberLong": "1760050800000"}}],
)
def test_a_time_is_read_as_its_key_or_mongodb_writes_it(value: Any) -> None:
    (time,) = read({"start_utc": value}).times
    assert (time.kind, time.seconds, time.marks) == (TimeKind.UTC, 1_760_050_800, "start")


@pytest.mark.parametrize("key", ["git", "repo", "git_commit", "commit_info", "last_commit", "HEAD"])
def test_a_time_in_an_object_that_describes_the_commit_is_the_commits_own(key: str) -> None:
    commit = {"hash": ID, "date": "2025-10-09T22:05:00Z", "committer": {"time": 1760047500}}
    found = read({"runs": {key: commit}, "timestamp": "2025-10-09T23:00:00Z"})
    assert [record.text for record in found.records] == [ID]
    assert [time.origin for time in found.times] == ["commit", "commit", "field"]


def test_how_long_the_whole_run_took_is_read_not_how_long_a_part_did() -> None:
    document = {
        "elapsed_s": 14_400,
        "timing": {"wall_time": "4:00:02"},
        "kernel": {"duration": 0.2},
        "cases": [{"elapsed_s": 3.0}],
    }
    found = read(document)
    assert [each.seconds for each in found.durations] == [14_400.0, 14_402.0]
    assert found.durations[0].source.text == "elapsed_s = 14400"


def test_branches_and_parameters_are_told_apart() -> None:
    found = read(
        {"git_branch": "feature/x", "device": "cpu", "detector": {"distance_mm": 500.0}}
        | {"baseline": {"branch": "main"}, "dependencies": {"fft": {"branch": "main"}}},
        "r/run.json",
    )
    assert [branch.value for branch in found.branches] == ["feature/x"]
    others = {"baseline.branch": "main", "dependencies.fft.branch": "main"}
    own = {"device": "cpu", "detector.distance_mm": 500.0}
    assert {p.name: p.value for p in found.parameters} == own | others


def test_the_command_that_was_run_is_read() -> None:
    found = read(
        {"command": "KMP=1 python scripts/benchmark.py --size 4096 --device cpu"}, "r/run_metadata.json"
    )
    (command,) = found.commands
    assert command.program == "scripts/benchmark.py"
    assert command.options["--size"] == "4096"


def test_what_is_no_json_is_read_as_text_and_said_to_be() -> None:
    found = READER.read("r/env.json", f"Python 3.13.7\n2.8.0+cu128\n{ID}\n".encode())
    assert [record.text for record in found.records] == [ID]
    assert "not valid JSON" in found.problems[0].message


def test_json_that_was_cut_off_still_gives_its_id() -> None:
    found = READER.read("r/env.json", f'{{\n "git_sha": "{ID}",\n "torch": "2.'.encode())
    assert [record.text for record in found.records] == [ID]
    assert found.problems


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_of_json_is_understood(encoding: str) -> None:
    found = READER.read("r/env.json", json.dumps({"git_sha": ID}).encode(encoding))
    assert [record.text for record in found.records] == [ID]


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"\0\0\0",
        b"",
        b"null",
        b"3",
        b'"text"',
        b"[]",
        b"[1, 2, 3]",
        b"[[[1]]]",
        b"\xff\xfe\xfa",
        b"9" * 5000,
        b'{"git_sha": ' + b"9" * 5000 + b"}",
        b'{"git_sha": "' + b"ab" * 2**19 + b'"}',
        b'{"git_sha": {"git_sha": ["x", 1, null]}}',
        b'{"size": 1e999, "correlation": 1e999}',
        b'{"\\ud800": "\\udfff", "git_sha": "\\ud800"}',
    ],
)
def test_no_document_makes_the_reader_fail(data: bytes) -> None:
    found = READER.read("r/env.json", data)
    assert all(not record.is_id or len(record.text) <= 64 for record in found.records)


def run(document: Any) -> Findings:
    return READER.read("results/run.json", json.dumps(document).encode())


def test_the_commits_of_what_a_run_used_are_not_its_own() -> None:
    other = ID[::-1]
    found = run(
        {
            "vcs": {"revision": ID, "modified": False},
            "submodules": {"extern/lib": {"commit": other}},
            "data": {"revision": other},
            "model": {"name": "tiny", "sha": other},
            "dependencies": [{"name": "solver", "git_commit": other}],
        }
    )
    assert [(record.text, record.dirty) for record in found.records] == [(ID, False)]


@pytest.mark.parametrize(
    ("value", "dirty"), [(f"{ID[:10]}+dirty", True), (f"{ID}-dirty", True), (f"v1.2-3-g{ID[:8]}", None)]
)
def test_a_repository_may_be_told_by_its_id_with_a_mark(value: str, dirty: bool | None) -> None:
    (record,) = run({"git": value}).records
    assert ID.startswith(record.text)
    assert record.dirty is dirty


def test_a_version_or_an_address_of_a_repository_is_no_id() -> None:
    assert run({"git": "2.39.1", "repo": "https://example.org/abcdef1/x"}).records == ()


@pytest.mark.parametrize("day", ["2015-01-01", "2015-01-01T00:00:00"])
def test_the_period_that_a_computation_is_about_is_not_when_it_was_run(day: str) -> None:
    found = run({"start_date": day, "end_date": "2024-12-31", "date": "2025-10-09"})
    assert [time.source.text for time in found.times] == ['date = "2025-10-09"']
    assert {item.name for item in found.parameters} == {"start_date", "end_date"}


def test_numbers_below_metrics_are_figures_whatever_their_names() -> None:
    found = run({"metrics": {"top1": 0.75, "heat": {"flux": 2}, "unit": "W"}, "steps": 2})
    assert {metric.name: metric.value for metric in found.metrics} == {
        "metrics.top1": 0.75,
        "metrics.heat.flux": 2.0,
    }
    assert {item.name for item in found.parameters} == {"metrics.unit", "steps"}


@pytest.mark.parametrize("name", ["metrics.json", "eval_metrics.json", "all_results.json", "scores.json"])
def test_the_numbers_of_a_file_of_metrics_are_figures(name: str) -> None:
    found = READER.read(f"output/{name}", b'{"run": "a", "flux": 0.5}')
    assert [(metric.name, metric.value) for metric in found.metrics] == [("flux", 0.5)]


def test_digests_of_code_are_kept_by_their_files_and_those_of_data_are_not() -> None:
    digest = "0" * 64
    found = run(
        {
            "sources": {"src/disk.py": digest, "data/grid.npz": digest, "src/old.py": "0" * 40},
            "inputs": [
                {"path": "src/heat.f90", "sha256": f"sha256:{digest}"},
                {"path": "x.csv", "md5": "0" * 32},
            ],
        }
    )
    assert [(item.file, item.algorithm, item.hexdigest) for item in found.digests] == [
        ("src/disk.py", "sha256", digest),
        ("src/heat.f90", "sha256", digest),
    ]


def test_eigenvalues_are_no_environment_and_versions_no_variables() -> None:
    env = {"OMP_NUM_THREADS": "4", "DB": "x"}  # what the variables of a shell hold may be a secret
    found = run(
        {
            "eigenvalues": [0.5],
            "env": env,
            "the env:\n": env,
            "conda_env": "a",
            "versions": {"HDF5": "1.14.2", "R": "4"},
        }
    )
    assert [item.name for item in found.parameters] == ["eigenvalues[0]"]
    kept = {"env.OMP_NUM_THREADS", "the env:\n.OMP_NUM_THREADS", "conda_env", "versions.HDF5", "versions.R"}
    assert {item.name for item in found.environment} == kept


def test_figures_and_objects_whose_names_speak_of_tokens_and_sessions_are_kept() -> None:
    found = run({"tokens_per_s": 12.5, "session_info": {"time_start": "2025-10-09T16:17Z"}, "max_tokens": 8})
    assert {item.name: item.value for item in found.parameters} == {"tokens_per_s": 12.5, "max_tokens": 8}
    assert [time.marks for time in found.times] == ["start"]


def test_secrets_are_never_kept() -> None:
    document = {
        "git_sha": ID,
        "api_key": "hunter2hunter2",
        "note": "GEMINI_API_KEY=AIzaSyA-1234567890abcdefghijklmnopqrs",
        "environment": {
            "PATH": "/home/someone/bin",
            "HF_TOKEN": "hf_hunter2hunter2hunter2",
            "OMP_NUM_THREADS": "4",
        },
        "nested": {"auth": {"password": "hunter2"}, "tokens": ["hunter2"], "secrets": {"inner": "hunter2"}},
        "url": "https://user:hunter2@example.org/",
    }
    found = read(document)
    kept = repr(found)
    assert "hunter2" not in kept
    assert "AIzaSyA" not in kept
    assert "/home/someone/bin" not in kept
    assert "4" in {p.value for p in found.environment if p.name.endswith("OMP_NUM_THREADS")}


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60), st.just(ID))
KEYS = st.one_of(
    st.text(max_size=12), st.sampled_from(["git_sha", "commit", "size", "timestamp", "correlation", "env"])
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_any_document_is_read_without_complaint(document: Any) -> None:
    found = READER.read("r/any.json", json.dumps(document).encode())
    for record in found.records:
        assert not record.is_id or set(record.text) <= set("0123456789abcdef")


@given(st.binary(max_size=500))
def test_any_bytes_are_read_without_complaint(data: bytes) -> None:
    READER.read("r/any.json", data)


def test_a_list_of_numbers_is_data_and_no_problem() -> None:
    assert READER.read("criterion/fft/new/tukey.json", b"[1.5, 2, 3.25, 1e400]").problems == ()
    (problem,) = READER.read("x.json", b'["a", 1]').problems
    assert problem.message == "a JSON list without objects"


def test_the_attributes_of_a_zarr_group_of_version_2_are_evidence(tmp_path: Path) -> None:
    group = tmp_path / "results" / "run_1.zarr"
    group.mkdir(parents=True)
    (group / ".zgroup").write_text('{"zarr_format": 2}')
    (group / ".zattrs").write_text(json.dumps({"git_sha": "1a2b3c4d5e", "rmse": 0.25}))
    (bundle,) = discover(tmp_path, EvidenceSettings())
    (findings,) = (each for each in bundle.findings if each.records)
    assert (bundle.path, findings.records[0].text) == ("results/run_1.zarr", "1a2b3c4d5e")

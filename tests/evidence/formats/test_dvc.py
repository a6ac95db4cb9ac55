"""DVC and DVCLive: digests of dependencies, parameters, plots, and experiments with their baselines."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.dvc import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import assert_sound, find

BASELINE = "cff385798e711c779fae5582742bedb010cf84dd"


def test_the_lock_file_holds_parameters_and_digests_of_what_the_stage_read() -> None:
    found = find("dvc/dvc.lock", "dvc")
    assert {item.name: item.value for item in found.parameters} == {"size": 16, "beam.wavelength": 6.2}
    assert {item.file: (item.algorithm, item.hexdigest) for item in found.digests} == {
        "simulator.py": ("md5", "9b5d8715f104a00e6c81ddd1654e2bc7"),
        "train.py": ("md5", "a3c044a5ec6bb70c8ccb183923b10ebb"),
    }


def test_the_digest_of_a_folder_is_not_that_of_a_file() -> None:
    data = b"schema: '2.0'\nstages:\n  a:\n    deps:\n    - path: data\n      md5: " + b"0" * 32 + b".dir\n"
    assert READER.read("dvc.lock", data).digests == ()


@pytest.mark.parametrize(("path", "size"), [("dvc/params.yaml", 16), ("dvc/dvclive/params.yaml", 8)])
def test_parameters_are_read(path: str, size: int) -> None:
    found = {item.name: item.value for item in find(path, "dvc").parameters}
    assert found == {"size": size, "beam.wavelength": 6.2, "beam.polarised": False}


def test_the_last_line_of_a_plot_counts_and_its_times_are_those_of_the_run() -> None:
    found = find("dvc/dvclive/plots/metrics/correlation.tsv", "dvc")
    assert [(item.name, item.value, item.source.line) for item in found.metrics] == [("correlation", 1.0, 3)]
    assert [(time.seconds, time.kind) for time in found.times] == [
        (1795488138.474, TimeKind.UTC),
        (1795488138.485, TimeKind.UTC),
    ]
    assert find("dvc/dvclive/plots/metrics/sum_ratio.tsv", "dvc").times == ()


def test_the_step_is_no_figure() -> None:
    metrics = find("dvc/dvclive/metrics.json", "dvc").metrics
    assert {item.name: item.value for item in metrics} == {"correlation": 1.0, "sum_ratio": 1.0}


def test_an_experiment_has_its_baseline_as_commit_and_ends_before_its_own_time() -> None:
    runs = {run.label: run for run in find("dvc/exp_show.json", "dvc").runs}
    assert list(runs) == ["[0]", "[1]", "[1].experiments[0].revs[0]", "[1].experiments[1].revs[0]"]
    experiment = runs["[1].experiments[0].revs[0]"]
    assert [(record.key, record.text) for record in experiment.records] == [("baseline rev", BASELINE)]
    assert [(time.seconds, time.kind, time.origin, time.marks) for time in experiment.times] == [
        (1795459341.0, TimeKind.LOCAL, "field", "end")
    ]
    assert {item.name: item.value for item in experiment.environment} == {
        "experiment": "blame-doit",
        "experiment_rev": "37cdc86feb50db9fb766f256f2136ef818759034",
    }
    assert {item.name: item.value for item in experiment.parameters}["size"] == 16
    assert {item.name: item.value for item in experiment.metrics} == {"correlation": 1.0, "sum_ratio": 1.0}
    assert {item.file for item in experiment.digests} == {"simulator.py", "train.py"}


def test_the_work_tree_is_a_placeholder_and_a_baselines_time_is_its_commits() -> None:
    runs = {run.label: run for run in find("dvc/exp_show.json", "dvc").runs}
    assert [(record.text, record.is_id) for record in runs["[0]"].records] == [("workspace", False)]
    assert [record.text for record in runs["[1]"].records] == [BASELINE]
    assert [time.origin for time in runs["[1]"].times] == ["commit"]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("dvclive/plots/loss.tsv", b""),
        ("dvclive/plots/loss.tsv", b"step\tloss\n"),
        ("dvclive/plots/loss.tsv", b"step\tloss\n0\tmany\n1\n"),
        ("exp.json", b"[1, 2]"),
        ("dvclive/metrics.json", b'"text"'),
        ("params.yaml", b"- 1\n"),
        ("dvc.lock", b"schema: [\n"),
    ],
)
def test_what_cannot_be_read_is_told(path: str, data: bytes) -> None:
    found = READER.read(path, data)
    assert_sound(found, path)
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("metrics.json", b'{"correlation": 1}'),
        ("table.tsv", b"step\tx\n"),
        ("dvc.lock", b"x: 1"),
        ("a.json", b'{"rev": 1}'),
    ],
)
def test_files_of_others_are_not_claimed(name: str, head: bytes) -> None:
    assert not READER.claims(PurePosixPath(name), head)


def test_experiments_of_another_shape_are_passed_over() -> None:
    document = [{"rev": "workspace", "data": None, "experiments": [{"revs": "none"}, None, {"revs": [None]}]}]
    found = READER.read("exp.json", json.dumps(document).encode())
    assert_sound(found, "exp.json")
    assert [run.label for run in found.runs] == ["[0]", "[0].experiments[2].revs[0]"]

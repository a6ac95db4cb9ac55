"""MLflow: one value a file in the store, and the same out of the command line's JSON."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.mlflow import READER
from bisect_parity.evidence.model import Findings, TimeKind, Trust
from tests.evidence.formats.tools import FOURTH, assert_sound, find

RUN = "mlflow/568651825524948347/cb450cc8816842d89c98d2bb592b4051"
TAGS = f"{RUN}/tags/mlflow.source.git"


def test_the_commit_is_a_tag() -> None:
    (record,) = find(f"{TAGS}.commit", "mlflow").records
    assert (record.key, record.text, record.trust) == ("mlflow.source.git.commit", FOURTH, Trust.MACHINE)
    assert record.source.line == 1


def test_start_and_end_stand_in_milliseconds_in_the_runs_own_file_only() -> None:
    times = find(f"{RUN}/meta.yaml", "mlflow").times
    assert [(time.seconds, time.marks, time.kind) for time in times] == [
        (1795488092.005, "start", TimeKind.UTC),
        (1795488092.041, "end", TimeKind.UTC),
    ]
    assert not READER.claims(
        PurePosixPath("mlruns/5/meta.yaml"), b"artifact_location: x\nexperiment_id: '5'\n"
    )


def test_parameters_branch_and_source_are_read() -> None:
    assert [(item.name, item.value) for item in find(f"{RUN}/params/dtype", "mlflow").parameters] == [
        ("dtype", "float32")
    ]
    assert [item.value for item in find(f"{TAGS}.branch", "mlflow").branches] == ["main"]
    assert [item.value for item in find(f"{TAGS}.repoURL", "mlflow").environment] == [
        "https://example.org/maker/simulator.git"
    ]


def test_the_last_line_of_a_metric_counts_and_its_line_is_told() -> None:
    found = find(f"{RUN}/metrics/correlation", "mlflow")
    (metric,) = found.metrics
    assert (metric.name, metric.value, metric.source.line) == ("correlation", 1.0, 2)
    assert [time.seconds for time in found.times] == [1795488092.035, 1795488092.037]


def test_the_user_is_not_kept() -> None:
    assert find(f"{RUN}/tags/mlflow.user", "mlflow") == Findings()


def test_the_run_that_the_command_line_prints_is_the_same_run() -> None:
    found = find("mlflow/describe.json", "mlflow")
    assert [(record.text, record.dirty) for record in found.records] == [(FOURTH, None)]
    assert [time.seconds for time in found.times] == [1795488092.005, 1795488092.041]
    assert {item.name: item.value for item in found.parameters} == {"dtype": "float32", "size": "8"}
    assert {item.name: item.value for item in found.metrics} == {"sum_ratio": 1.0, "correlation": 1.0}
    assert [item.value for item in found.branches] == ["main"]


def test_the_state_of_the_tree_is_the_commits_where_both_are_known() -> None:
    tags = {"mlflow.source.git.commit": FOURTH, "mlflow.source.git.dirty": "True"}
    document = {"info": {"run_id": "a", "lifecycle_stage": "active"}, "data": {"tags": tags}}
    found = READER.read("run.json", json.dumps(document).encode())
    assert [(record.text, record.dirty) for record in found.records] == [(FOURTH, True)]


@pytest.mark.parametrize(
    ("name", "value", "states"),
    [
        ("mlflow.source.git.dirty", b"true", [True]),
        ("mlflow.source.git.dirty", b"False\n", [False]),
        ("mlflow.source.git.dirty", b"perhaps", []),
        ("mlflow.source.git.diff", b"--- a\n+++ b\n", [True]),
        ("mlflow.source.git.diff", b"", [False]),
    ],
)
def test_the_state_of_the_tree_in_a_file_of_its_own_is_a_record_without_an_id(
    name: str, value: bytes, states: list[bool]
) -> None:
    path = f"{RUN}/tags/{name}"
    found = READER.read(path, value)
    assert_sound(found, path)
    assert [(record.dirty, record.is_id) for record in found.records] == [(state, False) for state in states]


def test_a_users_own_tag_that_names_a_commit_is_a_record() -> None:
    found = READER.read(f"{RUN}/tags/git_sha", FOURTH.encode())
    assert [record.text for record in found.records] == [FOURTH]
    assert READER.read(f"{RUN}/tags/mood", b"good") == Findings()


@pytest.mark.parametrize("data", [b"", b"nothing", b"1795488092035", b"x 1.0 0\n", b"\xff\xfe"])
def test_a_metric_without_a_line_is_told(data: bytes) -> None:
    path = f"{RUN}/metrics/val/loss"
    assert [problem.path for problem in READER.read(path, data).problems] == [path]


def test_metrics_that_are_no_finite_numbers_have_no_value() -> None:
    found = READER.read(f"{RUN}/metrics/loss", b"1795488092035 nan 0\n")
    assert [(metric.name, metric.value) for metric in found.metrics] == [("loss", None)]

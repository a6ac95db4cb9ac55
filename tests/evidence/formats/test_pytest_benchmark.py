"""pytest-benchmark: what the real tool wrote is read with its commit, its times and its figures."""

from __future__ import annotations

import pytest

from bisect_parity.evidence.formats.pytest_benchmark import READER
from bisect_parity.evidence.model import TimeKind, Trust
from tests.evidence.formats.tools import SECOND, THIRD, find

FOLDER = "pytest_benchmark/Linux-CPython-3.11-64bit"
CLEAN = f"{FOLDER}/0001_{THIRD}_20261124_023854.json"
DIRTY = f"{FOLDER}/0002_{THIRD}_20261124_023855_uncommitted-changes.json"


def test_a_saved_file_is_a_run_of_its_own() -> None:
    found = find(CLEAN, "pytest-benchmark")
    assert not found.records
    assert [run.label for run in found.runs] == [CLEAN.rpartition("/")[2]]


@pytest.mark.parametrize(("path", "dirty"), [(CLEAN, False), (DIRTY, True)])
def test_the_commit_stands_in_the_file_and_in_its_name_with_the_state_of_the_tree(
    path: str, dirty: bool
) -> None:
    records = find(path, "pytest-benchmark").runs[0].records
    assert [(record.key, record.text, record.dirty) for record in records] == [
        ("commit_info.id", THIRD, dirty),
        ("file name", THIRD, dirty),
    ]
    assert all(record.is_id and record.trust is Trust.MACHINE for record in records)


def test_the_runs_time_and_the_commits_own_time_are_told_apart() -> None:
    times = find(CLEAN, "pytest-benchmark").runs[0].times
    assert [(time.seconds, time.kind, time.origin, time.marks) for time in times] == [
        (1795487935.278812, TimeKind.UTC, "field", "end"),
        (1760051576.0, TimeKind.UTC, "commit", "unknown"),
        (1760051576.0, TimeKind.UTC, "commit", "unknown"),
        (1795487934.0, TimeKind.UTC, "stamp", "start"),
    ]


def test_figures_are_named_by_benchmark_and_statistic_and_sized_by_their_parameter() -> None:
    metrics = {metric.name: metric for metric in find(CLEAN, "pytest-benchmark").runs[0].metrics}
    assert len(metrics) == 12
    assert metrics["test_image[8].min"].value == 5.5079999583540484e-06
    assert metrics["test_image[16].mean"].size == 16
    assert metrics["test_image[8].correlation"].value == 1.0


def test_host_and_versions_are_environment_and_the_branch_is_kept() -> None:
    run = find(CLEAN, "pytest-benchmark").runs[0]
    environment = {parameter.name: parameter.value for parameter in run.environment}
    assert environment["host"] == "host"
    assert environment["python"] == "3.11.7"
    assert environment["packages.pytest-benchmark"] == "5.3.1"
    assert [branch.value for branch in run.branches] == ["main"]


def test_a_detached_checkout_has_a_commit_and_no_branch() -> None:
    found = find("pytest_benchmark/detached.json", "pytest-benchmark")
    assert [(record.key, record.text) for record in found.records] == [("commit_info.id", SECOND)]
    assert found.branches == ()
    assert found.runs == ()


def test_outside_of_a_repository_a_placeholder_stands_in_the_ids_place() -> None:
    found = find("pytest_benchmark/unversioned.json", "pytest-benchmark")
    assert [(record.text, record.is_id, record.dirty) for record in found.records] == [
        ("unversioned", False, None)
    ]
    assert [time.origin for time in found.times] == ["field"]
    assert found.branches == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b'{"machine_info": {"node": "a"', "line 1"),
        (b"[1, 2]", "an object was expected, not list"),
        (b"[" * 100_000, "too deep"),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes, said: str) -> None:
    found = READER.read("a.json", data)
    assert [said in problem.message for problem in found.problems] == [True]


def test_null_and_nan_are_figures_that_are_not_there() -> None:
    data = (
        b'{"benchmarks": [{"name": "b", "stats": {"min": NaN, "max": null, "mean": Infinity, "median": 2}}]}'
    )
    assert [metric.value for metric in READER.read("a.json", data).metrics] == [None, None, None, 2.0]

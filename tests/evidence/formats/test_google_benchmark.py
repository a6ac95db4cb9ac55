"""google-benchmark: figures and counters; a commit only where the run was given one as context."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from bisect_parity.evidence.formats.google_benchmark import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import FOURTH, find

GIVEN = "google_benchmark/with_context.json"
REPEATED = "google_benchmark/repetitions.json"


def test_a_commit_and_a_branch_given_as_context_are_read() -> None:
    found = find(GIVEN, "google-benchmark")
    assert [(record.key, record.text) for record in found.records] == [("context.git_sha", FOURTH)]
    assert [branch.value for branch in found.branches] == ["main"]
    assert find(REPEATED, "google-benchmark").records == ()


def test_the_date_with_its_offset_is_absolute_and_without_one_local() -> None:
    (time,) = find(GIVEN, "google-benchmark").times
    assert (time.seconds, time.kind, time.marks) == (1795488192.0, TimeKind.UTC, "start")
    old = {"context": {"date": "2019-02-11 13:23:45", "num_cpus": 8}, "benchmarks": []}
    (local,) = READER.read("a.json", json.dumps(old).encode()).times
    assert (local.seconds, local.kind) == (1549891425.0, TimeKind.LOCAL)


def test_times_have_their_unit_in_the_name_and_counters_have_none() -> None:
    metrics = {item.name: item.value for item in find(GIVEN, "google-benchmark").metrics}
    assert metrics == {
        "make_image/8/iterations:20.real_time_ns": 6473.064422607422,
        "make_image/8/iterations:20.cpu_time_ns": 6399.999999999982,
        "make_image/8/iterations:20.correlation": 1.0,
        "make_image/16/iterations:20.real_time_ns": 22387.50457763672,
        "make_image/16/iterations:20.cpu_time_ns": 21050.199999999957,
        "make_image/16/iterations:20.correlation": 1.0,
        "broken.real_time_ns": None,
        "broken.cpu_time_ns": None,
    }


def test_repetitions_are_numbered_and_a_coefficient_of_variation_has_no_unit() -> None:
    names = [item.name for item in find(REPEATED, "google-benchmark").metrics]
    assert len(names) == len(set(names))
    assert "make_image/8/iterations:20[1].real_time_ns" in names
    assert "make_image/8/iterations:20_mean.real_time_ns" in names
    assert "make_image/8/iterations:20_cv.real_time" in names


def test_the_host_is_environment() -> None:
    environment = {item.name: item.value for item in find(GIVEN, "google-benchmark").environment}
    assert environment == {
        "host": "host",
        "executable": "../gb.py",
        "cpu_count": 2,
        "cpu_scaling_enabled": False,
        "packages.google-benchmark": "1.9.5",
        "library_build_type": "release",
    }


def test_other_context_is_environment_unless_it_may_be_a_secret() -> None:
    context = {"num_cpus": 1, "compiler": "gcc 12", "api_token": "made-up-for-the-test", "caches": [1]}
    found = READER.read("a.json", json.dumps({"context": context}).encode())
    assert {item.name: item.value for item in found.environment} == {
        "cpu_count": 1,
        "context.compiler": "gcc 12",
    }


def test_other_json_is_not_claimed() -> None:
    assert not READER.claims(PurePosixPath("a.json"), b'{"context": {}}')

"""asv: results carry the commit in the file and in its name; no time in them tells what was checked out."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from bisect_parity.evidence.formats.asv import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import FIRST, assert_sound, find

RESULT = f"asv/host/{FIRST[:8]}-virtualenv-py3.11.json"


def test_a_result_is_a_run_of_its_own_with_the_commit_in_it_and_in_its_name() -> None:
    found = find(RESULT, "asv")
    assert len(found.runs) == 1
    assert [(record.key, record.text) for record in found.runs[0].records] == [
        ("commit_hash", FIRST),
        ("file name", FIRST[:8]),
    ]


def test_the_commits_time_and_the_runs_times_are_marked_as_telling_nothing_of_the_checkout() -> None:
    run = find(RESULT, "asv").runs[0]
    assert run.time_is_commit_time
    assert [(time.seconds, time.origin, time.marks) for time in run.times] == [
        (1760047200.0, "commit", "unknown"),
        (1795487969.699, "field", "start"),
        (1795487970.61258, "field", "end"),
    ]
    assert all(time.kind is TimeKind.UTC for time in run.times)


def test_every_combination_of_parameters_is_a_figure_and_a_failure_has_none() -> None:
    metrics = {metric.name: metric.value for metric in find(RESULT, "asv").runs[0].metrics}
    assert metrics == {
        "images.Images.time_image(8)": 9.071250019587751e-06,
        "images.Images.time_image(16)": 2.5081999865506077e-05,
        "images.Images.track_correlation(8)": 1.0,
        "images.Images.track_correlation(16)": 1.0,
        "images.track_broken": None,
    }


def test_the_machine_is_environment_here_and_in_its_own_file() -> None:
    run = {parameter.name: parameter.value for parameter in find(RESULT, "asv").runs[0].environment}
    machine = {
        parameter.name: parameter.value for parameter in find("asv/host/machine.json", "asv").environment
    }
    assert run == {**machine, "python": "3.11"}
    assert machine == {"host": "host", "os": "Linux", "cpu": "a CPU", "ram": "16GB"}


def test_the_first_version_of_the_format_is_read_too() -> None:
    document = {
        "commit_hash": FIRST,
        "date": 1760047200000,
        "params": {"machine": "host"},
        "env_vars": {"OMP_NUM_THREADS": "1", "SIMULATOR_TOKEN": "made-up-for-the-test"},
        "requirements": {"numpy": "1.26"},
        "results": {"plain": 1.5, "swept": {"result": [1.0, 2.0], "params": [["a", "b"]]}},
        "started_at": {"plain": 1760049000000},
        "ended_at": {"plain": 1760049060000},
        "version": 1,
    }
    found = READER.read("a.json", json.dumps(document).encode())
    assert_sound(found, "a.json")
    run = found.runs[0]
    assert [record.key for record in run.records] == ["commit_hash"]
    assert {metric.name: metric.value for metric in run.metrics} == {
        "plain": 1.5,
        "swept(a)": 1.0,
        "swept(b)": 2.0,
    }
    assert [time.seconds for time in run.times if time.origin == "field"] == [1760049000.0, 1760049060.0]
    assert {parameter.name for parameter in run.environment} == {"host", "packages.numpy", "OMP_NUM_THREADS"}


def test_results_and_parameters_that_do_not_match_are_numbered() -> None:
    document = {"commit_hash": FIRST, "results": {"a": [[1.0, 2.0, 3.0], [["x", "y"]]]}}
    found = READER.read("a.json", json.dumps(document).encode())
    assert [metric.name for metric in found.runs[0].metrics] == ["a[0]", "a[1]", "a[2]"]


def test_parameters_that_multiply_are_cut_off() -> None:
    axis = [str(number) for number in range(100)]
    document = {"commit_hash": FIRST, "results": {"a": [[1.0], [axis] * 12]}}
    found = READER.read("a.json", json.dumps(document).encode())
    assert [metric.name for metric in found.runs[0].metrics] == ["a"]


def test_other_machine_files_are_not_claimed() -> None:
    assert not READER.claims(PurePosixPath("machine.json"), b'{"cpu": "x"}')
    assert not READER.claims(PurePosixPath("env.json"), b'{"commit_hash": "0fea753"}')

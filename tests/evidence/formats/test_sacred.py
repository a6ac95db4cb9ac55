"""Sacred: commits with the state of the tree, UTC times, and digests of the sources that ran."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.sacred import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import FOURTH, find


@pytest.mark.parametrize(("number", "dirty"), [(1, False), (2, True)])
def test_the_commit_is_told_once_with_the_state_of_the_tree(number: int, dirty: bool) -> None:
    found = find(f"sacred/{number}/run.json", "sacred")
    assert [(record.text, record.dirty) for record in found.records] == [(FOURTH, dirty)]


def test_times_without_a_zone_are_utc() -> None:
    times = find("sacred/1/run.json", "sacred").times
    assert [(time.seconds, time.kind, time.marks) for time in times] == [
        (1795488089.848767, TimeKind.UTC, "start"),
        (1795488089.853332, TimeKind.UTC, "end"),
    ]


def test_digests_of_sources_are_those_in_the_stored_names() -> None:
    clean = {item.file: item.hexdigest for item in find("sacred/1/run.json", "sacred").digests}
    dirty = {item.file: item.hexdigest for item in find("sacred/2/run.json", "sacred").digests}
    assert clean == {
        "experiment.py": "071970497bc207143b522812bc5e2579",
        "simulator.py": "9b5d8715f104a00e6c81ddd1654e2bc7",
    }
    assert dirty["experiment.py"] == clean["experiment.py"]
    assert dirty["simulator.py"] == "e4ee7850639da323deff9d8a8b01379e"
    assert {item.algorithm for item in find("sacred/1/run.json", "sacred").digests} == {"md5"}


def test_of_the_environment_variables_only_harmless_ones_are_kept() -> None:
    environment = {item.name: item.value for item in find("sacred/1/run.json", "sacred").environment}
    assert environment == {
        "host": "host",
        "os": "Linux Linux-6.1.0-x86_64-with-glibc2.36",
        "cpu": "AMD EPYC",
        "python": "3.11.7",
        "packages.sacred": "0.8.7",
        "OMP_NUM_THREADS": "1",
    }


def test_configuration_updates_results_and_series_are_read() -> None:
    run = find("sacred/2/run.json", "sacred")
    assert {item.name: item.value for item in run.parameters} == {"beam.wavelength": 1.0}
    assert {item.name: item.value for item in run.metrics} == {"result": 1.0}
    configuration = find("sacred/1/config.json", "sacred")
    assert {item.name: item.value for item in configuration.parameters} == {
        "beam.polarised": False,
        "beam.wavelength": 6.2,
        "seed": 919456992,
        "size": 8,
    }
    series = find("sacred/1/metrics.json", "sacred")
    assert {item.name: item.value for item in series.metrics} == {"correlation": 1.0}
    assert [time.marks for time in series.times] == ["unknown", "end"]


def test_several_repositories_are_several_records() -> None:
    repositories = [
        {"url": "a", "commit": FOURTH, "dirty": False},
        {"url": "b", "commit": "0" * 39 + "1", "dirty": True},
        {"url": "a", "commit": FOURTH, "dirty": False},
        "no object",
    ]
    document = {"artifacts": [], "command": "main", "experiment": {"repositories": repositories}}
    found = READER.read("1/run.json", json.dumps(document).encode())
    assert [record.dirty for record in found.records] == [False, True]


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("reports/config.json", b'{"seed": 1}'),
        ("1/config.json", b'{"size": 1}'),
        ("metrics.json", b'{"correlation": 1.0}'),
        ("run.json", b'{"commit": "0fea753"}'),
    ],
)
def test_files_of_the_same_names_that_others_write_are_not_claimed(name: str, head: bytes) -> None:
    assert not READER.claims(PurePosixPath(name), head)

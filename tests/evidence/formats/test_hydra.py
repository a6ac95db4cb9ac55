"""Hydra: parameters and overrides of a job; the only time is the local one of its folders."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.hydra import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import assert_sound, find

JOB = "hydra/outputs/2026-11-23/18-42-15/.hydra"
SWEEP = "hydra/multirun/2026-11-23/18-42-15"
LOCAL_SECONDS = 1795459335.0  # 2026-11-23 18:42:15 read as if it were UTC


def test_the_configuration_is_parameters() -> None:
    found = find(f"{JOB}/config.yaml", "hydra")
    assert {item.name: item.value for item in found.parameters} == {
        "size": 8,
        "dtype": "float32",
        "beam.wavelength": 1.0,
        "beam.polarised": False,
        "sources": [0.5, 0.5],
    }


def test_overrides_have_the_types_that_the_configuration_has() -> None:
    found = find(f"{JOB}/overrides.yaml", "hydra")
    assert {item.name: item.value for item in found.parameters} == {"size": 8, "beam.wavelength": 1.0}


@pytest.mark.parametrize(
    "path", [f"{JOB}/config.yaml", f"{JOB}/overrides.yaml", f"{JOB}/hydra.yaml", f"{SWEEP}/multirun.yaml"]
)
def test_the_folders_state_a_local_time(path: str) -> None:
    stamps = [time for time in find(path, "hydra").times if time.origin == "stamp"]
    assert [(time.seconds, time.kind, time.marks) for time in stamps] == [
        (LOCAL_SECONDS, TimeKind.LOCAL, "start")
    ]


def test_a_job_that_was_moved_still_knows_its_time() -> None:
    path = "kept/.hydra/hydra.yaml"
    data = (
        b"hydra:\n  runtime:\n    output_dir: /home/user/outputs/2026-11-23/18-42-15/3\n    version: 1.3.8\n"
    )
    found = READER.read(path, data)
    assert_sound(found, path)
    assert [(time.seconds, time.origin) for time in found.times] == [(LOCAL_SECONDS, "field")]


def test_the_settings_tell_version_and_job() -> None:
    found = find(f"{JOB}/hydra.yaml", "hydra")
    assert {item.name: item.value for item in found.environment} == {
        "packages.hydra-core": "1.3.8",
        "hydra.job.name": "app",
        "hydra.job.config_name": "config",
    }
    assert {item.name for item in found.parameters} == {"size", "beam.wavelength"}


def test_the_overrides_of_a_sweep_are_no_parameters_of_one_job() -> None:
    assert find(f"{SWEEP}/multirun.yaml", "hydra").parameters == ()
    assert [item.value for item in find(f"{SWEEP}/1/.hydra/overrides.yaml", "hydra").parameters] == [16]


def test_choices_of_configuration_groups_are_parameters_and_hydras_own_are_not() -> None:
    data = b"hydra:\n  runtime:\n    choices:\n      beam: narrow\n      hydra/launcher: basic\n"
    found = READER.read("a/.hydra/hydra.yaml", data)
    assert {item.name: item.value for item in found.parameters} == {"beam": "narrow"}


def test_variables_and_secrets_in_overrides_are_left_out() -> None:
    settings = (
        b"hydra:\n  job:\n    env_set:\n      OMP_NUM_THREADS: '1'\n      MY_TOKEN: made-up-for-the-test\n"
    )
    assert [item.name for item in READER.read("a/.hydra/hydra.yaml", settings).environment] == [
        "OMP_NUM_THREADS"
    ]
    path = "a/.hydra/overrides.yaml"
    found = READER.read(path, b"- db.password=made-up-for-the-test\n- +size=4\n- ~gone\n- x: 1\n- a=[1,2\n")
    assert_sound(found, path)
    assert {item.name: item.value for item in found.parameters} == {"size": 4, "a": "[1,2"}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("config.yaml", b"- a\n", "an object was expected"),
        ("overrides.yaml", b"a: 1\n", "a list was expected"),
        ("hydra.yaml", b"hydra: !!python/name:os.system\n", "tag"),
        ("config.yaml", b"a: &a [*a]\n", "itself"),
        ("config.yaml", b"", "empty"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, data: bytes, said: str) -> None:
    found = READER.read(f"x/.hydra/{name}", data)
    assert [said in problem.message for problem in found.problems] == [True]


def test_other_yaml_files_are_not_claimed() -> None:
    assert not READER.claims(PurePosixPath("outputs/config.yaml"), b"size: 8\n")
    assert not READER.claims(PurePosixPath("multirun.yaml"), b"jobs: 3\n")

"""Weights & Biases: what three versions of the tool wrote, online and offline."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.wandb import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import FOURTH, assert_sound, find

OLD = "wandb/run-20261123_184624-1s5xql94/files"
NEW = "wandb/run-20261123_184630-6t7uteh6/files"
OFFLINE = "wandb/offline-run-20261123_184419-2q9eqnet/files"


@pytest.mark.parametrize(
    ("folder", "start", "stamp"),
    [
        (OLD, 1795488384.380634, 1795459584.0),
        (NEW, 1795488390.362532, 1795459590.0),
        (OFFLINE, 1795488259.950016, 1795459459.0),
    ],
)
def test_the_metadata_hold_the_commit_and_the_start_and_the_folder_its_local_time(
    folder: str, start: float, stamp: float
) -> None:
    found = find(f"{folder}/wandb-metadata.json", "wandb")
    assert [(record.key, record.text, record.dirty) for record in found.records] == [
        ("git.commit", FOURTH, None)
    ]
    assert [(time.seconds, time.kind, time.origin) for time in found.times] == [
        (start, TimeKind.UTC, "field"),
        (stamp, TimeKind.LOCAL, "stamp"),
    ]


def test_the_command_line_is_kept_with_its_options() -> None:
    (command,) = find(f"{NEW}/wandb-metadata.json", "wandb").commands
    assert command.program == "train.py"
    assert command.options == {"--size": "8"}


def test_neither_user_nor_address_is_kept() -> None:
    for folder in (OLD, NEW):
        found = find(f"{folder}/wandb-metadata.json", "wandb")
        assert {item.name for item in found.environment} <= {
            "host",
            "os",
            "python",
            "cpu",
            "cpu_count",
            "remote",
        }
        assert "maker@" not in repr(found)


def test_secrets_in_arguments_and_in_the_remote_are_not_kept() -> None:
    document = {
        "program": "train.py",
        "args": ["--api-key", "made-up-for-the-test", "--token=made-up-for-the-test", "--size", "8"],
        "git": {"remote": "https://me:made-up-for-the-test@example.org/x.git", "commit": FOURTH},
    }
    found = READER.read("wandb-metadata.json", json.dumps(document).encode())
    assert_sound(found, "wandb-metadata.json")
    assert found.commands[0].options["--size"] == "8"
    assert [item.value for item in found.environment] == ["https://example.org/x.git"]


@pytest.mark.parametrize(("folder", "version"), [(OLD, "0.16.6"), (NEW, "0.31.0")])
def test_the_configuration_holds_parameters_and_the_tools_version(folder: str, version: str) -> None:
    found = find(f"{folder}/config.yaml", "wandb")
    assert {item.name: item.value for item in found.parameters} == {"size": 8, "beam.wavelength": 6.2}
    assert {item.name: item.value for item in found.environment}["packages.wandb"] == version


def test_newer_versions_repeat_the_commit_in_the_configuration() -> None:
    assert [record.text for record in find(f"{NEW}/config.yaml", "wandb").records] == [FOURTH]
    assert find(f"{OLD}/config.yaml", "wandb").records == ()


@pytest.mark.parametrize(("folder", "end"), [(OLD, 1795488384.5999842), (NEW, 1795488390.6056216)])
def test_the_summary_holds_the_last_figures_and_the_end(folder: str, end: float) -> None:
    found = find(f"{folder}/wandb-summary.json", "wandb")
    assert {item.name: item.value for item in found.metrics} == {"correlation": 1.0}
    assert [(time.seconds, time.marks) for time in found.times if time.origin == "field"] == [(end, "end")]


def test_the_summary_holds_how_long_the_run_took() -> None:
    (took,) = find(f"{OLD}/wandb-summary.json", "wandb").durations
    assert took.seconds == pytest.approx(0.2163162, rel=1e-6)
    assert took.source.text.startswith("_runtime = 0.2163")
    assert find(f"{NEW}/wandb-summary.json", "wandb").durations == ()  # rounded to nothing


def test_installed_packages_are_environment_with_their_lines() -> None:
    found = find(f"{OFFLINE}/requirements.txt", "wandb")
    versions = {item.name: (item.value, item.source.line) for item in found.environment}
    assert versions["packages.wandb"] == ("0.19.11", 3)
    assert len(versions) == 25


def test_a_patch_says_that_the_tree_was_dirty() -> None:
    path = f"{NEW}/diff.patch"
    found = READER.read(path, b"diff --git a/simulator.py b/simulator.py\n")
    assert_sound(found, path)
    assert [(record.is_id, record.dirty) for record in found.records] == [(False, True)]
    assert READER.read(path, b"\n").records == ()


@pytest.mark.parametrize(
    ("name", "head"),
    [("config.yaml", b"size: 8\n"), ("requirements.txt", b"numpy==2\n"), ("a/diff.patch", b"diff --git")],
)
def test_files_outside_of_a_runs_folder_are_not_claimed(name: str, head: bytes) -> None:
    assert not READER.claims(PurePosixPath(name), head)

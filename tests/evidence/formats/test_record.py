"""Our own records are read as any tool's: commit, dirtiness, times, command, environment, digests."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from bisect_parity.evidence.formats.record import MOVED, READER
from bisect_parity.evidence.formats.registry import find_reader
from tests.evidence.formats.tools import assert_sound

COMMIT = "0e9dcb4f30b0a2d8e4f6c7a1b2c3d4e5f6a7b8c9"
PATH = "reports/recorded/20251009T095913Z/record.json"
STARTED = "2025-10-09T09:59:13.250Z"
RECORD: dict[str, Any] = {
    "schema": "bisect-parity/record",
    "version": 1,
    "state": "ended",
    "how": "command",
    "run": {
        "argv": ["python", "run.py", "--size", "64", "an argument"],
        "started": STARTED,
        "ended": "2025-10-09T10:00:13.000Z",
    },
    "git": {"commit": COMMIT, "branch": "main", "dirty": True},
    "inputs": [{"path": "run.py", "size": 3, "sha256": "ab" * 32}, {"path": "data.npy", "sha256": None}],
    "environment": {"variables": {"OMP_NUM_THREADS": "4", "PATH": "/bin"}},
    "python": {
        "version": "3.11.9",
        "packages": {"numpy": "2.0.1"},
        "torch": {"version": "2.6.0", "cuda": "12.6"},
    },
    "machine": {"host": "lab", "cpu": "x"},
    "notes": {"correlation": 0.999},
}


def read(**changes: Any) -> Any:
    data = json.dumps(RECORD | changes, indent=2).encode()
    reader = find_reader(PurePosixPath(PATH), data[:4096])
    assert reader is READER
    found = READER.read(PATH, data)
    assert_sound(found, PATH)
    return found


def test_everything_that_clues_are_made_of_is_read() -> None:
    found = read()
    (record,) = found.records
    assert (record.text, record.dirty, record.is_id) == (COMMIT, True, True)
    assert [(time.marks, time.seconds) for time in found.times] == [
        ("start", 1760003953.25),
        ("end", 1760004013.0),
    ]
    (command,) = found.commands
    assert (command.program, command.options, command.source.line) == ("run.py", {"--size": "64"}, 0)
    assert [(one.file, one.hexdigest) for one in found.digests] == [("run.py", "ab" * 32)]
    assert [one.value for one in found.branches] == ["main"]
    ignored = [{"path": f"{how}.bin", "sha256": "cd" * 32, "how": how} for how in ("read", "written")]
    untracked = [{"path": path, "sha256": "ef" * 32} for path in ("run.py", "helper.py", "notes.txt")]
    found_there = read(opened={"ignored": ignored}, git={"untracked": untracked})
    assert [(one.file, one.is_tracked) for one in (*found.digests, *found_there.digests)] == [
        ("run.py", True),
        ("run.py", False),
        ("read.bin", False),
        ("helper.py", False),
    ]
    values = {one.name: one.value for one in found.environment}
    assert values["OMP_NUM_THREADS"] == "4"
    assert (values["python"], values["torch"], values["cuda"]) == ("3.11.9", "2.6.0", "12.6")
    assert values["packages.numpy"] == "2.0.1"
    assert [(one.name, one.value) for one in found.metrics] == [("notes.correlation", 0.999)]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("git", "told"),
    [
        ({"dirty": False}, "none"),
        ({"dirty": True}, f"unknown ones in files that are not named at {STARTED}"),
        ({"dirty": True, "changes": [{"path": "README.md"}]}, "none"),
        (
            {"dirty": True, "changes": [{"path": "a.py"}, {}], "diff": {"sha256": "ab" * 32}},
            "abababababab in a.py",
        ),
        (  # git's diff has no more of a changed submodule than that it is
            {
                "dirty": True,
                "changes": [{"path": "lib"}],
                "diff": {"sha256": "ab" * 32},
                "submodules": [{"path": "lib", "differs": True, "has_changes": True}],
            },
            f"unknown ones in lib at {STARTED}",
        ),
        ({}, None),
    ],
)
def test_the_changes_that_no_commit_holds_are_told(git: dict[str, Any], told: str | None) -> None:
    found = {one.name: one.value for one in read(git={"commit": COMMIT} | git).environment}
    assert found.get("uncommitted_changes") == told


def test_a_record_that_was_not_completed_still_tells_its_commit() -> None:
    found = read(state="started")
    assert found.records[0].text == COMMIT
    assert "not recorded to its end" in found.problems[0].message


def test_a_record_of_a_run_that_was_over_tells_no_start() -> None:
    assert [time.marks for time in read(how="after").times] == ["end"]


def test_the_log_of_a_recording_holds_no_commands_of_the_run() -> None:
    head = b"# 2025-10-09T09:59:13.000Z in /w\n# bisect-parity record -- python run.py\ngit status\n"
    path = PurePosixPath(PATH).with_name("commands.txt")
    assert find_reader(path, head) is READER
    assert READER.read(str(path), head).commands == ()
    assert find_reader(path, b"# by hand\npython run.py\n") is not READER


@pytest.mark.parametrize("part", ["run", "git", "inputs", "environment", "python", "machine", "notes"])
@pytest.mark.parametrize("value", [None, [], {}, "x", 7, [None], {"argv": 3, "commit": [], "packages": "x"}])
def test_parts_of_any_kind_are_no_obstacle(part: str, value: Any) -> None:
    read(**{part: value})


def test_a_commit_that_was_checked_out_while_the_run_went_on_is_told() -> None:
    changes = ["HEAD moved from a to b", "tracked files changed: x.txt"]
    (problem,) = read(git=RECORD["git"] | {"changed_while_running": changes}).problems
    assert problem.message.startswith(MOVED)
    assert problem.message.endswith("(HEAD moved from a to b)")

"""Weights & Biases: the log that newer versions write when offline, and nothing else."""

from __future__ import annotations

import struct
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisect_parity.evidence.formats.wandb_log import READER
from bisect_parity.evidence.model import Findings, TimeKind
from tests.evidence.formats.tools import DATA, MADE_UP, find

REAL = "wandb/offline-run-20261127_160425-18uzzy70/run-18uzzy70.wandb"


def test_the_log_holds_all_that_the_tool_knows_of_a_run() -> None:
    found = find(REAL, "wandb-log")
    assert [(record.key, record.text) for record in found.records] == [
        ("git.commit", "c2e85d8269e95233ddc0700567e24f72186377b5")
    ]
    assert [(time.marks, time.kind, int(time.seconds)) for time in found.times] == [
        ("start", TimeKind.UTC, 1795791865),
        ("end", TimeKind.UTC, 1795791872),
        ("start", TimeKind.LOCAL, 1795795465),
    ]
    assert {metric.name: metric.value for metric in found.metrics} == {
        "loss": pytest.approx(1 / 3),
        "val.acc": 0.5,
        "rmse": 0.125,
    }
    assert {item.name: item.value for item in found.parameters} == {
        "lr": 0.01,
        "solver.name": "rk4",
        "solver.steps": 8,
    }
    (command,) = found.commands
    assert (command.program, command.options) == ("train.py", {"--size": "8"})
    assert {item.name for item in found.environment} == {"host", "os", "python"}
    assert found.problems == ()


def test_a_log_that_is_cut_is_read_as_far_as_it_goes() -> None:
    whole = (DATA / REAL).read_bytes()
    cut = READER.read(REAL, whole[: len(whole) // 2])
    assert [record.text[:7] for record in cut.records] == ["c2e85d8"]
    assert [problem.message for problem in cut.problems] == [
        "the log ends within a record: the run may go on, or was ended"
    ]


def logged(*records: bytes) -> bytes:
    """A log, whose records may be longer than a block."""
    data = bytearray(b":W&B\xe1\xbe\0")
    for record in records:
        rest, is_first = record, True
        while rest or is_first:
            left = 32768 - len(data) % 32768
            if left < 7:
                data += bytes(left)
                continue
            part, rest = rest[: left - 7], rest[left - 7 :]
            kind = (1 if not rest else 2) if is_first else (4 if not rest else 3)
            data += struct.pack("<IHB", 0, len(part), kind) + part
            is_first = False
    return bytes(data)


def message(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    small = bytearray()
    while value > 0x7F:
        small.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*small, value))


def item(key: bytes, value: bytes) -> bytes:
    return message(1, message(1, key) + message(16, value))


def test_records_go_over_the_ends_of_blocks() -> None:
    long = message(5, item(b"note", b'"' + b"a" * 100_000 + b'"'))
    figures = [message(3, item(b"rmse", str(step).encode())) for step in range(4000)]
    found = READER.read(
        "run-a.wandb", logged(long, *figures, message(5, item(b"api_key", f'"{MADE_UP}"'.encode())))
    )
    assert [(metric.name, metric.value) for metric in found.metrics] == [("rmse", 3999.0)]
    assert [item.name for item in found.parameters] == ["note"]  # and no secret
    assert found.problems == ()


def test_a_run_that_was_ended_has_the_figures_that_it_logged_last() -> None:
    steps = [message(2, item(b"rmse", str(step).encode())) for step in range(3)]
    found = READER.read("run-a.wandb", logged(*steps))
    assert [(metric.name, metric.value) for metric in found.metrics] == [("rmse", 2.0)]


@given(st.lists(st.tuples(st.integers(7, 1906), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_damaged_logs_are_read_without_an_error(damage: list[tuple[int, int]]) -> None:
    data = bytearray((DATA / REAL).read_bytes())
    for place, byte in damage:
        data[place] = byte
    assert isinstance(READER.read(REAL, bytes(data)), Findings)


@pytest.mark.parametrize("data", [b"", b":W&B", b"text", bytes(64)])
def test_other_files_are_left_alone(data: bytes) -> None:
    assert not READER.claims(PurePosixPath("run-a.wandb"), data)

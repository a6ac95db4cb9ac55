"""TensorBoard: names and first events tell when a run began, and the last event when it ended."""

from __future__ import annotations

import struct
from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.tensorboard import READER
from bisect_parity.evidence.model import Findings, TimeKind
from tests.evidence.formats.tools import find

REAL = "tensorboard/Nov26_15-50-33_host/events.out.tfevents.1795708233.host"


def test_the_seconds_in_the_name_are_the_start_of_the_run() -> None:
    found = find(REAL, "tensorboard")
    time, end = found.times
    assert (end.marks, int(end.seconds)) == ("end", 1795708233)
    assert (time.seconds, time.kind, time.marks, time.origin) == (
        1795708233.0,
        TimeKind.UTC,
        "start",
        "field",
    )
    assert found.records == ()
    assert [(metric.name, metric.value) for metric in found.metrics] == [("loss", 0.5)]


def test_the_last_value_of_each_scalar_is_a_metric_and_hparams_are_parameters() -> None:
    name = "events.out.tfevents.1795791926.host"
    (metric,) = find(f"tensorboard/scalars/{name}", "tensorboard").metrics
    assert metric.name == "loss/train"
    assert metric.value == pytest.approx(1 / 3)
    found = find(f"tensorboard/scalars/hparams/{name}", "tensorboard")
    assert [(metric.name, metric.value) for metric in found.metrics] == [("rmse", 0.125)]
    assert {item.name: item.value for item in found.parameters} == {"lr": 0.01, "solver": "rk4", "amp": True}


@pytest.mark.parametrize(
    ("name", "is_claimed"),
    [
        ("events.out.tfevents.1795708233.host.4711.0", True),
        ("events.out.tfevents.1795708233.host.example.org.4711.0.v2", True),
        ("events.out.tfevents.17957082330.host", False),
        ("events.out.tfevents.now.host", False),
        ("my.events.out.tfevents.1795708233.host", False),
    ],
)
def test_event_files_are_known_by_their_names(name: str, is_claimed: bool) -> None:
    assert READER.claims(PurePosixPath(f"runs/x/{name}"), b"") is is_claimed
    assert (READER.read(f"runs/x/{name}", b"") != Findings()) is is_claimed


def events(*seconds: float) -> bytes:
    """Records of events that hold nothing but their times; nobody looks at the checksums."""
    bodies = (b"\x09" + struct.pack("<d", each) for each in seconds)
    return b"".join(struct.pack("<QI", len(body), 0) + body + bytes(4) for body in bodies)


def scalar(tag: str, content: bytes) -> bytes:
    """A record of an event that logs something."""
    item = b"\x0a" + bytes([len(tag)]) + tag.encode() + content
    summary = b"\x0a" + bytes([len(item)]) + item
    body = b"\x09" + struct.pack("<d", 1795708233.5) + b"\x2a" + bytes([len(summary)]) + summary
    return struct.pack("<QI", len(body), 0) + body + bytes(4)


@pytest.mark.parametrize(
    "tensor",
    [
        b"\x08\x01\x12\x00\x22\x04" + struct.pack("<f", 0.5),  # as its bytes
        b"\x08\x01\x12\x00\x2a\x04" + struct.pack("<f", 0.5),  # as a list of floats
        b"\x08\x02\x12\x00\x32\x08" + struct.pack("<d", 0.5),  # of doubles
    ],
)
def test_scalars_written_as_tensors_are_read(tensor: bytes) -> None:
    data = scalar("loss", b"\x42" + bytes([len(tensor)]) + tensor)
    found = READER.read("runs/x/events.out.tfevents.1795708233.host", data)
    assert [(metric.name, metric.value) for metric in found.metrics] == [("loss", 0.5)]


def test_other_tensors_are_no_figures() -> None:
    texts = b"\x08\x07\x12\x00\x22\x04abcd"
    data = scalar("text", b"\x42" + bytes([len(texts)]) + texts)
    assert READER.read("runs/x/events.out.tfevents.1795708233.host", data).metrics == ()


def read(name: str, data: bytes) -> list[tuple[str, float]]:
    return [(time.marks, time.seconds) for time in READER.read(f"runs/x/{name}", data).times]


def test_the_last_event_is_the_end_of_the_run() -> None:
    data = events(1795708233.5, 1795708300.25, 1795709000.75)
    name = "events.out.tfevents.1795708233.host"
    assert read(name, data) == [("start", 1795708233.0), ("end", 1795709000.75)]
    assert read(name, data[:-3]) == [("start", 1795708233.0)]  # it is not all there: the run goes on


def test_a_file_of_another_name_tells_its_begin_by_its_first_event() -> None:
    data = events(1795708233.5, 1795709000.75)
    assert READER.claims(PurePosixPath("runs/x/events.out.tfevents.v2"), data)
    assert read("events.out.tfevents.v2", data) == [("start", 1795708233.5), ("end", 1795709000.75)]


@pytest.mark.parametrize(
    "data", [b"", b"text", bytes(64), events(float("nan"), 0.0, -1.0), events(float("inf")), b"\xff" * 40]
)
def test_what_is_no_event_tells_no_time(data: bytes) -> None:
    assert not READER.claims(PurePosixPath("runs/x/events.out.tfevents.v2"), data)
    assert read("events.out.tfevents.v2", data) == []

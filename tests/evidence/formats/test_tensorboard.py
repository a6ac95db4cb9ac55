"""TensorBoard: the name of an event file tells when the run began to write."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.tensorboard import READER
from bisect_parity.evidence.model import Findings, TimeKind
from tests.evidence.formats.tools import find

REAL = "tensorboard/Nov26_15-50-33_host/events.out.tfevents.1795708233.host"


def test_the_seconds_in_the_name_are_the_start_of_the_run() -> None:
    found = find(REAL, "tensorboard")
    (time,) = found.times
    assert (time.seconds, time.kind, time.marks, time.origin) == (
        1795708233.0,
        TimeKind.UTC,
        "start",
        "field",
    )
    assert (found.records, found.metrics) == ((), ())


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

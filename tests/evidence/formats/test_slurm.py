"""SLURM's output files are read as logs, by the name that sbatch gives them."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.formats.slurm import READER
from bisect_parity.evidence.model import TimeKind

OUTPUT = """Thu Oct  9 16:17:14 PDT 2025
node01
correlation: 0.9998
Thu Oct  9 16:40:02 PDT 2025
"""


@pytest.mark.parametrize(
    ("name", "is_slurm"),
    [
        ("slurm-12345.out", True),
        ("logs/slurm-12345_7.err", True),
        ("slurm-notes.out", False),
        ("slurm-12345.out.gz", False),
    ],
)
def test_the_name_that_sbatch_gives_tells(name: str, is_slurm: bool) -> None:
    reader = find_reader(PurePosixPath(name), OUTPUT.encode())
    assert (reader is READER) is is_slurm


def test_the_dates_that_a_job_prints_are_its_start_and_end() -> None:
    found = READER.read("slurm-12345.out", OUTPUT.encode())
    assert [(time.marks, time.kind, time.seconds) for time in found.times] == [
        ("start", TimeKind.LOCAL, 1760026634.0),
        ("end", TimeKind.LOCAL, 1760028002.0),
    ]
    assert [(metric.name, metric.value) for metric in found.metrics] == [("correlation", 0.9998)]

"""Databases of ASE in both notations: figures, what was noted, and when each row was written."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats.ase import READERS
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import DATA, assert_sound, find

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.evidence.formats.reader import FormatReader

DATABASE, JSON = READERS
WRITTEN = {"ase/run.db": 1795803758, "ase/run.json": 1795803759}


@pytest.mark.parametrize("path", sorted(WRITTEN))
def test_rows_of_one_script_are_the_log_of_one_run(path: str) -> None:
    found = find(path, "ase")
    assert found.runs == ()
    assert [(time.kind, time.marks, time.is_settled) for time in found.times] == [
        (TimeKind.UTC, "start", True),
        (TimeKind.UTC, "end", True),
    ]
    assert [int(time.seconds) for time in found.times] == [pytest.approx(WRITTEN[path], abs=1)] * 2
    assert {metric.name: metric.value for metric in found.metrics}["energy"] == 0.8751414634853791
    assert ("calculator", "emt") in [(item.name, item.value) for item in found.parameters]


def test_rows_that_lie_days_apart_are_runs(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    shutil.copy(DATA / "ase/run.db", path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE systems SET mtime = mtime - 0.1 WHERE id = 1")
    first, second = DATABASE.read("run.db", path.read_bytes()).runs
    assert (first.label, second.label) == ("id 1", "id 2")
    assert second.times[0].seconds - first.times[0].seconds == pytest.approx(3_155_760, abs=2)


def test_the_folder_of_such_a_database_is_evidence(tmp_path: Path) -> None:
    shutil.copytree(DATA / "ase", tmp_path / "relaxed")
    assert [bundle.path for bundle in discover(tmp_path, EvidenceSettings())] == ["relaxed"]


def test_other_databases_are_not_claimed() -> None:
    assert not DATABASE.claims(PurePosixPath("a.db"), b"SQLite format 3\x00" + b"CREATE TABLE runs")
    assert not JSON.claims(PurePosixPath("a.json"), b'{"numbers": [1], "positions": []}')


@given(st.integers(0, 8000), st.binary(max_size=40))
@example(1990, b"\x80")  # in a name of the schema
def test_damaged_databases_are_told_or_read_as_far_as_they_go(at: int, junk: bytes) -> None:
    readers: tuple[FormatReader, ...] = READERS
    for reader, name in zip(readers, ("run.db", "run.json"), strict=True):
        data = (DATA / "ase" / name).read_bytes()
        at = at % len(data)
        assert_sound(reader.read(name, data[:at] + junk + data[at + len(junk) :]), name)

"""MLflow's SQLite database: every run of it, with what the file store would have told."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from bisect_parity.evidence.formats import mlflow
from bisect_parity.evidence.formats.mlflow import DATABASE as READER
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import Trust
from tests.evidence.formats.tools import DATA, assert_sound

if TYPE_CHECKING:
    from pathlib import Path

RUNS = (DATA / "mlflow_database/runs.sql").read_text(encoding="utf-8")
FIRST_RUN, SECOND_RUN = "ad0df5f0358a4d1b8b99e550bf1d6c79", "467b4000662a4216a6b63c5396f55ff8"


def database(folder: Path, *further: str) -> bytes:
    path = folder / "mlflow.db"
    with contextlib.closing(sqlite3.connect(path)) as opened:
        opened.executescript("\n".join((*further, RUNS)))
    return path.read_bytes()


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_every_run_has_its_commit_times_parameters_and_figures(tmp_path: Path, journal: str) -> None:
    data = database(tmp_path, f"PRAGMA journal_mode = {journal};")
    assert find_reader(PurePosixPath("mlflow.db"), data[:4096]) is READER
    found = READER.read("mlflow.db", data)
    assert_sound(found, "mlflow.db")
    assert [run.label for run in found.runs] == [FIRST_RUN, SECOND_RUN]
    first = found.runs[0]
    assert [(record.text, record.trust) for record in first.records] == [
        ("6ce96a240e0274283000339f7f20dc9f562b140e", Trust.MACHINE)
    ]
    assert [(time.marks, time.seconds) for time in first.times] == [
        ("start", 1750404171.265),
        ("end", 1750404171.808),
    ]
    assert [(item.name, item.value) for item in first.parameters] == [("alpha", "0.1")]
    assert [(item.name, item.value) for item in first.metrics] == [("rmse", 0.02)]
    assert [item.value for item in first.branches] == ["main"]


@pytest.mark.parametrize("cut", [16, 100, 5000])
def test_a_database_that_was_cut_off_is_told(tmp_path: Path, cut: int) -> None:
    found = READER.read("mlflow.db", database(tmp_path)[:cut])
    assert found.runs == ()
    assert found.problems[0].message.startswith("not a database of MLflow")


def test_a_view_in_the_place_of_a_table_is_not_run(tmp_path: Path) -> None:
    endless = (
        "CREATE VIEW more AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c;"
    )
    (problem,) = READER.read("mlflow.db", database(tmp_path, endless)).problems
    assert "views" in problem.message


def test_a_query_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow, "LONGEST_SECONDS", -1.0)
    monkeypatch.setattr(mlflow, "STEPS_BETWEEN_LOOKS", 1)
    (problem,) = READER.read("mlflow.db", database(tmp_path)).problems
    assert "interrupted" in problem.message

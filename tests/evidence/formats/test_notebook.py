"""Notebooks: what their cells printed and when they were run; sources and text cells say nothing of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.formats.notebook import READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import DATA, THIRD, find

if TYPE_CHECKING:
    from pathlib import Path


def test_a_notebook_that_nbconvert_ran_tells_its_times_ids_and_figures() -> None:
    found = find("notebook/executed.ipynb", "notebook")
    assert [(time.marks, time.kind, round(time.seconds, 3)) for time in found.times] == [
        ("start", TimeKind.UTC, 1795746766.933),
        ("end", TimeKind.UTC, 1795746767.001),
    ]
    assert {record.text for record in found.records} == {THIRD}
    assert {metric.name: metric.value for metric in found.metrics} == {
        "rmse": 0.0025,
        "correlation_warm": 0.9993,
    }
    assert {metric.source.line for metric in found.metrics} == {0}


def test_a_notebook_without_outputs_says_nothing() -> None:
    found = find("notebook/not_run.ipynb", "notebook")
    assert (found.records, found.times, found.metrics, found.problems) == ((), (), (), ())


def test_values_of_other_types_are_answered() -> None:
    for cells in (3, [3, {"cell_type": "code", "outputs": [{"text": [None]}, 4], "metadata": []}]):
        assert READER.read("x.ipynb", json.dumps({"cells": cells}).encode()).problems == ()


def test_a_notebook_is_evidence_among_results_where_it_was_run_and_nowhere_else(tmp_path: Path) -> None:
    for folder, name in (("results/a", "executed"), ("results/b", "not_run"), ("notebooks", "executed")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "heat.ipynb").write_bytes((DATA / f"notebook/{name}.ipynb").read_bytes())
    assert [bundle.path for bundle in discover(tmp_path, EvidenceSettings())] == ["results/a"]


def test_a_notebook_that_printed_the_time_and_a_figure_is_evidence(tmp_path: Path) -> None:
    printed = ["2025-03-29 16:01:05.123456\n", "rmse: 0.3334985759362412\n"]
    cell = {"cell_type": "code", "outputs": [{"output_type": "stream", "text": printed}], "source": []}
    (tmp_path / "results").mkdir()
    (tmp_path / "results/heat.ipynb").write_text(json.dumps({"cells": [cell]}))
    assert [bundle.path for bundle in discover(tmp_path, EvidenceSettings())] == ["results"]

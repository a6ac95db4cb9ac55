"""papermill: times and parameters of a notebook that it ran; other notebooks are none of its."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from bisect_parity.evidence.formats.notebook import PAPERMILL as READER
from bisect_parity.evidence.model import TimeKind
from tests.evidence.formats.tools import find


def test_the_times_and_parameters_of_the_run_are_those_of_the_notebook_as_a_whole() -> None:
    found = find("papermill/out.ipynb", "papermill")
    assert [(time.marks, time.kind) for time in found.times] == [
        ("start", TimeKind.UTC),
        ("end", TimeKind.UTC),
    ]
    assert round(found.times[1].seconds - found.times[0].seconds, 3) == 2.589
    assert [(item.name, item.value) for item in found.parameters] == [("alpha", 0.25)]
    assert {item.name: item.value for item in found.environment}["python"] == "3.11.7"


def test_what_its_cells_printed_are_figures_of_the_run() -> None:
    cell = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [{"output_type": "stream", "text": ["rmse = 2.5e-08\n"]}],
    }
    notebook = {"metadata": {"papermill": {"parameters": {"alpha": 0.5}}}, "cells": [cell]}
    found = READER.read("results/out.ipynb", json.dumps(notebook).encode())
    assert [(metric.name, metric.value) for metric in found.metrics] == [("rmse", 2.5e-08)]
    assert ("alpha", 0.5) in [(item.name, item.value) for item in found.parameters]


def test_a_notebook_that_papermill_did_not_run_is_left_alone() -> None:
    assert not READER.claims(PurePosixPath("nb/heat.ipynb"), b'{"cells": [], "metadata": {}}')

"""The CSV holds what the matrix holds, can be read back, and is never a formula."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import pytest

from bisect_parity.report.matrix_document import matrix_csv
from tests.report.test_matrix import BAD, GOOD, document_of, pair


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_figures_commits_and_gaps_are_read_back_to_the_last_digit() -> None:
    document = document_of(
        pair("reports/1", GOOD, kind="confirmed", records=["abc1234"]), pair("reports/2", BAD, run_time=9.0)
    )
    text = matrix_csv(document)
    first, second = read(text)
    assert first["path"] == "reports/1"
    assert float(first["correlation_warm"]) == 0.9999984741695391
    assert (first["verdict"], second["verdict"]) == ("good", "bad")
    assert (first["class"], first["recorded_ids"], first["in_series"]) == ("confirmed", "abc1234", "yes")
    assert "reports/1/env.json" in first["missing"].split("; ")
    assert text.endswith("\r\n")
    assert text.count("\r\n") == text.count("\n") == 3


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_a_spreadsheet_would_run_is_text(start: str) -> None:
    [row] = read(matrix_csv(document_of(pair(f"{start}cmd|' /C calc'!A0", GOOD))))
    assert row["path"].startswith("'")


@pytest.mark.parametrize(("figure", "text"), [(-0.25, "-0.25"), (-math.inf, "-inf"), (math.nan, "nan")])
def test_negative_figures_stay_numbers(figure: float, text: str) -> None:
    figures = (("correlation_warm", figure, 4096), *BAD[1:])
    [row] = read(matrix_csv(document_of(pair("r", figures))))
    assert row["correlation_warm"] == text


@pytest.mark.parametrize("name", ['a,b"c', "a\nb", "a\u202eb", ""])
def test_odd_names_stay_one_field_of_one_line(name: str) -> None:
    document: dict[str, Any] = document_of(pair(f"r{name}", GOOD))
    lines = matrix_csv(document).split("\r\n")
    assert len(lines) == 3
    assert read(matrix_csv(document))[0]["path"].startswith("r")

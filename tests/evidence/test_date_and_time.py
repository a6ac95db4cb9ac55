"""A day and a time of day that stand apart are one time of a run."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import Findings, TimeKind
from bisect_parity.evidence.spelled_dates import with_whole_times

AT = 1760026634.0  # 2025-10-09 16:17:14 as if it were UTC


def read(path: str, text: str) -> Findings:
    reader = find_reader(path, text.encode())
    assert reader is not None
    return reader.read(path, text.encode())


def stated(findings: Findings) -> list[tuple[float, str, str]]:
    every = (time for part in (findings, *findings.runs) for time in part.times)
    return [(time.seconds, time.kind.value, time.marks) for time in every]


@pytest.mark.parametrize(
    ("document", "times"),
    [
        ({"date": "2025-10-09", "time": "16:17:14"}, [(AT, "local", "unknown")]),
        ({"run": {"Date": "09.10.2025", "Time": "16:17:14"}}, [(AT, "local", "unknown")]),
        ({"date": "20251009", "time": "04:17:14 PM"}, [(AT, "local", "unknown")]),
        ({"date": "2025/10/09", "time": "16:17:14+02:00"}, [(AT - 7200, "utc", "unknown")]),
        (
            {
                "start_date": "2025-10-09",
                "start_time": "16:17:14",
                "endDate": "2025-10-09",
                "endTime": "16:18",
            },
            [(AT, "local", "start"), (AT + 46, "local", "end")],
        ),
    ],
)
def test_objects_are_read_with_whole_times(
    document: dict[str, Any], times: list[tuple[float, str, str]]
) -> None:
    assert stated(read("results/a.json", json.dumps(document))) == times


def test_so_are_rows_and_labelled_lines() -> None:
    table = "date,time,rmse,lr\n2025-10-09,16:17:14,0.5,0.1\n2025-10-10,16:17:14,0.5,0.1\n"
    assert stated(read("results/a.csv", table)) == [
        (AT, "local", "unknown"),
        (AT + 86400, "local", "unknown"),
    ]
    for text in (
        "# Start date: 2025-10-09\n# Host: a\n# Start time: 16:17:14\n",
        "Start date: **2025-10-09**\nStart time: `16:17:14`\n",
    ):
        assert stated(read("results/a.txt", text)) == [(AT, "local", "start")]


@pytest.mark.parametrize(
    "document",
    [
        {"date": "2025-10-09", "runtime": "16:17:14"},
        {"date": "2025-10-09", "start_time": "16:17:14"},
        {"date": "2025-10-09", "time": 16.2},
    ],
)
def test_what_belongs_to_no_day_adds_nothing(document: dict[str, Any]) -> None:
    (time,) = read("results/a.json", json.dumps(document)).times
    assert time.kind is TimeKind.DATE


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12) | st.integers(), max_size=5))
def test_other_objects_stay_as_they_are(document: dict[str, Any]) -> None:
    assert with_whole_times(document) == document

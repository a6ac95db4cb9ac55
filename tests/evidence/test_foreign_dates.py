"""Dates in other languages, and weeks of ISO 8601."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bisect_parity.evidence.formats.text_file import READER
from bisect_parity.evidence.model import Source, TimeKind
from bisect_parity.evidence.stamps import name_stamps, text_time

NOWHERE = Source("notes.md", 1)
MORNING = datetime(2025, 9, 17, 6, 44, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "2025-W38-3 06:44",
        "2025-W38-3T06:44",
        "2025W383T0644",
        "17 septembre 2025 06h44",
        "mer. 17 sept. 2025 à 06h44",
        "17. September 2025, 06:44 Uhr",
        "17. September 2025 um 6:44 Uhr",
        "17 de septiembre de 2025, 06:44",
        "17 de setembro de 2025 às 6:44",
        "17 settembre 2025 alle ore 06:44",
        "mié 17 sep 2025 06:44",
        "17 set 2025 06:44",
        "17-sept-2025 06:44",
    ],
)
def test_a_time_in_any_of_these_spellings_is_read(text: str) -> None:
    time = text_time(text, "header", NOWHERE)
    assert time is not None
    assert (time.seconds, time.kind, time.resolution) == (MORNING, TimeKind.LOCAL, 60.0)


@pytest.mark.parametrize("text", ["mer. 17 sept. 2025 06:44:12 CEST", "Mi 17. Sep 06:44:12 CEST 2025"])
def test_what_the_program_date_prints_is_read_to_the_second(text: str) -> None:
    time = text_time(text, "header", NOWHERE)
    assert time is not None
    assert (time.seconds, time.resolution) == (MORNING + 12, 1.0)


@pytest.mark.parametrize(
    ("name", "month"),
    [
        *(("Januar", 1), ("février", 2), ("März", 3), ("avril", 4), ("mayo", 5), ("giugno", 6)),
        *(("juillet", 7), ("août", 8), ("setembro", 9), ("okt", 10), ("novembre", 11), ("Dezember", 12)),
    ],
)
def test_the_month_of_a_day_is_known_by_its_name(name: str, month: int) -> None:
    time = text_time(f"3 {name} 2025", "header", NOWHERE)
    assert time is not None
    assert (time.seconds, time.kind) == (datetime(2025, month, 3, tzinfo=UTC).timestamp(), TimeKind.DATE)


@pytest.mark.parametrize(
    "text",
    [
        *("2021-W53-1", "2025-W38", "version 3 mars 20", "17 Sepsis 2025", "40 mai 2025"),
        *("12 out 2048", "3 set 2000", "1 gen 2040", "5 ago 2025", "8-out-2048"),
    ],
)
def test_what_only_resembles_such_a_date_is_none(text: str) -> None:
    assert text_time(text, "header", NOWHERE) is None


def test_a_week_in_a_name_is_a_stamp() -> None:
    (stamp,) = name_stamps("results/2025-W38-3_06-44-12")
    assert stamp.seconds == MORNING + 12


@pytest.mark.parametrize("label", ["Datum", "Fecha", "Date ", "Gestartet"])
def test_labels_in_these_languages_state_the_time_of_the_run(label: str) -> None:
    found = READER.read("notes.md", f"# Lauf 3\n\n{label}: 17 Sept 2025 06:44\n".encode())
    assert [time.seconds for time in found.times] == [MORNING]

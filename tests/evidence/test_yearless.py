"""Times without a year: where they stand, and which year they are given."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.evidence.stamps import has_clock, name_stamps
from bisect_parity.evidence.yearless import in_year, yearless_line


def at(*clock: int) -> float:
    return datetime(*clock, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def stated(seconds: float) -> TimeStatement:
    return TimeStatement(seconds, TimeKind.LOCAL, 1.0, "stamp", Source("x"), lacks_year=True)


def test_the_folder_of_a_summary_writer_is_stamped_without_a_year() -> None:
    (stamp,) = name_stamps("runs/Mar03_15-00-07_host/hparams.yaml")
    assert (stamp.seconds, stamp.kind, stamp.lacks_year) == (at(1972, 3, 3, 15, 0, 7), TimeKind.LOCAL, True)


def test_a_stamp_with_its_year_comes_first_though_it_stands_further_out() -> None:
    assert [stamp.lacks_year for stamp in name_stamps("20250303T150000Z/Mar03_15-00-07_host")] == [
        False,
        True,
    ]


@pytest.mark.parametrize("name", ["Mar33_15-00-07", "Mar03_25-00-07", "SubMar03_15-00-07", "Mar03_15-00"])
def test_what_is_no_time_of_day_is_no_stamp(name: str) -> None:
    assert name_stamps(f"runs/{name}") == ()


@pytest.mark.parametrize(
    ("line", "clock", "resolution", "kind"),
    [
        ("Start testing: Nov 26 18:32 PST", (11, 26, 18, 32), 60.0, TimeKind.LOCAL),
        ("End testing: Nov 26 18:32 UTC", (11, 26, 18, 32), 60.0, TimeKind.UTC),
        ("I1126 18:32:01.123456  4711 solver.cc:12] step 1", (11, 26, 18, 32, 1), 1.0, TimeKind.LOCAL),
        ("Nov 26 18:32:01 host solver[4711]: step 1", (11, 26, 18, 32, 1), 1.0, TimeKind.LOCAL),
        ("Nov  6 18:32:01 host.lan solver: step 1", (11, 6, 18, 32, 1), 1.0, TimeKind.LOCAL),
        ("I1231 08:59:60.5  47 a.cc:1] leap", (12, 31, 9), 1.0, TimeKind.LOCAL),
        ("W0229 08:00:00.000001 140041 train.py:88] step 1", (2, 29, 8, 0), 1.0, TimeKind.LOCAL),
    ],
)
def test_lines_of_ctest_glog_and_syslog_are_times(
    line: str, clock: tuple[int, ...], resolution: float, kind: TimeKind
) -> None:
    found = yearless_line(line, Source("x.log", 1, line))
    assert found is not None
    assert (found.seconds, found.resolution, found.kind) == (at(1972, *clock), resolution, kind)
    assert has_clock(line)


@pytest.mark.parametrize(
    "line",
    [
        "I have 1126 18:32:01 x",
        "I1326 18:32:01.1 47 a.cc:1] x",
        "Start testing: now",
        "Nov 26 18:32:01 it began",
    ],
)
def test_other_lines_are_none(line: str) -> None:
    assert yearless_line(line, Source("x.log")) is None
    assert not has_clock(line)


@pytest.mark.parametrize(
    ("day", "latest", "others", "year"),
    [
        ((3, 3), at(2025, 4, 1), [], 2025),
        ((12, 30), at(2025, 1, 2), [], 2024),  # committed in the new year
        ((2, 29), at(2027, 6, 1), [], 2024),
        ((3, 4), at(2025, 3, 3, 23), [], 2025),  # another zone
        ((12, 31), at(2026, 6, 1), [at(2024, 1, 1)], 2023),  # another time of the run tells
    ],
)
def test_the_year_is_that_of_the_other_times_or_the_last_that_was_over(
    day: tuple[int, int], latest: float, others: list[float], year: int
) -> None:
    found = in_year(stated(at(1972, *day, 12)), latest, others)
    assert found is not None
    assert datetime.fromtimestamp(found.seconds, UTC).year == year
    assert found.lacks_year


def test_without_any_other_time_nothing_tells_the_year() -> None:
    assert in_year(stated(at(1972, 3, 3)), None, []) is None

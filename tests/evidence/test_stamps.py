"""Times are read out of names and text, with what they may mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.model import Source, TimeKind
from bisect_parity.evidence.stamps import (
    is_stamped,
    keyed_time,
    line_time,
    name_stamps,
    phase_time,
    text_time,
    value_time,
)

SOURCE = Source("f.txt", 1)

FIFTEEN = 1_741_014_000  # 2025-03-03 15:00:00


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("name", "kind", "when", "resolution"),
    [
        ("20251009T095913Z", TimeKind.UTC, "2025-10-09 09:59:13", 1),
        ("2025-10-09T09.59.13.313Z", TimeKind.UTC, "2025-10-09 09:59:13", 1),
        ("fix_20251008T180356Z", TimeKind.UTC, "2025-10-08 18:03:56", 1),
        ("20251008T153142Z_carryover_cache", TimeKind.UTC, "2025-10-08 15:31:42", 1),
        ("20251009-161714", TimeKind.LOCAL, "2025-10-09 16:17:14", 1),
        ("20251009_161714", TimeKind.LOCAL, "2025-10-09 16:17:14", 1),
        ("run-20251009_161714-a1b2c3d4", TimeKind.LOCAL, "2025-10-09 16:17:14", 1),
        ("20251001-005052-cpu-baseline", TimeKind.LOCAL, "2025-10-01 00:50:52", 1),
        ("2025-10-09_16-17-14", TimeKind.LOCAL, "2025-10-09 16:17:14", 1),
        ("20251009T095913", TimeKind.LOCAL, "2025-10-09 09:59:13", 1),
        ("20251009161714", TimeKind.LOCAL, "2025-10-09 16:17:14", 1),
        ("202510091617", TimeKind.LOCAL, "2025-10-09 16:17:00", 60),
        ("2025-09-29-debug-traces-002", TimeKind.DATE, "2025-09-29 00:00:00", 86400),
        ("20251201_dtype_probe", TimeKind.DATE, "2025-12-01 00:00:00", 86400),
        ("20251222T000000Z", TimeKind.DATE, "2025-12-22 00:00:00", 86400),
    ],
)
def test_a_name_is_read_as_the_stamp_that_it_holds(
    name: str, kind: TimeKind, when: str, resolution: float
) -> None:
    (stamp,) = name_stamps(name)
    assert (stamp.kind, stamp.seconds, stamp.resolution) == (kind, seconds(when), resolution)
    assert (stamp.origin, stamp.source) == ("stamp", Source(name, 0, name))


@pytest.mark.parametrize(
    "name",
    [
        "2025-10-cli-flags",
        "phase_b",
        "20251309T000000Z",
        "20250230",
        "123456789012345",
        "v1.2.3",
        "dist-50mm-lambda-1.0",
        "0123456789abcdef",
        "30000101",
        "",
    ],
)
def test_a_name_without_a_real_date_is_not_stamped(name: str) -> None:
    assert not is_stamped(name)


def test_nested_stamps_come_innermost_first() -> None:
    stamps = name_stamps("reports/2025-10-08/20251008T172721Z/env/fix_20251008T223805Z")
    assert [stamp.source.text for stamp in stamps] == [
        "fix_20251008T223805Z",
        "20251008T172721Z",
        "2025-10-08",
    ]


def test_the_date_folder_and_time_folder_of_hydra_are_one_time() -> None:
    stamps = name_stamps("outputs/2025-10-09/16-17-14")
    assert (stamps[0].kind, stamps[0].seconds) == (TimeKind.LOCAL, seconds("2025-10-09 16:17:14"))


@pytest.mark.parametrize(
    ("text", "kind", "when"),
    [
        ("2025-10-08T01:13:59.230387Z", TimeKind.UTC, "2025-10-08 01:13:59.230387"),
        ("2025-10-07T21:35:07.228220-07:00", TimeKind.UTC, "2025-10-08 04:35:07.228220"),
        ("2025-10-09T00:55:43.139422+00:00", TimeKind.UTC, "2025-10-09 00:55:43.139422"),
        ("2025-10-09 16:17:14 +0530", TimeKind.UTC, "2025-10-09 10:47:14"),
        ("2025-10-09 16:17:14", TimeKind.LOCAL, "2025-10-09 16:17:14"),
        ("2025-10-09T055116Z", TimeKind.UTC, "2025-10-09 05:51:16"),
        ("20251009T114620Z", TimeKind.UTC, "2025-10-09 11:46:20"),
        ("2025-12-22", TimeKind.DATE, "2025-12-22 00:00:00"),
        ("2025-10-09 16:17:14 UTC", TimeKind.UTC, "2025-10-09 16:17:14"),
    ],
)
def test_a_text_is_read_as_the_time_that_it_states(text: str, kind: TimeKind, when: str) -> None:
    time = text_time(text, "header", SOURCE)
    assert time is not None
    assert (time.kind, round(time.seconds, 6)) == (kind, seconds(when))


@pytest.mark.parametrize("scale", [1, 1000, 10**6, 10**9])
def test_numbers_are_seconds_or_a_finer_unit_by_their_size(scale: int) -> None:
    time = value_time(1_760_000_000 * scale, "field", SOURCE)
    assert time is not None
    assert (time.seconds, time.kind) == (1_760_000_000, TimeKind.UTC)


@pytest.mark.parametrize(
    "value", [0, 12.5, -1, True, None, [], {}, "soon", float("nan"), float("inf"), 1e400]
)
def test_what_is_no_time_is_not_taken_for_one(value: object) -> None:
    assert value_time(value, "field", SOURCE) is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_complaint(text: str) -> None:
    for stamp in name_stamps(text):
        assert stamp.resolution > 0
    text_time(text, "prose", SOURCE)
    value_time(text, "field", SOURCE)


@given(st.one_of(st.integers(), st.floats()))
def test_any_number_is_read_without_complaint(number: float) -> None:
    time = value_time(number, "field", SOURCE)
    assert time is None or 0 < time.seconds < 5e9


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2098, 12, 30)))  # noqa: DTZ001 - naive
def test_every_utc_stamp_is_read_back(when: datetime) -> None:
    when = when.replace(microsecond=0, tzinfo=UTC)
    (stamp,) = name_stamps(f"x_{when:%Y%m%dT%H%M%SZ}_y")
    assert stamp.seconds == when.timestamp()


@pytest.mark.parametrize(
    ("text", "kind", "when"),
    [
        ("Thu Oct  9 16:17:14 PDT 2025", TimeKind.LOCAL, "2025-10-09 16:17:14"),
        ("Thu Oct  9 16:17:14 2025", TimeKind.LOCAL, "2025-10-09 16:17:14"),
        ("Thu Oct  9 04:17:14 PM UTC 2025", TimeKind.UTC, "2025-10-09 16:17:14"),
        ("Thu 09 Oct 2025 04:17:14 PM CEST", TimeKind.LOCAL, "2025-10-09 16:17:14"),
        ("Started: Thu, 09 Oct 2025 16:17:14 -0700", TimeKind.UTC, "2025-10-09 23:17:14"),
        ("Thu Oct 9 16:17:14 2025 +0200", TimeKind.UTC, "2025-10-09 14:17:14"),
        ("09-Oct-2025 16:17:14", TimeKind.LOCAL, "2025-10-09 16:17:14"),
        ("9Oct2025 at 16: 7: 4", TimeKind.LOCAL, "2025-10-09 16:07:04"),
        ("Oct 09 2025 16:17", TimeKind.LOCAL, "2025-10-09 16:17:00"),
        ("01-OCT-2025 00:00:00", TimeKind.DATE, "2025-10-01 00:00:00"),
        ("2025/10/09 16:17:14", TimeKind.LOCAL, "2025-10-09 16:17:14"),
    ],
)
def test_a_date_with_the_name_of_its_month_is_read(text: str, kind: TimeKind, when: str) -> None:
    time = text_time(text, "header", SOURCE)
    assert time is not None
    assert (time.kind, time.seconds) == (kind, seconds(when))


@pytest.mark.parametrize(
    "text",
    ["Thu Oct 32 16:17:14 2025", "Thu Oct 9 16:17:14", "Thu Oct 9 25:17:14 2025", "32-Oct-2025 16:17:14"],
)
def test_what_is_no_date_is_none_with_the_name_of_a_month_either(text: str) -> None:
    assert text_time(text, "header", SOURCE) is None


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("2025-10-09 16:17:14,250 - root - INFO - begin", "2025-10-09 16:17:14.250"),
        ("[2025-10-09T16:17:14.250][app][INFO] - begin", "2025-10-09 16:17:14.250"),
        ("2025-10-09T16:17:14.25Z INFO begin", "2025-10-09 16:17:14.250"),
        ("Thu Oct  9 16:17:14 PDT 2025", "2025-10-09 16:17:14"),
        ("[Thu Oct  9 16:17:14 2025]", "2025-10-09 16:17:14"),
        ("2025/10/09 16:17:14 - mmengine - INFO - begin", "2025-10-09 16:17:14"),
        ("2025-10-09 04:17:14 PM INFO begin", "2025-10-09 16:17:14"),
        ("INFO 2025-10-09 16:17:14,250 begin", "2025-10-09 16:17:14.250"),
        ("[INFO] [2025-10-09 16:17:14] begin", "2025-10-09 16:17:14"),
        ("INFO:root:2025-10-09 16:17:14 begin", "2025-10-09 16:17:14"),
        ("[ Info: 2025-10-09T16:17:14.25 begin", "2025-10-09 16:17:14.250"),
        ("\u250c Warning: 2025-10-09T16:17:14 begin", "2025-10-09 16:17:14"),
        ("2025-10-09T16:17:14.250", "2025-10-09 16:17:14.250"),
        ("    '09-Oct-2025 16:17:14'", "2025-10-09 16:17:14"),
        ('[1] "2025-10-09 16:17:14 CEST"', "2025-10-09 16:17:14"),
    ],
)
def test_a_line_of_a_log_begins_with_its_time_or_is_one(line: str, when: str) -> None:
    time = line_time(line, SOURCE)
    assert time is not None
    assert time.seconds == seconds(when)


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("2025-10-09T16:17:14Z", "2025-10-09 16:17:14"),  # date -u +%Y-%m-%dT%H:%M:%SZ
        ("2025-10-09 16:17:14 UTC", "2025-10-09 16:17:14"),
        ("2025-10-09T16:17:14.250Z", "2025-10-09 16:17:14.250"),
        ("2025-10-09T16:17:14+02:00", "2025-10-09 14:17:14"),  # date -Iseconds, google-benchmark
        ("2025-10-09 16:17:14-07:00", "2025-10-09 23:17:14"),  # date --rfc-3339=seconds
        ("2025-10-09 16:17:14 UTC: begin", "2025-10-09 16:17:14"),
        ("2025-10-09T16:17:14.250Z begin", "2025-10-09 16:17:14.250"),
    ],
)
def test_the_zone_of_a_line_counts_whether_a_message_follows_or_not(line: str, when: str) -> None:
    time = line_time(line, SOURCE)
    assert time is not None
    assert (time.kind, time.seconds) == (TimeKind.UTC, seconds(when))


@pytest.mark.parametrize(
    "line",
    [
        "2025-10-09 16:17:14 -0700",  # as `git show -s --format=%ci` prints the date of a commit
        "Thu Oct 9 16:17:14 2025 -0700",  # and as %cd does
        "Thu, 9 Oct 2025 16:17:14 -0700",
        "result of 2025-10-09 16:17:14: fine",
        "01-Jan-2005 06:00:00",
        "2005-01-01 06:00:00",  # a step of a forecast, say
        "INFO: the run of 2025-10-09 16:17:14 is fine",
    ],
)
def test_the_date_of_a_commit_and_what_stands_within_a_line_are_no_times_of_a_log(line: str) -> None:
    assert line_time(line, SOURCE) is None


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("Started mdrun on rank 0 Thu Oct  9 16:17:14 2025", "start"),
        ("Program PWSCF v.6.4.1 starts on  9Oct2025 at 16:17:14", "start"),
        ("Log file opened on Thu Oct  9 16:17:14 2025", "start"),
        ("solve() end time   Thu Oct  9 16:17:14 2025", "end"),
        ("Completed at: 09-Oct-2025 16:17:14", "end"),
    ],
)
def test_a_program_says_when_it_began_and_ended(line: str, marks: str) -> None:
    time = phase_time(line, SOURCE)
    assert time is not None
    assert (time.seconds, time.marks, time.kind) == (seconds("2025-10-09 16:17:14"), marks, TimeKind.LOCAL)


@pytest.mark.parametrize(
    "line",
    [
        "simulation starts at 2005-01-01 06:00:00",
        "started from the fields of 01-Jan-2005 00:00:00",
        "restarting Thu Oct  9 16:17:14 2025",
        "started" + " " * 80 + "Thu Oct  9 16:17:14 2025",
        "Thu Oct  9 16:17:14 2025 started",
    ],
)
def test_what_a_simulation_is_about_is_no_time_of_its_run(line: str) -> None:
    assert phase_time(line, SOURCE) is None


@pytest.mark.parametrize(
    ("name", "seconds", "resolution"),
    [
        ("run_2025.03.03-15.00.07", 7, 1.0),
        ("2025_03_03_15_00_07", 7, 1.0),
        ("2025-03-03--15-00-07", 7, 1.0),
        ("2025-03-03T15.00.07", 7, 1.0),
        ("2025-03-03_15h00m07s", 7, 1.0),
        ("20250303-15h00", 0, 60.0),
        ("exp_250303-150007_gpu", 7, 1.0),
        ("2025-03-03_15_00_07", 7, 1.0),
        ("run_2025-03-03_03-00-07PM", 7, 1.0),
        ("20250303_030007_PM", 7, 1.0),
        ("run 2025-03-03 at 3.00.07 PM", 7, 1.0),
        ("2025-03-03-03-00-pm", 0, 60.0),
        ("03Mar2025_150007", 7, 1.0),
        ("20250303-150007-0100", 7, 1.0),
    ],
)
def test_a_stamp_is_read_in_every_notation_of_names(name: str, seconds: int, resolution: float) -> None:
    (stamp,) = name_stamps(f"results/{name}")
    assert (stamp.seconds, stamp.kind, stamp.resolution) == (FIFTEEN + seconds, TimeKind.LOCAL, resolution)
    assert stamp.source.text == name


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("2025-03-03T15-00-07-123Z", 7),
        ("20250303T150007.123456Z", 7),
        ("20250303T160007+0100", 7),
        ("20250303T070007-0800", 7),
        ("run_1741014007", 7),
        ("run-1741014007000", 7),
    ],
)
def test_a_stamp_may_state_its_zone(name: str, seconds: int) -> None:
    (stamp,) = name_stamps(f"results/{name}")
    assert (round(stamp.seconds), stamp.kind) == (FIFTEEN + seconds, TimeKind.UTC)


def test_a_number_of_seconds_makes_no_folder_evidence_and_yields_to_a_stamp() -> None:
    assert not is_stamped("run_1741014007")
    assert [stamp.source.text for stamp in name_stamps("20250303/run_1741014007")] == ["20250303"]


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("start_utc", TimeKind.UTC),
        ("timestampUTC", TimeKind.UTC),
        ("GMT time", TimeKind.UTC),
        ("outcome", TimeKind.LOCAL),
        ("date", TimeKind.LOCAL),
    ],
)
def test_a_key_may_state_the_zone_of_its_value(key: str, kind: TimeKind) -> None:
    time = text_time("2025-03-03 15:00:07", "field", SOURCE)
    assert time is not None
    assert keyed_time(key, time).kind is kind


@pytest.mark.parametrize("name", ["v1.250303-150000", "123456_654321", "2025.03.03", "0250303_150000"])
def test_versions_and_numbers_are_no_stamps(name: str) -> None:
    assert name_stamps(f"results/{name}") == ()


@pytest.mark.parametrize(
    ("text", "seconds", "kind"),
    [
        ("1741014000", FIFTEEN, TimeKind.UTC),
        ("1741014000123", FIFTEEN + 0.123, TimeKind.UTC),
        ("2025-03-03T15:00:00+01", FIFTEEN - 3600, TimeKind.UTC),
        ("2025-03-03 15:00:00.123456-08", FIFTEEN + 0.123456 + 8 * 3600, TimeKind.UTC),
        ("2025.03.03 15:00:00", FIFTEEN, TimeKind.LOCAL),
        ("03.03.2025 15:00:00", FIFTEEN, TimeKind.LOCAL),
        ("4.3.2025 15:00", FIFTEEN + 86400, TimeKind.LOCAL),
        ("3/4/2025, 3:00:00 PM", FIFTEEN + 86400, TimeKind.LOCAL),
        ("13/03/2025 15:00", FIFTEEN + 10 * 86400, TimeKind.LOCAL),
        ("Mar 3, 2025 3:00 PM", FIFTEEN, TimeKind.LOCAL),
        ("2025-03-03 03:00:00 PM", FIFTEEN, TimeKind.LOCAL),
        ("2025/03/03 3:00 p.m.", FIFTEEN, TimeKind.LOCAL),
        ("2025-03-03 12:30:00 AM", FIFTEEN - 14.5 * 3600, TimeKind.LOCAL),
        ("2025-03-03 15.00.00", FIFTEEN, TimeKind.LOCAL),
        ("3 March 2025 15:00", FIFTEEN, TimeKind.LOCAL),
        ("Monday, March 3, 2025", FIFTEEN - 15 * 3600, TimeKind.DATE),
    ],
)
def test_a_value_is_read_in_every_notation(text: str, seconds: float, kind: TimeKind) -> None:
    time = value_time(text, "field", Source("r/env.json"))
    assert time is not None
    assert time.kind is kind
    assert time.seconds == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["04/03/2025 15:00", "12", "99999999999", "March"])
def test_what_can_be_read_in_two_ways_is_no_time(text: str) -> None:
    assert value_time(text, "field", Source("r/env.json")) is None

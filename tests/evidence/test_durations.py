"""How long a whole run took is told from other numbers by its key, and read in every unit and notation."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.evidence.durations import line_durations, spans, value_durations
from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.evidence.numbers import nearest_float

PLACE = Source("r/env.json")


def seconds(name: str, value: object) -> float | None:
    found = value_durations(name, value, PLACE)
    return found[0].seconds if found else None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("duration", 90, 90.0),
        ("elapsed", 14400.5, 14400.5),
        ("elapsed_seconds", Decimal("14400.25"), 14400.25),
        ("elapsedTime", 5.0, 5.0),
        ("duration_ms", 2500, 2.5),
        ("durationMs", 2500, 2.5),
        ("wall_time_min", 2, 120.0),
        ("walltime_h", 1.5, 5400.0),
        ("total_time_s", 7, 7.0),
        ("time_total_s", 7, 7.0),
        ("train_runtime", 12.5, 12.5),
        ("_runtime", 3.5, 3.5),
        ("Total runtime", "14401 s", 14401.0),
        ("run.duration", 8, 8.0),
        ("Wall-clock time", "1-02:03:04", 93784.0),
        ("elapsed", "1 day, 0:00:01", 86401.0),
        ("elapsed", "2 h 3 min 4.5 s", 7384.5),
        ("duration", "02:11.5", 131.5),
    ],
)
def test_every_spelling_of_it_is_read(name: str, value: object, expected: float) -> None:
    assert seconds(name, value) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("run_time", 0.5),  # of the kernel, mostly
        ("time", 90),
        ("duration", True),
        ("duration", None),
        ("duration", "docker"),
        ("runtime", "python3.11"),
        ("duration", -3.0),
        ("duration", 0),
        ("duration", float("nan")),
        ("duration", 10**400),
        ("duration", 1e300),
        ("duration", [3.0]),
        ("kernel.duration", 0.2),
        ("cases[0].duration", 0.2),
        ("timeout", 3600),
        ("max_duration", 3600),
        ("elapsed", "1 2 3"),
        ("elapsed", "9" * 100),
    ],
)
def test_other_numbers_and_texts_are_no_durations(name: str, value: object) -> None:
    assert seconds(name, value) is None


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_clock_notation_is_read_to_the_second(hours: int, minutes: int, rest: int) -> None:
    whole = 3600 * hours + 60 * minutes + rest
    assert (seconds("elapsed", f"{hours}:{minutes:02}:{rest:02}") or 0.0) == whole
    timed = line_durations(f"real {60 * hours + minutes}m{rest}.000s", PLACE)
    assert sum(each.seconds for each in timed) == whole


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_makes_it_fail(name: str, text: str) -> None:
    for found in (value_durations(name, text, PLACE), line_durations(text, PLACE)):
        assert all(each.seconds > 0 for each in found)


@pytest.mark.parametrize("line", ["real world", "real", "really 3m1s", "Elapsed: 3"])
def test_lines_that_no_timer_wrote_are_none(line: str) -> None:
    assert line_durations(line, PLACE) == ()


def test_a_run_ends_with_the_last_of_its_ends_that_are_stated_as_its_start_is() -> None:
    def stated(seconds: float, marks: str, kind: TimeKind = TimeKind.LOCAL) -> TimeStatement:
        return TimeStatement(seconds, kind, 1.0, "field", PLACE, marks)

    ends = (stated(130, "end"), stated(190, "end"), stated(160, "end"), stated(900, "end", TimeKind.UTC))
    assert [found.seconds for found in spans((stated(100, "start"), *ends))] == [90]
    assert not list(spans(ends))


def test_a_number_beyond_all_floats_keeps_its_sign() -> None:
    assert [nearest_float(sign * 10**400) for sign in (1, -1)] == [float("inf"), float("-inf")]

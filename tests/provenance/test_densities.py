"""Densities over the run's start are densities, and say what the notation can mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.provenance.clock import MODES
from bisect_parity.provenance.densities import (
    Arrival,
    arrival_densities,
    delay_densities,
    statement_densities,
)
from bisect_parity.provenance.parameter_file import load_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

PARAMETERS = load_parameters()
NOON = 1_760_000_000.0
PACIFIC = -7 * 3600


def densities(
    times: Sequence[float] | np.ndarray,
    kind: TimeKind,
    origin: str = "stamp",
    zones: Sequence[int] = (PACIFIC,),
    took: float | None = None,
) -> np.ndarray:
    """Of NOON, as a kind of notation states it, by mode, meaning and time."""
    resolution = 86400.0 if kind is TimeKind.DATE else 1.0
    stated = TimeStatement(NOON, kind, resolution, origin, Source("b"))
    (found,) = statement_densities([(np.asarray(times), stated, zones, took)], PARAMETERS)
    return found


@pytest.mark.parametrize("mode", MODES)
def test_each_way_to_relate_to_the_start_is_a_density(mode: str) -> None:
    times = np.unique(np.concatenate([NOON + s * np.geomspace(1e-3, 1e8, 40_000) for s in (-1, 1)]))
    found = densities(times, TimeKind.UTC, zones=(0,))[MODES.index(mode), 0]
    assert np.trapezoid(found, times) == pytest.approx(1.0, rel=0.02 if mode != "end" else 0.2)


def test_a_time_that_marks_the_end_puts_the_start_before_it() -> None:
    before, after = densities([NOON - 40, NOON + 40], TimeKind.UTC)[MODES.index("end"), 0]
    assert before > 0
    assert after == 0


def test_where_it_is_stated_how_long_the_run_took_its_end_tells_its_start() -> None:
    times = np.unique(np.concatenate([NOON - 14_400 + np.linspace(-20_000, 14_400, 40_000)]))
    ended = densities(times, TimeKind.UTC, zones=(0,), took=14_400.0)[MODES.index("end"), 0]
    assert times[ended.argmax()] == pytest.approx(NOON - 14_400, abs=30)
    near = abs(times - (NOON - 14_400)) < 300
    assert 0.7 < np.trapezoid(ended[near], times[near]) < 0.85
    assert np.trapezoid(ended, times) == pytest.approx(1.0, rel=0.1)


def test_how_long_the_run_took_says_nothing_of_a_time_of_its_start() -> None:
    times = NOON + np.linspace(-20_000, 100, 500)
    without, with_it = (densities(times, TimeKind.UTC, took=took) for took in (None, 14_400.0))
    start = MODES.index("start")
    assert (without[start] == with_it[start]).all()


def test_a_local_time_is_moved_by_the_zone() -> None:
    as_written = densities([NOON, NOON - PACIFIC], TimeKind.LOCAL)[:, 0].sum(axis=0)
    assert as_written[1] > 10 * as_written[0]


def test_a_local_time_can_be_that_of_another_person_here() -> None:
    alone, shared = (
        densities([NOON - 3600], TimeKind.LOCAL, zones=zones) for zones in ((PACIFIC,), (PACIFIC, 3600))
    )
    assert shared[0, 2, 0] > 100 * alone[0, 2, 0]


def test_a_local_time_labelled_z_is_possible_and_a_profilers_clock_is_never_that() -> None:
    assert densities([NOON - PACIFIC], TimeKind.UTC)[0, 1, 0] > 0.1
    assert not densities([NOON - PACIFIC], TimeKind.UTC, "trace")[:, 1].any()


def test_a_date_prefers_no_time_of_its_day() -> None:
    times = [NOON - PACIFIC + hours for hours in (3600.0, 43200.0, 80000.0)]
    found = densities(times, TimeKind.DATE)[:, 0].sum(axis=0)
    assert found[0] == pytest.approx(found[1], rel=0.1)
    assert found[2] == pytest.approx(found[1], rel=0.1)


def test_the_delay_has_a_mode_of_minutes_a_heavy_tail_and_hardly_anything_before_zero() -> None:
    minutes, year, negative = delay_densities(np.array([200.0, 2e7, -7200.0]), 0.0, PARAMETERS.delay)[1]
    assert minutes > 1e3 * year
    assert 0 < negative < minutes / 1e3


def test_late_results_are_as_old_as_those_that_came_in_with_them() -> None:
    times = np.concatenate([[1.0], np.geomspace(10, 1e12, 20_000)])
    alone, together = (
        delay_densities(times, math.inf, PARAMETERS.delay, others, 3e7)[-1] for others in (0, 5)
    )
    assert np.trapezoid(together, times) == pytest.approx(np.trapezoid(alone, times), rel=0.01)
    two_years, beyond = (int(times.searchsorted(delay)) for delay in (2.5e7, 6e7))
    assert together[two_years] > 8 * alone[two_years]
    assert alone[beyond] < together[beyond] < together[two_years] / 10


def test_results_that_are_committed_at_once_are_of_runs_since_the_last_commit() -> None:
    at_once = delay_densities(np.array([-5.0, 100.0, 400.0]), 300.0, PARAMETERS.delay)[0]
    assert at_once.tolist() == [0.0, pytest.approx(at_once[1]), 0.0]
    assert at_once[1] > 0


def test_results_that_were_committed_at_one_of_several_times_have_the_mixture_of_their_delays() -> None:
    times = NOON - np.array([4000.0, 400.0, 40.0])
    first, last = Arrival(NOON, 300.0, 0.25), Arrival(NOON + 7200, 300.0, 0.75)
    both, one, other = arrival_densities(
        [(times, [first, last]), (times, [first]), (times, [last])], PARAMETERS.delay
    )
    assert both == pytest.approx(one + other)

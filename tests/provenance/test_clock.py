"""Densities over the run's start are densities, and say what the notation can mean."""

from __future__ import annotations

import numpy as np
import pytest

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.provenance.clock import delay_density, grid, readings, statement_density
from bisect_parity.provenance.parameters import load_parameters

PARAMETERS = load_parameters()
NOON = 1_760_000_000.0
PACIFIC = -7 * 3600


def statement(kind: TimeKind, origin: str = "stamp", seconds: float = NOON) -> TimeStatement:
    resolution = 86400.0 if kind is TimeKind.DATE else 1.0
    return TimeStatement(seconds, kind, resolution, origin, Source("b"))


@pytest.mark.parametrize("kind", list(TimeKind))
@pytest.mark.parametrize("origin", sorted(PARAMETERS.sources))
def test_the_meanings_of_a_time_have_probabilities_that_sum_to_one(kind: TimeKind, origin: str) -> None:
    total = sum(reading.probability for reading in readings(statement(kind, origin), PACIFIC, PARAMETERS))
    assert total == pytest.approx(1.0)


@pytest.mark.parametrize("origin", sorted(PARAMETERS.sources))
def test_a_time_that_can_be_wrong_still_has_a_density_that_integrates_to_its_reliability(origin: str) -> None:
    times = np.unique(np.concatenate([NOON + s * np.geomspace(1e-3, 1e8, 40_000) for s in (-1, 1)]))
    density = statement_density(times, statement(TimeKind.UTC, origin), 0, PARAMETERS)
    inside = density - (1 - PARAMETERS.sources[origin].reliability) / (10 * 365.25 * 86400)
    assert np.trapezoid(inside, times) == pytest.approx(PARAMETERS.sources[origin].reliability, rel=0.01)


def test_a_run_begins_before_its_stamp_rather_than_after_it() -> None:
    before, after = statement_density(
        np.array([NOON - 30, NOON + 30]), statement(TimeKind.UTC), PACIFIC, PARAMETERS
    )
    assert before > 3 * after


def test_a_local_time_is_moved_by_the_zone() -> None:
    times = np.array([NOON, NOON - PACIFIC])
    unlikely, likely = statement_density(times, statement(TimeKind.LOCAL), PACIFIC, PARAMETERS)
    assert likely > 10 * unlikely


def test_a_local_time_labelled_z_is_possible_and_a_profilers_clock_is_never_that() -> None:
    shifted = np.array([NOON - PACIFIC])
    stamp = statement_density(shifted, statement(TimeKind.UTC), PACIFIC, PARAMETERS)[0]
    trace = statement_density(shifted, statement(TimeKind.UTC, "trace"), PACIFIC, PARAMETERS)[0]
    assert stamp > 100 * trace


def test_a_date_prefers_no_time_of_its_day() -> None:
    times = NOON - PACIFIC + np.array([3600.0, 43200.0, 80000.0])
    density = statement_density(times, statement(TimeKind.DATE), PACIFIC, PARAMETERS)
    assert density[0] == pytest.approx(density[1], rel=0.1)
    assert density[2] == pytest.approx(density[1], rel=0.1)


def test_the_delay_has_a_mode_of_minutes_a_heavy_tail_and_hardly_anything_before_zero() -> None:
    minutes, year, negative = delay_density(np.array([200.0, 2e7, -7200.0]), PARAMETERS.delay)
    assert minutes > 1e3 * year
    assert 0 < negative < minutes / 1e3


def test_the_grid_is_sorted_and_holds_every_boundary() -> None:
    edges = grid([NOON], NOON + 500, np.array([NOON + 17.5]))
    assert (np.diff(edges) > 0).all()
    assert NOON + 17.5 in edges

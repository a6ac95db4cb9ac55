"""Densities over the run's start are densities, and say what the notation can mean."""

from __future__ import annotations

import numpy as np
import pytest

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.provenance.clock import (
    MODES,
    best_reading,
    blurs,
    delay_densities,
    mode_weights,
    readings,
    statement_densities,
)
from bisect_parity.provenance.parameter_file import load_parameters

PARAMETERS = load_parameters()
NOON = 1_760_000_000.0
PACIFIC = -7 * 3600


def statement(kind: TimeKind, origin: str = "stamp", seconds: float = NOON) -> TimeStatement:
    resolution = 86400.0 if kind is TimeKind.DATE else 1.0
    return TimeStatement(seconds, kind, resolution, origin, Source("b"))


def densities(times: list[float], kind: TimeKind, origin: str = "stamp") -> np.ndarray:
    return statement_densities(np.array(times), statement(kind, origin), (PACIFIC,), PARAMETERS)


@pytest.mark.parametrize(
    ("seconds_later", "zone"), [(60.0, PACIFIC), (60.0 - 5 * 3600, -2 * 3600)], ids=["own zone", "any zone"]
)
def test_a_local_time_is_told_in_the_zone_that_fits_the_run(seconds_later: float, zone: int) -> None:
    run_time = NOON - PACIFIC + seconds_later
    meanings = readings(statement(TimeKind.LOCAL), (PACIFIC,), PARAMETERS)
    assert best_reading(meanings, run_time).instant(run_time) == NOON - zone


@pytest.mark.parametrize("kind", list(TimeKind))
@pytest.mark.parametrize("origin", sorted(PARAMETERS.sources))
@pytest.mark.parametrize("zones", [(0,), (PACIFIC,), (PACIFIC, 3600, 7200)])
def test_the_meanings_of_a_time_have_probabilities_that_sum_to_one(
    kind: TimeKind, origin: str, zones: tuple[int, ...]
) -> None:
    total = sum(reading.probability for reading in readings(statement(kind, origin), zones, PARAMETERS))
    assert total == pytest.approx(1.0)


@pytest.mark.parametrize("mode", MODES)
def test_each_way_to_relate_to_the_start_is_a_density(mode: str) -> None:
    times = np.unique(np.concatenate([NOON + s * np.geomspace(1e-3, 1e8, 40_000) for s in (-1, 1)]))
    found = statement_densities(times, statement(TimeKind.UTC), (0,), PARAMETERS)[MODES.index(mode), 0]
    assert np.trapezoid(found, times) == pytest.approx(1.0, rel=0.02 if mode != "end" else 0.2)


def test_a_time_that_marks_the_end_puts_the_start_before_it() -> None:
    before, after = densities([NOON - 40, NOON + 40], TimeKind.UTC)[MODES.index("end"), 0]
    assert before > 0
    assert after == 0


def test_a_statement_that_says_what_it_marks_is_taken_at_its_word() -> None:
    weights = np.array([0.5, 0.2, 0.2, 0.1])
    assert mode_weights(weights, "start").tolist() == pytest.approx([0.7, 0.2, 0.0, 0.1])
    assert mode_weights(weights, "end").tolist() == pytest.approx([0.0, 0.2, 0.7, 0.1])
    assert mode_weights(weights, "unknown").tolist() == weights.tolist()


def test_a_local_time_is_moved_by_the_zone() -> None:
    as_written = densities([NOON, NOON - PACIFIC], TimeKind.LOCAL)[:, 0].sum(axis=0)
    assert as_written[1] > 10 * as_written[0]


def test_a_local_time_can_be_that_of_another_person_here() -> None:
    alone, shared = (
        statement_densities(np.array([NOON - 3600]), statement(TimeKind.LOCAL), zones, PARAMETERS)
        for zones in ((PACIFIC,), (PACIFIC, 3600))
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


def test_results_that_are_committed_at_once_are_of_runs_since_the_last_commit() -> None:
    at_once = delay_densities(np.array([-5.0, 100.0, 400.0]), 300.0, PARAMETERS.delay)[0]
    assert at_once.tolist() == [0.0, pytest.approx(at_once[1]), 0.0]
    assert at_once[1] > 0


def test_clock_errors_keep_the_mass_of_every_cell_and_spread_it_by_their_scale() -> None:
    edges = NOON + np.arange(-20_000.0, 20_000.0, 50.0)
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    scales = PARAMETERS.clock.scales[:0:-1]
    centre = len(middles) // 2
    for scale, blur in zip(scales, blurs(middles, widths, PARAMETERS.clock), strict=True):
        assert blur.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
        spread = np.sqrt((blur[centre] * (middles - middles[centre]) ** 2).sum())
        assert spread == pytest.approx(scale if scale > 50 else spread, rel=0.02)

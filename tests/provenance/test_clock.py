"""What a stated time can mean, and how far off a clock was."""

from __future__ import annotations

import numpy as np
import pytest

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.provenance.clock import best_reading, blurred, blurs, mode_weights, readings
from bisect_parity.provenance.parameter_file import load_parameters

PARAMETERS = load_parameters()
NOON = 1_760_000_000.0
PACIFIC = -7 * 3600


def statement(kind: TimeKind, origin: str = "stamp", seconds: float = NOON) -> TimeStatement:
    resolution = 86400.0 if kind is TimeKind.DATE else 1.0
    return TimeStatement(seconds, kind, resolution, origin, Source("b"))


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


def test_a_statement_that_says_what_it_marks_is_taken_at_its_word() -> None:
    weights = np.array([0.5, 0.2, 0.2, 0.1])
    assert mode_weights(weights, "start").tolist() == pytest.approx([0.7, 0.2, 0.0, 0.1])
    assert mode_weights(weights, "end").tolist() == pytest.approx([0.0, 0.2, 0.7, 0.1])
    assert mode_weights(weights, "unknown").tolist() == weights.tolist()


def test_clock_errors_keep_the_mass_of_every_cell_and_spread_it_by_their_scale() -> None:
    edges = NOON + np.arange(-20_000.0, 20_000.0, 50.0)
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    scales = PARAMETERS.clock.scales[:0:-1]
    centre = len(middles) // 2
    for scale, blur in zip(scales, blurs(middles, widths, PARAMETERS.clock), strict=True):
        assert blur.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
        spread = np.sqrt((blur[centre] * (middles - middles[centre]) ** 2).sum())
        assert spread == pytest.approx(scale if scale > 50 else spread, rel=0.02)


def test_masses_are_blurred_as_by_each_blur_and_denormal_ones_are_left_out() -> None:
    edges = NOON + np.concatenate([-np.geomspace(1e8, 1.0, 60), np.arange(0.0, 9000.0, 7.0)])
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    masses = np.random.default_rng(1).dirichlet(np.full(len(middles), 0.01), 3)
    shown = list(blurred(masses, middles, widths, PARAMETERS.clock))
    assert len(shown) == PARAMETERS.clock.doublings
    for found, blur in zip(shown, blurs(middles, widths, PARAMETERS.clock), strict=True):
        assert found == pytest.approx(masses @ blur, rel=1e-4, abs=1e-9)
        assert found.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
        assert not ((blur > 0) & (blur < np.finfo(np.float32).tiny)).any()

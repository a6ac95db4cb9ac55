"""Two numbers that separate good from bad by a product, a quotient or a weighted sum, and not by chance."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from bisect_parity.diagnosis.lines import Line
from bisect_parity.diagnosis.lines import _direction as direction
from bisect_parity.diagnosis.lines import _separable_labelings as separable_labelings
from bisect_parity.diagnosis.next_step import next_steps
from bisect_parity.report.diagnosis_document import diagnosis_document
from tests.diagnosis.runs import BAD, GOOD, diagnosed, evidence


def steps(seed: int, count: int = 24) -> list[tuple[float, float]]:
    """Steps in time and space that spread over a decade each."""
    chance = random.Random(seed)  # noqa: S311 - a fixed plan of runs
    return [
        (float(f"{10 ** chance.uniform(-3, -2):.4g}"), float(f"{10 ** chance.uniform(-1.5, -0.5):.4g}"))
        for _ in range(count)
    ]


def test_a_limit_of_stability_is_named_as_a_quotient() -> None:
    plans = steps(1)
    verdicts = [GOOD if dt / dx**2 <= 0.5 else BAD for dt, dx in plans]
    options = [f"--dt {dt} --dx {dx} --seed {at % 7}" for at, (dt, dx) in enumerate(plans)]
    found = diagnosed(*verdicts, options=options)
    assert found.verdict == "parameters"
    (line,) = found.contrast.pairs
    assert isinstance(line, Line)
    assert line.formula == "bench.py --dt / bench.py --dx^2"
    assert line.good_edge <= 0.5 < line.bad_edge
    assert line.p_family == pytest.approx(line.p * (line.tried + 3))
    told = evidence(found, "parameters")
    assert "bench.py --dt / bench.py --dx^2: good at most" in told
    assert "a hypothesis, not a proof" in told
    document = diagnosis_document(found, next_steps(found, ["parity"]))
    assert document["contrast"]["pairs"][0]["cells"] == []
    assert any("isolate --over params" in step["command"] for step in document["next"])


def test_a_weighted_sum_is_found_where_numbers_are_not_positive() -> None:
    chance = random.Random(2)  # noqa: S311 - a fixed plan of runs
    plans = [(round(chance.uniform(-5, 5), 2), round(chance.uniform(-5, 5), 2)) for _ in range(30)]
    verdicts = [GOOD if a + 2 * b <= 1 else BAD for a, b in plans]
    found = diagnosed(*verdicts, options=[f"--a={a} --b={b}" for a, b in plans])
    (line,) = found.contrast.pairs
    assert isinstance(line, Line)
    assert not line.is_log
    assert line.formula == "bench.py --a + 2 * bench.py --b"


def test_the_labelings_of_many_runs_are_bounded() -> None:
    plans = steps(6, count=200)
    verdicts = [GOOD if dt / dx**2 <= 0.5 else BAD for dt, dx in plans]
    (line,) = diagnosed(*verdicts, options=[f"--dt {dt} --dx {dx}" for dt, dx in plans]).contrast.pairs
    assert isinstance(line, Line)
    assert line.formula == "bench.py --dt / bench.py --dx^2"
    assert 0 < line.p < 1e-20


def test_a_few_runs_that_many_lines_would_part_show_none() -> None:
    plans = steps(3, count=6)
    verdicts = [GOOD if dt / dx**2 <= 0.5 else BAD for dt, dx in plans]
    found = diagnosed(*verdicts, options=[f"--dt {dt} --dx {dx}" for dt, dx in plans])
    assert not found.contrast.pairs


def test_no_line_is_told_where_none_parts_the_runs() -> None:
    plans = steps(4)
    verdicts = [
        GOOD if math.hypot(math.log10(dt) + 2.5, math.log10(dx) + 1) < 0.3 else BAD for dt, dx in plans
    ]
    found = diagnosed(*verdicts, options=[f"--dt {dt} --dx {dx}" for dt, dx in plans])
    assert not found.contrast.pairs


@pytest.mark.parametrize("has_ties", [False, True])
def test_separable_labelings_are_all_counted(has_ties: bool) -> None:
    chance = np.random.default_rng(5)
    points = chance.random((8, 2))
    if has_ties:
        points = np.array([(x, y) for x in (0.0, 0.5, 1.0) for y in (0.0, 0.6, 1.0)])[:7]
        points = np.concatenate((points, points[:1]))
    for good in (1, 3, 4):
        each = [set(item) for item in itertools.combinations(range(8), good)]
        labelings = [np.array([at in item for at in range(8)]) for item in each]
        parted = [direction(points, labels) is not None for labels in labelings]
        assert separable_labelings(points, good) == sum(parted)

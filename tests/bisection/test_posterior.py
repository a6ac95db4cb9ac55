"""The posterior of the guilty commit, against the sum over every case there is."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisect_parity.bisection.odds import LEAST
from bisect_parity.bisection.posterior import posterior, smallest_set, split
from bisect_parity.bisection.rates import ALWAYS, FALLS, NEVER, SAME, RatePrior

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NODES = 128
INNER = [math.sin((2 * k - 1) * math.pi / (4 * NODES)) ** 2 for k in range(1, NODES + 1)]


def angle(rate: float) -> float:
    """Half of the angle of which Cohen's h is a difference."""
    return math.asin(math.sqrt(rate))


LOW = [(0.0, NEVER), *((p, (1 - NEVER) / NODES) for p in INNER)]
HIGH = [*((p, (1 - ALWAYS) / NODES) for p in INNER), (1.0, ALWAYS)]


def cases() -> dict[str, Floats]:
    """Every pair of rates: the rate before, the rate after and the probability of both, by relation."""
    rising = np.array([(b, a, v * w) for b, v in LOW for a, w in HIGH if angle(a) - angle(b) >= angle(LEAST)])
    rising[:, 2] /= rising[:, 2].sum()
    falling = rising[:, [1, 0, 2]]
    alike = np.array([(p, p, w / 2) for p, w in (*LOW, *HIGH)])
    weights = {"rises": (rising, 1 - SAME - FALLS), "falls": (falling, FALLS), "same": (alike, SAME)}
    return {relation: pairs * (1, 1, weight) for relation, (pairs, weight) in weights.items()}


CASES = cases()
TABLES = st.integers(1, 3).flatmap(
    lambda n: st.lists(
        st.tuples(st.lists(st.booleans(), min_size=n, max_size=n), st.integers(0, 4), st.integers(0, 4)),
        min_size=1,
        max_size=3,
    )
)
Table = list[tuple[list[bool], int, int]]


def arrays(table: Table) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    after = np.array([row for row, _, _ in table])
    return after, np.array([seen for _, seen, _ in table]), np.array([other for *_, other in table])


def summed(table: Table, chances: Sequence[float] | None = None) -> dict[tuple[str, int], float]:
    """The probability of each relation with each candidate, not normalised; `same` has no candidate."""
    found: dict[tuple[str, int], float] = {}
    candidates = len(table[0][0])
    for (relation, pairs), c in itertools.product(CASES.items(), range(candidates)):
        chance = pairs[:, 2] * (1 / candidates if chances is None else chances[c])
        for row, seen, other in table:
            p = pairs[:, int(row[c])]
            chance = chance * p**seen * (1 - p) ** other
        key = (relation, -1 if relation == "same" else c)
        found[key] = found.get(key, 0.0) + float(chance.sum())
    return found


def entropy(weights: list[float]) -> float:
    whole = sum(weights)
    return -sum(w / whole * math.log2(w / whole) for w in weights if w > 0)


def told(sums: dict[tuple[str, int], float]) -> list[float]:
    """What is asked: the guilty candidate, or that there is none, or that the ends are swapped."""
    rises = [weight for (relation, _), weight in sums.items() if relation == "rises"]
    rest = [sum(w for (relation, _), w in sums.items() if relation == kind) for kind in ("same", "falls")]
    return [*rises, *rest]


@given(TABLES)
def test_the_posterior_is_the_sum_over_all_candidates_and_rates(table: Table) -> None:
    sums, found = summed(table), posterior(RatePrior(), *arrays(table))
    whole = sum(sums.values())
    assert found.same == pytest.approx(sums["same", -1] / whole, rel=1e-9)
    for c in range(len(table[0][0])):
        assert found.rises[c] == pytest.approx(sums["rises", c] / whole, rel=1e-9)
        assert found.falls[c] == pytest.approx(sums["falls", c] / whole, rel=1e-9)


@given(TABLES, st.lists(st.floats(0.01, 100), min_size=3, max_size=3))
def test_what_is_suspected_beforehand_is_the_prior(table: Table, factors: list[float]) -> None:
    count = len(table[0][0])
    chances = [factor / sum(factors[:count]) for factor in factors[:count]]
    after, seen, other = arrays(table)
    sums, found = summed(table, chances), posterior(RatePrior(), after, seen, other, chances=chances)
    whole = sum(sums.values())
    assert found.same == pytest.approx(sums["same", -1] / whole, rel=1e-9)
    for c in range(count):
        assert found.rises[c] == pytest.approx(sums["rises", c] / whole, rel=1e-9)
        assert found.falls[c] == pytest.approx(sums["falls", c] / whole, rel=1e-9)


@given(TABLES)
def test_the_information_of_a_check_is_the_entropy_that_it_takes_away_on_average(table: Table) -> None:
    after, *counts = arrays(table)
    before = summed(table)
    for place, (row, _, _) in enumerate(table):
        left = 0.0
        for seen, other in ((1, 0), (0, 1)):
            sums = summed([*table, (row, seen, other)])
            left += sum(sums.values()) / sum(before.values()) * entropy(told(sums))
        gained = posterior(RatePrior(), after, *counts).information(after)[place]
        assert gained == pytest.approx(max(0.0, entropy(told(before)) - left), abs=1e-9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_one_rate_is_integrated_without_rounding(seen: int, other: int) -> None:
    prior = RatePrior(never=0, always=0)
    counts = np.array([[seen, other, 0, 0]])

    def beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    exact = beta(seen + 0.5, other + 0.5) - beta(0.5, 0.5)
    assert prior.evidence(counts).log[0, 1] - math.log(SAME) == pytest.approx(exact, abs=1e-9)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_good_verdicts_of_a_fix_are_bad_ones_of_a_regression(e: int, f: int, g: int, h: int) -> None:
    prior = RatePrior()
    told_bad = prior.evidence(np.array([[e, f, g, h]]))
    told_good = prior.mirrored().evidence(
        np.array([[h, g, f, e]])
    )  # the sides and the verdicts change places
    assert told_good.log == pytest.approx(told_bad.log, abs=1e-9)


def test_a_row_of_commits_is_split_by_each_candidate() -> None:
    after = np.array([[False, False], [True, False], [True, True]])
    counts = split(after, np.array([1, 2, 4]), np.array([10, 20, 40]))
    assert counts.tolist() == [[1, 10, 6, 60], [3, 30, 4, 40]]


def test_one_bad_verdict_tells_more_where_none_was_before() -> None:
    after = np.array([[False, False], [True, False], [True, True]])
    found = posterior(RatePrior(), after, np.array([0, 1, 3]), np.array([40, 3, 5]))
    assert found.rises[0] > 0.9
    noisy = posterior(RatePrior(), after, np.array([8, 1, 3]), np.array([32, 3, 5]))
    assert noisy.rises[0] < 0.7


def test_where_bad_is_proof_one_bad_verdict_rules_out_all_that_comes_later() -> None:
    after = np.array([[False, False], [True, False], [True, True]])
    counts = np.array([0, 1, 1]), np.array([1, 0, 1])
    assert posterior(RatePrior(never=1), after, *counts).rises[1] == 0
    assert posterior(RatePrior(), after, *counts).rises[1] > 0
    broken = posterior(RatePrior(never=1), after, np.array([1, 0, 1]), np.array([0, 1, 1]))
    assert (broken.rises.max(), broken.same > 0) == (0, True)
    assert np.isfinite(broken.information(after)).all()
    assert RatePrior(never=1).intervals(np.array([1, 1, 1, 0])) is None


def test_ends_that_are_alike_and_ends_that_are_swapped_are_told() -> None:
    after = np.array([[False, False], [True, True]])
    alike = posterior(RatePrior(), after, np.array([15, 14]), np.array([15, 16]))
    assert alike.same > 0.6
    swapped = posterior(RatePrior(), after, np.array([9, 0]), np.array([1, 10]))
    assert swapped.falls.sum() > 0.95


def test_intervals_hold_the_rates_and_shrink_with_the_checks() -> None:
    few, many = (RatePrior().intervals(np.array([0, n, n // 2, n // 2])) for n in (10, 200))
    assert few is not None
    assert many is not None
    for before, after in (few, many):
        assert before.low == 0
        assert after.low < 0.5 < after.high
    assert many[0].high < few[0].high
    assert many[1].high - many[1].low < few[1].high - few[1].low
    assert few[1].mirrored().mean == pytest.approx(1 - few[1].mean)


@given(st.lists(st.integers(0, 9), max_size=8), st.floats(0.01, 1))
def test_a_smallest_set_holds_the_share_and_no_member_too_many(weights: list[int], share: float) -> None:
    places = smallest_set(weights, share)
    held = [weights[place] for place in places]
    whole = sum(weights)
    assert sum(held) >= share * whole * (1 - 1e-9)
    assert sum(held[:-1]) < share * whole or not held
    assert bool(held) == (whole > 0)
    assert held == sorted(held, reverse=True)

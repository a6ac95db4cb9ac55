from __future__ import annotations

import statistics

import pytest

from benchmarks.flaky_bisections import Answer, flaky_graph, flaky_row, plainly, share_right, weighing

SEEDS = range(10)


def graphs(rates: tuple[float, float], wanted: int) -> list[Answer]:
    found: list[Answer] = []
    seed = 0
    while len(found) < wanted:
        story = flaky_graph(seed, rates)
        found += [] if story is None else [weighing(story)]
        seed += 1
    return found


@pytest.mark.parametrize("rates", [(0.0, 0.5), (0.3, 0.9)])
def test_the_culprit_in_a_row_is_found_where_plain_bisection_is_misled(rates: tuple[float, float]) -> None:
    weighed = [weighing(flaky_row(seed, rates)) for seed in SEEDS]
    plain = [plainly(flaky_row(seed, rates), "any", 1) for seed in SEEDS]
    assert share_right(weighed) >= 0.8 > share_right(plain)
    assert statistics.fmean(answer.stated or 0 for answer in weighed) >= 0.95


def test_the_culprit_among_merges_is_found() -> None:
    assert share_right(graphs((0.0, 0.6), 8)) >= 0.75


def test_no_commit_is_blamed_where_nothing_changes() -> None:
    answers = [weighing(flaky_row(seed, (0.3, 0.3))) for seed in range(4)]
    assert share_right(answers) >= 0.75


def test_repeated_checks_by_the_worst_or_by_most() -> None:
    always = [plainly(flaky_row(seed, (0.0, 1.0)), rule, 3) for seed in SEEDS for rule in ("any", "most")]
    assert share_right(always) == 1

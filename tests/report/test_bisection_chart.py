"""The chart shows how far each tested commit is from parity, from the old end to the new one."""

from __future__ import annotations

import pytest
from attrs import evolve

from bisect_parity.bisection.model import Outcome
from bisect_parity.report.bisection_chart import BisectionChart, draw_bisection
from bisect_parity.report.documents import read_as
from bisect_parity.report.search_documents import Bisection
from tests.report.output_folder import COMMITS, bisection

THRESHOLDS = {"correlation_min": 0.999, "sum_ratio_tolerance": 5e-3}


def drawn(document: Bisection) -> BisectionChart:
    chart = draw_bisection(document, THRESHOLDS)
    assert chart is not None
    return chart


@pytest.fixture
def document() -> Bisection:
    return read_as(Bisection, bisection().to_json())


def test_commits_stand_from_old_to_new_and_the_answer_is_marked(document: Bisection) -> None:
    chart = drawn(document)
    assert [column.commit[0] for column in chart.columns] == list("abcde")
    assert [column.role for column in chart.columns] == ["", "", "parent", "answer", ""]
    assert chart.answer_x is not None
    assert chart.columns[2].x < chart.answer_x < chart.columns[3].x


def test_good_commits_lie_below_the_threshold_and_bad_ones_above(document: Bisection) -> None:
    plot = drawn(document).plots[0]
    assert plot.threshold_y is not None
    for point in plot.points:
        assert (point.y < plot.threshold_y) == (point.verdict == "bad"), point
        assert plot.top <= point.y <= plot.top + plot.height


def test_a_distance_of_zero_is_drawn_at_the_bottom_and_said(document: Bisection) -> None:
    [zero] = [point for point in drawn(document).plots[0].points if point.is_clipped]
    assert zero.number == "4"


def test_a_skipped_commit_has_a_row_of_its_own(document: Bisection) -> None:
    chart = drawn(document)
    [skip] = chart.skips
    assert skip.verdict == "skip"
    assert skip.y > chart.plots[-1].top + chart.plots[-1].height


def test_dates_that_run_backwards_do_not_move_the_ends_or_the_parent(document: Bisection) -> None:
    facts = tuple(
        evolve(known, date=f"2025-10-0{9 - n}T12:00:00") for n, known in enumerate(document.commit_facts)
    )
    order = [column.commit[0] for column in drawn(evolve(document, commit_facts=facts)).columns]
    assert (order[0], order[-1]) == ("a", "e")
    assert order.index("c") < order.index("d")


def test_figures_that_are_no_numbers_are_not_drawn(document: Bisection) -> None:
    lost = tuple(evolve(check, sum_ratio=float("nan")) for check in document.tested)
    assert [plot.name for plot in drawn(evolve(document, tested=lost)).plots] == ["1 - correlation"]


def test_the_order_of_history_counts_more_than_dates(document: Bisection) -> None:
    order = [COMMITS[place] for place in (1, 3, 2, 4)]
    chart = draw_bisection(document, THRESHOLDS, order)
    assert chart is not None
    assert [column.commit[0] for column in chart.columns] == list("abdce")


def test_nothing_is_drawn_where_no_images_were_compared() -> None:
    nothing = read_as(Bisection, evolve(bisection(Outcome.INCONCLUSIVE), checks=()).to_json())
    assert draw_bisection(nothing, THRESHOLDS) is None
    assert COMMITS[0] == nothing.ends["good"].commit

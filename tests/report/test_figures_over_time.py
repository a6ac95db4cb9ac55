"""Figures over time on the page, in Markdown and for a terminal: steps with their runs and commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.report.diagnosis import diagnosis_lines, diagnosis_markdown
from bisect_parity.report.documents import read_as
from bisect_parity.report.figure_charts import BOTTOM, TOP, draw_figures
from bisect_parity.report.figures_over_time import FigureRun, FiguresOverTime, FigureTrend
from bisect_parity.report.markdown_page import markdown_page
from bisect_parity.report.page import report_page
from tests.report.output_folder import HOSTILE, account, write_audit, write_diagnosis

if TYPE_CHECKING:
    from pathlib import Path

SEARCH = "bisect-parity bisect --good reports/06-run --bad reports/07-run --test COMMAND"


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    write_diagnosis(tmp_path)
    found: dict[str, Any] = json.loads((tmp_path / "diagnosis.json").read_text())
    return found


def trend(*values: float) -> FiguresOverTime:
    runs = tuple(FigureRun(f"r{number}") for number in range(len(values)))
    return FiguresOverTime(
        1, runs=runs, series=(FigureTrend("f", runs=tuple(range(len(runs))), values=values),)
    )


def test_a_step_names_the_runs_beside_it_and_the_command_that_searches(document: dict[str, Any]) -> None:
    text = "\n".join(diagnosis_markdown(document))
    assert "## Figures over time" in text
    assert "| 0.999998 | 0.721175 | exact: without noise | `reports/06-run` at 000000000000 (inferred" in text
    assert "3 commits with 3 code states between" in text
    assert f"`{SEARCH}`" in text
    assert "- `rmse` (`benchmark_results.json, size 4096`): 14 runs" in text
    assert any(line.startswith("step: correlation_warm from") for line in diagnosis_lines(document))


def test_a_search_that_two_figures_propose_is_told_once(document: dict[str, Any]) -> None:
    first, second = document["figures"]["series"]
    second["steps"] = [first["steps"][0] | {"why": "does the same for the other"}]
    text = "\n".join(diagnosis_markdown(document))
    assert text.count(f"Next: `{SEARCH}`, which tests both ends") == text.count(SEARCH) == 1


def test_a_step_of_rounding_is_told_last_and_as_what_it_is(document: dict[str, Any]) -> None:
    first, second = document["figures"]["series"]
    second["steps"] = [first["steps"][0]]
    level = first["steps"][0]["level_before"]
    first["steps"] = [first["steps"][0] | {"level_after": level * (1 + 2e-16)}]
    steps = [line for line in diagnosis_lines(document) if line.startswith("step:")]
    assert [line.split()[1] for line in steps] == ["rmse", "correlation_warm"]
    assert ["rounding errors" in line for line in steps] == [False, True]


def test_where_nothing_was_recorded_often_enough_nothing_is_told(document: dict[str, Any]) -> None:
    document["figures"] = document["figures"] | {"tested": 0, "runs": [], "series": []}
    assert "Figures over time" not in "\n".join(diagnosis_markdown(document))


def test_no_search_is_proposed_where_both_sides_ran_the_same_code(document: dict[str, Any]) -> None:
    between = document["figures"]["series"][0]["steps"][0]["between"]
    between["same_code"] = True
    text = "\n".join(diagnosis_markdown(document))
    assert "equal code at both ends of 3 commits: no commit made this step" in text


def test_the_page_has_a_chart_a_figure_and_words_for_each(tmp_path: Path) -> None:
    write_audit(tmp_path)
    write_diagnosis(tmp_path, HOSTILE)
    told = account(tmp_path)
    page = report_page(told)
    assert '<a href="#figures">' in page
    assert page.count('<figure class="trend">') == 2
    assert "14 runs in the order of their commits, 0.721175 to 0.999998. A step from 0.999998" in page
    assert "There is no step." in page
    assert "<script>alert" not in page
    assert "## Figures over time" in "\n".join(markdown_page(told))


def test_without_figures_the_page_has_no_such_section(tmp_path: Path) -> None:
    write_audit(tmp_path)
    assert 'id="figures"' not in report_page(account(tmp_path))


def test_a_value_that_lies_far_out_does_not_flatten_the_others() -> None:
    charts = draw_figures(trend(1.0, 1.1, 0.9, 50.0, 1.05, 0.95))
    assert charts is not None
    (chart,) = charts.charts
    assert chart.span == "0.9 to 1.1"
    assert [spot.beyond for spot in chart.spots] == ["", "", "", "50", "", ""]
    assert (chart.spots[3].y, chart.spots[2].y) == (TOP, BOTTOM)


def test_where_many_values_lie_far_out_all_are_drawn_and_none_is_lettered() -> None:
    usual = [1.0 + 0.001 * number for number in range(20)]
    charts = draw_figures(trend(*usual, *(9.0 for _ in range(8))))
    assert charts is not None
    (chart,) = charts.charts
    assert chart.span == "1 to 9"
    assert not any(spot.beyond for spot in chart.spots)


def test_values_that_span_decades_have_a_logarithmic_axis() -> None:
    charts = draw_figures(trend(1e-6, 1e-4, 1e-2))
    assert charts is not None
    (chart,) = charts.charts
    assert chart.span == "1e-06 to 0.01, logarithmic"
    assert chart.spots[1].y == (TOP + BOTTOM) / 2


def test_what_is_always_the_same_is_named_and_not_drawn() -> None:
    charts = draw_figures(trend(0.0, 0.0))
    assert charts is not None
    assert (charts.charts, len(charts.others)) == ((), 1)


@pytest.mark.parametrize("values", [(5e-324, 1.7e308), (-1.7e308, 1.7e308)], ids=str)
def test_values_at_the_ends_of_what_floats_hold_are_drawn_inside(values: tuple[float, float]) -> None:
    charts = draw_figures(trend(*values))
    assert charts is not None
    assert all(TOP <= spot.y <= BOTTOM for spot in charts.charts[0].spots)


@pytest.mark.parametrize(
    ("key", "value"), [("values", [1.0]), ("runs", [99] * 14), ("values", ["nan"] * 14)], ids=str
)
def test_what_cannot_be_drawn_is_refused(document: dict[str, Any], key: str, value: object) -> None:
    document["figures"]["series"][1][key] = value
    with pytest.raises(ValueError, match="FiguresOverTime"):
        read_as(FiguresOverTime, document["figures"])


def test_a_step_that_lies_between_no_two_of_its_runs_is_refused(document: dict[str, Any]) -> None:
    document["figures"]["series"][0]["steps"][0]["before"] = 9
    with pytest.raises(ValueError, match="does not lie between"):
        read_as(FiguresOverTime, document["figures"])

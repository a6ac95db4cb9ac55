"""The number that a test prints: in the group of an expression, or behind what it matches."""

from __future__ import annotations

import pytest

from bisect_parity.parity.case import case_of_table
from bisect_parity.parity.figure import by_figure, expression_of, figures_printed
from bisect_parity.parity.steps import StepResult


@pytest.mark.parametrize(
    ("line", "figure"),
    [
        ("rmse 0.16", "0.16"),
        ("rmse: 1.6e-3", "1.6e-3"),
        ('{"rmse": -0.16, "n": 3}', "-0.16"),
        ("the rmse is 12", "12"),
        ("| rmse | .5 |", ".5"),
        ("rmse,0.16,3", "0.16"),
        ("rmse,2,3", "2"),
        ("rmse: 3,accuracy: 1", "3"),
        ("rmse 0,16", None),
        ("rmse: 1,024.5", None),
        ("**rmse** = 7.", "7."),
        ("rmse of 64 pixels: 0.16", None),
        ("rmse v1.2.3", None),
        ("rmse\n3", None),
        ("rmse: 3, val_rmse: 5", "3"),
        ("rmse2: 3", None),
    ],
)
def test_without_a_group_the_number_behind_counts(line: str, figure: str | None) -> None:
    found = [match[1] for match in expression_of("rmse").finditer(line)]
    assert found == ([] if figure is None else [figure])


def test_the_words_in_front_of_numbers_are_told_whole_and_in_linear_time() -> None:
    printed = f"loss: 3.0 x=1 abc123\nstep{' ' * 8000}\nf1 0.5, x 2"
    assert figures_printed(StepResult("test", (), 0, 1.0, False, 9.0, None, printed)) == ["loss", "x", "f1"]


@pytest.mark.parametrize("figure", ["(?i)RMSE", "rmse=", "(?x) rmse = ", "(?m:^)rmse"])
def test_flags_and_signs_are_no_part_of_a_word(figure: str) -> None:
    found = expression_of(figure).search("a 1\nrmse=0.16")
    assert found is not None
    assert found[1] == "0.16"


@pytest.mark.parametrize(
    ("figure", "limit", "told"),
    [
        (2.5, 3.0, "figure 2.5, at most 3 is good"),
        (
            -6088.922307440122,
            -6088.922307440123,
            "figure -6088.922307440122, at most -6088.922307440123 is good",
        ),
        (-878.95024999, None, "figure -878.95024999"),  # it may differ from another one in its last digits
        (0.1 + 0.2, None, "figure 0.3"),
    ],
)
def test_a_figure_looks_different_from_the_limit_that_it_exceeds(
    figure: float, limit: float | None, told: str
) -> None:
    table = {"test": ["sh", "t.sh"], "figure": "x"} | ({} if limit is None else {"limit": limit})
    case = case_of_table("unit", table, "f")
    assert by_figure(figure, case).reason == told

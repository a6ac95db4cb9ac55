"""Figures over time: like is compared with like, and the order is that of the commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bisect_parity.config import Settings
from bisect_parity.diagnosis.figure_series import figure_series, history_order, trends
from bisect_parity.diagnosis.series import Run, every_run
from tests.diagnosis.runs import BAD, GOOD
from tests.report.evidence import bundle, resolution

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 12


def runs_of(
    describe: Callable[[int], dict[str, Any]], commit: Callable[[int], str | None] = lambda at: f"{at:040x}"
) -> list[Run]:
    """Runs an hour apart, each at a commit of its own, as `describe` has them."""
    paths = [f"reports/bench/202509{at + 1:02d}T120000Z" for at in range(RUNS)]
    made = [bundle(path, **describe(at)) for at, path in enumerate(paths)]
    resolved = [
        resolution(path, commit=commit(at), run_time=3600.0 * at + 1) for at, path in enumerate(paths)
    ]
    return every_run(made, resolved, Settings())


def figure(name: str, value: float, size: int | None = None) -> dict[str, Any]:
    return {"metrics": [(name, value, size)]}


def lengths(runs: list[Run]) -> list[tuple[str, int]]:
    return [(one.name, len(one.values)) for one in figure_series(runs)]


def test_parity_figures_come_first() -> None:
    runs = runs_of(lambda at: {"metrics": [("rmse", float(at), None), ("sum_ratio", 1.0, None)]})
    assert lengths(runs) == [("sum_ratio", RUNS), ("rmse", RUNS)]


def test_a_number_of_any_name_is_a_figure_if_nobody_types_so_many_digits() -> None:
    """Named figures come first; what stands among settings is none."""
    rows = [("gast", 1 / 3), ("width", 0.5), ("config.tau", 1 / 3), ("rmse", 0.5)]
    runs = runs_of(lambda at: {"numbers": {name: value + at for name, value in rows}})
    assert lengths(runs) == [("rmse", RUNS), ("gast", RUNS)]


def test_runs_of_different_sizes_are_not_mixed() -> None:
    runs = runs_of(lambda at: figure("rmse", float(at), (256, 4096)[at % 2]))
    assert sorted((one.size, len(one.values)) for one in figure_series(runs)) == [(256, 6), (4096, 6)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (lambda at: f"--threads {1 + at % 2}", [6, 6]),
        (lambda at: f"--threads {1 + at}", []),
        (lambda at: f"--out /tmp/run-{at}", [12]),
    ],
    ids=["two values", "a value each", "where the output goes"],
)
def test_runs_with_other_parameters_are_not_mixed(options: Callable[[int], str], expected: list[int]) -> None:
    runs = runs_of(
        lambda at: figure("rmse", float(at)) | {"commands": f"python scripts/bench.py {options(at)}"}
    )
    assert [len(one.values) for one in figure_series(runs)] == expected


def test_times_of_two_machines_are_not_mixed_but_their_parity_is() -> None:
    runs = runs_of(
        lambda at: {
            "metrics": [("py_time_warm", float(at), None), ("correlation", GOOD, None)],
            "environment": {"host": ("one", "two")[at % 2]},
        }
    )
    assert lengths(runs) == [("correlation", 12), ("py_time_warm", 6), ("py_time_warm", 6)]


def test_runs_of_one_commit_have_no_history() -> None:
    assert lengths(runs_of(lambda at: figure("rmse", float(at)), lambda _: "a" * 40)) == []


def test_what_a_text_states_does_not_count() -> None:
    assert lengths(runs_of(lambda _: {"prose": [("correlation", GOOD)]})) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.7e308], ids=str)
def test_values_that_cannot_be_added_up_do_not_count(value: float) -> None:
    runs = runs_of(lambda at: figure("rmse", value if at % 2 else float(at)))
    assert lengths(runs) == [("rmse", RUNS // 2)]


def test_the_order_is_that_of_the_commits_and_a_run_without_one_has_its_time() -> None:
    backwards = {f"{at:040x}": RUNS - at for at in range(RUNS)}
    runs = runs_of(lambda at: figure("rmse", float(at)))
    ranks = history_order(runs, backwards)
    assert sorted(ranks, key=lambda at: ranks[at]) == list(range(RUNS))[::-1]
    runs = runs_of(lambda at: figure("rmse", float(at)), lambda at: None if at in (4, 9) else f"{at:040x}")
    ranks = history_order(runs, {f"{at:040x}": at for at in range(RUNS)})
    assert sorted(ranks, key=lambda at: ranks[at]) == list(range(RUNS))


def test_the_clearest_steps_come_first_with_the_runs_beside_them() -> None:
    runs = runs_of(
        lambda at: {"metrics": [("mse", GOOD, None), ("rmse", GOOD if at < 7 else BAD, None)]},
    )
    found = trends(figure_series(runs), history_order(runs, {f"{at:040x}": at for at in range(RUNS)}))
    assert [trend.series.name for trend in found] == ["rmse", "mse"]
    (step,) = found[0].steps
    assert found[0].ends(step) == (6, 7)
    assert found[1].steps == ()


def test_computed_numbers_of_any_name_hide_no_step_of_a_figure_and_have_none_by_rounding() -> None:
    def numbers(at: int) -> dict[str, float]:
        noise = {f"n{k}": 1 / 3 + ((at * (k + 3) ** 2) % 11) / 7 for k in range(99)}
        return {"gast": 1 / 3 if at < 7 else 1 / 3 + 1e-16, **noise, "rmse": (at * 7 % 12) / 700 + (at > 6)}

    runs = runs_of(lambda at: {"numbers": numbers(at)})
    found = trends(figure_series(runs), history_order(runs, {f"{at:040x}": at for at in range(RUNS)}))
    assert len(found) == 100
    assert [(trend.series.name, len(trend.steps)) for trend in found if trend.steps] == [("rmse", 1)]

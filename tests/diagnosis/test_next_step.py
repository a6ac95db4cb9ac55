"""The command that searches for a step of a figure fits the figure and the verdicts on both sides."""

from __future__ import annotations

import pytest
from attrs import evolve

from bisect_parity.diagnosis.next_step import search_for_step
from tests.diagnosis.runs import BAD, GOOD, series

FINE = 0.9995  # good, and not what GOOD is
FIRST, LAST = "reports/benchmarks/01", "reports/benchmarks/02"


@pytest.mark.parametrize(
    ("figure", "values", "expected"),
    [
        ("correlation", (GOOD, BAD), f"bisect --good {FIRST} --bad {LAST} --case parity"),
        ("correlation", (BAD, GOOD), f"bisect --find fix --bad {FIRST} --good {LAST} --case parity"),
        ("correlation", (GOOD, FINE), "sweep 000000000000..000000000000 --case parity"),
        ("rmse", (GOOD, BAD), f"bisect --good {FIRST} --bad {LAST} --test COMMAND --figure rmse"),
    ],
    ids=["lost", "regained", "drifted", "another figure"],
)
def test_the_search_fits_what_happened(figure: str, values: tuple[float, float], expected: str) -> None:
    first, last = series(*values)
    step = search_for_step(figure, (first, last), ["parity"])
    assert step is not None
    assert step.command == f"bisect-parity {expected}"


def test_the_search_for_a_dotted_figure_reads_what_the_command_prints() -> None:
    first, last = series(GOOD, GOOD)
    step = search_for_step("eval.rmse", (first, last), [])
    assert step is not None
    assert step.command.endswith("--test COMMAND --figure rmse")
    assert step.why == "finds the commit, where COMMAND prints rmse"


@pytest.mark.parametrize("commit", [None, f"{0:040x}"], ids=["unknown", "the same"])
def test_without_two_commits_there_is_nothing_to_search(commit: str | None) -> None:
    first, last = series(GOOD, BAD)
    (entry,) = last.entries
    moved = evolve(last, entries=(evolve(entry, resolution=evolve(entry.resolution, commit=commit)),))
    assert search_for_step("correlation", (first, moved), []) is None

"""The posterior over commits, on lines of history made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.history.reflog import ReflogEntry
from bisect_parity.provenance.lines import Line
from bisect_parity.provenance.parameters import load_parameters
from bisect_parity.provenance.posterior import Posterior, integrate

PARAMETERS = load_parameters()
START = 1_760_000_000.0
HISTORY = Line(1.0, START + 600.0 * np.arange(10), np.arange(10), "history")


def commit(number: int) -> str:
    return f"{number:040x}"


def stamp(seconds: float, origin: str = "stamp") -> TimeStatement:
    return TimeStatement(seconds, TimeKind.UTC, 1.0, origin, Source("b"))


def posterior(
    statements: list[TimeStatement],
    added: float | None,
    lines: tuple[Line, ...] = (HISTORY,),
    elsewhere: float = 0.0,
    related: bool = True,
) -> Posterior:
    return integrate(lines, statements, added, 0, elsewhere, PARAMETERS, lambda _: related, commit)


def test_the_probabilities_sum_to_one_with_those_elsewhere() -> None:
    result = posterior([stamp(START + 2000)], START + 2500, elsewhere=0.3)
    assert result.probabilities.sum() + result.elsewhere == pytest.approx(1.0)
    assert result.elsewhere == pytest.approx(0.3)


def test_a_stamp_in_the_middle_of_a_checkout_settles_it() -> None:
    result = posterior([stamp(START + 600 * 4 + 300)], START + 600 * 5 + 100)
    assert result.commits[int(result.order()[0])] == commit(4)
    assert result.probability(commit(4)) > 0.9


def test_a_stamp_right_after_a_commit_leaves_its_parent_open() -> None:
    middle = posterior([stamp(START + 600 * 4 + 300)], START + 600 * 5 + 100)
    edge = posterior([stamp(START + 600 * 4 + 5)], START + 600 * 5 + 100)
    assert edge.probability(commit(3)) > 10 * middle.probability(commit(3))
    assert edge.probability(commit(3)) > 0.1


def test_without_any_time_the_commits_before_the_adding_one_are_likely() -> None:
    result = posterior([], START + 600 * 9 + 590)
    order = [result.commits[int(p)] for p in result.order()]
    assert order[0] == commit(9)
    assert result.probability(commit(9)) < 0.9


def test_two_times_that_agree_are_surer_than_one() -> None:
    one = posterior([stamp(START + 2420)], START + 3000)
    two = posterior([stamp(START + 2420), stamp(START + 2425, "trace")], START + 3000)
    assert two.probability(commit(4)) > one.probability(commit(4))


def test_a_stamp_of_another_year_is_outweighed_by_the_adding_commit() -> None:
    result = posterior([stamp(START + 9e7)], START + 600 * 5 + 400)
    assert result.commits[int(result.order()[0])] in (commit(4), commit(5))


def reflog_line(prior: float) -> Line:
    entries = tuple(
        ReflogEntry(commit(0), new, int(START + time), 0, message, number)
        for number, (time, new, message) in enumerate(
            [(2000, commit(90), "checkout: moving from main to side"), (2600, commit(4), "checkout: x")], 1
        )
    )
    return Line(
        prior,
        np.array([START, START + 2000.0, START + 2600.0]),
        np.array([0, 90, 4]),
        "logs/HEAD",
        (None, *entries),
    )


def test_a_reflog_knows_a_checkout_that_history_does_not() -> None:
    history = Line(0.03, HISTORY.starts, HISTORY.commits, "history")
    result = posterior([stamp(START + 2300)], START + 3000, (history, reflog_line(0.97)))
    assert result.probability(commit(90)) > 0.9


def test_a_checkout_that_is_no_ancestor_of_the_adding_commit_counts_less() -> None:
    history = Line(0.5, HISTORY.starts, HISTORY.commits, "history")
    lines = (history, reflog_line(0.5))
    near = posterior([stamp(START + 2300)], START + 3000, lines).probability(commit(90))
    far = posterior([stamp(START + 2300)], START + 3000, lines, related=False).probability(commit(90))
    assert far < near


def test_every_clue_can_speak_alone() -> None:
    result = posterior([stamp(START + 2300)], START + 3000, (HISTORY, reflog_line(0.5)))
    assert set(result.alone) == {"time 0", "delay", "reflog"}
    assert all(p.sum() == pytest.approx(1.0) for p in result.alone.values())

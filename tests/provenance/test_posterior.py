"""The posterior over commits, on lines of history made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.history.reflog import ReflogEntry
from bisect_parity.provenance.checkouts import Hypotheses, Line
from bisect_parity.provenance.densities import Arrival
from bisect_parity.provenance.habits import Habits, usual_habits
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.posterior import Posterior
from bisect_parity.provenance.posterior import posterior as integrate
from bisect_parity.provenance.sheet import RunFacts, lay_out

PARAMETERS = load_parameters()
USUAL = usual_habits(PARAMETERS)
START = 1_760_000_000.0
HISTORY = Line(START + 600.0 * np.arange(10), np.arange(10), "history")


def commit(number: int) -> str:
    return f"{number:040x}"


def stamp(seconds: float, origin: str = "stamp") -> TimeStatement:
    return TimeStatement(seconds, TimeKind.UTC, 1.0, origin, Source("b"))


def posterior(
    statements: list[TimeStatement],
    added: float | None,
    lines: tuple[tuple[Line, float], ...] = ((HISTORY, 1.0),),
    elsewhere: float = 0.0,
    related: bool = True,
    habits: Habits = USUAL,
) -> Posterior:
    arrivals = [] if added is None else [Arrival(added, -np.inf)]
    hypotheses = Hypotheses(tuple(line for line, _ in lines), np.array([[prior] * 2 for _, prior in lines]))
    run = RunFacts(hypotheses, statements, arrivals, (0,), elsewhere, lambda _: related)
    (sheet,) = lay_out([run], PARAMETERS, USUAL)
    return integrate(sheet, habits, lambda numbers: [commit(number) for number in numbers.tolist()])


def test_the_probabilities_sum_to_one_with_those_elsewhere() -> None:
    result = posterior([stamp(START + 2000)], START + 2500, elsewhere=0.3)
    assert result.probabilities.sum() + result.elsewhere == pytest.approx(1.0)
    soon = posterior([stamp(START + 1810)], START + 2500, elsewhere=0.3)
    long_after = posterior([stamp(START + 5400 + 7200)], START + 5400 + 7500, elsewhere=0.3)
    assert soon.elsewhere < result.elsewhere < 0.3 < long_after.elsewhere  # runs follow a checkout closely
    first = result.likeliest
    assert result.likely(9, result.probability(first)) == [first]
    left = result.without(first)
    assert left.probabilities.sum() + left.elsewhere == pytest.approx(1.0)
    assert left.elsewhere == pytest.approx(result.elsewhere + result.probability(first))


def test_a_stamp_in_the_middle_of_a_checkout_settles_it() -> None:
    result = posterior([stamp(START + 600 * 4 + 300)], START + 600 * 5 + 100)
    assert result.commits[int(result.order()[0])] == commit(4)
    assert result.probability(commit(4)) > 0.8


def test_a_stamp_right_after_a_commit_leaves_its_parent_open() -> None:
    middle = posterior([stamp(START + 600 * 4 + 300)], START + 600 * 5 + 100)
    edge = posterior([stamp(START + 600 * 4 + 5)], START + 600 * 5 + 100)
    assert edge.probability(commit(3)) > 3 * middle.probability(commit(3))
    assert edge.probability(commit(3)) > 0.02


def test_a_clock_that_is_far_off_leaves_the_neighbours_open() -> None:
    off = np.zeros_like(USUAL.clock)
    off[PARAMETERS.clock.scales.index(max(PARAMETERS.clock.scales))] = 1
    stated = [stamp(START + 600 * 4 + 300)]
    sure = posterior(stated, START + 600 * 9)
    unsure = posterior(stated, START + 600 * 9, habits=evolve(USUAL, clock=off))
    assert unsure.probability(commit(4)) < 0.5 < sure.probability(commit(4))
    assert unsure.run_time_error > 2 * sure.run_time_error


def test_a_statement_of_the_start_is_nearer_to_it_than_one_that_does_not_say() -> None:
    said = evolve(stamp(START + 600 * 4 + 5), marks="start")
    unsaid = posterior([stamp(START + 600 * 4 + 5)], START + 600 * 5 + 100)
    assert posterior([said], START + 600 * 5 + 100).probability(commit(4)) > unsaid.probability(commit(4))


def test_a_commit_is_elsewhere_more_often_where_a_person_s_commits_do_not_follow_on() -> None:
    stated, added = [stamp(START + 600 * 4 + 300)], START + 600 * 5 + 100
    follows, breaks = (
        Line(HISTORY.starts, HISTORY.commits, "own parents", weights=np.full((10, 2), weight))
        for weight in (0.0, 1.0)
    )
    sure, unsure = (
        posterior(stated, added, ((HISTORY, 0.5), (own, 0.5)), elsewhere=0.1) for own in (follows, breaks)
    )
    assert unsure.elsewhere > sure.elsewhere


def test_a_commit_that_replaced_the_one_checked_out_is_hardly_named() -> None:
    stated, added = [stamp(START + 600 * 4 + 300)], START + 600 * 5 + 100
    gone = evolve(HISTORY, replaced=np.arange(10) == 4)
    result = posterior(stated, added, ((gone, 1.0),))
    assert result.elsewhere > 0.5 > result.probability(commit(4))


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


def reflog_line() -> Line:
    entries = tuple(
        ReflogEntry(commit(0), new, int(START + time), 0, message, number)
        for number, (time, new, message) in enumerate(
            [(2000, commit(90), "checkout: moving from main to side"), (2600, commit(4), "checkout: x")], 1
        )
    )
    starts = np.array([START + 2000.0, START + 2600.0])
    return Line(starts, np.array([90, 4]), "logs/HEAD", entries)


def test_before_its_first_entry_a_reflog_leaves_the_word_to_the_history() -> None:
    result = posterior([stamp(START + 1500)], START + 3000, ((HISTORY, 0.03), (reflog_line(), 0.97)))
    assert result.probability(commit(2)) > 0.9


def test_a_reflog_knows_a_checkout_that_history_does_not() -> None:
    result = posterior([stamp(START + 2300)], START + 3000, ((HISTORY, 0.03), (reflog_line(), 0.97)))
    assert result.probability(commit(90)) > 0.9


def test_a_checkout_that_is_no_ancestor_of_the_adding_commit_counts_less() -> None:
    lines = ((HISTORY, 0.5), (reflog_line(), 0.5))
    near = posterior([stamp(START + 2300)], START + 3000, lines).probability(commit(90))
    far = posterior([stamp(START + 2300)], START + 3000, lines, related=False).probability(commit(90))
    assert far < near


def test_the_run_began_when_a_program_says_so_however_long_nothing_was_committed() -> None:
    years = START + 3 * 365 * 86400
    result = posterior([stamp(years, "field")], None)
    assert result.run_time == pytest.approx(years, abs=60)
    assert result.run_time_error < 3600


def test_where_all_commits_are_later_than_the_one_that_added_the_run_none_is_named() -> None:
    root = Line(np.array([START]), np.array([0]), "history")
    result = posterior([], START - 1e9, ((root, 1.0),))
    assert result.commits == ()
    assert result.elsewhere == 1.0


def test_every_clue_can_speak_alone() -> None:
    result = posterior([stamp(START + 2300)], START + 3000, ((HISTORY, 0.5), (reflog_line(), 0.5)))
    assert set(result.alone) == {"time 0", "delay", "reflog"}
    assert all(p.sum() == pytest.approx(1.0) for p in result.alone.values())

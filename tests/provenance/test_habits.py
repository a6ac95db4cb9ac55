"""What is usual in a repository is learned from all its runs, and never from the run itself."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bisect_parity import forked_map
from bisect_parity.evidence.model import Source, TimeKind, TimeStatement
from bisect_parity.provenance.checkouts import Hypotheses, Line
from bisect_parity.provenance.clock import MODES
from bisect_parity.provenance.densities import Arrival
from bisect_parity.provenance.habits import Habits, learn, usual_habits
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.sheet import RunFacts, Sheet, lay_out

PARAMETERS = load_parameters()
USUAL = usual_habits(PARAMETERS)
START = 1_760_000_000.0
ZONE = -7 * 3600
EVERY = 1800.0  # seconds between two commits
RUNS = 30


def sheets(*stated: list[TimeStatement]) -> list[Sheet]:
    """Run k begins a minute after commit k, and is committed ten minutes after it."""
    runs = []
    for number, statements in enumerate(stated):
        starts = START + EVERY * np.arange(number + 1)
        history = Hypotheses((Line(starts, np.arange(number + 1), "history"),), np.ones((1, 2)))
        added = [Arrival(float(starts[-1]) + 600, 600.0)]
        runs.append(RunFacts(history, statements, added, (ZONE,), 0.02, lambda _: True))
    return lay_out(runs, PARAMETERS, USUAL)


def begin(number: int) -> float:
    return START + EVERY * number + 60


def utc(seconds: float, origin: str = "stamp", marks: str = "unknown") -> TimeStatement:
    return TimeStatement(seconds, TimeKind.UTC, 1.0, origin, Source("b"), marks)


def learned(*stated: list[TimeStatement], truths: list[int | None] | None = None) -> Habits:
    return learn(sheets(*stated), truths or [None] * len(stated), PARAMETERS)[0]


def likeliest_scale(habits: Habits) -> float:
    return PARAMETERS.clock.scales[int(habits.clock.argmax())]


def test_without_runs_nothing_is_learned() -> None:
    assert learn([], [], PARAMETERS) == []
    assert usual_habits(PARAMETERS).clock.sum() == pytest.approx(1.0)


def test_the_log_of_a_run_that_has_the_same_stamp_teaches_nothing_more() -> None:
    runs = sheets(*([utc(begin(n) - 400)] for n in range(6)))
    once = learn(runs, [None] * 6, PARAMETERS)
    twice = learn([*runs, *runs], [None] * 12, PARAMETERS)
    for alone, first, second in zip(once, twice[:6], twice[6:], strict=True):
        assert alone.clock.tolist() == first.clock.tolist() == second.clock.tolist()


def test_stamps_that_follow_a_stated_start_by_a_minute_are_of_the_end() -> None:
    runs = [[utc(begin(n), "field", "start"), utc(begin(n) + 50 + n)] for n in range(RUNS)]
    shares = dict(zip(MODES, learned(*runs).modes["stamp"], strict=True))
    assert shares["end"] > 0.5 > USUAL.modes["stamp"][MODES.index("end")]


def test_stamps_of_a_repository_that_says_z_and_means_local_time_are_known_for_it() -> None:
    wrong = learned(*[[utc(begin(n) + ZONE)] for n in range(RUNS)])
    right = learned(*[[utc(begin(n))] for n in range(RUNS)])
    assert wrong.meanings[TimeKind.UTC][1] > 0.5
    assert right.meanings[TimeKind.UTC][1] < 0.1


def test_clocks_that_are_right_are_believed() -> None:
    assert learned(*[[utc(begin(n))] for n in range(RUNS)]).clock[0] > 0.9


def test_clocks_are_believed_where_benchmarks_take_half_an_hour_while_others_commit() -> None:
    """Then a run is rarely close to its checkout, or to the commit that added it."""
    runs = []
    for number in range(RUNS):
        starts = START + EVERY / 2 * np.arange(2 * number + 6)
        history = Hypotheses((Line(starts, np.arange(len(starts)), "history"),), np.ones((1, 2)))
        begun = START + EVERY * number + 30 + 800 * ((7 * number) % RUNS) / RUNS
        added = begun + 900 + 1800 * ((11 * number) % RUNS) / RUNS
        quiet = (added - START) % (EVERY / 2)
        arrivals = [Arrival(added, quiet)]
        runs.append(RunFacts(history, [utc(begun, "field")], arrivals, (ZONE,), 0.02, lambda _: True))
    habits = learn(lay_out(runs, PARAMETERS, USUAL), [None] * RUNS, PARAMETERS)[0]
    assert habits.clock[0] > 0.5


def test_a_clock_s_error_is_told_by_impossible_orders() -> None:
    rng = random.Random(1)  # noqa: S311 - times to be reproduced
    runs = [[utc(begin(n) + rng.gauss(0, 900))] for n in range(RUNS)]
    assert 400 < likeliest_scale(learned(*runs)) < 2000


def test_commits_that_were_written_down_tell_smaller_errors() -> None:
    rng = random.Random(2)  # noqa: S311 - times to be reproduced
    runs = [[utc(begin(n) + rng.gauss(0, 200))] for n in range(RUNS)]
    truths: list[int | None] = list(range(RUNS))
    told, untold = learned(*runs, truths=truths), learned(*runs)
    assert told.clock[0] < untold.clock[0]
    assert 60 <= likeliest_scale(told) <= 480


def test_results_that_come_late_are_a_habit() -> None:
    usual = learned(*[[utc(begin(n))] for n in range(RUNS)])
    late = learned(*[[utc(START + 60)] for _ in range(RUNS)])
    assert late.moments[2::3].sum() > usual.moments[2::3].sum()


def test_what_a_run_wrote_down_teaches_the_others_and_not_itself() -> None:
    runs = sheets(*[[utc(begin(n))] for n in range(3)])
    untold = learn(runs, [None, None, None], PARAMETERS)
    told = learn(runs, [None, 0, None], PARAMETERS)
    assert told[1].clock == pytest.approx(untold[1].clock, abs=1e-3)
    assert told[0].clock[0] < untold[0].clock[0]


def test_copies_of_the_process_learn_to_the_last_bit_what_one_process_learns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = sheets(*([utc(begin(n) + 90 * (n % 7))] for n in range(40)))
    found = []
    for cores in (1, 2):
        monkeypatch.setattr(forked_map, "usable_cores", lambda cores=cores: cores)
        found.append(learn(runs, [None] * 40, PARAMETERS))
    for alone, shared in zip(*found, strict=True):
        assert alone.clock.tolist() == shared.clock.tolist()
        assert alone.moments.tolist() == shared.moments.tolist()
        assert {k: v.tolist() for k, v in alone.modes.items()} == {
            k: v.tolist() for k, v in shared.modes.items()
        }

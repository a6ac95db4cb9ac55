"""The zone of a machine elsewhere is told by all runs together, and never by those at a fixed time."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.provenance.machine_zone import clock_offset, machine_zones
from bisect_parity.provenance.parameter_file import load_parameters
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = load_parameters()
RECENCY, MACHINE = PARAMETERS.recency, PARAMETERS.machine_zone
DAY, HOUR, HERE = 86400, 3600, 7200
DAYS = 40


def days(seed: int) -> list[list[float]]:
    """When a person committed: a few times a day, at no fixed time; POSIX seconds."""
    rng = random.Random(seed)  # noqa: S311 - times to be reproduced
    return [
        sorted(EPOCH + day * DAY + rng.uniform(0, 9 * HOUR) for _ in range(rng.randint(2, 5)))
        for day in range(DAYS)
    ]


def found(times: list[float], checkouts: list[float], zone: int) -> list[int] | None:
    """The zones of runs at some times, whose local times are those of a machine in a zone."""
    true = np.array(times)
    zones = np.full(len(true), HERE)
    answer = machine_zones(true + zone, zones, true + 11 * HOUR, np.array(checkouts), RECENCY, MACHINE)
    return None if answer is None else sorted({int(each) for each in answer})


@pytest.mark.parametrize("zone", [0, -7 * HOUR, 5 * HOUR + 1800])
def test_a_machine_elsewhere_is_found_by_runs_that_follow_checkouts(zone: int) -> None:
    checkouts = [time for day in days(1) for time in day]
    assert found([time + 120 for time in checkouts[::2]], checkouts, zone) == [zone]


def test_who_runs_where_the_work_is_done_stays_there() -> None:
    checkouts = [time for day in days(2) for time in day]
    assert found([time + 120 for time in checkouts[::2]], checkouts, HERE) is None


def test_runs_at_a_fixed_time_of_the_day_tell_no_zone() -> None:
    checkouts = [time for day in days(3) for time in day]
    nights = [EPOCH + day * DAY + 17.0 * HOUR for day in range(DAYS)]
    assert found(nights, checkouts, HERE) is None


def test_a_few_runs_tell_no_zone() -> None:
    checkouts = [time for day in days(4) for time in day]
    assert found([time + 120 for time in checkouts[: int(MACHINE.runs) - 1]], checkouts, 0) is None


def test_results_of_a_server_that_keeps_utc_are_resolved_in_utc(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    true = {}
    for number, day in enumerate(days(5)[:12]):
        files = {}
        for time in day[:3]:
            commit = repo.commit({"a.py": f"A = {time}\n"}, "code", when=time)
            path = f"results/{datetime.fromtimestamp(time + 60, UTC):%Y%m%d_%H%M%S}"
            true[path] = commit
            files[f"{path}/benchmark_results.json"] = json.dumps([{"correlation_warm": 0.9 + time / 1e12}])
            files[f"{path}/env.json"] = json.dumps({"hostname": f"node{number}"})
        for time in day[3:4]:  # a few of a laptop in the zone of the person
            commit = repo.commit({"a.py": f"A = {time}\n"}, "code", when=time)
            path = f"results/{datetime.fromtimestamp(time + 60 - 7 * HOUR, UTC):%Y%m%d_%H%M%S}"
            true[path] = commit
            own = {"loss": time / 1e12, "hostname": "book"}
            files[f"{path}/metrics.json"] = json.dumps(own)
        repo.commit(files, "results of the server", when=EPOCH + number * DAY + 10 * HOUR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    answers = resolutions(repo.top)
    assert len(true) > MACHINE.runs
    assert {path: answers[path].commit for path in true} == true


SLOW = 37 * 60


def offset(times: list[float], checkouts: list[float], slow: float, late: float = 3 * HOUR) -> float:
    """How slow the clock seems to be of which runs at some times are, whose results come in later."""
    true = np.array(times)
    return clock_offset(true - slow, true + late, np.array(checkouts), RECENCY, MACHINE)


@pytest.mark.parametrize("slow", [SLOW, -SLOW])
def test_a_clock_that_is_wrong_by_a_constant_is_told_by_runs_that_follow_checkouts(slow: float) -> None:
    times = [time + 120 for day in days(6) for time in day[::2]]
    checkouts = sorted(time + later for n, time in enumerate(times) for later in (-120, 600 + n % 7 * 200))
    assert abs(offset(times, checkouts, slow) - slow) < 300
    assert offset(times, checkouts, 0) == 0
    assert offset(times[: int(MACHINE.runs) - 1], checkouts, slow) == 0


def test_habits_that_explain_a_constant_pause_tell_of_no_clock() -> None:
    checkouts = [day[0] for day in days(6)]
    times = [time + 120 for time in checkouts]
    assert offset(times, checkouts, -SLOW) == 0  # of a build that takes so long, before each run
    hours = [EPOCH + n * float(HOUR) for n in range(24)]
    assert offset([time + 120 for time in hours], hours, -SLOW) == 0  # nor 23 min slow, nor 97 fast
    assert offset(times, checkouts, SLOW, late=600) == 0  # of runs that take so long, before each commit


def test_runs_at_any_time_tell_of_no_clock() -> None:
    checkouts = [time for day in days(7) for time in day]
    rng = random.Random(8)  # noqa: S311 - times to be reproduced
    assert offset([time + rng.uniform(0, 2 * HOUR) for time in checkouts], checkouts, 0) == 0
    assert offset([EPOCH + day * DAY + 17.0 * HOUR for day in range(DAYS)], checkouts, 0) == 0


def test_a_clock_that_is_perhaps_wrong_is_told_and_doubted(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    for number, day in enumerate(days(9)[:10]):
        files = {}
        for place, time in enumerate(day):
            repo.commit({"a.py": f"A = {time}\n"}, "code", when=time)
            run = {"loss": time / 1e12, "started_at": time + 120 - SLOW}
            files[f"results/{'abcdefghij'[number]}{place}/metrics.json"] = json.dumps(run)
        repo.commit(files, "results", when=EPOCH + number * DAY + 10 * HOUR)
    answers = resolutions(repo.top).values()
    assert all(answer.probability < 0.8 for answer in answers)
    assert all("min slow: all its runs would follow commits closely" in answer.note for answer in answers)

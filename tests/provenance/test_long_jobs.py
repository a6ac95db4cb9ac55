"""A job of hours, of which the end and the length are stated, is of the commit that it began at."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
ENDED = EPOCH + 7 * HOUR
NAME = "results/run1"


@pytest.fixture
def history(tmp_path: Path) -> tuple[GitRunner, list[str]]:
    """A commit every two hours from the first hour on."""
    repo = GitRunner(tmp_path / "r")
    commits = [
        repo.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + (2 * n + 1) * HOUR) for n in range(3)
    ]
    return repo, commits


def added(repo: GitRunner, files: dict[str, str]) -> None:
    """Commit a run that ended at the seventh hour, 20 minutes later; no reflog tells anything."""
    repo.commit({f"{NAME}/{name}": text for name, text in files.items()}, "results", when=ENDED + 1200)
    repo.git("reflog", "expire", "--expire=now", "--all")


@pytest.mark.parametrize("took", [None, 3.5 * HOUR])
def test_its_commit_is_that_of_its_begin(history: tuple[GitRunner, list[str]], took: float | None) -> None:
    repo, commits = history
    result = {"end_time": ENDED - 1, "correlation_warm": 0.9} | ({"elapsed_s": took} if took else {})
    added(repo, {"benchmark_results.json": json.dumps(result)})
    found = resolutions(repo.top)[NAME]
    assert found.commit == commits[2 if took is None else 1]
    assert found.probability > 0.7
    assert ("took 4 h, by elapsed_s" in str([clue.says for clue in found.clues])) == (took is not None)


def test_a_log_with_begin_and_end_tells_it_against_the_time_of_a_file(
    history: tuple[GitRunner, list[str]],
) -> None:
    repo, commits = history
    lines = [
        datetime.fromtimestamp(when, timezone(timedelta(hours=-7))).strftime("%a %b %d %H:%M:%S PDT %Y\n")
        for when in (ENDED - 3.5 * HOUR, ENDED)
    ]
    files = {f"{NAME}/job.out": "".join(lines), f"{NAME}/result.json": '{"correlation_warm": 0.9}'}
    repo.commit(files, "results", when=ENDED + 1200)
    for name in files:
        os.utime(repo.top / name, (ENDED, ENDED))
    found = resolutions(repo.top)[NAME]
    assert found.commit == commits[1]
    assert found.probability > 0.8


def test_begin_and_end_of_a_part_do_not_tell_it(history: tuple[GitRunner, list[str]]) -> None:
    repo, commits = history
    log = "2025-09-08T22:40:00Z collect\n2025-09-08T22:42:00Z done\n"
    added(repo, {"notes.md": "Date: 2025-09-08\n", "part.log": log, "r.json": '{"correlation_warm": 0.9}'})
    found = resolutions(repo.top)[NAME]
    assert found.commit == commits[2]
    assert "took" not in str([clue.says for clue in found.clues])


def test_what_a_timer_wrote_into_the_log_tells_it_as_well(history: tuple[GitRunner, list[str]]) -> None:
    repo, commits = history
    result = json.dumps({"end_time": ENDED - 1, "correlation_warm": 0.9})
    added(repo, {"benchmark_results.json": result, "run.log": "real\t210m0.000s\nuser\t1m0.0s\n"})
    assert resolutions(repo.top)[NAME].commit == commits[1]


def test_a_stated_begin_stands_whatever_is_said_of_its_length(history: tuple[GitRunner, list[str]]) -> None:
    repo, commits = history
    result = {"start_time": ENDED - 600, "correlation_warm": 0.9, "elapsed_s": 5 * HOUR}  # resumed, say
    added(repo, {"benchmark_results.json": json.dumps(result)})
    assert resolutions(repo.top)[NAME].commit == commits[2]

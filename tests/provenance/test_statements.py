"""The times of a run: each instant once, and file times only where git cannot have set them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.background import Background
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.survey import survey
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.evidence.model import TimeStatement
    from bisect_parity.provenance.subject import Subject

STAMP = "20250908T183500Z"  # EPOCH + 9300
RESULT = json.dumps([{"size": 4096, "correlation_warm": 0.9}])


def subject(top: Path) -> Subject:
    """What is known of the one run whose bundle is in a repository."""
    repository = Repository.open(top, Journal(None, ["x"]))
    _, (run,) = survey(Background(repository), discover(top, Settings().evidence), load_parameters())
    return run.subject


def statements(top: Path, files: dict[str, str], changed: float) -> list[TimeStatement]:
    """The times of the run whose results are `files`, last changed at a time, committed at EPOCH + 10000."""
    repo = GitRunner(top)
    repo.commit({"a.py": "A = 1\n"}, "code", when=EPOCH)
    repo.commit(files, "results", when=EPOCH + 10_000)
    for path in files:
        os.utime(top / path, (changed, changed))
    return list(subject(top).statements)


def test_a_file_older_than_the_commit_that_added_it_tells_when_the_run_ended(tmp_path: Path) -> None:
    found = statements(tmp_path / "r", {"reports/mine/benchmark_results.json": RESULT}, EPOCH + 9400)
    assert [(each.origin, each.marks, each.seconds) for each in found] == [("mtime", "end", EPOCH + 9400)]


def test_a_file_that_git_may_have_written_tells_nothing(tmp_path: Path) -> None:
    assert not statements(tmp_path / "r", {"reports/mine/benchmark_results.json": RESULT}, EPOCH + 10_000)


def test_a_time_that_stands_in_two_places_is_one_statement_and_keeps_what_it_marks(tmp_path: Path) -> None:
    files = {
        f"reports/{STAMP}/benchmark_results.json": RESULT,
        f"reports/{STAMP}/env.json": json.dumps({"start_time": EPOCH + 9300.4}),
    }
    found = statements(tmp_path / "r", files, EPOCH + 20_000)
    assert [(each.origin, each.marks) for each in found] == [("stamp", "start")]


def test_local_time_and_utc_that_agree_leave_no_doubt_of_the_zone(tmp_path: Path) -> None:
    env = json.dumps({"timestamp": "2025-09-08T18:35:00Z"})
    for place, settled in (("20250908-143500", True), ("mine", False)):
        found = statements(
            tmp_path / place,
            {f"reports/{place}/env.json": env, f"reports/{place}/benchmark_results.json": RESULT},
            EPOCH + 20_000,
        )
        assert [(each.seconds, each.is_settled) for each in found] == [(EPOCH + 9300, settled)]


def test_figures_that_were_overwritten_are_of_the_later_commit_and_notes_are_not(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    path = "reports/latest/benchmark_results.json"
    repo.commit({path: RESULT, "reports/latest/git_sha.txt": "TBD\n"}, "first", when=EPOCH)
    repo.commit({path: RESULT.replace("0.9", "0.8")}, "second", when=EPOCH + 600)
    repo.commit({"reports/latest/git_sha.txt": "unknown\n"}, "edited by hand", when=EPOCH + 900)
    addition = subject(tmp_path / "r").addition
    assert addition is not None
    assert addition.time == EPOCH + 600


def test_the_hours_of_a_log_are_of_the_day_in_its_path(tmp_path: Path) -> None:
    log = "11:35:00 INFO begin\n12:05:00,250 INFO rmse: 0.125\n"
    files = {"results/2025-09-08/run.log": log, "results/2025-09-08/metrics.json": '{"rmse": 0.125}'}
    found = statements(tmp_path / "r", files, EPOCH + 99_000)
    begin = EPOCH - 7 * 3600 + 9300  # local, as if it were UTC
    assert [(each.origin, each.marks, each.seconds) for each in found] == [("header", "start", begin)]

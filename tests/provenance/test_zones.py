"""Local times are read in the zone that their person was in when the run was made."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

RESULT = json.dumps([{"size": 4096, "correlation_warm": 0.9}])


def test_of_results_that_were_never_committed_the_reflog_tells_the_zone(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = [repo.commit({"a.py": f"A = {n}\n"}, "code", when=EPOCH + n * 3600) for n in range(12)]
    stamp = datetime.fromtimestamp(EPOCH + 11 * 3600 + 600 - 7 * 3600, UTC).strftime("%Y%m%d-%H%M%S")
    folder = repo.top / "results" / stamp
    folder.mkdir(parents=True)
    (folder / "benchmark_results.json").write_text(RESULT)
    found = resolutions(repo.top)[f"results/{stamp}"]
    assert found.commit == commits[11]
    assert found.run_time == pytest.approx(EPOCH + 11 * 3600 + 600, abs=60)


@pytest.mark.parametrize("by_server", [False, True], ids=["by hand", "by a server"])
def test_a_run_of_the_summer_that_was_committed_in_winter_tells_summer_time(
    tmp_path: Path, *, by_server: bool
) -> None:
    repo = GitRunner(tmp_path / "r", start="2024-07-01T09:00:00+02:00")
    commits = [
        repo.commit({"a.py": f"A = {hour}\n"}, "code", when=f"2024-07-01T{hour}:00:00+02:00")
        for hour in range(10, 18)
    ]
    if by_server:  # in the person's name, and in a zone of its own
        server = {"GIT_COMMITTER_EMAIL": "noreply@example.org"}
        repo.git("commit", "-q", "--allow-empty", "-m", "x", when="2024-07-01T13:31:00+00:00", env=server)
    repo.commit(
        {"results/20240701_153000/benchmark_results.json": RESULT}, "x", when="2024-12-02T10:00:00+01:00"
    )
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = resolutions(repo.top)["results/20240701_153000"]
    assert found.commit == commits[5]
    assert found.run_time == pytest.approx(datetime(2024, 7, 1, 13, 30, tzinfo=UTC).timestamp(), abs=60)

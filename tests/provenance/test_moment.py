"""The story of a run that states no time is told where its commit was checked out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.provenance.model import Resolution

HOUR = 3600


def story(top: Path, recorded: int, **stated: str) -> tuple[Resolution, list[str]]:
    """The answer for a run that recorded one of four commits, and the ids of these."""
    made = GitRunner(top)
    made.git("config", "core.logAllRefUpdates", "true")
    commits = [
        made.commit({"a.py": f"A = {number}\n"}, "code", when=EPOCH + number * HOUR) for number in range(4)
    ]
    run = json.dumps({"git_sha": commits[recorded], "rmse": 0.5} | stated)
    made.commit({"results/run/metrics.json": run}, "results", when=EPOCH + 4 * HOUR)
    return resolutions(top)["results/run"], commits


def test_the_commit_that_was_left_long_before_was_checked_out_then(tmp_path: Path) -> None:
    found, commits = story(tmp_path, 1)
    assert found.commit == commits[1]
    (reflog,) = (clue for clue in found.clues if clue.kind == "reflog")
    assert reflog.says.startswith(f"{commits[1][:12]} was checked out from")
    (run,) = (event for event in found.timeline if event.kind == "run")
    assert EPOCH + HOUR <= run.time < EPOCH + 2 * HOUR
    assert "nothing tells when" in run.text
    (added,) = (clue for clue in found.clues if clue.kind == "added-by")
    assert "added it, 2 h after the run" in added.says


@pytest.mark.parametrize(
    ("recorded", "stated"), [(3, {}), (1, {"started_at": "2025-09-08T16:30:00Z"})], ids=["last", "timed"]
)
def test_otherwise_it_is_told_at_the_time_that_was_inferred(
    tmp_path: Path, recorded: int, stated: dict[str, str]
) -> None:
    found, _ = story(tmp_path, recorded, **stated)
    (run,) = (event for event in found.timeline if event.kind == "run")
    assert "by all clues together" in run.text

"""A time without a year is of the year that fits: before its commit, or near the other times of the run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86400
YEAR = 365 * DAY


def test_a_folder_that_names_no_year_is_of_the_year_before_it_was_committed(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = [
        repo.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * 30 * DAY) for n in range(0, 24, 2)
    ]
    folder = repo.git(
        "log", "-1", "--format=%cd", "--date=format:runs/%b%d_%H-%M-30_host", commits[9]
    ).strip()
    repo.commit({f"{folder}/scores.json": json.dumps({"rmse": 0.1})}, "runs", when=EPOCH + 2 * YEAR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = resolutions(repo.top)[folder]
    assert found.commit == commits[9]
    assert any("in the year that fits" in clue.says for clue in found.clues)

"""Who works in two clones has what was made in one of them in the other later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


def test_what_was_made_here_was_not_checked_out_where_the_run_was_added(tmp_path: Path) -> None:
    here = GitRunner(tmp_path / "here")
    for n in range(4):
        shared = here.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR)
    here.git("clone", "-q", str(here.top), str(tmp_path / "there"))
    there = GitRunner(tmp_path / "there")
    for n in range(4, 7):
        here.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * HOUR)
    run = {"rmse": 0.125, "started_at": EPOCH + 6 * HOUR + 600}
    there.commit({"results/a/scores.json": json.dumps(run)}, "results", when=EPOCH + 6 * HOUR + 1800)
    here.git("pull", "-q", "--no-rebase", "--no-edit", str(there.top), "main", when=EPOCH + 8 * HOUR)
    found = resolutions(here.top)["results/a"]
    assert found.commit == shared
    assert found.probability > 0.6

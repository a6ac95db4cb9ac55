"""Merges that a person makes between a run and the commit of its results tell of nothing that was run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


def test_runs_on_branches_that_were_merged_before_the_results_were_committed(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a.py": "A = 0\n"}, "code", when=EPOCH)
    repo.git("branch", "develop")
    truth = {}
    for n in range(8):
        start = EPOCH + n * 7 * HOUR
        repo.git("checkout", "-q", "develop")
        repo.commit({"b.py": f"B = {n}\n"}, "code", when=start)
        repo.git("checkout", "-q", "-b", "fix", "main")
        truth[f"results/{n}"] = repo.commit({"a.py": f"A = '{n}'\n"}, "fix", when=start + HOUR)
        run = json.dumps({"rmse": n / 7, "started_at": start + HOUR + 60 + 40 * n})
        for place, target in enumerate(("main", "develop")):
            repo.git("checkout", "-q", target)
            repo.git("merge", "-q", "--no-ff", "-m", "Merge fix", "fix", when=start + HOUR + 440 + 40 * place)
        repo.git("branch", "-D", "fix")
        repo.commit({f"results/{n}/metrics.json": run}, "results", when=start + HOUR + 600 + 30 * n)
    fresh = repo.clone(tmp_path / "fresh", "--no-local", "--single-branch", "--branch", "develop")
    found = resolutions(fresh.top)
    chances = [
        next((each.probability for each in found[path].candidates if each.commit == commit), 0.0)
        for path, commit in truth.items()
    ]
    assert sum(chances[:4]) > 1.5, chances

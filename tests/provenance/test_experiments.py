"""DVC's experiments are commits that nobody checks out; what they hold tells of the commit below them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bisect_parity.config import Settings
from bisect_parity.evidence.discover import discover
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.resolve import resolve_bundles
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
LATER = "results/20250908T193000Z"  # EPOCH + 3.5 hours


def dvclive(seconds: int) -> dict[str, str]:
    plot = f"step\ttimestamp\trmse\n0\t{seconds}000\t0.5\n"
    return {"dvclive/metrics.json": json.dumps({"rmse": seconds}), "dvclive/plots/metrics/rmse.tsv": plot}


def test_runs_are_of_the_commits_below_experiments_and_never_of_experiments(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    codes = []
    for number in range(3):
        start = EPOCH + number * HOUR
        codes.append(repo.commit({"src/a.py": f"A = {number}\n"}, "code", when=start))
        experiment = repo.commit(dvclive(start + 100), "dvc: commit experiment", when=start + 130)
        repo.git("update-ref", f"refs/exps/{codes[-1][:2]}/{codes[-1][2:]}/exp-{number}", experiment)
        repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.commit(dvclive(EPOCH + 2 * HOUR + 100), "apply the last experiment", when=EPOCH + 2 * HOUR + 300)
    after = repo.rev("HEAD")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.commit({f"{LATER}/metrics.json": '{"rmse": 0.25}'}, "results", when=EPOCH + 13000)
    repository = Repository.open(tmp_path / "r", Journal(None, ["x"]))
    found = resolve_bundles(repository, discover(tmp_path / "r", Settings().evidence), Settings())
    answers = {item.path: item for item in found}
    assert (answers["dvclive"].commit, answers[LATER].commit) == (codes[-1], after)
    assert min(item.probability for item in found) > 0.8

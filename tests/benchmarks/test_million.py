from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from benchmarks.million_history import build
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path


def test_the_history_has_merges_skewed_clocks_and_bundles_whose_commits_are_known(tmp_path: Path) -> None:
    top = tmp_path / "history"
    build(top, 3000, 40)
    repo = GitRunner(top, init=False)
    assert int(repo.git("rev-list", "--count", "--all")) == 3000
    merges = int(repo.git("rev-list", "--merges", "--count", "--all"))
    assert 0.03 < merges / 3000 < 0.07
    times = [int(line.split()[0]) for line in repo.git("log", "--format=%ct", "--reverse").splitlines()]
    assert sum(later < earlier - 3600 for earlier, later in itertools.pairwise(times)) > 5
    truth = [json.loads(line) for line in (tmp_path / "history.truth.jsonl").read_text().splitlines()]
    assert len(truth) == 40
    ids = set(repo.git("rev-list", "--all").split())
    recorded = 0
    for line in truth:
        assert line["commit"] in ids
        environment = json.loads((top / line["path"] / "env.json").read_text())
        recorded += "git_sha" in environment
        assert environment.get("git_sha", line["commit"]) == line["commit"]
    assert 15 < recorded < 35
    assert repo.git("status", "--porcelain") == ""
    assert (top / ".git/objects/info/commit-graph").exists()

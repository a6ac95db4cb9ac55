"""Results that are kept in a repository of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


def test_where_no_commit_holds_code_none_is_named(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path)
    repo.commit({"README.md": "Results of the solver.\n"}, "start", when=EPOCH)
    for number in range(1, 5):
        start = EPOCH + number * HOUR
        figures = {"start_time": start - 300, "git_sha": f"{number}b2c3d4e5f" * 4, "rmse": number / 7}
        repo.commit({f"results/run{number}/metrics.json": json.dumps(figures)}, "results", when=start)
    found = list(resolutions(tmp_path).values())
    assert len(found) == 4
    assert {(item.resolution_class, item.commit) for item in found} == {(ResolutionClass.UNRESOLVED, None)}
    assert all(
        "no commit here holds code: ask the repository of the code, by --repo" in x.note for x in found
    )


def test_where_code_came_later_runs_are_named(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path)
    repo.commit({"README.md": "The solver.\n"}, "start", when=EPOCH)
    code = repo.commit({"solver.py": "A = 1\n"}, "code", when=EPOCH + HOUR)
    text = json.dumps({"start_time": EPOCH + HOUR + 300, "rmse": 0.5})
    repo.commit({"results/run1/metrics.json": text}, "results", when=EPOCH + HOUR + 900)
    (found,) = resolutions(tmp_path).values()
    assert found.commit == code

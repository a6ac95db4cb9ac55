"""A run came in where its figures did: not where these were reformatted or moved, but overwritten."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
DAY = 86400
OLD, NEW = "results/a/metrics.json", "reports/archive/a/metrics.json"
RESULTS = json.dumps({"rmse": 0.125, "correlation_warm": 0.999})


def added_by(repo: GitRunner, path: str) -> str:
    """The commit that is told to have added a bundle, by the words of the clue."""
    repo.git("reflog", "expire", "--expire=now", "--all")
    (clue,) = (clue for clue in resolutions(repo.top)[path].clues if clue.kind == "added-by")
    return clue.says.partition(" ")[0]


def history(top: Path) -> tuple[GitRunner, str]:
    """A commit of code and one of results, then a month of work; the commit of the results."""
    repo = GitRunner(top)
    repo.commit({"src.py": "A = 0\n"}, "code", when=EPOCH)
    first = repo.commit({OLD: RESULTS}, "results", when=EPOCH + HOUR)
    for n in range(1, 4):
        repo.commit({"src.py": f"A = {n}\n"}, "code", when=EPOCH + n * 10 * DAY)
    return repo, first[:12]


def test_a_bundle_that_was_reformatted_came_in_before(tmp_path: Path) -> None:
    repo, first = history(tmp_path / "r")
    for n, indent in enumerate((2, 4)):
        pretty = json.dumps(json.loads(RESULTS), indent=indent, sort_keys=True)
        repo.commit({OLD: pretty}, "reformat", when=EPOCH + (31 + n) * DAY)
    assert added_by(repo, "results/a") == first


def test_a_bundle_that_was_reformatted_and_then_moved_came_in_before(tmp_path: Path) -> None:
    repo, first = history(tmp_path / "r")
    pretty = json.dumps(json.loads(RESULTS), indent=2)
    repo.commit({OLD: pretty}, "reformat", when=EPOCH + 31 * DAY)
    repo.commit({OLD: None, NEW: pretty}, "move", when=EPOCH + 32 * DAY)
    repo.commit({"results/b/metrics.json": '{"rmse": 1.5}'}, "another", when=EPOCH + 33 * DAY)
    assert added_by(repo, "reports/archive/a") == first


def test_figures_that_were_overwritten_are_of_the_later_run(tmp_path: Path) -> None:
    repo, _ = history(tmp_path / "r")
    again = json.dumps({"rmse": 0.25, "correlation_warm": 0.998})
    later = repo.commit({OLD: again}, "results", when=EPOCH + 31 * DAY)
    repo.commit({OLD: json.dumps(json.loads(again), indent=2)}, "reformat", when=EPOCH + 32 * DAY)
    assert added_by(repo, "results/a") == later[:12]


def test_a_run_that_gave_the_same_figures_at_another_time_is_the_later_run(tmp_path: Path) -> None:
    repo, _ = history(tmp_path / "r")
    again = RESULTS[:-1] + ', "started_at": "2025-10-09T10:00:00Z"}'
    later = repo.commit({OLD: again}, "results", when=EPOCH + 31 * DAY + HOUR)
    assert added_by(repo, "results/a") == later[:12]


def test_a_figure_that_was_drawn_later_is_not_what_brought_the_run_in(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path)
    made_at = repo.commit({"a.py": "A = 1\n"}, "code", when=EPOCH)
    added = repo.commit({"results/20250908T160500Z/m.json": '{"rmse": 0.1}'}, "results", when=EPOCH + 1200)
    repo.commit({"a.py": "A = 2\n"}, "more code", when=EPOCH + 9 * 3600)
    drawn = "%!PS-Adobe-2.0\n%%CreationDate: Thu Sep 11 12:00:00 2025\n"
    repo.commit({"results/20250908T160500Z/a.eps": drawn}, "figure", when=EPOCH + 3 * 86400)
    (found,) = resolutions(tmp_path).values()
    assert (found.commit, found.probability > 0.8) == (made_at, True)
    (clue,) = [clue for clue in found.clues if clue.kind == "added-by"]
    assert clue.says.startswith(added[:12])

"""Runs that wrote down a revision of Subversion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
TRAILER = "git-svn-id: https://svn.lab.example/code/trunk@{} 5d1a3f2c-8c1d-4c55-a24c-1b2c3d4e5f60"


def history(top: Path, trailer: str) -> tuple[GitRunner, list[str]]:
    """The commits of revisions 100, 102, 104 and so on, an hour apart."""
    repo = GitRunner(top)
    commits = []
    for number in range(6):
        message = f"Tune\n\n{trailer.format(100 + 2 * number)}"
        commits.append(repo.commit({"a.py": f"A = {number}\n"}, message, when=EPOCH + number * HOUR))
    return repo, commits


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("metrics.json", json.dumps({"svn_revision": 104, "loss": 0.25}), id="a number"),
        pytest.param("metrics.json", json.dumps({"revision": "r104", "loss": 0.25}), id="text"),
        pytest.param("metrics.json", json.dumps({"svnversion": "98:104MP", "loss": 0.25}), id="a mixture"),
        pytest.param("log.txt", "Revision: 104\nloss = 0.25\n", id="a log"),
        pytest.param("log.txt", "Last Changed Rev: 104\nloss = 0.25\n", id="svn info"),
    ],
)
def test_a_revision_names_the_commit_that_was_made_of_it(tmp_path: Path, name: str, text: str) -> None:
    repo, commits = history(tmp_path, TRAILER)
    repo.commit({f"results/run1/{name}": text}, "results of the week", when=EPOCH + 100 * HOUR)
    repo.git("reflog", "expire", "--expire=now", "--all")
    (found,) = resolutions(tmp_path).values()
    assert found.commit == commits[2]
    assert found.resolution_class in (ResolutionClass.RECORDED, ResolutionClass.CONFIRMED)
    assert found.probability > 0.65


def test_a_revision_of_a_project_that_was_never_in_subversion_is_no_commit(tmp_path: Path) -> None:
    repo, commits = history(tmp_path, "")
    text = json.dumps({"revision": 2, "loss": 0.25})
    repo.commit({"results/run1/metrics.json": text}, "results", when=EPOCH + 6 * HOUR)
    (found,) = resolutions(tmp_path).values()
    assert found.commit == commits[-1]
    assert not [clue for clue in found.clues if clue.kind == "record"]


def test_that_nothing_tells_of_a_visit_is_said_where_no_reflog_reaches(tmp_path: Path) -> None:
    repo, _ = history(tmp_path / "r", "")
    text = json.dumps({"start_time": EPOCH + 5 * HOUR + 600, "loss": 0.25})
    repo.commit({"results/run1/metrics.json": text}, "results", when=EPOCH + 6 * HOUR)
    here = resolutions(repo.top)["results/run1"]
    fresh = resolutions(repo.clone(tmp_path / "fresh", "--no-local").top)["results/run1"]
    assert "no-trace" not in [clue.kind for clue in here.clues]
    (clue,) = (clue for clue in fresh.clues if clue.kind == "no-trace")
    assert "a commit that was visited for this run alone" in clue.says
    assert fresh.commit == here.commit

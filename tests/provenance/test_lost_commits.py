"""Runs at commits that no ref and no reflog reaches any more, but that git has not removed yet."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bisect_parity.provenance.model import ResolutionClass
from fixtures.git import EPOCH, GitRunner
from tests.provenance.resolving import resolutions

if TYPE_CHECKING:
    from pathlib import Path

RUN = EPOCH + 8100  # 18:15:00 UTC
BUNDLE = "reports/20250908T181500Z"


def of_removed_worktree(tmp_path: Path) -> tuple[GitRunner, str]:
    """Results of a worktree that was removed with its branch, without reflogs; and their commit."""
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a.py": "A = 0\n"}, "start", when=EPOCH)
    repo.commit({"a.py": "A = 1\n"}, "second", when=EPOCH + 600)
    repo.git("worktree", "add", "-q", "-b", "try", str(tmp_path / "try"), when=EPOCH + 7000)
    aside = GitRunner(tmp_path / "try", init=False)
    true = aside.commit({"a.py": "A = 2\n"}, "try it", when=RUN - 300)
    repo.git("worktree", "remove", str(tmp_path / "try"))
    repo.git("branch", "-q", "-D", "try")
    repo.commit({f"{BUNDLE}/benchmark_results.json": '{"correlation": 0.9}'}, "results", when=RUN + 400)
    shutil.rmtree(repo.top / ".git" / "logs")
    return repo, true


def test_a_run_in_a_worktree_that_was_removed_is_at_the_commit_that_was_made_there(tmp_path: Path) -> None:
    repo, true = of_removed_worktree(tmp_path)
    found = resolutions(repo.top)[BUNDLE]
    assert found.commit == true
    assert f"no branch, tag or reflog holds {true[:12]}, so git will remove it" in found.note
    assert f"`git branch NAME {true[:12]}` keeps it" in found.note


def test_once_git_has_removed_it_the_run_is_no_longer_said_to_be_there(tmp_path: Path) -> None:
    repo, true = of_removed_worktree(tmp_path)
    repo.git("gc", "-q", "--prune=now")
    found = resolutions(repo.top)[BUNDLE]
    assert true not in {candidate.commit for candidate in found.candidates}


def test_a_recorded_commit_that_nothing_holds_is_told_to_be_in_danger(tmp_path: Path) -> None:
    repo, true = of_removed_worktree(tmp_path)
    text = f'{{"correlation": 0.9, "git_sha": "{true}"}}'
    repo.commit({f"{BUNDLE}/benchmark_results.json": text}, "its commit", when=RUN + 900)
    found = resolutions(repo.top)[BUNDLE]
    assert found.commit == true
    assert found.resolution_class in {ResolutionClass.CONFIRMED, ResolutionClass.RECORDED}
    assert "git will remove it" in found.note

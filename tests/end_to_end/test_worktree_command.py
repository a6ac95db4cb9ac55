from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bisect_parity.commands.check import _laid
from bisect_parity.history.worktree_pool import own_worktree
from tests.end_to_end.world import call
from tests.history.checkout import crowded, opened

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_worktrees_are_listed_and_removed_unless_they_are_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox = crowded(tmp_path / "repository")
    before, commit = sandbox.snapshot(), sandbox.git("rev-parse", "HEAD")
    here = ("--repo", sandbox.top)
    assert call(capsys, "worktree", "list", *here).out == ""
    with own_worktree(opened(sandbox.top), commit) as worktree:
        assert call(capsys, "worktree", "list", *here).out == f"{worktree.path} {commit[:12]} in use\n"
        assert call(capsys, "worktree", "remove", *here).out == ""
    listed = json.loads(call(capsys, "worktree", "list", *here, "--json").out)
    assert listed["worktrees"] == [{"path": str(worktree.path), "commit": commit, "in_use": False}]
    removed = call(capsys, "worktree", "remove", *here)
    assert (removed.status, removed.out) == (0, f"removed {worktree.path} {commit[:12]}\n")
    assert sandbox.git("worktree", "list").count("\n") == 0
    assert sandbox.snapshot() == before


def test_the_commit_that_lies_in_a_worktree_of_ours_is_known_without_git(tmp_path: Path) -> None:
    sandbox = crowded(tmp_path / "repository")
    commit = sandbox.git("rev-parse", "HEAD")
    repository = opened(sandbox.top)
    with own_worktree(repository, commit) as worktree:
        assert _laid(worktree.repository) == commit
        (worktree.git_dir / "HEAD").write_text("ref: refs/heads/main\n")  # as reftables have it, or a case
        assert _laid(worktree.repository) is None
    assert _laid(repository) is None

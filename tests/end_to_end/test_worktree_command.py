from __future__ import annotations

import json
from typing import TYPE_CHECKING

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

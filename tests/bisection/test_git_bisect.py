from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.bisection.git_bisect import GitBisect
from bisect_parity.bisection.model import Find
from bisect_parity.history.worktree_pool import own_worktree
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_no_hook_of_the_repository_runs_or_keeps_git_from_its_record(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    commits = [sandbox.commit({"v": f"{number}\n"}) for number in range(4)]
    sandbox.git("pack-refs", "--all")
    hook = sandbox.top / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho ran >> '{tmp_path}/ran'\nexit 1\n")
    hook.chmod(0o755)
    before = sandbox.snapshot()
    with own_worktree(opened(sandbox.top), commits[-1]) as worktree:
        record = GitBisect(worktree, Find.REGRESSION)
        record.start(commits[0], commits[-1], is_first_parent=False)
        record.tell("old", commits[1])
        record.tell("new", commits[2])
        assert record.first == commits[2]
        log = worktree.git_dir / "BISECT_LOG"
        plain = log.read_text().replace("first 'bad'", "first bad")
        for written in (plain, plain.replace("first bad", "first 'bad'")):  # as older and newer git write it
            log.write_text(written)
            assert record.first == commits[2]
        record.forget()
        assert not [path for path in worktree.git_dir.iterdir() if path.is_dir() and "hooks" in path.name]
    assert not (tmp_path / "ran").exists()
    assert sandbox.snapshot() == before

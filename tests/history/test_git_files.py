"""The state of a repository's own files: whatever git could answer differently shows in it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bisect_parity.history.git_files import git_files
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bisect_parity.kept import FileState


def states(top: Path) -> list[FileState]:
    return list(git_files(opened(top)))


def second_worktree(sandbox: Sandbox) -> None:
    sandbox.git("worktree", "add", "-q", "--detach", str(sandbox.top.with_name("linked")))


def change_in_alternate(sandbox: Sandbox) -> None:
    other = sandbox.top.with_name("other") / ".git/objects"
    (other / "pack").mkdir(parents=True, exist_ok=True)
    (other / "pack" / "pack-1.idx").write_text("")
    (sandbox.top / ".git/objects/info/alternates").write_text(f"{other}\n")


CHANGES: dict[str, Callable[[Sandbox], object]] = {
    "a commit": lambda sandbox: sandbox.commit({"a.py": "3\n"}),
    "an amended commit": lambda sandbox: sandbox.git("commit", "-q", "--amend", "-m", "x"),
    "a branch": lambda sandbox: sandbox.git("branch", "b"),
    "a tag": lambda sandbox: sandbox.git("tag", "t"),
    "a moved branch": lambda sandbox: sandbox.git("reset", "-q", "--soft", "HEAD~1"),
    "an entry of a reflog": lambda sandbox: sandbox.git("update-ref", "-m", "x", "HEAD", "HEAD~1"),
    "a reflog that expired": lambda sandbox: sandbox.git("reflog", "expire", "--expire=all", "--all"),
    "a note": lambda sandbox: sandbox.git("notes", "add", "-m", "x"),
    "a replaced commit": lambda sandbox: sandbox.git("replace", "HEAD", "HEAD~1"),
    "another HEAD": lambda sandbox: sandbox.git("symbolic-ref", "HEAD", "refs/heads/none"),
    "the index": lambda sandbox: sandbox.git("add", "notes.txt"),
    "a loose object": lambda sandbox: sandbox.git("hash-object", "-w", "notes.txt"),
    "packed refs and objects": lambda sandbox: sandbox.git("gc", "-q"),
    "a setting": lambda sandbox: sandbox.git("config", "core.commitGraph", "false"),
    "another worktree": second_worktree,
    "an object store elsewhere": change_in_alternate,
    "a shallow boundary": lambda sandbox: (sandbox.top / ".git/shallow").write_text("x"),
    "a repository of a submodule": lambda sandbox: shutil.copytree(
        sandbox.top / ".git", sandbox.top / ".git/modules/m"
    ),
}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path / "r")
    made.commit({"a.py": "1\n"})
    made.commit({"a.py": "2\n"})
    (made.top / "notes.txt").write_text("untracked\n")
    return made


@pytest.mark.parametrize("name", CHANGES)
def test_it_shows_in_the_files(sandbox: Sandbox, name: str) -> None:
    before = states(sandbox.top)
    CHANGES[name](sandbox)
    assert states(sandbox.top) != before


def test_it_shows_from_a_linked_worktree_also(sandbox: Sandbox) -> None:
    second_worktree(sandbox)
    linked = sandbox.top.with_name("linked")
    before = states(linked)
    assert states(sandbox.top) == before
    sandbox.git("-C", str(linked), "checkout", "-q", "HEAD~1")
    assert states(linked) != before
    assert states(sandbox.top) == states(linked)


def test_reading_changes_nothing(sandbox: Sandbox) -> None:
    before = states(sandbox.top)
    repository = opened(sandbox.top)
    repository.git("log", "--all")
    repository.git("status")
    (repository.state_directory() / "sessions").mkdir(parents=True)
    (repository.state_directory() / "commands.txt").write_text("x")
    assert states(sandbox.top) == before


def test_the_settings_of_the_user_count(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    before = states(sandbox.top)
    (tmp_path / ".gitconfig").write_text("[user]\n")
    assert states(sandbox.top) != before


def test_a_file_that_stands_for_the_git_directory_leads_to_it(sandbox: Sandbox) -> None:
    sandbox.git("init", "-q", "--separate-git-dir", str(sandbox.top.with_name("elsewhere.git")))
    before = states(sandbox.top)
    sandbox.git("tag", "t")
    assert states(sandbox.top) != before

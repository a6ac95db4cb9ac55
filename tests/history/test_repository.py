"""The funnel for git: clean environment, safe options, and errors that say what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import RepositoryError
from bisect_parity.history.complaints import unknown_revision
from bisect_parity.history.repository import Repository, clean_environment
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def open_(path: Path) -> Repository:
    return Repository.open(path, Journal(None, ["x"]))


def test_a_subdirectory_opens_the_top(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"sub/a": "1"})
    repository = open_(tmp_path / "r" / "sub")
    assert repository.work_tree == repository.directory == tmp_path / "r"
    assert repository.git_dir == repository.common_dir == tmp_path / "r" / ".git"


def test_a_linked_work_tree_has_its_own_git_directory(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "1"})
    sandbox.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "w"))
    repository = open_(tmp_path / "w")
    assert repository.git_dir == tmp_path / "r" / ".git" / "worktrees" / "w"
    assert repository.common_dir == tmp_path / "r" / ".git"


def test_what_a_surrounding_git_exports_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sandbox(tmp_path / "r").commit({"a": "1"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    assert open_(tmp_path / "r").resolve("HEAD")
    assert not {"GIT_DIR", "GIT_INDEX_FILE"} & set(clean_environment())


OPENS = """
import sys
from pathlib import Path
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
Repository.open(Path(sys.argv[1]), Journal(Path(sys.argv[2]), ["x"])).resolve("HEAD")
"""


def test_the_first_repository_of_a_process_is_logged_in_short_lines_too(tmp_path: Path) -> None:
    Sandbox(tmp_path / "r").commit({"a": "1"})
    log = tmp_path / "commands.txt"
    subprocess.run([sys.executable, "-c", OPENS, str(tmp_path / "r"), str(log)], check=True)
    started = [line for line in log.read_text(encoding="ascii").splitlines() if line.startswith("(cd ")]
    assert len(started) > 1
    assert all("&& git rev-parse " in line for line in started)


def test_hooks_of_the_user_do_not_run(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "1"})
    hook = tmp_path / "r" / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    hook.chmod(0o755)
    open_(tmp_path / "r").git("checkout", "-q", "--detach")
    assert not (tmp_path / "ran").exists()


def test_no_repository_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match=r"not in a git repository\. Name one with --repo"):
        open_(tmp_path)


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="is not a directory"):
        open_(tmp_path / "none")


def test_no_git_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match=r"git is not on PATH\. Install git"):
        open_(tmp_path)


def test_revisions_that_name_no_commit_are_refused(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    commit = sandbox.commit({"a": "1"})
    sandbox.git("tag", "tree", f"{commit}^{{tree}}")
    repository = open_(tmp_path / "r")
    assert repository.try_resolve("HEAD") == commit
    for revision in ("", "--all", "-x", "tree", "HEAD~5", "a\nb", "a\0b", "$(touch x)"):
        assert repository.try_resolve(revision) is None
    with pytest.raises(RepositoryError, match="'nope' names no commit"):
        repository.resolve("nope")
    usual = "Give a branch"
    for typed, meant, run in (
        ("te", "Did you mean 'tree'", usual),
        ("HAED~2", "Did you mean 'HEAD'", usual),
        ("HEAD~5", usual, usual),
        ("aa", usual, "Did you mean 'a'"),
        ("a", usual, usual),
        ("", usual, usual),
    ):
        with pytest.raises(RepositoryError, match=meant) as caught:
            repository.resolve(typed)
        assert "a date" not in caught.value.remedy
        told = unknown_revision(repository, typed, "--good", is_run_meant=True).remedy
        assert told.startswith(run if meant == usual else meant)


def test_a_commit_may_be_named_by_its_message(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "1"})
    sandbox.git("commit", "-q", "--amend", "-m", "Tune the gain")
    commit = sandbox.git("rev-parse", "HEAD")
    sandbox.commit({"a": "2"})
    repository = open_(tmp_path / "r")
    assert repository.try_resolve(":/Tune the") == repository.try_resolve("HEAD^{/Tune the}") == commit
    assert repository.try_resolve(":/nothing like it") is None


def test_objects_come_in_order_and_missing_ones_as_none(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "one\n", "b": ""})
    found = list(open_(tmp_path / "r").objects(["HEAD:a", "HEAD:none", "HEAD:b", "HEAD:x y"]))
    assert [item and item[2] for item in found] == [b"one\n", None, b"", None]


def test_a_stream_left_early_is_no_error_and_a_failed_one_is(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    for number in range(3):
        sandbox.commit({"a": str(number)})
    repository = open_(tmp_path / "r")
    with repository.stream("log") as output:
        assert output.readline().startswith(b"commit ")
    with pytest.raises(RepositoryError, match="git log failed"), repository.stream("log", "nope") as output:
        assert output.read() == b""


def test_every_git_command_is_journaled_with_its_safe_options(tmp_path: Path) -> None:
    Sandbox(tmp_path / "r").commit({"a": "1"})
    journal = Journal(tmp_path / "commands.txt", ["x"])
    Repository.open(tmp_path / "r", journal).resolve("HEAD")
    text = (tmp_path / "commands.txt").read_text()
    assert "core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0" in text
    assert "&& git rev-parse --verify --quiet --end-of-options 'HEAD^{commit}')" in text


def test_a_repository_of_another_user_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sandbox(tmp_path / "r").commit({"a": "1"})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert os.environ["GIT_TEST_ASSUME_DIFFERENT_OWNER"]
    with pytest.raises(RepositoryError, match=r"belongs to another user.*safe\.directory"):
        open_(tmp_path / "r")


def test_a_repository_of_a_newer_format_is_told(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "1"})
    sandbox.git("config", "core.repositoryFormatVersion", "1")
    sandbox.git("config", "extensions.newFormat", "true")
    with pytest.raises(RepositoryError, match=r"cannot read .*: newformat"):
        open_(tmp_path / "r")


@pytest.mark.parametrize("damage", ["gitdir: /nowhere/.git/worktrees/gone\n", "garbage\n"])
def test_a_linked_work_tree_whose_repository_is_gone_is_told(tmp_path: Path, damage: str) -> None:
    (tmp_path / ".git").write_text(damage)
    with pytest.raises(RepositoryError) as told:
        open_(tmp_path)
    assert ".git" in str(told.value)
    assert "is not in a git repository" not in str(told.value)

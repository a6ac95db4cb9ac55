"""Commits that nothing reaches any more are in the table, after all others."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bisect_parity.history import lost_commits
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.made_objects import OWN_ADDRESS, ObjectMaker, headers_of
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path


def table_of(top: Path) -> CommitTable:
    return CommitTable.load(Repository.open(top, Journal(None, ["x"])))


def with_lost_branch(top: Path, object_format: str = "sha1") -> tuple[GitRunner, list[str]]:
    """A repository whose second branch was deleted, without reflogs; its commits, oldest first."""
    repo = GitRunner(top, object_format=object_format)
    repo.commit({"a": "1"}, "start", when=EPOCH)
    repo.checkout("topic", create=True)
    lost = [repo.commit({"a": text}, text, when=EPOCH + 100 * int(text)) for text in "23"]
    repo.checkout("main")
    repo.git("branch", "-q", "-D", "topic")
    shutil.rmtree(top / ".git" / "logs")
    return repo, lost


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize("packed", ["loose", "cruft"])
@pytest.mark.parametrize("graph", [False, True])
def test_a_lost_branch_is_there_with_its_parents_and_times(
    tmp_path: Path, object_format: str, packed: str, *, graph: bool
) -> None:
    repo, lost = with_lost_branch(tmp_path / "r", object_format)
    if packed == "cruft":
        repo.git("repack", "-q", "-d", "--cruft")
        assert list((repo.top / ".git/objects/pack").glob("*.mtimes"))
    if graph:
        repo.git("commit-graph", "write", "--reachable")
    table = table_of(repo.top)
    rows = [table.index(commit) for commit in lost]
    assert [table.time(row) for row in rows if row is not None] == [EPOCH + 200, EPOCH + 300]
    first, second = (row for row in rows if row is not None)
    start = repo.git("rev-parse", "main")
    assert [table.commit(row) for row in table.parents(first)] == [start]
    assert table.parents(second) == [first]
    assert [table.is_lost(commit) for commit in (start, *lost)] == [False, True, True]


def test_what_a_reflog_reaches_is_not_lost(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a": "1"}, "start")
    left = repo.commit({"a": "2"}, "left")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    assert not table_of(repo.top).is_lost(left)


def test_stashes_and_notes_that_were_dropped_are_left_out(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    start = repo.commit({"a": "1"}, "start")
    for message in ([], ["-m", "a try"]):
        (repo.top / "a").write_text("2")
        (repo.top / "b").write_text("untracked")
        repo.git("stash", "push", "-q", "--include-untracked", *message)
        repo.git("stash", "drop", "-q")
    repo.git("notes", "add", "-m", "a note", when=EPOCH)
    repo.git("update-ref", "-d", "refs/notes/commits")
    shutil.rmtree(repo.top / ".git" / "logs")
    table = table_of(repo.top)
    assert {table.commit(row) for row in range(len(table))} == {start}


def test_commits_of_our_own_are_left_out(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    start = repo.commit({"a": "1"}, "start")
    last = repo.commit({"a": "2"}, "last")
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    maker = ObjectMaker(repository)
    made = maker.commit(maker.edited_tree(last, {}), [start], headers_of(repository, [last])[last])
    maker.write()
    repo.git("fsck", "--strict")
    assert repo.git("show", "-s", "--format=%an %s", made) == "Lab last"
    words = ("commit-tree", "-p", start, "-m", "Revert it", f"{last}^{{tree}}")
    reverted = repo.git(*words, when=EPOCH, env={"GIT_COMMITTER_EMAIL": OWN_ADDRESS})
    table = table_of(repo.top)
    assert (table.index(made), table.index(reverted)) == (None, None)


def test_without_one_of_its_ancestors_a_lost_commit_is_left_out(tmp_path: Path) -> None:
    repo, (first, second) = with_lost_branch(tmp_path / "r")
    (repo.top / ".git/objects" / first[:2] / first[2:]).unlink()
    assert table_of(repo.top).index(second) is None


def test_where_there_are_too_many_objects_none_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, lost = with_lost_branch(tmp_path / "r")
    monkeypatch.setattr(lost_commits, "MOST_OBJECTS", 3)
    assert table_of(repo.top).index(lost[0]) is None

"""Which commit brought a file in: also by a merge, also again after it was deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.history.additions import moved_paths, read_file_changes
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.history.additions import FileHistory


def history(path: Path, *tracked: str) -> FileHistory:
    return read_file_changes(Repository.open(path, Journal(None, ["x"])), ["reports"]).history(tracked)


def test_the_adding_commit_is_found_with_odd_names(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"code": "1"})
    odd = "reports/a b\n\u00e9/:x"
    adding = sandbox.commit({odd: "1"})
    sandbox.commit({odd: "2"})
    found = history(tmp_path / "r", odd)
    added = found.added(odd)
    assert added is not None
    assert added.commit == adding
    assert [change.status for change in found.changes(odd)] == ["M", "A"]
    assert "code" not in found


def test_what_a_merge_itself_introduced_is_found(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "1"})
    sandbox.git("checkout", "-q", "-b", "side")
    sandbox.commit({"b": "1"})
    sandbox.git("checkout", "-q", "main")
    sandbox.commit({"c": "1"})
    sandbox.git("merge", "-q", "--no-commit", "side")
    merge = sandbox.commit({"reports/x": "1"})
    added = history(tmp_path / "r", "reports/x").added("reports/x")
    assert added is not None
    assert (added.commit, added.by_merge) == (merge, True)


def test_a_file_added_again_after_its_deletion_has_the_later_adding_commit(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"reports/x": "1"})
    sandbox.commit({"reports/x": None})
    again = sandbox.commit({"reports/x": "2"})
    found = history(tmp_path / "r", "reports/x")
    added = found.added("reports/x")
    assert added is not None
    assert added.commit == again


def test_content_that_was_moved_is_found_at_its_first_place(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    first = sandbox.commit({"reports/old/x": "1"})
    sandbox.commit({"reports/old/x": None, "reports/new/x": "1"})
    found = history(tmp_path / "r", "reports/new/x")
    added = found.added("reports/new/x")
    assert added is not None
    moved = found.moved_from(added)
    assert moved is not None
    assert (moved.commit, moved.path) == (first, "reports/old/x")


def test_moves_are_told_whatever_folder_a_file_was_in(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"results/x": "1", "results/y": "2", "results/z": "3"}, "results")
    moving = repo.commit(
        {"results/x": None, "old/x \u00e9": "1", "results/y": None, "old/y": "changed"}, "move"
    )
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    assert moved_paths(repository, [moving]) == {"old/x \u00e9": "results/x"}
    assert moved_paths(repository, []) == {}


def test_a_move_that_was_amended_is_still_one(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    first = repo.commit({"reports/old/x": "1"}, "results")
    moving = repo.commit({"reports/old/x": None, "reports/new/x": "1"}, "move")
    repo.git("commit", "-q", "--amend", "-m", "move results", when=repo.clock + 600)
    found = history(tmp_path / "r", "reports/new/x")
    added = found.added("reports/new/x")
    assert added is not None
    assert added.commit == moving
    moved = found.moved_from(added)
    assert moved is not None
    assert moved.commit == first


def test_content_of_another_file_that_was_deleted_later_was_not_moved(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"reports/1/x": "1"})
    second = sandbox.commit({"reports/2/x": "1"})
    sandbox.commit({"reports/1/x": None})
    found = history(tmp_path / "r", "reports/2/x")
    added = found.added("reports/2/x")
    assert added is not None
    assert (added.commit, found.moved_from(added)) == (second, None)


def test_a_file_that_branches_added_in_parallel_was_brought_by_the_one_with_its_content(
    tmp_path: Path,
) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "1"})
    sandbox.git("checkout", "-q", "-b", "side")
    sandbox.commit({"reports/x": "of the branch"})
    sandbox.git("checkout", "-q", "main")
    adding = sandbox.commit({"reports/x": "of main"})
    found = history(tmp_path / "r", "reports/x")
    brought = found.brought("reports/x", sandbox.git("rev-parse", "HEAD:reports/x"))
    assert found.is_added_again("reports/x")
    assert brought is not None
    assert brought.commit == adding

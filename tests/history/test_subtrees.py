"""Merges of other projects' histories below a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.history.subtrees import SubtreeMerge, subtree_merges, without_subtrees
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = {"README": "lib\n", "src/a.c": "1\n", "src/b.c": "2\n"}


@pytest.fixture
def project(tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path / "project")
    made.commit({"README": "project\n", "src/main.c": "0\n", "setup.py": "\n"})
    return made


def library(tmp_path: Path, project: Sandbox, count: int = 3) -> list[str]:
    """Commits of another project, fetched into the first."""
    made = Sandbox(tmp_path / "library")
    commits = [made.commit({**LIBRARY, "src/a.c": f"{number}\n"}) for number in range(count)]
    project.git("fetch", "-q", str(made.top), "main:lib")
    return commits


def merge_below(project: Sandbox, tip: str, folder: str = "vendor/lib") -> str:
    """What `git subtree add` does, and `git subtree merge` where the folder is there."""
    project.git("merge", "-q", "-s", "ours", "--no-commit", "--allow-unrelated-histories", tip)
    project.git("rm", "-rq", "--ignore-unmatch", folder)
    project.git("read-tree", f"--prefix={folder}/", "-u", tip)
    return project.commit({})


def found(project: Sandbox, *merges: str) -> list[SubtreeMerge]:
    repository = opened(project.top)
    return subtree_merges(repository, {merge: repository.parents(merge) for merge in merges})


def test_a_history_below_a_folder_is_found_at_its_first_merge_and_at_later_ones(
    tmp_path: Path, project: Sandbox
) -> None:
    commits = library(tmp_path, project)
    first = merge_below(project, commits[0])
    later = merge_below(project, commits[2])
    assert found(project, first, later) == [
        SubtreeMerge(first, commits[0], "vendor/lib"),
        SubtreeMerge(later, commits[2], "vendor/lib"),
    ]


def test_a_subtree_that_was_changed_here_is_found_too(tmp_path: Path, project: Sandbox) -> None:
    commits = library(tmp_path, project)
    merge_below(project, commits[0])
    project.commit({"vendor/lib/README": "ours\n"})
    project.git("merge", "-q", "--no-commit", "-X", "subtree=vendor/lib", commits[2])
    merge = project.commit({})
    assert project.git("show", f"{merge}:vendor/lib/README") == "ours"
    assert found(project, merge) == [SubtreeMerge(merge, commits[2], "vendor/lib")]


def test_a_branch_of_before_all_files_were_moved_is_no_other_history(project: Sandbox) -> None:
    base = project.git("rev-parse", "HEAD")
    project.git("checkout", "-q", "-b", "side")
    side = project.commit({"new.c": "1\n"})
    project.git("checkout", "-q", "-B", "main", base)
    project.git("rm", "-rq", ".")
    project.commit(
        {"core/README": "project\n", "core/src/main.c": "0\n", "core/setup.py": "\n", "top": "x\n"}
    )
    project.git("merge", "-q", "--no-commit", side)
    project.git("rm", "-q", "--ignore-unmatch", "--cached", "new.c")
    (project.top / "new.c").unlink(missing_ok=True)
    merge = project.commit({"core/new.c": "1\n"})
    assert found(project, merge) == []


def test_another_history_at_the_top_stays(tmp_path: Path, project: Sandbox) -> None:
    made = Sandbox(tmp_path / "other")
    other = made.commit({"tools/x.py": "1\n"})
    project.git("fetch", "-q", str(made.top), "main")
    project.git("merge", "-q", "--no-edit", "--allow-unrelated-histories", other)
    assert found(project, project.git("rev-parse", "HEAD")) == []


def test_the_commits_of_other_histories_are_left_out_of_a_graph() -> None:
    parents = {"x": (), "y": ("x",), "a": ("old",), "m": ("a", "y"), "n": ("m", "y")}
    merges = [SubtreeMerge("m", "y", "lib")]
    assert without_subtrees(parents, "m", merges) == {"a": ("old",), "m": ("a",)}
    assert "y" in without_subtrees(parents, "n", merges)

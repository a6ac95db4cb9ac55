from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import MissingObjectError
from bisect_parity.history.submodules import commits_of_move, empty_submodules
from bisect_parity.history.worktree_pool import own_worktree
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "library")


@pytest.fixture
def project(library: Sandbox, tmp_path: Path) -> Sandbox:
    """Two commits with a submodule at two commits of its own."""
    library.commit({"lib.c": "1\n"})
    sandbox = Sandbox(tmp_path / "project")
    add = ("-c", "protocol.file.allow=always", "submodule", "add", "-q", "--name", "the lib")
    sandbox.git(*add, str(library.top), "vendor/lib")
    sandbox.commit({"main.c": "1\n"})
    library.commit({"lib.c": "2\n", "new.c": "2\n"})
    sandbox.git("-C", "vendor/lib", "fetch", "-q", "origin")
    sandbox.git("-C", "vendor/lib", "checkout", "-q", "origin/main")
    sandbox.commit({"main.c": "2\n"})
    return sandbox


def test_submodules_hold_what_their_commit_says_at_every_step(project: Sandbox) -> None:
    first, last = project.git("rev-list", "--reverse", "HEAD").split()
    before = project.snapshot()
    with own_worktree(opened(project.top), last) as worktree:
        lib = worktree.path / "vendor/lib"
        assert {path.name: path.read_text() for path in lib.iterdir()} == {"lib.c": "2\n", "new.c": "2\n"}
        (lib / "product.o").write_text("x")
        worktree.restore(first)
        assert {path.name: path.read_text() for path in lib.iterdir()} == {"lib.c": "1\n"}
        assert worktree.git("status", "--porcelain", "--ignored") == b""
    assert project.snapshot() == before


def test_the_files_of_a_submodule_that_was_moved_away_are_removed(project: Sandbox) -> None:
    first = project.git("rev-parse", "HEAD")
    project.git("mv", "vendor/lib", "lib")
    moved = project.commit({"main.c": "3\n"})
    with own_worktree(opened(project.top), moved) as worktree:
        worktree.restore(first)
        assert not (worktree.path / "lib").exists()
        assert (worktree.path / "vendor/lib/lib.c").read_text() == "2\n"


def test_a_submodule_that_was_never_initialised_stays_empty(project: Sandbox, tmp_path: Path) -> None:
    project.git("clone", "-q", ".", str(tmp_path / "clone"))
    head = project.git("rev-parse", "HEAD")
    assert empty_submodules(opened(tmp_path / "clone"), head) == ("vendor/lib",)
    assert empty_submodules(opened(project.top), head) == ()
    with own_worktree(opened(tmp_path / "clone"), head) as worktree:
        assert list((worktree.path / "vendor/lib").iterdir()) == []


def test_the_commits_that_a_submodule_takes_in_are_counted(project: Sandbox, tmp_path: Path) -> None:
    first, last = project.git("rev-list", "--reverse", "HEAD").split()
    old, new = (project.git("rev-parse", f"{commit}:vendor/lib") for commit in (first, last))
    here = opened(project.top)
    assert commits_of_move(here, last, "vendor/lib", old, new) == 1
    assert commits_of_move(here, last, "vendor/lib", new, old) == 0
    assert commits_of_move(here, last, "vendor/lib", "1" * 40, new) == 0  # it lacks that one
    project.git("clone", "-q", ".", str(tmp_path / "clone"))
    assert commits_of_move(opened(tmp_path / "clone"), last, "vendor/lib", old, new) == 0


def test_a_commit_that_the_submodule_lacks_is_told(project: Sandbox) -> None:
    project.git("update-index", "--cacheinfo", f"160000,{'1' * 40},vendor/lib")
    project.git("commit", "-q", "-m", "a commit of the submodule that was never pushed")
    with (
        pytest.raises(MissingObjectError, match=f"vendor/lib lacks its commit {'1' * 40}"),
        own_worktree(opened(project.top), project.git("rev-parse", "HEAD")),
    ):
        pass


def test_a_submodule_of_a_submodule_is_filled_too(project: Sandbox, tmp_path: Path) -> None:
    add = ("-c", "protocol.file.allow=always", "submodule", "add", "-q")
    outer = Sandbox(tmp_path / "outer")
    outer.git(*add, str(project.top), "project")
    outer.git("-c", "protocol.file.allow=always", "submodule", "update", "-q", "--init", "--recursive")
    commit = outer.commit({"a": "1\n"})
    with own_worktree(opened(outer.top), commit) as worktree:
        assert (worktree.path / "project/vendor/lib/lib.c").read_text() == "2\n"


def test_a_name_that_leaves_the_folder_of_modules_is_not_followed(project: Sandbox) -> None:
    modules = (project.top / ".gitmodules").read_text().replace("the lib", "../modules/the lib")
    commit = project.commit({".gitmodules": modules})
    with own_worktree(opened(project.top), commit) as worktree:
        assert list((worktree.path / "vendor/lib").iterdir()) == []

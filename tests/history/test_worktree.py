from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import MissingObjectError, OutputError
from bisect_parity.history.worktree_pool import own_worktree
from tests.history.checkout import crowded, opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from bisect_parity.history.worktree import Worktree


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return crowded(tmp_path / "repository")


def test_restoring_removes_products_and_undoes_changes_and_moves_of_head(sandbox: Sandbox) -> None:
    first, last = sandbox.git("rev-list", "--reverse", "HEAD").split()
    with own_worktree(opened(sandbox.top), last) as worktree:
        (worktree.path / "src/a.py").write_text("patched\n")
        (worktree.path / "product.bin").write_text("ignored")
        (worktree.path / "nested").mkdir()
        subprocess.run(["git", "init", "-q", "nested"], cwd=worktree.path, check=True)
        (worktree.path / "nested/file").write_text("x")
        worktree.git("checkout", "-q", "-f", "--detach", first)
        (worktree.git_dir / "index.lock").write_text("")
        worktree.restore(last)
        assert worktree.head() == last
        assert sorted(path.name for path in worktree.path.iterdir()) == [
            ".git",
            ".gitignore",
            "run.sh",
            "src",
        ]
        assert (worktree.path / "src/a.py").read_text() == "2\n"
        assert worktree.git("status", "--porcelain", "--ignored") == b""


def test_line_ends_are_those_of_the_commit_also_where_the_attributes_alone_differ(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    first = sandbox.commit({"a/.gitattributes": "*.tab text eol=lf\n", "a/v.tab": "1\n"})
    last = sandbox.commit({"a/.gitattributes": "*.tab text eol=crlf\n"})
    with own_worktree(opened(sandbox.top), last) as worktree:
        for commit, expected in ((first, b"1\n"), (last, b"1\r\n"), (last, b"1\r\n"), (first, b"1\n")):
            worktree.restore(commit)
            assert (worktree.path / "a/v.tab").read_bytes() == expected
            assert worktree.git("status", "--porcelain") == b""


def test_files_of_another_commit_do_not_stay_where_the_attributes_differ(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    first = sandbox.commit({"v": "1\n"})
    last = sandbox.commit({".gitattributes": "v text eol=crlf\n", "new/module.py": "x\n"})
    with own_worktree(opened(sandbox.top), last) as worktree:
        worktree.restore(first)
        assert sorted(path.name for path in worktree.path.iterdir()) == [".git", "v"]
        assert (worktree.path / "v").read_bytes() == b"1\n"
        assert worktree.git("status", "--porcelain") == b""


def test_files_of_a_commit_that_the_case_checked_out_do_not_stay(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    first = sandbox.commit({"v": "1\n"})
    other = sandbox.commit({"stray.py": "x\n"})
    with own_worktree(opened(sandbox.top), first) as worktree:
        worktree.git("checkout", "-q", "-f", "--detach", other)
        worktree.restore(first)
        assert not (worktree.path / "stray.py").exists()
        assert worktree.git("status", "--porcelain", "--ignored") == b""


def test_only_what_differs_is_written_where_attributes_do_not(sandbox: Sandbox) -> None:
    first, last = sandbox.git("rev-list", "--reverse", "HEAD").split()
    with own_worktree(opened(sandbox.top), last) as worktree:
        before = (worktree.path / ".gitignore").stat().st_mtime_ns
        worktree.restore(first)
        worktree.restore(last)
        assert (worktree.path / ".gitignore").stat().st_mtime_ns == before


def test_settings_of_git_that_changed_since_hold_in_a_kept_worktree(sandbox: Sandbox) -> None:
    commit = sandbox.git("rev-parse", "HEAD")
    with own_worktree(opened(sandbox.top), commit) as worktree:
        assert (worktree.path / "run.sh").read_bytes() == b"echo\n"
    sandbox.git("config", "core.autocrlf", "true")
    with own_worktree(opened(sandbox.top), commit) as worktree:
        assert (worktree.path / "run.sh").read_bytes() == b"echo\r\n"
    sandbox.git("config", "core.autocrlf", "false")
    sandbox.git("config", "core.attributesFile", "~/attributes")
    for text, end in (("", b"\n"), ("*.sh eol=crlf\n", b"\r\n")):  # the settings stay, the file does not
        Path("~/attributes").expanduser().write_text(text)
        with own_worktree(opened(sandbox.top), commit) as worktree:
            assert (worktree.path / "run.sh").read_bytes() == b"echo" + end


def test_products_that_the_case_keeps_stay_and_no_others_in_the_worktree_or_beside_it(
    sandbox: Sandbox,
) -> None:
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        (worktree.path / "build").mkdir()
        (worktree.path / "build/a.o").write_text("x")
        (worktree.path / "other.o").write_text("x")
        (worktree.path.parent / "build").mkdir()
        (worktree.path.parent / "build/a.o").write_text("x")
        worktree.restore(worktree.head(), keep=["build/"])
        assert list(worktree.path.parent.iterdir()) == [worktree.path]
        assert (worktree.path / "build/a.o").is_file()
        assert not (worktree.path / "other.o").exists()


def test_folders_without_write_permission_are_cleaned(sandbox: Sandbox) -> None:
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        locked = worktree.path / "locked"
        locked.mkdir()
        (locked / "file").write_text("x")
        locked.chmod(0o500)
        worktree.restore(worktree.head())
        assert not locked.exists()
        locked.mkdir()
        (locked / "file").write_text("x")
        locked.chmod(0o500)


def test_a_case_that_deletes_its_worktree_does_no_harm_further_up(
    sandbox: Sandbox,
) -> None:
    before = sandbox.snapshot()
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        for path in sorted(worktree.path.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        worktree.restore(worktree.head())
        assert (worktree.path / "src/a.py").read_text() == "2\n"
        (worktree.path / ".git").unlink()
        worktree.repair()
        assert opened(worktree.path).git_dir == worktree.git_dir
    assert sandbox.snapshot() == before


def test_a_worktree_replaced_by_a_link_is_not_followed(sandbox: Sandbox, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("x")

    def replace(worktree: Worktree) -> None:
        worktree.path.rename(tmp_path / "away")
        worktree.path.symlink_to(precious)

    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        replace(worktree)
        with pytest.raises(OutputError, match="replaced by a link"):
            worktree.restore("HEAD")
    assert (precious / "file").is_file()


def test_hooks_of_the_user_do_not_run(sandbox: Sandbox, tmp_path: Path) -> None:
    hook = sandbox.top / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        worktree.restore(sandbox.git("rev-parse", "HEAD~1"))
    assert not (tmp_path / "ran").exists()


def test_files_that_the_user_left_out_of_a_sparse_checkout_are_there(sandbox: Sandbox) -> None:
    sandbox.git("stash")
    sandbox.git("sparse-checkout", "set", "--no-cone", "/run.sh")
    before = sandbox.snapshot()
    with own_worktree(opened(sandbox.top), sandbox.git("rev-parse", "HEAD")) as worktree:
        assert (worktree.path / "src/a.py").read_text() == "2\n"
    assert sandbox.snapshot() == before


@pytest.fixture
def lacking(sandbox: Sandbox) -> Sandbox:
    """The content of `run.sh` is not in the repository."""
    blob = sandbox.git("rev-parse", "HEAD:run.sh")
    (sandbox.top / ".git/objects" / blob[:2] / blob[2:]).unlink()
    return sandbox


def test_a_file_that_is_needed_and_whose_content_is_missing_is_told(lacking: Sandbox) -> None:
    with (
        pytest.raises(MissingObjectError, match=r"\(run\.sh\) is missing"),
        own_worktree(opened(lacking.top), lacking.git("rev-parse", "HEAD")),
    ):
        pass


def test_a_file_that_is_not_needed_may_be_missing(lacking: Sandbox) -> None:
    first, last = lacking.git("rev-list", "--reverse", "HEAD").split()
    before = lacking.snapshot()
    with own_worktree(opened(lacking.top), first, lambda path: path != "run.sh") as worktree:
        (worktree.path / "product.o").write_text("x")
        (worktree.path / "kept").mkdir()
        (worktree.path / "kept/product").write_text("x")
        worktree.restore(last, keep=["/kept"])
        assert worktree.head() == last
        assert (worktree.path / "src/a.py").read_text() == "2\n"
        assert not (worktree.path / "run.sh").exists()
        assert not (worktree.path / "product.o").exists()
        assert (worktree.path / "kept/product").is_file()
        assert worktree.git("status", "--porcelain") == b"?? kept/\n"
        worktree.restore(first)
        assert worktree.head() == first
        assert worktree.git("status", "--porcelain", "--ignored") == b""
    assert lacking.snapshot() == before


def test_a_partial_clone_is_checked_out_as_far_as_it_goes_and_nothing_is_fetched(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.git("config", "uploadpack.allowFilter", "true")
    sandbox.commit({"results/large.bin": "x" * 5000})
    commit = sandbox.commit({"results/large.bin": None})
    url, clone = f"file://{sandbox.top}", tmp_path / "partial"
    sandbox.git("clone", "-q", "--filter=blob:limit=1k", url, str(clone))
    packs = sorted((clone / ".git/objects").rglob("*"))
    with own_worktree(opened(clone), f"{commit}~1", lambda path: "results" not in path) as worktree:
        assert (worktree.path / "src/a.py").is_file()
        assert not (worktree.path / "results/large.bin").exists()
        worktree.restore(commit)
        assert worktree.git("status", "--porcelain") == b""
    assert sorted((clone / ".git/objects").rglob("*")) == packs

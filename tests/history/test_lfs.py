"""Files of git LFS in worktrees of our own; a filter stands for git-lfs, which need not be installed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import MissingObjectError
from bisect_parity.history.complaints import FETCH_LFS, fetch_text
from bisect_parity.history.lfs import absent_files, pointer_files
from bisect_parity.history.worktree_pool import own_worktree
from tests.history.checkout import opened
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

# as git-lfs does it: content that is here, else what the server has, else a failure or the pointer
SMUDGE = """#!/bin/sh
pointer=$(cat)
oid=$(printf '%s' "$pointer" | sed -n 's/^oid sha256://p')
file=$1/$(echo "$oid" | cut -c1-2)/$(echo "$oid" | cut -c3-4)/$oid
if [ -f "$file" ]; then cat "$file"; exit 0; fi
if [ "$(git config lfs.url)" != file:///dev/null ]; then echo fetched; exit 0; fi
if [ "$(git config lfs.skipdownloaderrors)" = true ]; then printf '%s\\n' "$pointer"; exit 0; fi
exit 2
"""


def pointer(content: bytes) -> str:
    oid = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """Two commits of a file whose content is here for the later one alone."""
    made = Sandbox(tmp_path / "r")
    made.commit({"data/d.bin": pointer(b"old"), ".gitattributes": "*.bin filter=lfs -text\n", "v": "1\n"})
    made.commit({"data/d.bin": pointer(b"new"), "v": "2\n"})
    oid = hashlib.sha256(b"new").hexdigest()
    store = made.top / ".git" / "lfs" / "objects"
    (store / oid[:2] / oid[2:4]).mkdir(parents=True)
    (store / oid[:2] / oid[2:4] / oid).write_bytes(b"new")
    script = tmp_path / "smudge.sh"
    script.write_text(SMUDGE)
    made.git("config", "filter.lfs.smudge", f"sh '{script}' '{store}'")
    made.git("config", "filter.lfs.clean", "cat")
    made.git("config", "filter.lfs.required", "true")
    return made


def test_content_that_is_here_is_written_and_nothing_is_fetched(sandbox: Sandbox) -> None:
    with own_worktree(opened(sandbox.top), "HEAD") as worktree:
        assert (worktree.path / "data/d.bin").read_bytes() == b"new"
        with pytest.raises(MissingObjectError, match=r"data/d\.bin \(git LFS\) is missing") as refused:
            worktree.restore(sandbox.git("rev-parse", "HEAD~1"))
        assert fetch_text(refused.value.message) == FETCH_LFS
        worktree.restore(sandbox.git("rev-parse", "HEAD"))
        assert (worktree.path / "data/d.bin").read_bytes() == b"new"


def test_a_search_begins_where_its_first_commit_lacks_content(sandbox: Sandbox) -> None:
    lacking = sandbox.git("rev-parse", "HEAD~1")
    paths = set()
    for _ in range(2):
        with own_worktree(opened(sandbox.top), lacking, may_lack=True) as worktree:
            paths.add((worktree.path, worktree.path.stat().st_ino))
            with pytest.raises(MissingObjectError):
                worktree.restore(lacking)
            worktree.restore(sandbox.git("rev-parse", "HEAD"))
            assert (worktree.path / "data/d.bin").read_bytes() == b"new"
    assert len(paths) == 1  # it is kept


def test_a_file_that_is_not_needed_stays_a_pointer(sandbox: Sandbox) -> None:
    earlier = sandbox.git("rev-parse", "HEAD~1")
    with own_worktree(opened(sandbox.top), "HEAD", lambda path: path == "v") as worktree:
        worktree.restore(earlier)
        assert (worktree.path / "data/d.bin").read_text() == pointer(b"old")
        assert (worktree.path / "v").read_text() == "1\n"


def test_the_files_without_content_are_those_whose_pointer_names_nothing_here(sandbox: Sandbox) -> None:
    sandbox.commit({"notes.txt": pointer(b"x").replace("oid", "id"), "a b.dat": pointer(b"gone")})
    repository = opened(sandbox.top)
    assert absent_files(repository, sandbox.git("rev-parse", "HEAD~2")) == ["data/d.bin"]
    assert absent_files(repository, sandbox.git("rev-parse", "HEAD")) == ["a b.dat"]
    (sandbox.top / ".git" / "lfs").rename(sandbox.top / ".git" / "elsewhere")
    sandbox.git("config", "lfs.storage", "elsewhere")
    assert absent_files(repository, sandbox.git("rev-parse", "HEAD")) == ["a b.dat"]


def test_pointers_that_no_filter_replaces_are_listed(sandbox: Sandbox) -> None:
    repository, head = opened(sandbox.top), sandbox.git("rev-parse", "HEAD")
    assert pointer_files(repository, head) == []
    sandbox.git("config", "--remove-section", "filter.lfs")
    assert pointer_files(repository, head) == ["data/d.bin"]

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import RepositoryError
from bisect_parity.history.export import export_tree
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> GitRunner:
    return GitRunner(tmp_path / "r")


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    return folder


def export(repo: GitRunner, commit: str, destination: Path) -> None:
    export_tree(Repository.open(repo.top, Journal(None, ["test"])), commit, destination)


def test_every_file_is_written_as_it_is_stored_where_nothing_converts_it(
    repo: GitRunner, destination: Path
) -> None:
    repo.write({"run.sh": "#!/bin/sh\n", "a b/\u00e4\n.txt": b"\0\xff\r\n", "big": b"x" * 300_000})
    (repo.top / "run.sh").chmod(0o755)
    (repo.top / "link").symlink_to("run.sh")
    repo.git("add", "-A")
    commit = repo.commit()
    export(repo, commit, destination)
    assert (destination / "a b" / "\u00e4\n.txt").read_bytes() == b"\0\xff\r\n"
    assert (destination / "big").stat().st_size == 300_000
    assert os.access(destination / "run.sh", os.X_OK)
    assert not os.access(destination / "big", os.X_OK)
    assert (destination / "link").readlink().name == "run.sh"
    assert not (destination / ".git").exists()


def test_what_attributes_hide_from_archives_is_written_all_the_same(
    repo: GitRunner, destination: Path
) -> None:
    files = {
        ".gitattributes": "*.c export-ignore\nid export-subst\n",
        "a.c": "int a;\n",
        "id": "$Format:%H$\n",
    }
    export(repo, repo.commit(files), destination)
    assert (destination / "a.c").read_text() == "int a;\n"
    assert (destination / "id").read_text() == "$Format:%H$\n"


def test_line_ends_encodings_and_filters_are_those_of_a_checkout(repo: GitRunner, destination: Path) -> None:
    repo.git("config", "filter.unit.smudge", "sed s/@UNIT@/mm/")
    repo.git("config", "filter.unit.clean", "sed s/mm/@UNIT@/")
    files: dict[str, str | bytes | None] = {
        ".gitattributes": "*.tab text eol=crlf\nunits filter=unit\nwide working-tree-encoding=UTF-16LE\n",
        "a/.gitattributes": "own ident\n",
        "a/!first": "$Id$\n",
        "a/own": "$Id$\n",
        "t.tab": b"1\r\n2\r\n",
        "units": "mm\n",
        "wide": "x\n".encode("utf-16-le"),
    }
    commit = repo.commit(files)
    assert repo.git("show", f"{commit}:units") == "@UNIT@"
    export(repo, commit, destination)
    assert (destination / "t.tab").read_bytes() == b"1\r\n2\r\n"
    assert (destination / "units").read_text() == "mm\n"
    assert (destination / "wide").read_bytes() == "x\n".encode("utf-16-le")
    assert (destination / "a" / "own").read_text().startswith("$Id: ")
    assert (destination / "a" / "!first").read_text() == "$Id$\n"


def test_a_filter_that_fails_is_told(repo: GitRunner, destination: Path) -> None:
    commit = repo.commit({".gitattributes": "units filter=unit\n", "units": "mm\n"})
    repo.git("config", "filter.unit.smudge", "false")
    repo.git("config", "filter.unit.required", "true")
    with pytest.raises(RepositoryError, match=r"filter .false. failed"):
        export(repo, commit, destination)


def test_an_older_commit_is_written_without_later_files(repo: GitRunner, destination: Path) -> None:
    first = repo.commit({"a": "1"})
    repo.commit({"a": "2", "b": "2"})
    export(repo, first, destination)
    assert {path.name: path.read_text() for path in destination.iterdir()} == {"a": "1"}


def test_a_submodule_is_an_empty_folder(repo: GitRunner, destination: Path) -> None:
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    export(repo, repo.commit(), destination)
    assert list((destination / "module").iterdir()) == []


def test_a_link_to_a_folder_does_not_lead_files_out(
    repo: GitRunner, destination: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"stolen")
    link = repo.git("hash-object", "-w", "--stdin", stdin=os.fsencode(outside))
    below = repo.git("mktree", stdin=f"100644 blob {blob}\tfile\n".encode())
    entries = f"120000 blob {link}\tx\n040000 tree {below}\tx\n".encode()  # one name twice
    tree = repo.git("mktree", stdin=entries)
    commit = repo.git("commit-tree", "-m", "crafted", tree)
    with pytest.raises(RepositoryError, match="below what is no folder"):
        export(repo, commit, destination)
    assert list(outside.iterdir()) == []


def test_a_tree_that_leaves_its_folder_is_refused(repo: GitRunner, destination: Path) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"x")
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tfile\n".encode())
    raw = b"40000 ..\0" + bytes.fromhex(inner)
    tree = repo.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", stdin=raw)
    commit = repo.git("commit-tree", "-m", "crafted", tree)
    with pytest.raises(RepositoryError, match="leaves its folder"):
        export(repo, commit, destination)
    assert list(destination.iterdir()) == []


def test_a_missing_object_is_told(repo: GitRunner, destination: Path) -> None:
    commit = repo.commit({"a": "1"})
    blob = repo.git("rev-parse", "HEAD:a")
    (repo.top / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RepositoryError, match=r"\(a\) is missing"):
        export(repo, commit, destination)

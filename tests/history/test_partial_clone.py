"""A clone without contents is read as far as it goes, and nothing is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import MissingObjectError, RepositoryError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.complaints import FETCH_ALL
from bisect_parity.history.renames import renamed_files
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> GitRunner:
    made = GitRunner(tmp_path / "source")
    made.commit({"a": "old\n", "b": "b\n"})
    made.commit({"a": "new\n"})
    made.git("config", "uploadpack.allowFilter", "true")
    return made


def partial(source: GitRunner, tmp_path: Path, kind: str) -> Repository:
    allowed = "--config=protocol.file.allow=always"  # which users set for their submodules
    source.git("clone", "-q", allowed, f"--filter={kind}", f"file://{source.top}", str(tmp_path / "partial"))
    return Repository.open(tmp_path / "partial", Journal(None, ["bisect-parity"]))


def test_objects_that_are_not_here_are_none_and_the_others_are_read(
    source: GitRunner, tmp_path: Path
) -> None:
    names = [source.git("rev-parse", f"{place}") for place in ("HEAD:b", "HEAD~1:a", "HEAD:a", "HEAD~1:a")]
    found = list(partial(source, tmp_path, "blob:none").objects([*names, "f" * 40]))
    assert [answer and answer[2] for answer in found] == [b"b\n", None, b"new\n", None, None]


def test_an_object_that_git_would_fetch_is_told_with_a_remedy(source: GitRunner, tmp_path: Path) -> None:
    clone = partial(source, tmp_path, "tree:0")
    with pytest.raises(MissingObjectError, match="ls-tree -r") as caught:
        clone.git("ls-tree", "-r", "HEAD~1")
    assert "git fetch --refetch --no-filter" in caught.value.remedy


def test_the_remedy_for_what_a_partial_clone_lacks_gets_all_of_it(source: GitRunner, tmp_path: Path) -> None:
    clone = partial(source, tmp_path, "tree:0")
    runner = GitRunner(tmp_path / "partial", init=False)
    runner.git(*FETCH_ALL.partition(": git ")[2].split())
    assert clone.git("show", "HEAD~1:a") == b"old\n"


def test_files_that_were_renamed_as_they_are_are_found_without_what_they_hold(
    source: GitRunner, tmp_path: Path
) -> None:
    before = source.commit({"one": "".join(f"{line}\n" for line in range(20)), "two": "2\n" * 20})
    lines = "".join(f"{line}\n" for line in range(21))
    after = source.commit({"one": None, "uno": lines, "two": None, "dos": "2\n" * 20})
    last = source.commit({"uno": None, "dos": None})
    assert last
    clone = partial(source, tmp_path, "blob:none")
    assert renamed_files(clone, before, after) == [("two", "dos")]
    full = Repository.open(source.top, Journal(None, ["bisect-parity"]))
    assert sorted(renamed_files(full, before, after)) == [("one", "uno"), ("two", "dos")]


def test_a_history_without_trees_is_told_as_missing(source: GitRunner, tmp_path: Path) -> None:
    clone = partial(source, tmp_path, "tree:0")
    with (
        pytest.raises(MissingObjectError, match="git log failed"),
        clone.stream("log", "--raw", "--", "a") as lines,
    ):
        lines.read()


def test_the_remedy_for_a_code_state_that_cannot_be_read_gets_it(source: GitRunner, tmp_path: Path) -> None:
    clone = partial(source, tmp_path, "tree:0")
    first = clone.resolve("HEAD~1")
    with pytest.raises(RepositoryError, match="or a tree of it is not in the repository") as caught:
        CodeStates(clone, ()).of([first])
    words = caught.value.remedy.partition("(git ")[2].partition(")")[0]
    GitRunner(tmp_path / "partial", init=False).git(*words.split())
    assert CodeStates(clone, ()).of([first])[first]

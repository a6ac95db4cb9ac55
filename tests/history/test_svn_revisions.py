"""Revisions of Subversion, in histories that `git svn` converted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.history.commits import CommitTable
from bisect_parity.history.repository import Repository
from bisect_parity.history.svn_revisions import svn_revisions
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path

UUID = "5d1a3f2c-8c1d-4c55-a24c-1b2c3d4e5f60"
TRUNK, BRANCH = "https://svn.lab.example/code/trunk", "https://svn.lab.example/code/branches/fast"


def converted(repo: GitRunner, url: str, revision: int) -> str:
    """A commit as `git svn` makes it."""
    message = f"Tune\n\ngit-svn-id: {url}@{revision} {UUID}"
    return repo.commit({"a.py": f"A = {revision}\n"}, message)


def looked_up(top: Path, *names: str) -> dict[str, str]:
    repository = Repository.open(top, Journal(None, ["x"]))
    return svn_revisions(repository, CommitTable.load(repository), names)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, str]]:
    """Revisions 3, 5 and 9 of the trunk, and 7 of a branch."""
    repo = GitRunner(tmp_path_factory.mktemp("svn"))
    commits = {revision: converted(repo, TRUNK, revision) for revision in (3, 5)}
    repo.checkout("fast", create=True)
    commits[7] = converted(repo, BRANCH, 7)
    repo.checkout("main")
    commits[9] = converted(repo, TRUNK, 9)
    repo.commit({"b.py": "B = 1\n"}, "since then in git; once, this was git-svn-id: nothing")
    return repo.top, commits


@pytest.mark.parametrize(
    ("name", "revision"),
    [("r3", 3), ("r5", 5), ("r7", 7), ("r9", 9), ("r6", 5), ("r8", 5)],
)
def test_a_revision_is_its_commit_or_the_last_one_of_the_trunk(
    history: tuple[Path, dict[int, str]], name: str, revision: int
) -> None:
    top, commits = history
    assert looked_up(top, name) == {name: commits[revision]}


@pytest.mark.parametrize("name", ["r1", "r99", "v5", "5", "1a2b3c4", "r"])
def test_what_is_no_revision_of_the_history_is_left_out(
    history: tuple[Path, dict[int, str]], name: str
) -> None:
    assert looked_up(history[0], name) == {}


def test_a_history_that_was_not_converted_has_none(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path)
    repo.commit({"a.py": "A = 1\n"}, "r5: tune")
    assert looked_up(tmp_path, "r5") == {}
    assert looked_up(tmp_path) == {}

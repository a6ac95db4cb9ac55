"""Commits that claim to be older than their parents were rebased with their dates kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.history.commit_details import read_details
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.kept_dates import as_made, as_remade
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
OWN, OTHER = ("Own", "own@example.org"), ("Other", "other@example.org")


def history(top: Path, commits: list[tuple[str, int, tuple[str, str]]]) -> GitRunner:
    """Commits in a row, each with its name, hours since the epoch, and who made it; each is tagged."""
    repo = GitRunner(top)
    for name, hours, repo.person in commits:
        repo.commit({f"{name}.txt": name}, name, when=EPOCH + hours * HOUR)
        repo.git("tag", name)
    return repo


def made(repo: GitRunner) -> dict[str, float]:
    """When each tagged commit was made, in hours since the epoch."""
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    table = as_remade(repository, CommitTable.load(repository))
    names = repo.git("tag").split()
    ids = {name: repo.git("rev-parse", name).strip() for name in names}
    rows = {name: table.index(commit) for name, commit in ids.items()}
    details = as_made(read_details(repository, ids.values()), table)
    times = {name: (table.time(row) - EPOCH) / HOUR for name, row in rows.items() if row is not None}
    assert times == {name: (details[ids[name]].committer_time - EPOCH) / HOUR for name in names}
    return times


def test_a_branch_that_is_older_than_its_base_is_as_new_as_the_base(tmp_path: Path) -> None:
    topic = [("t1", 5, OWN), ("t2", 9, OWN), ("t3", 30, OWN)]
    repo = history(tmp_path, [("a", 0, OTHER), ("b", 24, OTHER), *topic])
    assert made(repo) == {"a": 0, "b": 24, "t1": 24, "t2": 24, "t3": 30}


def test_who_kept_dates_beyond_what_clocks_explain_kept_them_each_time(tmp_path: Path) -> None:
    once = [("a", 0, OTHER), ("b", 24, OTHER), ("t", 5, OWN)]
    again = [("c", 30, OTHER), ("u", 29, OWN), ("d", 40, OWN), ("e", 50, OTHER)]
    third = ("x", 49, ("Third", "third@example.org"))
    assert made(history(tmp_path, [*once, *again, third])) == {
        "a": 0, "b": 24, "t": 24, "c": 30, "u": 30, "d": 40, "e": 50, "x": 49
    }  # fmt: skip


def test_authors_of_one_name_are_told_by_two_commits_that_are_newer(tmp_path: Path) -> None:
    repo = history(tmp_path, [("a", 0, OWN), ("b", 2, OWN), ("c", 3, OWN), ("t1", 1, OWN)])
    assert made(repo)["t1"] == 3


@pytest.mark.parametrize(
    "commits",
    [
        pytest.param([("a", 0, OTHER), ("b", 2, OTHER), ("t", 1, OWN)], id="clocks an hour apart"),
        pytest.param([("a", 0, OWN), ("b", 9, OWN), ("t", 1, OWN)], id="one date of one person is wrong"),
        pytest.param(
            [("a", 0, OTHER), ("b", 99, OTHER), ("t", 1, OWN), ("u", 2, OTHER)], id="several people since"
        ),
        pytest.param([("a", 0, OTHER), ("b", 2, OTHER), ("t", 3, OWN)], id="in order"),
    ],
)
def test_clocks_that_are_wrong_are_no_rebase(
    tmp_path: Path, commits: list[tuple[str, int, tuple[str, str]]]
) -> None:
    assert made(history(tmp_path, commits)) == {name: hours for name, hours, _ in commits}


def test_a_merge_among_the_older_ones_is_no_rebase(tmp_path: Path) -> None:
    repo = history(tmp_path, [("a", 0, OTHER), ("b", 24, OTHER), ("t1", 5, OTHER)])
    repo.git("checkout", "-q", "-b", "side", "a")
    repo.commit({"s.txt": "s"}, "s", when=EPOCH + HOUR)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "m", "side", when=EPOCH + 6 * HOUR)
    assert made(repo)["t1"] == 5

"""Lines of history: what each says was checked out, and whose commits they follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.history.commit_details import read_details
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.chain import walk
from bisect_parity.provenance.checkouts import Hypotheses, Line
from bisect_parity.provenance.lines import Names, build_lines
from bisect_parity.provenance.parameter_file import load_parameters
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = load_parameters().lines


NO_REFLOGS = Hypotheses((), np.zeros((0, 2)))


def hypotheses(repo: GitRunner, adding: str, *results: str) -> tuple[Names, Hypotheses]:
    """What may have been checked out for a run whose results a commit added, as others did for other runs."""
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    table = CommitTable.load(repository)
    details = read_details(repository, (table.commit(row) for row in range(len(table))))
    near = {row: details[table.commit(row)] for row in range(len(table))}
    row = table.index(adding)
    assert row is not None
    chain = walk(table, row, 0.0, include_start=False)
    names = Names(table)
    rows = [table.index(each) for each in results]
    return names, build_lines(
        names, chain, near, NO_REFLOGS, PARAMETERS, [each for each in rows if each is not None]
    )


def lines(repo: GitRunner, adding: str) -> tuple[Names, dict[str, Line]]:
    """The lines of such a run, by their origin."""
    names, found = hypotheses(repo, adding)
    return names, {line.origin: line for line in found.lines}


def at(names: Names, line: Line, time: float) -> str | None:
    """The commit that a line has checked out at a time."""
    place = int(line.starts.searchsorted(time, side="right")) - 1
    return names.commit(int(line.commits[place])) if place >= 0 else None


def test_the_priors_of_all_lines_sum_to_one(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    adding = [repo.commit({"a": str(n)}, "work", when=EPOCH + n * 600) for n in range(3)][-1]
    _, found = hypotheses(repo, adding)
    assert found.priors.sum(axis=0) == pytest.approx([1.0, 1.0])


def belief(line: Line, time: float) -> float:
    """How far a line's checkout is believed at a time."""
    return float(line.belief(np.array([time]))[0])


def test_where_a_person_s_commits_follow_on_each_other_the_last_one_is_believed_more(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    made = [repo.commit({"a": str(n)}, "work", when=EPOCH + n * 600) for n in range(4)]
    names, found = lines(repo, made[-1])
    assert at(names, found["own commits"], EPOCH + 900) == made[1]
    assert belief(found["own commits"], EPOCH + 900) == PARAMETERS.follows_on
    assert "own parents" not in found


def test_between_two_commits_that_do_not_follow_on_the_belief_goes_over_to_the_parent(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    first = repo.commit({"a": "0"}, "work", when=EPOCH)
    repo.checkout("side", create=True, when=EPOCH + 100)
    side = repo.commit({"b": "1"}, "side work", when=EPOCH + 600)
    repo.checkout("main", when=EPOCH + 700)
    adding = repo.commit({"r": "1"}, "results", when=EPOCH + 1200)
    names, found = lines(repo, adding)
    own, parents = found["own commits"], found["own parents"]
    assert (at(names, own, EPOCH + 900), at(names, parents, EPOCH + 900)) == (side, first)
    assert at(names, found["history"], EPOCH + 900) == first
    for time, share in ((EPOCH + 750, 0.25), (EPOCH + 1050, 0.75)):
        assert (belief(own, time), belief(parents, time)) == (1 - share, share)


def test_who_commits_nothing_but_results_has_no_work_that_tells_what_was_checked_out(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    robot = {"GIT_AUTHOR_EMAIL": "robot@example.org", "GIT_COMMITTER_EMAIL": "robot@example.org"}
    results = []
    for number in range(3):
        repo.commit({"a": str(number)}, "work", when=EPOCH + number * 1200)
        (repo.top / f"r{number}").write_text("1")
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "results", when=EPOCH + number * 1200 + 300, env=robot)
        results.append(repo.head)
    _, found = hypotheses(repo, results[-1], *results)
    assert {line.origin for line in found.lines} == {"history", "any branch"}
    _, found = hypotheses(repo, results[-1], *results[:-1])  # of one who commits other things as well
    assert {"own commits", "own parents"} < {line.origin for line in found.lines}


def amended(repo: GitRunner, *, keep: bool) -> tuple[str, str]:
    """Work at EPOCH + 600 that was amended at EPOCH + 1200, then results: the first commit, and the last."""
    repo.commit({"a": "0"}, "base", when=EPOCH)
    first = repo.commit({"a": "1"}, "work", when=EPOCH + 600)
    if keep:
        repo.git("tag", "pushed")
    repo.git("commit", "-q", "--amend", "-m", "better", when=EPOCH + 1200, author_when=EPOCH + 600)
    if not keep:
        repo.git("reflog", "expire", "--expire=now", "--all")
        repo.git("prune", "--expire=now")
    return first, repo.commit({"r": "1"}, "results", when=EPOCH + 1800)


def is_replaced(line: Line, time: float) -> bool:
    _, (place,) = line.held(np.array([time]))
    return line.replaced is not None and bool(line.replaced[place])


@pytest.mark.parametrize("origin", ["own commits", "author times"])
def test_before_a_commit_was_amended_another_one_was_checked_out(tmp_path: Path, origin: str) -> None:
    repo = GitRunner(tmp_path / "r")
    _, adding = amended(repo, keep=False)
    _, found = lines(repo, adding)
    assert [is_replaced(found[origin], EPOCH + time) for time in (300, 900, 1500)] == [False, True, False]


@pytest.mark.parametrize("origin", ["own commits", "author times"])
def test_the_commit_that_was_amended_is_named_where_it_is_still_there(tmp_path: Path, origin: str) -> None:
    repo = GitRunner(tmp_path / "r")
    first, adding = amended(repo, keep=True)
    names, found = lines(repo, adding)
    assert at(names, found[origin], EPOCH + 900) == first
    assert not is_replaced(found[origin], EPOCH + 900)


def test_work_that_was_rebased_was_made_on_the_person_s_last_commit(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    base = repo.commit({"a": "0"}, "base", when=EPOCH)
    them = dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "other@example.org")
    repo.git("commit", "-q", "--allow-empty", "-m", "theirs", when=EPOCH + 300, env=them)
    adding = repo.commit({"r": "1"}, "results", when=EPOCH + 1200, author_when=EPOCH + 900)
    names, found = lines(repo, adding)
    own = found["own commits"]
    assert (at(names, own, EPOCH + 600), belief(own, EPOCH + 600)) == (base, PARAMETERS.follows_on)
    assert at(names, found["history"], EPOCH + 600) != base


def test_a_parent_by_a_clock_that_is_ahead_leaves_the_checkouts_in_order(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    them = dict.fromkeys(("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"), "other@example.org")
    repo.git("commit", "-q", "--allow-empty", "-m", "theirs", when=EPOCH + 5000, env=them)
    adding = [repo.commit({"a": str(n)}, "work", when=EPOCH + n * 600) for n in (1, 2)][-1]
    _, found = lines(repo, adding)
    assert (np.diff(found["own parents"].starts) >= 0).all()


def test_what_was_on_a_side_branch_is_told_until_it_was_merged_and_the_history_from_then_on(
    tmp_path: Path,
) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a": "0"}, "base", when=EPOCH)
    repo.checkout("side", create=True, when=EPOCH + 100)
    side = [repo.commit({"b": str(n)}, "side work", when=EPOCH + 600 * n) for n in (1, 3)]
    repo.checkout("main", when=EPOCH + 2000)
    repo.commit({"a": "1"}, "work", when=EPOCH + 2400)
    merge = repo.merge("side", when=EPOCH + 3000)
    adding = repo.commit({"r": "1"}, "results", when=EPOCH + 3600)
    names, found = hypotheses(repo, adding)
    times = np.array([EPOCH + time for time in (300.0, 900.0, 2700.0, 3300.0)])
    told = [
        (cell, names.commit(int(line.commits[place])))
        for line in found.lines
        if line.origin == "side branch"
        for cell, place in zip(*(some.tolist() for some in line.held(times)), strict=True)
    ]
    assert sorted(told) == [(1, side[0]), (2, side[1]), (3, merge)]


def test_each_merged_side_branch_adds_to_what_the_history_tells(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    repo.commit({"a": "0"}, "base", when=EPOCH)
    for number in (1, 2):
        repo.checkout(f"side-{number}", create=True, when=EPOCH + number * 1000)
        repo.commit({f"b{number}": "1"}, "side work", when=EPOCH + number * 1000 + 100)
        repo.checkout("main", when=EPOCH + number * 1000 + 200)
        repo.merge(f"side-{number}", when=EPOCH + number * 1000 + 300)
    adding = repo.commit({"r": "1"}, "results", when=EPOCH + 3600)
    _, found = hypotheses(repo, adding)
    merged, _ = (line for line in found.lines if line.origin == "side branch")
    assert [belief(merged, EPOCH + time) for time in (1500, 2500)] == [1.0, 2.0]

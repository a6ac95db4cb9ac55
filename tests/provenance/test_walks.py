"""The orders in which scripts go over commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bisect_parity.history.commits import CommitTable
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.walks import bisections, histories, ranges, sweeps
from fixtures.git import GitRunner, first_named

if TYPE_CHECKING:
    from pathlib import Path

SWEEPS = load_parameters().sweeps
NEWEST_FIRST = np.arange(100)[::-1]  # rows 99 to 0


def likeliest(rows: np.ndarray, weights: np.ndarray) -> list[int]:
    """The walk of most weight."""
    found: list[int] = rows[int(weights.argmax())].tolist()
    return found


def test_a_sweep_ends_at_the_newest_commit_most_probably() -> None:
    walks = sweeps({"code": NEWEST_FIRST}, 7, (), SWEEPS)
    assert likeliest(walks.rows, walks.weights) == list(range(93, 100))
    assert walks.weights.sum() == pytest.approx(1)


def test_all_tags_are_likelier_than_some_of_the_commits() -> None:
    tags = np.array([95, 80, 61, 40, 7])
    walks = sweeps({"code": NEWEST_FIRST, "tags": tags}, 5, (), SWEEPS)
    every = [weight for row, weight in zip(walks.rows.tolist(), walks.weights, strict=True) if 61 in row]
    assert max(every) > 0.1


def test_as_many_as_since_a_tag_are_likelier_than_as_many_as_to_any_commit() -> None:
    since = sweeps({"code": NEWEST_FIRST}, 7, {92}, SWEEPS)
    anywhere = sweeps({"code": NEWEST_FIRST}, 7, (), SWEEPS)
    assert since.weights.max() > 1.2 * anywhere.weights.max()


def test_where_there_are_fewer_commits_than_runs_there_is_no_walk() -> None:
    assert not len(sweeps({"code": NEWEST_FIRST[:3]}, 7, (), SWEEPS).weights)
    assert not len(bisections(NEWEST_FIRST[:3], [None] * 7, (), SWEEPS).weights)
    assert not len(bisections(NEWEST_FIRST, [None] * 50, (), SWEEPS).weights)


def test_of_merges_and_tags_those_of_the_history_are_listed(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    for number in range(4):
        repo.commit({"a.py": f"A = {number}\n"}, "code")
        repo.branch(f"side{number}")
    repo.tag("v1", at="HEAD~1")
    result = repo.commit({"results/x.json": "{}"}, "results")
    repo.checkout("side3")
    aside = repo.commit({"b.py": "B = 1\n"}, "side")
    repo.checkout("main")
    merge = repo.merge("side3")
    opened = Repository.open(tmp_path / "r", Journal(None, ["x"]))
    table = CommitTable.load(opened)
    rows = {table.commit(row): row for row in range(len(table))}
    lists = histories(table, rows[merge], 1, {rows[result]}, {rows[repo.rev("v1")]})
    assert lists["merges"].tolist() == [rows[merge]]
    assert lists["tags"].tolist() == [rows[repo.rev("v1")]]
    assert rows[result] not in lists["code"]
    assert len(lists["first parents"]) == len(lists["code"]) + 1
    assert rows[aside] in lists["ancestors"]
    assert rows[aside] not in lists["first parents"]
    assert ranges(table, rows[merge], 1).tolist() == lists["first parents"][:5].tolist()
    assert not len(ranges(table, rows[merge], 50))


@pytest.mark.parametrize(("size", "culprit"), [(16, 3), (23, 22), (23, 0), (31, 17)])
def test_a_bisection_goes_where_git_goes(tmp_path: Path, size: int, culprit: int) -> None:
    repo = GitRunner(tmp_path / "r")
    commits = [repo.commit({"a": f"{number}\n"}, "c") for number in range(size + 1)][::-1]
    repo.git("bisect", "start", commits[0], commits[size])
    tested: list[int] = []
    for _ in range(size):
        tested.append(commits.index(repo.head))
        verdict = "bad" if tested[-1] <= culprit else "good"
        if first_named(repo.git("bisect", verdict)):
            break
    history = np.arange(size + 1)
    assert tested in bisections(history, [None] * len(tested), {size}, SWEEPS).rows.tolist()
    verdicts = [place <= culprit for place in tested]
    judged = bisections(history, verdicts, {size}, SWEEPS)
    assert likeliest(judged.rows, judged.weights) == tested

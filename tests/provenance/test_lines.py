"""Lines of history: what each says was checked out, and whose commits they follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.history.commits import CommitTable, read_details
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.provenance.lines import Line, Names, build_lines, walk
from bisect_parity.provenance.parameters import load_parameters
from fixtures.git import EPOCH, GitRunner

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = load_parameters().lines


def lines(repo: GitRunner, adding: str) -> tuple[Names, dict[str, Line]]:
    """The lines of a run whose results a commit added, by their origin."""
    repository = Repository.open(repo.top, Journal(None, ["x"]))
    table = CommitTable.load(repository)
    details = read_details(repository, (table.commit(row) for row in range(len(table))))
    near = {row: details[table.commit(row)] for row in range(len(table))}
    row = table.index(adding)
    assert row is not None
    chain = walk(table, row, 0.0, include_start=False)
    names = Names(table)
    return names, {line.origin: line for line in build_lines(names, chain, near, (), PARAMETERS)}


def at(names: Names, line: Line, time: float) -> str | None:
    """The commit that a line has checked out at a time."""
    place = int(line.starts.searchsorted(time, side="right")) - 1
    return names.commit(int(line.commits[place])) if place >= 0 else None


def test_the_priors_of_all_lines_sum_to_one(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    adding = [repo.commit({"a": str(n)}, "work", when=EPOCH + n * 600) for n in range(3)][-1]
    _, found = lines(repo, adding)
    assert abs(sum(line.prior for line in found.values()) - 1) < 1e-9


def test_where_a_person_s_commits_follow_on_each_other_both_own_lines_agree(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    made = [repo.commit({"a": str(n)}, "work", when=EPOCH + n * 600) for n in range(4)]
    names, found = lines(repo, made[-1])
    for origin in ("own commits", "own parents"):
        assert at(names, found[origin], EPOCH + 900) == made[1]


def test_between_two_commits_that_do_not_follow_on_either_may_have_been_checked_out(tmp_path: Path) -> None:
    repo = GitRunner(tmp_path / "r")
    first = repo.commit({"a": "0"}, "work", when=EPOCH)
    repo.checkout("side", create=True, when=EPOCH + 100)
    side = repo.commit({"b": "1"}, "side work", when=EPOCH + 600)
    repo.checkout("main", when=EPOCH + 700)
    adding = repo.commit({"r": "1"}, "results", when=EPOCH + 1200)
    names, found = lines(repo, adding)
    assert at(names, found["own commits"], EPOCH + 900) == side
    assert at(names, found["own parents"], EPOCH + 900) == first
    assert at(names, found["history"], EPOCH + 900) == first

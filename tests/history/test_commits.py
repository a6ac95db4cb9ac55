"""The commit table agrees with git, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.history.commit_details import Detail, read_details, read_subjects, zone_seconds
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def open_(path: Path) -> Repository:
    return Repository.open(path, Journal(None, ["x"]))


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_ids_parents_and_times_are_gits(tmp_path: Path, object_format: str) -> None:
    sandbox = Sandbox(tmp_path / "r", object_format)
    root = sandbox.commit({"a": "1"})
    left = sandbox.commit({"a": "2"})
    sandbox.git("checkout", "-q", "-b", "side", root)
    right = sandbox.commit({"b": "1"})
    sandbox.git("merge", "-q", "--no-edit", left)
    merge = sandbox.git("rev-parse", "HEAD")
    table = CommitTable.load(open_(tmp_path / "r"))
    assert {table.commit(row) for row in range(len(table))} == {root, left, right, merge}
    row = table.index(merge)
    assert row is not None
    assert [table.commit(parent) for parent in table.parents(row)] == [right, left]
    assert [table.commit(r) for r in table.first_parents(row)] == [merge, right, root]
    assert table.time(row) == int(sandbox.git("log", "-1", "--format=%ct"))
    rows = {commit: table.index(commit) for commit in (root, left, right)}
    assert table.is_ancestor(rows[left] or 0, row)
    assert not table.is_ancestor(rows[left] or 0, rows[right] or 0)
    every = {each for each in rows.values() if each is not None}
    assert table.reached_from([row], every | {row}).all()
    reached = table.reached_from([rows[left] or 0], every)
    assert [bool(reached[rows[each] or 0]) for each in (root, left, right)] == [True, True, False]
    reached = table.reached_from([row], every - {rows[root] or 0})  # no farther down than what is wanted
    assert [bool(reached[rows[each] or 0]) for each in (root, left, right)] == [False, True, True]


def test_commits_that_only_a_reflog_reaches_are_there(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "1"})
    lost = sandbox.commit({"a": "2"})
    sandbox.git("reset", "-q", "--hard", "HEAD~1")
    table = CommitTable.load(open_(tmp_path / "r"))
    assert table.index(lost) is not None
    assert table.matching(lost[:10]) == [lost]
    assert table.matching(lost) == [lost]
    assert table.matching(lost + "0") == []


def test_a_reflog_that_names_a_lost_object_does_no_harm(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    kept = sandbox.commit({"a": "1"})
    lost = sandbox.commit({"a": "2"})
    sandbox.git("reset", "-q", "--hard", "HEAD~1")
    (tmp_path / "r" / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    table = CommitTable.load(open_(tmp_path / "r"))
    assert table.index(kept) is not None


def test_an_unborn_branch_gives_an_empty_table(tmp_path: Path) -> None:
    Sandbox(tmp_path / "r")
    table = CommitTable.load(open_(tmp_path / "r"))
    assert len(table) == 0
    assert table.index("a" * 40) is None
    assert table.matching("abcdefa") == []


def test_a_shallow_boundary_has_no_parents(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    sandbox.commit({"a": "1"})
    sandbox.commit({"a": "2"})
    sandbox.git("clone", "-q", "--depth=1", f"file://{tmp_path / 'r'}", str(tmp_path / "s"))
    table = CommitTable.load(open_(tmp_path / "s"))
    assert len(table) == 1
    assert table.parents(0) == []


def test_details_tell_a_rewritten_commit(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    plain = sandbox.commit({"a": "1"})
    sandbox.git("commit", "-q", "--allow-empty", "-m", "moved", "--date", "2025-10-08T01:02:03-07:00")
    moved = sandbox.git("rev-parse", "HEAD")
    repository = open_(tmp_path / "r")
    details = read_details(repository, [plain, moved, "f" * 40])
    assert set(details) == {plain, moved}
    assert not details[plain].is_rewritten
    assert details[moved].is_rewritten
    assert details[moved].zone == -7 * 3600
    assert read_subjects(repository, [moved, "f" * 40]) == {moved: "moved"}


@pytest.mark.parametrize(
    ("committer", "is_landed"),
    [
        ("a@example.org", False),
        ("noreply@forge.example", True),
        ("1+actions[bot]@users.forge.example", False),
        ("project_7_bot@forge.example", False),
        ("abbot@example.org", True),
    ],
)
def test_what_somebody_else_made_is_told_from_what_a_robot_committed(committer: str, is_landed: bool) -> None:
    detail = Detail("a" * 40, 5, 5, 0, "a@example.org", committer)
    assert detail.is_landed is is_landed
    assert not detail._replace(author_time=4).is_landed


@pytest.mark.parametrize(("zone", "seconds"), [("-0700", -25200), ("+0530", 19800), ("+0", 0), ("x0100", 0)])
def test_zones_are_read_as_git_writes_them(zone: str, seconds: int) -> None:
    assert zone_seconds(zone) == seconds


def test_notes_stashes_and_experiments_are_there_and_were_never_checked_out(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    root = sandbox.commit({"a": "1"})
    sandbox.git("notes", "add", "-m", "note")
    stashed = []
    for text in ("2", "3"):
        (tmp_path / "r" / "a").write_text(text)
        sandbox.git("stash", "-q")
        stashed.append(sandbox.git("rev-parse", "refs/stash"))
    sandbox.git("checkout", "-q", "--detach")
    experiment = sandbox.commit({"a": "4"})
    sandbox.git("update-ref", f"refs/exps/{root[:2]}/{root[2:]}/exp-1", experiment)
    sandbox.git("checkout", "-q", "main")
    head = sandbox.commit({"a": "5"})
    table = CommitTable.load(open_(tmp_path / "r"))
    assert all(table.index(commit) is not None for commit in (*stashed, experiment))
    assert {table.commit(row) for row in table.around(4e9, 99).tolist()} == {root, head}


def test_the_end_of_a_shallow_clone_names_what_is_beyond(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    before = sandbox.commit({"a": "1"})
    end = sandbox.commit({"a": "2"})
    sandbox.git("clone", "-q", "--depth=1", f"file://{tmp_path / 'r'}", str(tmp_path / "s"))
    table = CommitTable.load(open_(tmp_path / "s"))
    assert table.beyond == {table.index(end): before}
    assert CommitTable.load(open_(tmp_path / "r")).beyond == {}


@pytest.mark.parametrize("date", ["", "-5 +0000", "yesterday noon", "99999999999999999999999 +0000"])
def test_a_commit_whose_date_cannot_be_read_has_a_time_all_the_same(tmp_path: Path, date: str) -> None:
    repo = GitRunner(tmp_path / "r")
    parent = repo.commit({"a": "1"}, "first")
    text = (
        f"tree {repo.git('rev-parse', 'HEAD^{tree}')}\nparent {parent}\n"
        f"author A <a@x> {date}\ncommitter A <a@x> {date}\n\nodd\n"
    )
    odd = repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=text.encode())
    repo.git("update-ref", "refs/heads/odd", odd)
    repository = open_(tmp_path / "r")
    assert CommitTable.load(repository).index(odd) is not None
    detail = read_details(repository, [odd])[odd]
    assert (detail.author_time, detail.committer_time, detail.zone, detail.author) == (0, 0, 0, "a@x")

"""Our entries in git notes replace themselves, leave all else as it stands, and survive other writers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bisect_parity.history.notes import read_notes, write_entries
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> GitRunner:
    made = GitRunner(tmp_path / "r")
    made.commit({"a": "1"}, "First")
    made.commit({"a": "2"}, "Second")
    made.git("config", "user.name", "A")
    made.git("config", "user.email", "a@example.org")
    return made


def opened(repo: GitRunner) -> Repository:
    return Repository.open(repo.top, Journal(None, ["test"]))


def test_git_shows_what_was_written(repo: GitRunner) -> None:
    write_entries(opened(repo), {repo.head: {"runs/x": "  verdict: good"}})
    shown = repo.git("log", "-1", "--notes=bisect-parity", "--format=%N")
    assert shown.strip() == "bisect-parity: runs/x\n  verdict: good"


def test_an_entry_replaces_itself_and_nothing_else(repo: GitRunner) -> None:
    first, second = repo.rev("HEAD~1"), repo.head
    repo.git("notes", "--ref=bisect-parity", "add", "-m", "Mine, by hand\n\nkept", second)
    repo.git("notes", "--ref=bisect-parity", "add", "-m", "Untouched", first)
    write_entries(opened(repo), {second: {"x": "one", "y": "two"}})
    write_entries(opened(repo), {second: {"x": "three"}})
    notes = read_notes(opened(repo))
    assert notes[second] == "Mine, by hand\n\nkept\n\nbisect-parity: x\nthree\n\nbisect-parity: y\ntwo\n"
    assert notes[first] == "Untouched\n"


def test_writing_the_same_again_makes_no_commit(repo: GitRunner) -> None:
    write_entries(opened(repo), {repo.head: {"x": "one"}})
    before = repo.rev("refs/notes/bisect-parity")
    write_entries(opened(repo), {repo.head: {"x": "one"}})
    assert repo.rev("refs/notes/bisect-parity") == before
    assert repo.git("for-each-ref", "--format=%(refname)") == "refs/heads/main\nrefs/notes/bisect-parity"


def test_writers_at_the_same_time_do_not_undo_each_other(repo: GitRunner) -> None:
    head = repo.head

    def write(name: str) -> None:
        write_entries(opened(repo), {head: {name: f"of {name}"}})

    threads = [threading.Thread(target=write, args=(f"writer-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    note = read_notes(opened(repo))[head]
    assert sorted(note.count(f"of writer-{number}\n") for number in range(4)) == [1, 1, 1, 1]


def test_a_sha256_repository_has_notes_too(tmp_path: Path) -> None:
    made = GitRunner(tmp_path / "r", object_format="sha256")
    made.git("config", "user.name", "A")
    made.git("config", "user.email", "a@example.org")
    head = made.commit({"a": "1"})
    write_entries(opened(made), {head: {"x": "one"}})
    assert read_notes(opened(made)) == {head: "bisect-parity: x\none\n"}

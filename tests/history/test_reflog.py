"""Reflogs: parsed from the file, and silent about the time before their first entry."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisect_parity.errors import RepositoryError
from bisect_parity.history.reflog import parse, read_reflogs
from bisect_parity.history.reftable import read_stack
from bisect_parity.history.repository import Repository
from bisect_parity.history.worktree_pool import own_worktree
from bisect_parity.journal import Journal
from tests.history.checkout import opened
from tests.sandbox import Sandbox

TABLES = Path(__file__).with_name("reftables")
A, B, C = "a" * 40, "b" * 40, "c" * 40


def line(old: str, new: str, time: int, message: str) -> bytes:
    return f"{old} {new} A U Thor <a@example.org> {time} -0700\t{message}\n".encode()


def test_the_time_before_the_first_entry_is_unknown() -> None:
    reflog = parse("HEAD", "logs/HEAD", line(A, B, 100, "commit: x") + line(B, C, 200, "commit: y"))
    assert reflog.at(99.9) is None
    entries = [reflog.at(100), reflog.at(199), reflog.at(10_000)]
    assert [entry.new for entry in entries if entry is not None] == [B, B, C]


def test_the_last_of_several_entries_in_one_second_counts() -> None:
    reflog = parse(
        "HEAD", "logs/HEAD", line(A, B, 100, "rebase (start)") + line(B, C, 100, "rebase (finish)")
    )
    entry = reflog.at(100)
    assert entry is not None
    assert entry.new == C


def test_a_bisect_is_told_from_a_checkout_by_hand() -> None:
    text = (
        line(A, B, 1, f"checkout: moving from {A} to {B}")
        + line(B, C, 2, "checkout: moving from main to feature")
        + line(B, C, 3, "commit (amend): z")
        + line(B, C, 4, "merge topic: Fast-forward")
        + line(B, C, 5, "merge topic: Merge made by the 'ort' strategy.")
    )
    entries = parse("HEAD", "logs/HEAD", text).entries
    assert [entry.kind for entry in entries] == ["bisect", "checkout", "commit (amend)", "merge", "merge"]
    assert [entry.is_created_here for entry in entries] == [False, False, True, False, True]
    assert entries[0].zone == -7 * 3600


@pytest.mark.parametrize(
    ("message", "kind", "is_made_here"),
    [
        ("pull --rebase origin main (start): checkout 0123abc", "rebase (start)", False),
        ("pull --rebase (pick): results (new): all", "rebase (pick)", True),
        ("rebase -i (fixup): results", "rebase (fixup)", True),
        ("pull -q --no-edit: Merge made by the 'ort' strategy.", "pull", True),
        ("pull: Fast-forward", "pull", False),
        ("initial pull", "initial", False),
        ("commit: pull (pick): as it was", "commit", True),
        ("commit (merge): Merge branch 'side'", "commit (merge)", True),
    ],
)
def test_the_steps_of_a_rebase_are_read_with_any_options(message: str, kind: str, is_made_here: bool) -> None:
    (entry,) = parse("HEAD", "logs/HEAD", line(A, B, 1, message)).entries
    assert (entry.kind, entry.is_created_here) == (kind, is_made_here)


def test_malformed_lines_are_counted_and_the_others_kept() -> None:
    reflog = parse(
        "HEAD", "logs/HEAD", b"garbage\n" + line(A, B, 1, "commit: x") + b"\xff\xfe\n" + A.encode()
    )
    assert len(reflog.entries) == 1
    assert reflog.problems == 3


@given(st.binary(max_size=400))
def test_no_bytes_make_the_parser_fail(data: bytes) -> None:
    parse("HEAD", "logs/HEAD", data)
    parse("HEAD", "logs/HEAD", line(A, B, 1, "x") + data)


def test_every_reflog_of_a_repository_is_read(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path / "r")
    first = sandbox.commit({"a": "1"})
    sandbox.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "w"))
    with own_worktree(opened(sandbox.top), first):  # which keeps its own, and is nobody's checkout
        pass
    reflogs = read_reflogs(Repository.open(tmp_path / "r", Journal(None, ["x"])))
    assert [(reflog.ref, reflog.path) for reflog in reflogs] == [
        ("HEAD", "logs/HEAD"),
        ("HEAD", "worktrees/w/logs/HEAD"),
        ("refs/heads/main", "logs/refs/heads/main"),
        ("refs/heads/side", "logs/refs/heads/side"),
    ]
    assert all(reflog.entries[-1].new == first for reflog in reflogs)


@pytest.mark.parametrize("kind", ["folder", "fifo", "loop", "dangling"])
def test_what_is_no_file_in_the_place_of_a_reflog_is_passed_over(tmp_path: Path, kind: str) -> None:
    Sandbox(tmp_path / "r").commit({"a": "1"})
    head = tmp_path / "r" / ".git" / "logs" / "HEAD"
    head.unlink()
    if kind == "folder":
        head.mkdir()
    elif kind == "fifo":
        os.mkfifo(head)
    else:
        head.symlink_to(head if kind == "loop" else tmp_path / "nowhere")
    reflogs = read_reflogs(Repository.open(tmp_path / "r", Journal(None, ["x"])))
    assert [reflog.path for reflog in reflogs] == ["logs/refs/heads/main"]


def test_a_folder_without_a_list_of_tables_holds_no_reflogs(tmp_path: Path) -> None:
    Sandbox(tmp_path / "r").commit({"a": "1"})
    (tmp_path / "r" / ".git" / "reftable").mkdir()
    reflogs = read_reflogs(Repository.open(tmp_path / "r", Journal(None, ["x"])))
    assert [reflog.ref for reflog in reflogs] == ["HEAD", "refs/heads/main"]


def test_a_bare_repository_has_none(tmp_path: Path) -> None:
    Sandbox(tmp_path / "r").commit({"a": "1"})
    Sandbox(tmp_path / "s").git("clone", "-q", "--bare", str(tmp_path / "r"), str(tmp_path / "bare"))
    assert read_reflogs(Repository.open(tmp_path / "bare", Journal(None, ["x"]))) == ()


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_reftables_hold_what_the_files_held(tmp_path: Path, object_format: str) -> None:
    Sandbox(tmp_path / "r", object_format)
    git_dir = tmp_path / "r" / ".git"
    for place in (git_dir, git_dir / "worktrees" / "w"):
        shutil.copytree(TABLES / object_format, place / "reftable")
    reflogs = read_reflogs(Repository.open(tmp_path / "r", Journal(None, ["x"])))
    paths = ["logs/HEAD", "worktrees/w/logs/HEAD", "logs/refs/heads/main", "worktrees/w/logs/refs/heads/main"]
    assert [(reflog.ref, reflog.path) for reflog in reflogs] == [
        (path.removeprefix("worktrees/w/").removeprefix("logs/"), path) for path in paths
    ]
    for reflog in reflogs:
        data = (TABLES / object_format / "logs" / reflog.ref.rpartition("/")[2]).read_bytes()
        assert reflog == parse(reflog.ref, reflog.path, data)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_damaged_table_is_told(tmp_path: Path, data: st.DataObject) -> None:
    (table, *_) = sorted((TABLES / "sha1").glob("*.ref"))
    changed = bytearray(table.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(changed) - 1), min_size=1, max_size=3)):
        changed[place] = data.draw(st.integers(0, 255))
    del changed[data.draw(st.integers(0, len(changed))) :]
    (tmp_path / "tables.list").write_text("x.ref\n")
    (tmp_path / "x.ref").write_bytes(changed)
    with contextlib.suppress(RepositoryError):  # some bytes mean nothing
        assert all(len(record.ref) < len(changed) for record in read_stack(tmp_path, 20))


@pytest.mark.parametrize("listed", ["../x.ref\n", None])
def test_a_table_or_list_that_is_not_there_is_told(tmp_path: Path, listed: str | None) -> None:
    if listed is not None:
        (tmp_path / "tables.list").write_text(listed)
    with pytest.raises(RepositoryError, match=r"cannot read .*No such file"):
        read_stack(tmp_path, 20)

"""Committed files are read from objects: sizes first, contents in batches, never more than is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bisect_parity.history import snapshot as module
from bisect_parity.history.repository import Repository
from bisect_parity.history.snapshot import Snapshot, last_commit_with
from bisect_parity.journal import Journal
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path

ODD = "reports/a b\n\u00e9"


@pytest.fixture
def made(tmp_path: Path) -> GitRunner:
    made = GitRunner(tmp_path / "r")
    made.commit({"reports/1/x": "one", "reports/2/x": "twelve", ODD: "odd", "src/a": "A"}, "First")
    (made.top / "reports/link").symlink_to("1/x")
    made.commit({"reports/1/x": None, "src/a": "B"}, "Second")
    return made


def open_(made: GitRunner) -> Repository:
    return Repository.open(made.top, Journal(None, ["x"]))


def test_files_of_a_commit_are_those_below_the_folder_without_links(made: GitRunner) -> None:
    files = Snapshot.at(open_(made), made.rev("main"), "reports")
    assert files.sizes == {"reports/2/x": 6, ODD: 3}
    assert (files.read(ODD), files.read("reports/2/x")) == (b"odd", b"twelve")
    with pytest.raises(FileNotFoundError):
        files.read("reports/1/x")


def test_a_folder_may_be_called_as_patterns_are_written(made: GitRunner) -> None:
    made.write({":(top)x/1": "one", "*/1": "two"})
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "odd names")
    repository = open_(made)
    for folder in (":(top)x", "*"):
        assert list(Snapshot.at(repository, made.rev("main"), folder).sizes) == [f"{folder}/1"]


def test_a_large_file_is_not_read(made: GitRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_BYTES", 5)
    files = Snapshot.at(open_(made), made.rev("main"))
    assert files.read(ODD) == b"odd"
    with pytest.raises(OSError, match="more than 5 bytes"):
        files.read("reports/2/x")


def test_an_object_that_is_not_there_has_no_size_and_no_content(made: GitRunner) -> None:
    files = Snapshot(open_(made), {"gone": "f" * 40})
    assert files.sizes == {}
    with pytest.raises(FileNotFoundError):
        files.read("gone")


def test_the_last_commit_that_had_a_folder_is_before_its_deletion(made: GitRunner) -> None:
    assert last_commit_with(open_(made), "reports/1") == made.rev("main~1")
    assert last_commit_with(open_(made), "reports/never") is None

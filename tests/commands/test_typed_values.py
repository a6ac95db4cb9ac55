"""Values that a user can hardly have meant are refused, in one line that names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.git import GitRunner
from tests.end_to_end.world import call

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRunner:
    made = GitRunner(tmp_path / "r")
    made.commit({"a.py": "A = 1\n"}, "First")
    monkeypatch.chdir(made.top)
    return made


@pytest.mark.parametrize(
    "words",
    [
        ("attach", ""),
        ("verify", ""),
        ("rerun", ""),
        ("report", ""),
        ("audit", "--out", ""),
        ("audit", "--repo", ""),
        ("record", "--out", "", "--", "true"),
        ("record", "--config=", "--", "true"),
    ],
)
def test_an_empty_path_is_not_the_working_directory(
    words: tuple[str, ...], repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    given = call(capsys, *words)
    assert (given.status, given.out) == (2, "")
    assert "it is empty; is the variable set that it was made of?" in given.err
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "words",
    [
        ("rerun", ".", "--tolerance", "nan"),
        ("params", "--rtol", "nan"),
        ("compare", "a", "b", "--correlation-min", "nan"),
    ],
)
def test_what_is_no_number_is_in_no_range(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    given = call(capsys, *words)
    assert given.status == 2
    assert "nan is not in the range" in given.err


@pytest.mark.parametrize("option", [("--status", "3"), ("--began", "2026-01-01T00:00:00Z")])
def test_what_is_said_of_a_run_that_is_over_is_refused_for_one_that_begins(
    option: tuple[str, str], repo: GitRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    call(capsys, "record", *option, "--", "touch", "x").is_told(2, "--post-run")
    assert not (repo.top / "x").exists()


def test_a_folder_is_no_file_to_draw_into(repo: GitRunner, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "record", "--quiet", "--", "true").status == 0
    call(capsys, "evaluate", "--plot", ".").is_told(3, "cannot write .: it is a folder")


def test_a_device_is_no_statement(capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "verify", "/dev/null").is_told(3, "/dev/null is neither a file nor a folder")

from __future__ import annotations

from pathlib import Path

import pytest

from bisect_parity.commands.named_path import named_path


@pytest.mark.parametrize(("name", "expected"), [("runs", "r/runs"), ("../other", "r/src/../other")])
def test_what_is_not_below_the_working_directory_is_looked_for_below_the_top_and_never_beside_it(
    name: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("r/src", "r/runs", "other"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "r/src")
    assert named_path(Path(name), tmp_path / "r") == tmp_path / expected


@pytest.mark.parametrize(
    ("name", "expected"), [("runs", "r/runs"), ("own", "elsewhere/own"), ("r/runs", "elsewhere/r/runs")]
)
def test_from_outside_of_the_repository_what_is_below_its_top_comes_first(
    name: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("r/runs", "r/own", "elsewhere/runs", "elsewhere/own"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "r/own").rmdir()
    (tmp_path / "elsewhere/r").symlink_to(tmp_path / "r")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert named_path(Path(name), tmp_path / "r") == tmp_path / expected

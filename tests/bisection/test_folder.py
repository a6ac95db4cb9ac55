from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.folder import create_folder
from bisect_parity.bisection.model import Check, Role
from bisect_parity.config import load_settings
from bisect_parity.errors import OutputError
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.open(Sandbox(tmp_path / "repository").top, Journal(None, ["test"]))


def test_settings_are_frozen_byte_for_byte(repository: Repository, tmp_path: Path) -> None:
    source = tmp_path / "mine.toml"
    source.write_text('# a comment\n[code]\npaths = ["src"]\n')
    folder = create_folder(repository, load_settings(source))
    assert folder.settings.read_bytes() == source.read_bytes()
    source.write_text("")
    folder.verify()
    assert load_settings(folder.settings).code.paths == ("src",)


def test_settings_of_pyproject_keep_its_name(repository: Repository, tmp_path: Path) -> None:
    source = tmp_path / "pyproject.toml"
    source.write_text('[project]\nname = "x"\n[tool.bisect-parity.code]\npaths = ["src"]\n')
    folder = create_folder(repository, load_settings(source))
    assert load_settings(folder.settings).code.paths == ("src",)


def test_two_sessions_have_two_folders(repository: Repository, tmp_path: Path) -> None:
    source = tmp_path / "mine.toml"
    source.write_text("")
    settings = load_settings(source)
    assert create_folder(repository, settings).path != create_folder(repository, settings).path


def test_verdicts_are_kept_by_code_state_in_files(repository: Repository, tmp_path: Path) -> None:
    source = tmp_path / "mine.toml"
    source.write_text("")
    folder = create_folder(repository, load_settings(source))
    assert folder.known("f" * 64) is None
    check = Check("0001-a", "a" * 40, "f" * 64, Role.SEARCH, "bad", "why")
    folder.remember(check)
    assert folder.known("f" * 64) is check
    kept = json.loads((folder.path / "states" / f"{'f' * 64}.json").read_text())
    assert (kept["verdict"], kept["settings_sha256"]) == ("bad", folder.digest)


def test_a_git_directory_that_cannot_be_written_is_a_clear_error(
    repository: Repository, tmp_path: Path
) -> None:
    source = tmp_path / "mine.toml"
    source.write_text("")
    (repository.common_dir / "bisect-parity").write_text("a file is in the way")
    with pytest.raises(OutputError, match="git directory must be writable"):
        create_folder(repository, load_settings(source))

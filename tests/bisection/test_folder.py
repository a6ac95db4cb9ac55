from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.folder import (
    EVIDENCE,
    LATEST,
    LOCK,
    Request,
    SessionFolder,
    create_folder,
    open_folder,
    prune_folders,
)
from bisect_parity.bisection.model import Check, Outcome, Role
from bisect_parity.config import load_settings
from bisect_parity.errors import CheckError, OutputError, UsageError
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.locks import file_lock
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bisection.conftest import Lab


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
    assert folder.known("f" * 64, 64) is None
    check = Check("0001-a", "a" * 40, "f" * 64, Role.SEARCH, 64, "bad", "why")
    folder.remember(check)
    assert folder.known("f" * 64, 64) is check
    assert folder.known("f" * 64, 32) is None
    kept = json.loads((folder.path / "states" / f"{'f' * 64}-64.json").read_text())
    assert (kept["verdict"], kept["reason"]) == ("bad", "why")


@pytest.fixture
def folder(repository: Repository, tmp_path: Path) -> SessionFolder:
    source = tmp_path / "mine.toml"
    source.write_text("")
    return create_folder(repository, load_settings(source))


REQUEST = Request("a" * 40, "b" * 40, "regression", "parity", 64, "/out")


def test_a_session_is_opened_with_its_request_and_its_verdicts(
    repository: Repository, folder: SessionFolder
) -> None:
    folder.write(REQUEST)
    folder.remember(Check("0003-a", "a" * 40, "f" * 64, Role.OLD_END, 64, "good", "why", seconds=2.0))
    verdict = folder.check_folder("0003-a") / "verdict.json"
    verdict.parent.mkdir(parents=True)
    verdict.write_text('{"comparison": {"correlation": 1.0}}')
    found, request = open_folder(repository, folder.path.name, Request)
    assert request == REQUEST
    known = found.known("f" * 64, 64)
    assert known is not None
    assert (known.name, known.verdict, known.figure("correlation")) == ("0003-a", "good", 1.0)
    assert found.last_number() == 3


def test_the_last_session_that_did_not_end_is_found(repository: Repository, tmp_path: Path) -> None:
    source = tmp_path / "mine.toml"
    source.write_text("")
    folders = [create_folder(repository, load_settings(source)) for _ in range(3)]
    folders.sort(key=lambda folder: folder.path)
    for folder, outcome in zip(folders, (None, Outcome.INTERRUPTED, Outcome.CONFIRMED), strict=True):
        folder.write(REQUEST, outcome and outcome.value)
    assert open_folder(repository, LATEST, Request)[0].path == folders[1].path
    folders[1].write(REQUEST, Outcome.REFUTED.value)
    assert open_folder(repository, LATEST, Request)[0].path == folders[0].path
    folders[0].write(REQUEST, Outcome.CONFIRMED.value)
    with pytest.raises(UsageError, match="no session to resume"):
        open_folder(repository, LATEST, Request)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "bisect-parity/session"}', "{" * 100_000])
def test_what_is_no_session_is_told(repository: Repository, folder: SessionFolder, text: str) -> None:
    (folder.path / "session.json").write_text(text)
    with pytest.raises(UsageError, match="is not a session"):
        open_folder(repository, folder.path.name, Request)
    with pytest.raises(UsageError, match="is not a session"):
        open_folder(repository, "../absent", Request)


def test_frozen_settings_that_were_changed_since_are_told(
    repository: Repository, folder: SessionFolder
) -> None:
    folder.write(REQUEST)
    folder.settings.unlink()
    folder.settings.write_text("# another\n")
    with pytest.raises(CheckError, match="was changed"):
        open_folder(repository, folder.path.name, Request)


def test_records_of_verdicts_that_cannot_be_read_are_left_out(
    repository: Repository, folder: SessionFolder
) -> None:
    folder.write(REQUEST)
    states = folder.path / "states"
    states.mkdir()
    (states / f"{'1' * 64}-64.json").write_text("half a fi")
    (states / f"{'2' * 64}-64.json").write_text('{"name": 5}')
    (states / "other.json").write_text('{"name": "x", "commit": "x", "verdict": "good", "reason": ""}')
    found, _ = open_folder(repository, folder.path.name, Request)
    assert [found.known(name, 64) for name in ("1" * 64, "2" * 64, "other")] == [None, None, None]


def test_a_git_directory_that_cannot_be_written_is_a_clear_error(
    repository: Repository, tmp_path: Path
) -> None:
    source = tmp_path / "mine.toml"
    source.write_text("")
    (repository.common_dir / "bisect-parity").write_text("a file is in the way")
    with pytest.raises(OutputError, match="git directory must be writable"):
        create_folder(repository, load_settings(source))


def test_a_session_tells_which_settings_were_frozen_and_when(lab: Lab) -> None:
    good, bad = lab.history(["good", "good 2"])
    criteria = lab.session(good, bad).run().to_json()["criteria"]
    assert criteria["settings_sha256"] == hashlib.sha256(lab.settings.read_bytes()).hexdigest()
    frozen = datetime.fromisoformat(criteria["frozen"])
    assert abs((datetime.now(UTC) - frozen).total_seconds()) < 600


def test_a_check_that_ended_before_its_verdict_could_be_kept_counts(
    repository: Repository, folder: SessionFolder
) -> None:
    folder.write(REQUEST)
    verdict = folder.check_folder("0002-a") / "verdict.json"
    verdict.parent.mkdir(parents=True)
    told = {"commit": "a" * 40, "size": 64, "verdict": "bad", "reason": "why", "step": "compare"}
    verdict.write_text(json.dumps(told | {"digests": {"code_state": "f" * 64}}))
    changes: list[dict[str, object]] = [
        {"verdict": "abort"},
        {"digests": None},
        {"size": "64"},
        {"commit": 5},
    ]
    for number, change in enumerate(changes):
        other = folder.check_folder(f"001{number}-b") / "verdict.json"
        other.parent.mkdir(parents=True)
        other.write_text(json.dumps({**told, "digests": {"code_state": "e" * 64}, **change}))
    found, _ = open_folder(repository, folder.path.name, Request)
    known = found.known("f" * 64, 64)
    assert known is not None
    assert (known.name, known.verdict, known.step) == ("0002-a", "bad", "compare")
    assert found.known("e" * 64, 64) is None


def test_folders_of_old_sessions_are_removed_but_not_what_is_in_use_or_holds_evidence(
    repository: Repository, folder: SessionFolder
) -> None:
    sessions = folder.path.parent
    for number in range(25):
        other = sessions / f"20200101T0000{number:02d}Z-aaaaaa"
        other.mkdir()
        shutil.copyfile(folder.settings, other / folder.settings.name)
        outcome = "confirmed" if number % 2 else None
        SessionFolder(other, other / folder.settings.name, folder.digest).write(REQUEST, outcome)
    for number in range(26, 46):
        ended = sessions / f"20210101T0000{number:02d}Z-aaaaaa"
        ended.mkdir()
        SessionFolder(ended, ended / "s", folder.digest).write(REQUEST, "confirmed")
    (sessions / "20200101T000001Z-aaaaaa" / EVIDENCE).mkdir()
    with file_lock(sessions / "20200101T000003Z-aaaaaa" / LOCK, ""):
        prune_folders(repository)
    left = {path.name[:15] for path in sessions.glob("2020*")}
    unfinished = {f"20200101T0000{number:02d}" for number in range(0, 25, 2)}
    assert left == unfinished | {"20200101T000001", "20200101T000003"}
    assert len(list(sessions.glob("2021*"))) == 20

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from bisect_parity.errors import CheckError
from bisect_parity.parity.scratch import LOCK_NAME, PREFIX, scratch_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def make_old(folder: Path) -> None:
    then = time.time() - 3600
    os.utime(folder, (then, then))


def test_a_folder_is_empty_and_gone_afterwards(temporary: Path) -> None:
    with scratch_folder() as top:
        assert list(top.iterdir()) == []
        (top / "a").mkdir(mode=0o700)
        (top / "a" / "b").write_text("x")
    assert list(temporary.iterdir()) == []


def test_folders_in_use_are_left_alone_and_those_of_killed_processes_removed(temporary: Path) -> None:
    script = f"""
import tempfile, time
tempfile.tempdir = {str(temporary)!r}
from bisect_parity.parity.scratch import scratch_folder
with scratch_folder() as top:
    (top / "image").write_text("x")
    print(top, flush=True)
    time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    theirs = Path(process.stdout.readline().strip())
    make_old(theirs.parent)
    with scratch_folder():
        assert (theirs / "image").exists()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (theirs / "image").exists()
    make_old(theirs.parent)
    with scratch_folder() as ours:
        assert not theirs.parent.exists()
        assert ours.exists()


def test_what_we_did_not_make_is_never_removed(temporary: Path) -> None:
    (temporary / f"{PREFIX}data").mkdir()  # no lock file: it is not ours
    (temporary / f"{PREFIX}file").write_text("x")
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / LOCK_NAME).write_text("")
    (temporary / f"{PREFIX}link").symlink_to(temporary / "elsewhere")
    young = temporary / f"{PREFIX}young"
    young.mkdir()
    (young / LOCK_NAME).write_text("")
    make_old(temporary / f"{PREFIX}data")
    before = sorted(temporary.rglob("*"))
    with scratch_folder():
        pass
    assert sorted(temporary.rglob("*")) == before


def test_a_place_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(CheckError, match=r"no temporary folder can be made.*set TMPDIR"), scratch_folder():
        pass

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from bisect_parity.errors import OutputError
from bisect_parity.locks import LockHeldError, adopted, file_lock

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time
from pathlib import Path
from bisect_parity.locks import file_lock
with file_lock(Path(sys.argv[1]), ""):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "a.lock"


def test_a_lock_can_be_taken_again_when_it_was_let_go(path: Path) -> None:
    for _ in range(2):
        with file_lock(path, ""):
            assert path.read_text() == f"{os.getpid()}\n"
        assert not path.exists()


def test_a_second_holder_is_told_who_is_the_first(path: Path) -> None:
    with file_lock(path, ""):
        with pytest.raises(LockHeldError, match=f"process {os.getpid()}"), file_lock(path, ""):
            pass
        with adopted(path) as is_ours:
            assert not is_ours
    assert not path.exists()


@pytest.mark.parametrize("wait", [True, False])
def test_a_file_system_without_locks_is_told_and_not_taken_for_another_holder(
    path: Path, monkeypatch: pytest.MonkeyPatch, wait: bool
) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(OutputError, match="cannot lock") as told, file_lock(path, "", wait=wait):
        pass
    assert not isinstance(told.value, LockHeldError)  # a free worktree would be looked for without end
    assert not path.exists()


def test_the_lock_of_a_killed_process_is_free(path: Path) -> None:
    words = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(LockHeldError, match=f"process {process.pid}"), file_lock(path, ""):
            pass
        process.kill()
    with adopted(path) as is_ours:
        assert is_ours
    with file_lock(path, ""):
        assert path.read_text() == f"{os.getpid()}\n"


def test_one_who_waits_gets_it_when_the_holder_has_removed_it(path: Path) -> None:
    taken = []

    def wait() -> None:
        with file_lock(path, "", wait=True):
            taken.append(path.exists())

    thread = threading.Thread(target=wait)
    with file_lock(path, ""):
        thread.start()
        thread.join(0.2)
        assert not taken
    thread.join(30)
    assert taken == [True]


def test_what_is_not_there_is_held_by_nobody(path: Path) -> None:
    with adopted(path) as is_ours:
        assert is_ours


def test_a_lock_that_cannot_be_written_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Do this"), file_lock(tmp_path / "file" / "a.lock", "Do this."):
        pass

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from bisect_parity.guard import guarded
from tests.waiting import text_of

if TYPE_CHECKING:
    from pathlib import Path

GUARDED = """
import os, signal, sys, time
from pathlib import Path
from bisect_parity.guard import guarded

def work():
    signal.signal(signal.SIGTERM, lambda *_: (Path("told").write_text("SIGTERM"), os._exit(5)))
    Path("child").write_text(str(os.getpid()))
    time.sleep(60)
    return 0

sys.exit(guarded(work))
"""


@pytest.mark.parametrize("status", [0, 1, 125, 200])
def test_the_status_of_the_work_is_returned(status: int) -> None:
    assert guarded(lambda: status) == status


@pytest.mark.parametrize("status", [0, 1, 127])
def test_an_end_that_the_work_did_not_come_to_is_no_status(status: int) -> None:
    assert guarded(lambda: os._exit(status)) is None


def test_a_killed_child_has_no_status() -> None:
    def killed() -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    assert guarded(killed) is None


def test_work_that_raises_has_no_status(capfd: pytest.CaptureFixture[str]) -> None:
    assert guarded(lambda: 1 // 0) is None


def test_the_end_of_the_child_is_seen_where_another_thread_takes_the_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other thread blocks no signal, and the child has ended before this one waits for it."""
    over, fork = threading.Event(), os.fork

    def fork_and_see_it_end() -> int:
        child = fork()
        if child:
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        return child

    monkeypatch.setattr(os, "fork", fork_and_see_it_end)
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        assert guarded(lambda: 7) == 7
    finally:
        over.set()
        other.join()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_the_child_is_told_when_its_guard_is_ended(tmp_path: Path, sign: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-c", GUARDED], cwd=tmp_path)
    text_of(tmp_path / "child")
    process.send_signal(sign)
    process.wait(30)
    assert text_of(tmp_path / "told") == "SIGTERM"


@pytest.mark.parametrize(
    "way", ["from bisect_parity_entry import main", "from bisect_parity.__main__ import main"]
)
def test_streams_that_were_closed_take_the_place_of_no_pipe(tmp_path: Path, way: str) -> None:
    """A library that complains would write into the pipe through which the verdict comes."""
    program = (
        f"import os, sys; {way}\n"
        "from bisect_parity import __main__ as entry\n"
        "entry.judged_run = lambda _words: os.write(2, b'a complaint') and 125\n"
        "sys.argv = ['bisect-parity', 'check']\n"
        "main()"
    )
    closed = f'exec "{sys.executable}" -c "$0" <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", closed, program], cwd=tmp_path, check=False, timeout=60)
    assert done.returncode == 125


def test_a_check_that_cannot_fork_is_no_verdict(tmp_path: Path) -> None:
    program = (
        "import os, sys; from bisect_parity.__main__ import main\n"
        "def fork(): raise BlockingIOError(11, 'no process is left')\n"
        "os.fork = fork; sys.argv = ['bisect-parity', 'check']\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, "no process is left" in done.stderr) == (200, True)

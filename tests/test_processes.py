"""Processes that flee their parent, their group and their session are found again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.processes import MARK, children, end_marked
from tests.waiting import text_of, wait_for_end

if TYPE_CHECKING:
    import pytest

DAEMON = """
import os, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(60)
"""
# in a process of its own: its orphans are not those of the tests
PARENT = """
import subprocess, sys, time
from pathlib import Path
from bisect_parity.processes import children, end_strangers, take_in_orphans
take_in_orphans()
keep = subprocess.Popen(["sleep", "60"])
known = children()
place = Path(sys.argv[2])
subprocess.run([sys.executable, "-c", sys.argv[1], str(place)], check=True)
while not place.exists() or not place.read_text():
    time.sleep(0.01)
print(end_strangers(known) > 0, end_strangers(known), keep.poll())
keep.kill()
"""


def start_daemon(place: Path, mark: str = "") -> int:
    env = dict(os.environ) | ({MARK: mark} if mark else {})
    subprocess.run([sys.executable, "-c", DAEMON, str(place)], check=True, env=env)
    return int(text_of(place))


def test_a_daemon_is_ended_with_what_started_it_and_nothing_else(tmp_path: Path) -> None:
    words = [sys.executable, "-c", PARENT, DAEMON, str(tmp_path / "pid")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0", "None"]
    wait_for_end(int((tmp_path / "pid").read_text()))


def test_marked_processes_are_found_after_all_that_started_them_is_gone(tmp_path: Path) -> None:
    ours = start_daemon(tmp_path / "ours", "a-session")
    other = start_daemon(tmp_path / "other", "another-session")
    assert end_marked("a-session") == 1
    wait_for_end(ours)
    assert Path(f"/proc/{other}").exists()
    assert end_marked("another-session") == 1
    assert end_marked("a-session") == 0


def test_processes_that_end_while_they_are_listed_are_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = start_daemon(tmp_path / "ours", "a-listed-session")

    def gone(path: Path, **_options: object) -> bool:
        raise ProcessLookupError(3, "No such process", str(path))

    monkeypatch.setattr(Path, "exists", gone)  # as /proc/PID/environ answers while PID ends
    assert end_marked("a-listed-session") == 1
    children()
    monkeypatch.undo()
    wait_for_end(ours)

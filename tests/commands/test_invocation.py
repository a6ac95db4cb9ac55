"""The log of calls that have no evidence output of their own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from bisect_parity.commands import invocation

if TYPE_CHECKING:
    from pathlib import Path

# argv: folder, the file that says that the old log is about to be set aside, and which of the two calls it is
CALL = """
import sys, time
from pathlib import Path
from bisect_parity.commands.invocation import Invocation
from bisect_parity.journal import Journal

folder, at_it, role = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
log, replace = folder / "commands.txt", Path.replace
size = log.stat().st_size

def slowly(path, target):
    at_it.touch()
    end = time.monotonic() + 0.5  # in which the other call may overtake
    while path.stat().st_size == size and time.monotonic() < end:
        time.sleep(0.01)
    return replace(path, target)

if role == "first":
    Path.replace = slowly
print("ready", flush=True)
while role == "second" and not at_it.exists():
    time.sleep(0.01)
Invocation(folder, None, False, False, False, Journal(None, ["call", role])).log_to(folder)
"""


def test_two_calls_at_once_do_not_overwrite_the_old_log(tmp_path: Path) -> None:
    log = tmp_path / "state" / "commands.txt"
    log.parent.mkdir()
    log.write_text("old\n" * (invocation.LOG_LIMIT_BYTES // 4 + 1))
    words = [sys.executable, "-c", CALL, str(log.parent), str(tmp_path / "at it")]
    with subprocess.Popen([*words, "second"], stdout=subprocess.PIPE) as second:
        assert second.stdout is not None
        assert second.stdout.readline() == b"ready\n"
        subprocess.run([*words, "first"], check=True, stdout=subprocess.DEVNULL)
    assert second.returncode == 0
    assert log.with_suffix(".old.txt").read_text().count("old\n") == invocation.LOG_LIMIT_BYTES // 4 + 1
    assert sorted(line for line in log.read_text().splitlines() if "# call" in line) == [
        "# call first",
        "# call second",
    ]
    assert sorted(file.name for file in log.parent.iterdir()) == ["commands.old.txt", "commands.txt"]

"""A session that is killed at any moment goes on to the same answer, and repeats no check that ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bisect_parity.bisection.model import Outcome, Role

if TYPE_CHECKING:
    from tests.bisection.conftest import Lab

# runs a session, or goes on with it, as the command does
RUNNER = """
import sys
from pathlib import Path
from tests.bisection.conftest import Lab
from tests.sandbox import Sandbox

sandbox = Sandbox.__new__(Sandbox)
sandbox.top = Path(sys.argv[1])
lab = Lab(sandbox)
session = lab.session(*sys.argv[2:], jobs=2) if sys.argv[2:] else lab.resumed(jobs=2)
session.run()
"""


def killed(lab: Lab, seconds: float, *ends: str) -> bool:
    """Run a session, or go on with the last one, and kill it after some time; False if it ended before.

    Two checks run at once, of which one may have ended before the other.
    """
    env = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[2])}
    sessions = lab.sandbox.top / ".git/bisect-parity/sessions"
    words = [sys.executable, "-c", RUNNER, str(lab.sandbox.top), *ends]
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while ends and process.poll() is None and not any(sessions.glob("*/session.json")):
            time.sleep(0.01)  # there is nothing to go on with before
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return True
        assert process.returncode == 0, process.communicate()[1]
        return False


def ended_checks(lab: Lab) -> list[str]:
    """The code of each check that was run to its end, proofs left out."""
    log = lab.sandbox.top.parent / "ended"
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.timeout(300)
def test_a_session_that_is_killed_again_and_again_comes_to_the_same_answer(lab: Lab) -> None:
    verdicts = [*(f"good logged {n}" for n in range(9)), *(f"bad logged {n}" for n in range(7))]
    commits = lab.history(verdicts)
    before = lab.sandbox.snapshot()
    start = time.monotonic()
    assert killed(lab, 1.0, commits[0], commits[-1])
    for moment in (0.9, 2.6, 1.4, 1.8):
        if not killed(lab, moment) or time.monotonic() - start > 120:
            break
    result = lab.resumed().run() if is_unfinished(lab) else lab.bisect(commits[0], commits[-1])
    assert (result.outcome, result.first) == (Outcome.CONFIRMED, commits[9])
    assert lab.sandbox.snapshot() == before
    searched = ended_checks(lab)
    assert len(searched) == len(set(searched))
    assert len([check for check in result.checks if check.role is Role.PROOF]) == 2


def is_unfinished(lab: Lab) -> bool:
    sessions = (lab.sandbox.top / ".git/bisect-parity/sessions").glob("*/session.json")
    return any('"outcome": null' in path.read_text() for path in sessions)

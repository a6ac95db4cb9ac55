"""A repository with a tiny simulator that needs no torch, so that a check of it takes milliseconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from bisect_parity.schemas import complaint
from bisect_parity.warm_client import WORKER_VARIABLE
from fixtures.git import GitRunner, first_named, sealed_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

BIN = Path(sys.executable).parent
SIZE = 16
WRITE = """
import array, sys
def write(value, size, out):
    with open(out, "wb") as file:
        array.array("f", (value(i) for i in range(size * size))).tofile(file)
"""
REFERENCE = WRITE + "write(lambda i: i * 37 % 101, int(sys.argv[1]), sys.argv[2])\n"
CANDIDATE = (
    WRITE
    + "from sim.gain import GAIN\nwrite(lambda i: GAIN * (i * 37 % 101), int(sys.argv[1]), sys.argv[2])\n"
)
CASE: dict[str, Any] = {
    "size": SIZE,
    "reference": ["{python}", "reference.py", "{size}", "{out}"],
    "candidate": ["{python}", "-m", "sim", "{size}", "{out}"],
    "timeout": 60.0,
}


def candidate_that_writes(expression: str) -> str:
    """A candidate whose pixel number `i` is `expression`."""
    return f"{WRITE}nan = float('nan')\nwrite(lambda i: {expression}, int(sys.argv[1]), sys.argv[2])\n"


@frozen
class BisectRun:
    """What `git bisect run` made of the one commit that it tested.

    Attributes:
        status: of git.
        found: "good", "bad", "skip", "abort" or "nothing".
        stdout, stderr: of git and of what it ran.
    """

    status: int
    found: str
    stdout: str
    stderr: str


class SmallCase:
    """Three commits, `start`, `middle` and `end`; only the middle one is open to question.

    Attributes:
        worker: folder of a warm worker that does the checks of all cases; None where each starts anew.

    Args:
        top: of the repository.
        middle: files of the middle commit; None removes one.
        end: files of the last commit.
    """

    worker: ClassVar[str | None] = None

    def __init__(
        self, top: Path, middle: Mapping[str, str | None] | None = None, end: Mapping[str, str] | None = None
    ) -> None:
        self.repo = GitRunner(top)
        files = {
            "sim/__init__.py": "",
            "sim/__main__.py": CANDIDATE,
            "sim/gain.py": "GAIN = 1.0\n",
            "reference.py": REFERENCE,
            ".gitignore": "build/\n",
        }
        self.start = self.repo.commit(files, "start")
        self.middle = self.repo.commit(dict(middle or {"notes.txt": "middle\n"}), "middle")
        self.end = self.repo.commit(dict(end or {"notes.txt": "end\n"}), "end")

    @property
    def state(self) -> Path:
        """Where the tool keeps its settings and checks."""
        return self.repo.top / ".git" / "bisect-parity"

    def write_case(self, changes: Mapping[str, Any] | None = None, text: str | None = None) -> Path:
        """Write the case file into the git directory: `CASE` with changes (None removes a key), or `text`."""
        table = {key: value for key, value in (CASE | dict(changes or {})).items() if value is not None}
        lines = [f"{key} = {_toml(value)}" for key, value in table.items()]
        self.state.mkdir(parents=True, exist_ok=True)
        path = self.state / "bisect-parity.toml"
        path.write_text("\n".join(["[case.parity]", *lines, ""]) if text is None else text)
        return path

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a user in a terminal, with `bisect-parity` on PATH."""
        base = sealed_environment(
            {"HOME": os.environ["HOME"], "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        )
        warm = {} if self.worker is None else {WORKER_VARIABLE: self.worker}
        return base | warm | dict(extra or {})

    def begin_bisection(self) -> None:
        """Start a bisection that has one commit to test: the middle one."""
        self.repo.git("bisect", "start", self.end, self.start)

    def bisect_run(self, *words: str, env: Mapping[str, str] | None = None) -> BisectRun:
        """Bisect with plain git, which runs `words` (`bisect-parity check` if empty) at the middle commit."""
        self.begin_bisection()
        process = self.start_bisect_run(*words, env=env)
        stdout, stderr = process.communicate(timeout=120)
        return self.read(process.returncode, stdout, stderr)

    def start_bisect_run(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start `git bisect run` in a process group of its own, as a shell in a terminal does."""
        return subprocess.Popen(
            ["git", "bisect", "run", *(words or ("bisect-parity", "check"))],
            cwd=self.repo.top,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def read(self, status: int, stdout: str, stderr: str) -> BisectRun:
        """Understand what git said."""
        found = "nothing"
        if status == 0 and first_named(stdout) == self.middle:
            found = "bad"
        elif status == 0 and first_named(stdout) == self.end:
            found = "good"
        elif status == 2 and "only 'skip'ped commits left" in (stdout + stderr):
            found = "skip"
        elif status == 56:
            found = "abort"
        return BisectRun(status, found, stdout, stderr)

    def verdicts(self) -> list[dict[str, Any]]:
        """Every verdict.json below the git directory, oldest first; each fits its schema."""
        found = [json.loads(path.read_text()) for path in sorted(self.state.glob("checks/*/verdict.json"))]
        assert [told for document in found if (told := complaint(document, "verdict"))] == []
        return found

    def verdict(self) -> dict[str, Any]:
        """The only verdict.json there is."""
        (only,) = self.verdicts()
        return only

    def dirt(self) -> str:
        """What `git status` says, ignored files included."""
        return self.repo.git("status", "--porcelain", "--ignored")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)

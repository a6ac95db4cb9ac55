"""A small repository with evidence, the tool run on it, and everything that it may not touch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity.commands.main import run
from bisect_parity.schemas import complaint
from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

BUNDLE = "reports/20250908T160130Z"
OTHER = "reports/20250908T160530Z"
RESULTS = "benchmark_results.json"
PROMISED = (".git/bisect-parity/", "bisect-parity/", "out/")


@frozen
class Answer:
    """How a call ended."""

    status: int
    out: str
    err: str

    def is_told(self, status: int, *words: str) -> None:
        """Assert that the call ended with `status`, and one line on standard error that holds `words`."""
        assert self.status == status, self
        lines = self.err.splitlines()
        assert len(lines) == 1, self
        assert lines[0].startswith("bisect-parity: "), self
        for word in words:
            assert word in lines[0], self
        self.is_clean()

    def is_clean(self) -> None:
        """Assert that no traceback and no control character is shown."""
        for text in (self.out, self.err):
            assert "Traceback" not in text
            assert all(c.isprintable() or c == "\n" for c in text), ascii(text)


def small_history(top: Path, object_format: str = "sha1") -> GitRunner:
    """Three commits: code, code and a run of it; the run names no commit."""
    made = GitRunner(top, object_format=object_format)
    made.commit({"src/a.py": "A = 1\n"}, "First")  # 16:00:00Z
    made.commit({"src/a.py": "A = 2\n"}, "Second")  # 16:01:00Z
    made.commit(
        {
            f"{BUNDLE}/benchmark_results.json": '[{"size": 4096, "correlation_warm": 0.9999}]',
            f"{BUNDLE}/env.json": '{"python": "3.11.9"}',
        },
        "A run",
    )
    return made


def copy_of(made: GitRunner, dest: Path) -> GitRunner:
    """A copy of a repository, to be spoiled."""
    shutil.copytree(made.top, dest, symlinks=True)
    return GitRunner(dest, init=False, start=made.clock + 60)


def call(capsys: pytest.CaptureFixture[str], *words: object) -> Answer:
    """Run the command line in this process: an exception that is not caught fails the test."""
    capsys.readouterr()
    status = run(_texts(words))
    shown = capsys.readouterr()
    if "--json" in words and shown.out:
        assert_fits(json.loads(shown.out))
    return Answer(status, shown.out, shown.err)


def assert_fits(document: dict[str, Any]) -> None:
    """Assert that a document of ours fits the schema that is published for it."""
    room, _, name = document["schema"].partition("/")
    assert room == "bisect-parity"
    assert (told := complaint(document, name)) is None, told


def _texts(words: tuple[object, ...]) -> list[str]:
    return [str(word) for word in words]


def start(*words: object, cwd: Path, **more: str) -> subprocess.Popen[str]:
    """Start the command line as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "bisect_parity", *_texts(words)],
        cwd=cwd,
        env=dict(os.environ) | more,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def process(*words: object, cwd: Path, **more: str) -> Answer:
    """Run the command line as a process of its own, to its end."""
    started = start(*words, cwd=cwd, **more)
    out, err = started.communicate(timeout=120)
    return Answer(started.returncode, out, err)


def everything(folder: Path) -> dict[str, bytes]:
    """All files and links below a folder, and git's own ones; not what the tool is promised to write."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if any(f"/{name}".find(f"/{place}") >= 0 for place in PROMISED):
            continue
        if path.is_symlink():
            found[name] = os.fsencode(path.readlink())
        elif path.is_file():
            found[name] = path.read_bytes()
    return found

"""A real git repository to test with, untouched by the settings of whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from fixtures.git import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "maintenance.auto",  # each commit would start a process that asks whether it is time
    "GIT_CONFIG_VALUE_0": "false",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2025-10-09T12:00:00Z",
    "GIT_COMMITTER_DATE": "2025-10-09T12:00:00Z",
}
MESSAGE = "a commit"
COMMITTER = "A <a@example.org> 1760011200 +0000"


class Sandbox:
    """A repository in which files are written and committed; every commit has the same date.

    Attributes:
        environment: of git, with the dates of what it commits.
    """

    environment = ENVIRONMENT

    def __init__(self, top: Path, object_format: str = "sha1") -> None:
        self.top = top
        top.mkdir()
        self.git("init", "-q", "-b", "main", f"--object-format={object_format}")

    def git(self, *arguments: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.top,
            env=self.environment,
            check=True,
            input=stdin,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, files: dict[str, str | None]) -> str:
        for name, text in files.items():
            path = self.top / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.git("add", "-A")
        told = self.git("-c", "core.abbrev=no", "commit", "--allow-empty", "-m", MESSAGE)
        return told.partition("]")[0].rpartition(" ")[2]

    def versions(self, name: str, texts: Iterable[str]) -> list[str]:
        """The commits that `commit({name: text})` would make of each text, in a few processes for all."""
        branch = self.git("symbolic-ref", "HEAD")
        base = f"from {branch}^0\n" if self.git("for-each-ref", branch) else ""
        stream = [
            f"commit {branch}\ncommitter {COMMITTER}\ndata {len(MESSAGE) + 1}\n{MESSAGE}\n\n"
            f"{base if number == 0 else ''}M 100644 inline {name}\ndata {len(text)}\n{text}\n"
            for number, text in enumerate(texts)
        ]
        self.git("fast-import", "--quiet", stdin="".join(stream))
        self.git("reset", "-q", "--hard")
        return self.git("rev-list", f"--max-count={len(stream)}", "HEAD").split()[::-1]

    def snapshot(self) -> dict[str, bytes]:
        """See `fixtures.git.snapshot`."""
        return snapshot(self.top)

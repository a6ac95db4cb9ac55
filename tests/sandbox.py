"""A real git repository to test with, untouched by the settings of whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from fixtures.git import snapshot

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2025-10-09T12:00:00Z",
    "GIT_COMMITTER_DATE": "2025-10-09T12:00:00Z",
}


class Sandbox:
    """A repository in which files are written and committed; every commit has the same date."""

    def __init__(self, top: Path, object_format: str = "sha1") -> None:
        self.top = top
        top.mkdir()
        self.git("init", "-q", "-b", "main", f"--object-format={object_format}")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.top, env=ENVIRONMENT, check=True, capture_output=True, text=True
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
        self.git("commit", "-q", "--allow-empty", "-m", "a commit")
        return self.git("rev-parse", "HEAD")

    def snapshot(self) -> dict[str, bytes]:
        """See `fixtures.git.snapshot`."""
        return snapshot(self.top)

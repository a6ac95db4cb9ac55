"""A checkout with something of everything that may not be touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from tests.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def crowded(top: Path) -> Sandbox:
    """Two commits, a dirty index, dirty files, a stash, an untracked and an ignored file."""
    sandbox = Sandbox(top)
    sandbox.commit({"src/a.py": "1\n", ".gitignore": "*.bin\n"})
    (sandbox.top / "src/a.py").write_text("stashed\n")
    sandbox.git("stash")
    sandbox.commit({"src/a.py": "2\n", "run.sh": "echo\n"})
    (sandbox.top / "src/a.py").write_text("staged\n")
    sandbox.git("add", "src/a.py")
    (sandbox.top / "src/a.py").write_text("dirty\n")
    (sandbox.top / "notes.txt").write_text("untracked\n")
    (sandbox.top / "Fdump.bin").write_text("ignored\n")
    return sandbox


def opened(top: Path) -> Repository:
    return Repository.open(top, Journal(None, ["test"]))

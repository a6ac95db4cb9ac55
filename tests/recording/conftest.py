from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.git import GitRunner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path: Path) -> GitRunner:
    """Two commits of a small program; results and *.bin are ignored."""
    made = GitRunner(tmp_path / "r")
    made.commit({"src/run.py": "print(1)\n", ".gitignore": "*.bin\n"}, "First")
    made.commit({"src/run.py": "print(2)\n"}, "Second")
    return made

"""Names of single runs in a file that holds, or held, several, as answers print them: `runs.jsonl#line 3`."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["split_run_name"]

_MARK = re.compile("[#@]")  # what a file holds, and what a commit had


def split_run_name(path: Path) -> tuple[Path, str]:
    """The file of a run's name, and the rest with its mark; the path itself and "" where it names no run."""
    text = str(path)
    if not os.path.lexists(path):
        for mark in _MARK.finditer(text):
            if Path(text[: mark.start()]).is_file():
                return Path(text[: mark.start()]), text[mark.start() :]
    return path, ""

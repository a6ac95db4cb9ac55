"""Python environments in or beside the user's checkout: no commit holds them, and they work nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

_PATH = re.compile(r"(?:(?<=[\s='\":,;&|(!])|^)[\w.+@-]+(?:/[\w.+@-]+)+")  # relative, also within a script


def is_of_environment(path: Path, top: Path) -> bool:
    """Whether a path leads into an environment of venv or conda that does not hold the checkout itself.

    Args:
        path: absolute.
        top: of the checkout.
    """
    return path.exists() and any(
        (parent / "pyvenv.cfg").is_file() or (parent / "conda-meta").is_dir()
        for parent in path.parents
        if not top.is_relative_to(parent)
    )


def environment_paths_absolute(words: Sequence[str], top: Path, prefix: str = ".") -> list[str]:
    """The words of a command, where relative paths into an environment of the user's are absolute.

    Args:
        words: of the command; one may be a script.
        top: of the checkout, absolute.
        prefix: the folder that paths are relative to, relative to the top.
    """

    def placed(match: re.Match[str]) -> str:
        place = os.path.normpath(top / prefix / match[0])
        return place if is_of_environment(Path(place), top) else match[0]

    return [_PATH.sub(placed, word) for word in words]

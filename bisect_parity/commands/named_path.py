"""Paths and names of runs on the command line, as answers print them.

Answers give the paths of evidence relative to the top of the working tree, in every command and document. So
that they can be typed in any directory, what is not below the working directory is looked for below the top,
and there first where the working directory is not in the repository (--repo). That is not done by way of
`..`, which no answer gives, and which would lead out of the repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from bisect_parity.errors import UsageError
from bisect_parity.files import is_path_inside

_MARK = re.compile("[#@]")  # what a file holds, and what a commit had


def named_path(name: Path, top: Path | None) -> Path:
    """The absolute path of what is there: below the working directory, else below the top; or the reverse.

    Args:
        name: of what may be there or not; where it is not, the path is that below the working directory.
        top: of the working tree; None where there is none.
    """
    here = name.absolute()
    if top is None or ".." in name.parts or not os.path.lexists(top / name):
        return here
    is_near = os.path.lexists(here) and here.parent.resolve().is_relative_to(top.resolve())
    return here if is_near else top / name


def path_below(name: str, top: Path) -> str:
    """The path of a file or folder of the working tree that a user named, relative to its top.

    Raises:
        UsageError: nothing is there, or it lies elsewhere.
    """
    place = named_path(Path(name), top)
    inside = os.path.relpath(os.path.normpath(place), top)
    if not place.exists() or inside == "." or not is_path_inside(top, inside):
        raise UsageError(f"{name} is not in {top}", "Name a file or folder of the working tree.")
    return inside


def files_of_runs(names: Iterable[str], top: Path | None) -> tuple[Path, ...]:
    """The bundles and files that the names of runs lead to, each once."""
    return tuple(dict.fromkeys(split_run_name(Path(name), top)[0] for name in names))


def split_run_name(path: Path, top: Path | None) -> tuple[Path, str]:
    """The file of a run's name (`runs.jsonl#line 3`), and the rest; `path` and "" where it names none."""
    text = str(path)
    if not os.path.lexists(named_path(path, top)):
        for mark in _MARK.finditer(text):
            file = Path(text[: mark.start()])
            if named_path(file, top).is_file():
                return file, text[mark.start() :]
    return path, ""

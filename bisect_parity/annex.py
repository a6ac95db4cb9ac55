"""Files of git-annex: a link, in a commit as in the working tree, leads to their content, if it is here."""

from __future__ import annotations

import os
import re
from pathlib import Path

LONGEST_LINK = 4096
_LINK = re.compile(r"(?:\.\./)*\.git/(annex/objects/\w{2,3}/\w{2,3}/((?!\.\.?/)[^/\0]+)/\2)")


def is_annexed(link: str) -> bool:
    """Whether what a link says leads into the annex of a repository, and nowhere else."""
    return _LINK.fullmatch(link) is not None


def real_path(path: Path, *, strict: bool = False) -> Path:
    """Where a path leads, as `Path.resolve` has it; a file of git-annex is where its link is.

    Raises:
        OSError, RuntimeError: `strict`, and nothing is there, or links lead round in a circle.
    """
    real = path.resolve(strict=strict)
    return path.parent.resolve() / path.name if real.is_file() and _is_link(path) else real


def content_path(path: Path) -> Path:
    """Where the content of a file is: for a link of git-annex where it leads to, else the path itself."""
    return path.resolve() if _is_link(path) else path


def _is_link(path: Path) -> bool:
    return path.is_symlink() and is_annexed(str(path.readlink()))


def annexed_content(common_dir: Path, content: bytes, most: int) -> bytes:
    """What a link into the annex leads to; any other content as it is.

    Args:
        common_dir: git directory of the repository.
        content: of a file, as a commit holds it.
        most: bytes of what is in the annex; what is kept there may be larger than the memory.

    Returns:
        the content; where it is not here, or too large, the name of its key, which is another if the
        content is.
    """
    found = _LINK.fullmatch(os.fsdecode(content)) if len(content) <= LONGEST_LINK else None
    if found is None:
        return content
    try:
        with (common_dir / found[1]).open("rb") as file:
            kept = file.read(most + 1)
    except OSError:
        kept = None
    return os.fsencode(found[2]) if kept is None or len(kept) > most else kept

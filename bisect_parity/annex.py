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

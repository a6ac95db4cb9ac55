"""What a check did not find in a commit, and the user's directory has: dependencies, data, a build."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.history.repository import Repository

__all__ = ["untracked_need"]

_LACKING = re.compile(  # as shells, cc, Python and most C programs say it
    r"(?:^|[\s:'\"(])(?P<path>[\w.@+-]+(?:/[\w.@+-]+)+)['\"]?: (?:not found|No such file or directory)"
    r"|No such file or directory: ['\"](?P<quoted>[^'\"]+)['\"]"
)


def untracked_need(repository: Repository, reason: str) -> tuple[str, str] | None:
    """A file that a check did not find and the user's directory has, and what of it git does not track.

    Args:
        repository: with the user's directory.
        reason: of the check.

    Returns:
        both relative to the top: the file, and the untracked folder that holds it, or else the file again;
        None where nothing of the kind is told.

    Raises:
        RepositoryError: git cannot list the files.
    """
    top = repository.work_tree
    for path in _missing_paths(reason) if top is not None else ():
        if top is not None and os.path.lexists(top / path):
            for place in (*reversed(PurePosixPath(path).parents), PurePosixPath(path)):
                if str(place) != "." and not repository.fields("ls-files", "--", f":(top,literal){place}"):
                    return path, str(place)
    return None


def _missing_paths(reason: str) -> Iterator[str]:
    for match in _LACKING.finditer(reason):
        path = os.path.normpath(match["path"] or match["quoted"])
        if not Path(path).is_absolute() and not path.startswith(".."):
            yield path

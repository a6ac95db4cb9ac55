"""A common git directory without hooks, for the git commands that run them whatever `core.hooksPath` says.

The helper of `git bisect` reads no configuration before it writes refs (seen in git 2.39), and so runs the
`reference-transaction` hook of the repository, which tools such as git-branchless install.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from bisect_parity.errors import writing

PLACE = "bisect-parity-no-hooks"
HOOKS = "hooks"
HOOK = "reference-transaction"  # the only one that git runs where it writes nothing but refs


@contextlib.contextmanager
def without_hooks(common_dir: Path, git_dir: Path) -> Iterator[dict[str, str]]:
    """The variables that keep git from running hooks of a repository; none where it has no such hook.

    Args:
        common_dir: the git directory that all worktrees share.
        git_dir: that of a worktree of ours; it has a folder of links to what the other holds meanwhile.

    Raises:
        OutputError: it cannot be written.
    """
    if not os.access(common_dir / HOOKS / HOOK, os.X_OK):
        yield {}
        return
    place = git_dir / PLACE
    with writing(place, "The git directory must be writable."):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for entry in common_dir.iterdir():
            if entry.name != HOOKS:
                (place / entry.name).symlink_to(entry)
    try:
        yield {"GIT_COMMON_DIR": str(place)}
    finally:
        shutil.rmtree(place, ignore_errors=True)  # links that lead in a circle

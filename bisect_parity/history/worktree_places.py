"""Where our linked worktrees lie in the user's cache directory, and the locks that say which are in use.

They do not lie below the user's checkout, as in its git directory: many programs look for their settings
further up (pytest, cargo, go, node), and would find those of another commit. What stands for each is a path
in `<git-common-dir>/bisect-parity/worktrees/`, its home; it lies in a folder that is named for that.

A file lock at the home says that one is in use, and one beside its folder says so to other machines and
containers with the same cache directory, whose own repository may have the same path. The kernel lets go of
both when their holder ends, however it ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.files import cache_directory
from bisect_parity.locks import file_lock
from bisect_parity.logs import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

TREE = "tree"  # the worktree, in the folder that is its own
REMEDY = (
    "The git directory and the cache directory must be writable, and have room for a worktree; "
    "XDG_CACHE_HOME names another cache directory."
)
_PLACE = re.compile(r"[0-9a-f]{16}")
_LINK = re.compile(rb"gitdir: (/.*/worktrees/[^/]+)\n")
_WARNED: set[Path] = set()  # the checkouts about which it was said


def lock_of(place: Path) -> Path:
    """The lock of a home, or of a folder where one lies."""
    return place.with_name(place.name + ".lock")


def trees_folder() -> Path:
    """Where our worktrees lie, for nobody else to read."""
    return cache_directory() / "worktrees"


def tree_of(home: Path) -> Path:
    """The worktree that `home` stands for: below it only where the user has no cache directory."""
    top = trees_folder()
    with contextlib.suppress(OSError):
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_usable = os.access(top, os.W_OK | os.X_OK)
    return (top / hashlib.sha256(os.fsencode(home)).hexdigest()[:16] if is_usable else home) / TREE


@contextlib.contextmanager
def held(home: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the locks of a worktree, of which there is one where it lies in the repository."""
    with contextlib.ExitStack() as stack:
        for place in dict.fromkeys((home, tree_of(home).parent)):
            stack.enter_context(file_lock(lock_of(place), REMEDY, wait=wait))
        yield


def orphans() -> list[Path]:
    """The folders in the cache directory of worktrees whose repository was deleted or moved."""
    return sorted(folder for folder in trees_folder().glob("*") if is_orphan(folder))


def is_orphan(folder: Path) -> bool:
    """Whether it is one of ours in the cache directory, and the git directory that it names is no more."""
    link = folder / TREE / ".git"
    if not _PLACE.fullmatch(folder.name) or any(p.is_symlink() for p in (folder, link.parent, link)):
        return False
    try:
        named = _LINK.fullmatch(link.read_bytes() if stat.S_ISREG(link.lstat().st_mode) else b"")
        if named is not None:
            os.lstat(named[1])
    except (FileNotFoundError, NotADirectoryError):  # or the link is gone, after half a removal
        return folder.is_dir()
    except OSError:
        return False
    return False


def warn_below(top: Path, tree: Path) -> None:
    """Say once where the upward search of programs finds the user's files, as in a cache directory there."""
    if top in _WARNED or not (top / ".git").exists() or not tree.resolve().is_relative_to(top.resolve()):
        return
    _WARNED.add(top)
    logger().warning(
        f"worktrees lie in {tree.parent.parent}, below your checkout: programs that look for settings "
        "further up (pytest, cargo, node) may use yours. Have XDG_CACHE_HOME name another cache directory"
    )

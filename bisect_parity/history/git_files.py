"""The state of a repository without asking git: the files that git keeps in it, none of them read."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.kept import FileState, state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.history.repository import Repository

OBJECTS = "objects"
ALTERNATES = "info/alternates"
MOST_ALTERNATES = 5  # one after the other, as in git
# What says nothing about the history: our own folder, programs, and large files that others keep.
_ASIDE = frozenset({"bisect-parity", "hooks", "lfs", "annex"})
_FAN_OUT = re.compile(r"[0-9a-f]{2}")


def git_files(repository: Repository) -> Iterator[FileState]:
    """The state of all files of the git directory, and of the user's settings of git.

    Refs, reflogs, the index, notes, grafts, packs and the repositories of submodules are among them. Of loose
    objects there is that of their folders, which changes when one is added or removed.
    """
    yield from _below(str(repository.common_dir))
    if not repository.git_dir.is_relative_to(repository.common_dir):
        yield from _below(str(repository.git_dir))
    home = Path(os.environ.get("HOME", "/"))
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "git" / "config"
    for path in (home / ".gitconfig", settings):
        try:
            yield state_of(str(path), path.stat())
        except OSError:
            continue


def _below(folder: str) -> Iterator[FileState]:
    for entry in _entries(folder):
        if not entry.is_dir(follow_symlinks=False):
            yield state_of(entry.path, entry.stat(follow_symlinks=False))
        elif entry.name == OBJECTS:
            yield from _objects(entry.path, MOST_ALTERNATES)
        elif entry.name not in _ASIDE:
            yield from _below(entry.path)


def _objects(folder: str, most: int) -> Iterator[FileState]:
    for entry in _entries(folder):
        if _FAN_OUT.fullmatch(entry.name) or not entry.is_dir(follow_symlinks=False):
            yield state_of(entry.path, entry.stat(follow_symlinks=False))
        else:
            yield from _below(entry.path)
    try:
        others = Path(folder, ALTERNATES).read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    except OSError:
        return
    for other in filter(None, others if most else ()):
        yield from _objects(os.path.join(folder, other), most - 1)  # noqa: PTH118 - either may be absolute


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:  # removed meanwhile, or not to be read: git says so, where it matters
        return []

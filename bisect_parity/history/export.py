"""The tree of a commit as files in a folder of their own, without a worktree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bisect_parity.errors import MissingObjectError, RepositoryError, writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bisect_parity.history.repository import Repository

__all__ = ["SUBMODULE", "export_tree", "tree_entries"]

SYMLINK, SUBMODULE, EXECUTABLE = "120000", "160000", "100755"


def tree_entries(repository: Repository, commit: str) -> list[tuple[str, str, str]]:
    """Mode, object id and path of every file and submodule of a commit.

    Raises:
        RepositoryError: the tree is missing, or holds a path that leaves its folder.
    """
    entries = []
    for entry in repository.fields("ls-tree", "-r", "--full-tree", "--end-of-options", commit):
        header, _, name = entry.partition("\t")
        mode, _, object_id = header.split(" ")
        entries.append((mode, object_id, _safe(name)))
    return entries


def export_tree(
    repository: Repository,
    commit: str,
    destination: Path,
    is_needed: Callable[[str], bool] = lambda _path: True,
) -> tuple[str, ...]:
    """Write every file of a commit below `destination`, byte for byte as it is stored.

    `git archive` is not used: it leaves out, and changes, what `.gitattributes` asks it to. Submodules
    become empty folders.

    Args:
        repository: where the commit is.
        commit: full id.
        destination: an empty folder.
        is_needed: whether a file may not be left out where its content is missing.

    Returns:
        the paths that were left out.

    Raises:
        MissingObjectError: the content of a file that is needed is missing.
        RepositoryError: the tree is missing, or holds a path that leaves the folder.
        OutputError: the folder cannot be written.
    """
    entries = tree_entries(repository, commit)
    left_out = []
    with writing(destination, "Make room there."):
        for mode, _, name in entries:
            folder = destination / name if mode == SUBMODULE else (destination / name).parent
            folder.mkdir(parents=True, exist_ok=True)
        files = [entry for entry in entries if entry[0] != SUBMODULE]
        contents = repository.objects(object_id for _, object_id, _ in files)
        links = []
        for (mode, object_id, name), found in zip(files, contents, strict=True):
            if found is None:
                if is_needed(name):
                    what = f"object {object_id} ({name}) is missing"
                    raise MissingObjectError(what, "Fetch the whole history.")
                left_out.append(name)
                continue
            if mode == SYMLINK:
                links.append((destination / name, found[2]))
                continue
            (destination / name).write_bytes(found[2])
            if mode == EXECUTABLE:
                (destination / name).chmod(0o755)
        for place, target in links:  # last, so that no file is written through one
            place.symlink_to(os.fsdecode(target))
    return tuple(left_out)


def _safe(name: str) -> str:
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in name.split("/")):
        raise RepositoryError(
            f"the tree holds {name!r}, which leaves its folder", "Do not trust this history."
        )
    return name

"""Submodules of a tree, filled from what the repository holds of them: nothing is fetched."""

from __future__ import annotations

import os
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.errors import MissingObjectError, writing
from bisect_parity.history.export import SUBMODULE, export_tree, tree_entries
from bisect_parity.history.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["commits_of_move", "empty_submodules", "fill_submodules"]

REMEDY = "Fetch it: git submodule update --init --recursive"


def fill_submodules(repository: Repository, commit: str, top: Path) -> None:
    """Write the files of every submodule at the commit that `commit` names, nested ones included.

    A submodule that was never initialised stays empty, as git leaves it.

    Args:
        repository: the one that holds `commit`.
        commit: full id.
        top: where `commit` is checked out.

    Raises:
        MissingObjectError: a submodule is there, but not the commit that is named.
        OutputError: the files cannot be written.
    """
    modules = repository.common_dir / "modules"
    if not modules.is_dir() or (top / ".gitmodules").is_symlink() or not (top / ".gitmodules").is_file():
        return
    names = _names(repository, top / ".gitmodules")
    for mode, wanted, path in tree_entries(repository, commit):
        name = names.get(path)
        if mode != SUBMODULE or name is None or not (modules / name / "HEAD").is_file():
            continue
        module = Repository(modules / name, repository.journal)
        if module.try_resolve(wanted) is None:
            raise MissingObjectError(f"the submodule {path} lacks its commit {wanted}", REMEDY)
        place = top / path
        with writing(place, "Make room there."):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True, exist_ok=True)
        export_tree(module, wanted, place)
        fill_submodules(module, wanted, place)


def empty_submodules(repository: Repository, commit: str) -> tuple[str, ...]:
    """The paths of the submodules of a commit that stay empty, since they were never initialised here.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    names = _names(repository, f"{commit}:.gitmodules", "--blob")
    if not names:
        return ()
    modules = repository.common_dir / "modules"
    here = {path for path, name in names.items() if (modules / name / "HEAD").is_file()}
    entries = tree_entries(repository, commit)
    return tuple(path for mode, _, path in entries if mode == SUBMODULE and path in names.keys() - here)


def commits_of_move(repository: Repository, commit: str, path: str, old: str, new: str) -> int:
    """How many commits of its own a submodule takes in where it moves; 0 where that cannot be said.

    Args:
        repository: the one that holds `commit`.
        commit: full id of the commit that moves it.
        path: of the submodule.
        old, new: ids of its commit before and after.
    """
    name = _names(repository, f"{commit}:.gitmodules", "--blob").get(path)
    place = repository.common_dir / "modules" / (name or "")
    if name is None or not (place / "HEAD").is_file():
        return 0
    counted = Repository(place, repository.journal).git_result("rev-list", "--count", new, f"^{old}")
    return int(counted.stdout) if counted.status == 0 else 0


def _names(repository: Repository, file: Path | str, kind: str = "--file") -> dict[str, str]:
    """Path -> name of the submodules of a .gitmodules; names that leave their folder do not count."""
    question = ("config", "-z", kind, str(file), "--get-regexp", r"^submodule\..*\.path$")
    found = {}
    for line in os.fsdecode(repository.git_result(*question).stdout).split("\0"):
        key, _, path = line.partition("\n")
        name = key.removeprefix("submodule.").removesuffix(".path")
        if path and ".." not in PurePosixPath(name).parts and not name.startswith("/"):
            found[path.rstrip("/")] = name
    return found

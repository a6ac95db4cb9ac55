"""Submodules of a tree, filled from what the repository holds of them: nothing is fetched."""

from __future__ import annotations

import functools
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import MissingObjectError, writing
from bisect_parity.history.export import SUBMODULE, export_tree, tree_entries
from bisect_parity.history.repository import Repository

if TYPE_CHECKING:
    from bisect_parity.journal import Journal

REMEDY = "Fetch it: git submodule update --init --recursive"


@frozen
class SubmoduleMove:
    """A submodule that two commits hold at different commits of its own.

    Attributes:
        path, old_path: in the later and in the earlier commit.
        name: in the .gitmodules of the later commit; empty where that does not name it.
        old, new: full ids of its own commits.
        is_subtree: it is none, but another history of the same repository, merged below a folder.
    """

    path: str
    old_path: str
    name: str
    old: str
    new: str
    is_subtree: bool = False


@functools.lru_cache(maxsize=64)
def _opened(place: Path, journal: Journal) -> Repository:
    """The repository of a submodule, which each check of a session would ask git about anew."""
    return Repository(place, journal)


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
    here = {path: name for path, name in names.items() if (modules / name / "HEAD").is_file()}
    for mode, wanted, path in tree_entries(repository, commit, here) if here else ():
        name = here.get(path)
        if mode != SUBMODULE or name is None:
            continue
        module = _opened(modules / name, repository.journal)
        if module.try_resolve(wanted) is None:
            raise MissingObjectError(f"the submodule {path} lacks its commit {wanted}", REMEDY)
        _write(module, wanted, top / path)


def place_submodule(repository: Repository, top: Path, path: str, commit: str) -> bool:
    """Write the files of one submodule at a commit of its own, nested submodules included.

    Args:
        repository: the one that holds it.
        top: where a commit of that one is checked out.
        path: of the submodule, relative to `top`.
        commit: full id.

    Returns:
        whether that commit is here; nothing was written else.

    Raises:
        MissingObjectError: it is, and one that a nested submodule names is not.
        OutputError: the files cannot be written.
    """
    if (top / ".gitmodules").is_symlink() or not (top / ".gitmodules").is_file():
        return False
    module = module_of(repository, _names(repository, top / ".gitmodules").get(path, ""))
    if module is None or module.try_resolve(commit) is None:
        return False
    _write(module, commit, top / path)
    return True


def _write(module: Repository, commit: str, place: Path) -> None:
    with writing(place, "Make room there."):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
    export_tree(module, commit, place)
    fill_submodules(module, commit, place)


def has_submodules(repository: Repository) -> bool:
    """Whether any submodule was ever initialised here."""
    return (repository.common_dir / "modules").is_dir()


def empty_submodules(repository: Repository, commit: str) -> tuple[str, ...]:
    """The paths of the submodules of a commit that stay empty, since they were never initialised here.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    names = _names(repository, f"{commit}:.gitmodules", "--blob")
    if not names:
        return ()
    modules = repository.common_dir / "modules"
    empty = {path for path, name in names.items() if not (modules / name / "HEAD").is_file()}
    entries = tree_entries(repository, commit, empty) if empty else ()
    return tuple(path for mode, _, path in entries if mode == SUBMODULE and path in empty)


def moves_between(repository: Repository, before: str, now: str) -> list[SubmoduleMove]:
    """The submodules that two commits hold at different commits of their own, in the order of their paths.

    One that has another path counts as moved if .gitmodules has the same name for both.

    Raises:
        RepositoryError: git cannot read a commit.
    """
    options = ("-r", "--raw", "--no-abbrev", "--no-renames")
    fields = repository.fields("diff-tree", *options, before, now)
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    for head, path in zip(fields[0::2], fields[1::2], strict=True):
        old_mode, new_mode, old_id, new_id, _ = head.removeprefix(":").split()
        if old_mode == SUBMODULE:
            old[path] = old_id
        if new_mode == SUBMODULE:
            new[path] = new_id
    if not old or not new:
        return []
    names = _names(repository, f"{now}:.gitmodules", "--blob")
    earlier = {name: path for path, name in _names(repository, f"{before}:.gitmodules", "--blob").items()}
    found = []
    for path, pin in sorted(new.items()):
        name = names.get(path, "")
        old_path = path if path in old else earlier.get(name, "")
        if old_path in old and old[old_path] != pin:
            found.append(SubmoduleMove(path, old_path, name, old[old_path], pin))
    return found


def history_of(repository: Repository, move: SubmoduleMove) -> Repository | None:
    """The repository that holds the commits of what moves; None where it is not here."""
    return repository if move.is_subtree else module_of(repository, move.name)


def module_of(repository: Repository, name: str) -> Repository | None:
    """The repository of a submodule, by its name in .gitmodules; None where it was never initialised."""
    place = repository.common_dir / "modules" / name
    return _opened(place, repository.journal) if name and (place / "HEAD").is_file() else None


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
    counted = _opened(place, repository.journal).git_result("rev-list", "--count", new, f"^{old}")
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

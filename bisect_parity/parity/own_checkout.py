"""What Python and the system would find in the user's own checkout: the tree under test takes its place."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.installed import local_folders, module_places, text_of
from bisect_parity.parity.own_environment import is_of_environment

if TYPE_CHECKING:
    from collections.abc import Iterable

_SEARCHED = re.compile(r"(?:C|PYTHON|.*(?:LIBRARY|INCLUDE|LOAD|CONFIG|MODULE)_?)?PATH")
_PROGRAM = re.compile(r"/[^\s'\"=:;]+/bin/[\w.+-]+")  # also within a script


def module_folders(
    words: Iterable[str], worktree: Path, repository: Path, search_path: str | None
) -> tuple[Path, ...]:
    """Where the tree under test keeps its Python modules.

    Its top, and `src` if that is no package; then the folders that were installed in a Python environment, as
    editable or not, from a checkout of the same repository, such as the packages of a monorepo.

    Args:
        words: of the commands that are run in the tree; a program in one of them names its environment.
        worktree: top of the tree.
        repository: top of the user's checkout.
        search_path: PATH, which names the environment of `python`.
    """
    on_path = filter(None, (shutil.which(name, path=search_path) for name in ("python3", "python")))
    inside = _of_checkout(local_folders(map(Path, [*_programs(words), *on_path])), repository)
    there = [place for path in inside if (place := worktree / path).is_dir()]
    return tuple(dict.fromkeys((*module_places(worktree), *there)))


def path_in_tree(name: str, text: str, worktree: Path, repository: Path) -> str:
    """A variable with the folders of the tree under test in the place of those of the user's checkout.

    In a search path, one that the tree does not hold yet comes before the user's; in another variable the
    user's stays. So does an environment of Python.

    Args:
        name: of the variable, such as PATH or MODEL_PATH.
        text: its value.
        worktree: top of the tree.
        repository: top of the checkout.
    """
    own = git_folders(repository)
    is_searched = os.pathsep in text or _SEARCHED.fullmatch(name) is not None
    found = []
    for entry in text.split(os.pathsep):
        there = _there(entry, worktree, own[1]) if own and entry.startswith("/") else None
        found += [str(there)] if there and (is_searched or there.exists()) else []
        found += [] if there and there.exists() else [entry]
    return os.pathsep.join(found)


def _there(entry: str, worktree: Path, home: Path) -> Path | None:
    for path in (Path(os.path.normpath(entry)), Path(entry).resolve()):  # a link may lead into the checkout
        if top := _top(path, home):
            return None if is_of_environment(path, top) else worktree / path.relative_to(top)
    return None


def loaded_folders(words: Iterable[str], repository: Path) -> list[Path]:
    """Folders of the user's checkout that are imported whatever tree is tested, relative to its top.

    Args:
        words: of the commands of a case.
        repository: top of the checkout.
    """
    return _of_checkout(local_folders(map(Path, _programs(words)), is_loader_wanted=True), repository)


def _programs(words: Iterable[str]) -> list[str]:
    return sorted({place for word in words for place in _PROGRAM.findall(word)})


def _of_checkout(folders: Iterable[Path], repository: Path) -> list[Path]:
    """Those that lie in a checkout of one repository, relative to its top."""
    own = git_folders(repository)
    found = ((folder, _top(folder, own[1])) for folder in folders) if own else ()
    return [folder.relative_to(top) for folder, top in found if top]


def _top(folder: Path, home: Path) -> Path | None:
    """The top of the checkout of a git directory that holds a folder, perhaps in one of its submodules."""
    for top in (folder, *folder.parents):
        own = git_folders(top)
        if own is not None and (own[1] == home or not own[1].is_relative_to(home)):
            return top if own[1] == home else None
    return None


def git_folders(top: Path) -> tuple[Path, Path] | None:
    """The git directory of a checkout, and the one that its linked worktrees share; None for another folder.

    That of a submodule or a bare repository may stand for its checkout, and is its own.
    """
    place = top / ".git"
    own = place if place.is_dir() else top
    if (own / "HEAD").is_file() and (own / "objects").is_dir():
        return own, own.resolve()
    if not place.is_file():
        return None
    git_dir = top / text_of(place).removeprefix("gitdir:").strip()
    return git_dir, (git_dir / text_of(git_dir / "commondir").strip()).resolve()

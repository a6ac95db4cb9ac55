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


def path_in_tree(search_path: str, worktree: Path, repository: Path) -> str:
    """A search path with the folders of the tree under test in the place of those of the user's checkout.

    One that the tree does not hold yet comes before the user's, and an environment of Python stays.

    Args:
        search_path: as PATH or PYTHONPATH.
        worktree: top of the tree.
        repository: top of the checkout.
    """
    home = _checkout(repository)
    found = []
    for entry in search_path.split(os.pathsep):
        path = Path(entry)
        of = _checkout(path) if path.is_absolute() else None
        if of and home and of[1] == home[1] and not is_of_environment(path, of[0]):
            there = worktree / path.relative_to(of[0])
            found += [str(there)] if there.exists() else [str(there), entry]
        else:
            found.append(entry)
    return os.pathsep.join(found)


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
    home = _checkout(repository)
    found = ((folder, _checkout(folder)) for folder in folders)
    return [folder.relative_to(of[0]) for folder, of in found if of and home and of[1] == home[1]]


def _checkout(folder: Path) -> tuple[Path, Path] | None:
    """The top of the checkout that holds a folder, and the git directory that its worktrees share."""
    for top in (folder, *folder.parents):
        if (top / ".git").is_dir():
            return top, (top / ".git").resolve()
        if (top / ".git").exists():  # a linked worktree
            git_dir = top / text_of(top / ".git").removeprefix("gitdir:").strip()
            return top, (git_dir / text_of(git_dir / "commondir").strip()).resolve()
    return None

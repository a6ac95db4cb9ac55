"""Where our linked worktrees come from: kept in the user's cache directory, locked, and used again.

A new worktree of ten thousand files costs as much as dozens of checkouts in one that already exists. So
those that sessions work in are kept. Each lies in a folder of its own: what a check writes beside it, as into
`../build`, is no other's. To git they are locked for good, so that no prune takes them. Those of a repository
that is no more are removed when the next one is made.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import BisectParityError, MissingObjectError, OutputError, RepositoryError, writing
from bisect_parity.held_signals import HeldSignals
from bisect_parity.history.repository import OWN_WORKTREE
from bisect_parity.history.worktree import OPTIONS, Worktree, remove_tree
from bisect_parity.history.worktree_places import (
    REMEDY,
    TREE,
    held,
    is_orphan,
    lock_of,
    orphans,
    tree_of,
    warn_below,
)
from bisect_parity.locks import LockHeldError, adopted, file_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bisect_parity.history.repository import Repository

KEPT, FRESH = "bisect", "fresh"
_OURS = re.compile(rf"{KEPT}-[0-9]+|{FRESH}-[0-9a-f]+")
REASON = "of bisect-parity, which uses it again; `bisect-parity worktree remove` removes it"
REMOVAL_ATTEMPTS = 3


@frozen
class KeptWorktree:
    """A worktree of ours as it lies there.

    Attributes:
        path: its top.
        commit: full id of what is checked out; None where git knows nothing of it.
        is_used: whether a living process holds it.
    """

    path: Path
    commit: str | None
    is_used: bool


def _everything(_path: str) -> bool:
    return True


@contextlib.contextmanager
def own_worktree(
    repository: Repository,
    commit: str,
    is_needed: Callable[[str], bool] = _everything,
    *,
    may_lack: bool = False,
) -> Iterator[Worktree]:
    """Hold a linked worktree with `commit` checked out: the first kept one that is free, or a new one.

    It is clean, whatever was done in it before, and is cleaned again at the end. Any number of sessions work
    at once. HEAD, index, files, stash, configuration and reflogs of the user's worktrees are not touched.

    Args:
        repository: the user's, seen from anywhere.
        commit: full id.
        is_needed: see `Worktree`.
        may_lack: whether the content of needed files may be missing: then another commit may lie there.

    Raises:
        RepositoryError: the commit cannot be checked out.
        OutputError: the git directory or the cache directory cannot be written, or is full.
    """
    with contextlib.ExitStack() as stack:
        home = _first_free(repository, stack)
        remove_leftovers(repository)
        worktree = _taken(repository, home, commit, is_needed, may_lack=may_lack)
        try:
            yield worktree
        finally:
            with HeldSignals(), contextlib.suppress(BisectParityError):  # the next one cleans it again
                worktree.clean()


@contextlib.contextmanager
def fresh_worktree(
    repository: Repository, commit: str, is_needed: Callable[[str], bool] = _everything
) -> Iterator[Worktree]:
    """Hold a new linked worktree with `commit` checked out, which is removed at the end.

    Arguments and errors are those of `own_worktree`.
    """
    home = _folder(repository) / f"{FRESH}-{secrets.token_hex(4)}"
    warn_below(repository.home, tree_of(home))
    with held(home, wait=True):
        try:
            yield _created(repository, home, commit, is_needed)
        finally:
            with HeldSignals():
                _remove(repository, home)


def kept_worktrees(repository: Repository) -> list[KeptWorktree]:
    """Our worktrees of a repository, in the order of their names, then those whose repository is no more."""
    return [*(_kept(repository, home) for home in _homes(repository)), *map(_abandoned, orphans())]


def _abandoned(orphan: Path) -> KeptWorktree:
    with adopted(lock_of(orphan)) as is_free:
        return KeptWorktree(orphan / TREE, None, not is_free)


def _remove_orphans() -> list[KeptWorktree]:
    """Remove them; a repository on a disk that is not mounted now gets a new worktree the next time."""
    removed = []
    for folder in orphans():
        with contextlib.suppress(OutputError, OSError), file_lock(lock_of(folder), REMEDY), HeldSignals():
            if is_orphan(folder):
                remove_tree(folder)
                removed.append(KeptWorktree(folder / TREE, None, is_used=False))
    return removed


def _kept(repository: Repository, home: Path) -> KeptWorktree:
    git_dir = _git_dir_of(repository, home)
    commit = None if git_dir is None else repository.try_resolve(f"worktrees/{git_dir.name}/HEAD")
    with adopted(lock_of(home)) as is_free:
        return KeptWorktree(tree_of(home), commit, not is_free)


def remove_worktrees(repository: Repository) -> list[KeptWorktree]:
    """Remove those that `kept_worktrees` lists, except those in use; return what was removed."""
    found = [(home, _kept(repository, home)) for home in _homes(repository)]
    removed = [kept for home, kept in found if _removed_if_free(repository, home)]
    return [*removed, *_remove_orphans()]


def remove_leftovers(repository: Repository) -> None:
    """Remove the fresh worktrees of processes that were killed."""
    for home in _homes(repository):
        if home.name.startswith(f"{FRESH}-"):
            _removed_if_free(repository, home)


def _removed_if_free(repository: Repository, home: Path) -> bool:
    try:
        with held(home), HeldSignals():
            _remove(repository, home)
    except LockHeldError:
        return False
    return True


def _first_free(repository: Repository, stack: contextlib.ExitStack) -> Path:
    number = 1
    while True:
        home = _folder(repository) / f"{KEPT}-{number}"
        try:
            stack.enter_context(held(home))
        except LockHeldError:
            number += 1
        else:
            warn_below(repository.home, tree_of(home))
            return home


def _taken(
    repository: Repository, home: Path, commit: str, is_needed: Callable[[str], bool], *, may_lack: bool
) -> Worktree:
    """A kept worktree with `commit` checked out; one that cannot be repaired is made again."""
    git_dir = _git_dir_of(repository, home)
    if git_dir is not None:
        path = tree_of(home)
        try:
            if home != path.parent:
                remove_tree(home)  # where it lay before there was a cache directory
            (git_dir / OWN_WORKTREE).write_text(f"{home.name}\n")
            Worktree(path, git_dir, repository).repair()
            worktree = Worktree(path, git_dir, repository.at(path), is_needed)
            worktree.forget_bisection()
            worktree.forget_other_settings()
            with contextlib.suppress(*[MissingObjectError] * may_lack):
                worktree.restore(commit)
        except (BisectParityError, OSError):
            pass
        else:
            return worktree
    with HeldSignals():
        _remove(repository, home)
    try:
        return _created(repository, home, commit, is_needed, may_lack=may_lack)
    except BaseException:
        with HeldSignals():
            _remove(repository, home)
        raise


def _created(
    repository: Repository,
    home: Path,
    commit: str,
    is_needed: Callable[[str], bool],
    *,
    may_lack: bool = False,
) -> Worktree:
    """Make a worktree, and check the commit out only when it is known to be ours."""
    _remove_orphans()
    path = tree_of(home)
    words = ("worktree", "add", "-q", "--no-checkout", "--detach", str(path), commit)
    with writing(path.parent, REMEDY):
        path.parent.mkdir(parents=True, exist_ok=True)
    made = repository.git_result(*OPTIONS, *words)
    if made.status != 0:
        reason = made.stderr.decode(errors="backslashreplace").strip().rpartition("\n")[2]
        raise RepositoryError(f"cannot make {path}: {reason.removeprefix('fatal: ')}", REMEDY)
    there = repository.at(path)
    with writing(there.git_dir, REMEDY):
        (there.git_dir / OWN_WORKTREE).write_text(f"{home.name}\n")
    repository.git("worktree", "lock", "--reason", REASON, str(path))
    worktree = Worktree(path, there.git_dir, there, is_needed)
    worktree.forget_other_settings()
    with contextlib.suppress(*[MissingObjectError] * may_lack):
        worktree.restore(commit)
    return worktree


def _homes(repository: Repository) -> list[Path]:
    """What stands for each worktree of ours: of those that have a lock, and of those that git alone knows."""
    folder = _folder(repository)
    names = {entry.name.removesuffix(".lock") for entry in folder.glob("*")}
    for marker in repository.common_dir.glob(f"worktrees/*/{OWN_WORKTREE}"):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            names.add(Path(marker.read_text().strip()).name)  # a name alone: nothing else is ours to remove
    return sorted(folder / name for name in names if _OURS.fullmatch(name))


def _git_dir_of(repository: Repository, home: Path) -> Path | None:
    """The git directory of a worktree of ours, also after the repository was moved."""
    for git_dir in repository.common_dir.glob("worktrees/*"):
        with contextlib.suppress(OSError):
            if (git_dir / OWN_WORKTREE).is_file():
                if (git_dir / OWN_WORKTREE).read_bytes() == os.fsencode(f"{home.name}\n"):
                    return git_dir
            elif (git_dir / "gitdir").read_bytes() == os.fsencode(f"{tree_of(home)}/.git\n"):
                return git_dir
    return None


def _folder(repository: Repository) -> Path:
    return repository.state_directory() / "worktrees"


def _remove(repository: Repository, home: Path) -> None:
    """Remove a worktree of ours with all that git knows of it; nothing may be there at all."""
    for _ in range(REMOVAL_ATTEMPTS):
        with contextlib.suppress(OSError):  # a process that still runs there may be writing
            for place in (home, tree_of(home).parent):
                remove_tree(place)
            break
    git_dir = _git_dir_of(repository, home)
    if git_dir is not None:
        with contextlib.suppress(OSError):  # as `git worktree remove` does, which wants no submodules
            remove_tree(git_dir)
            git_dir.parent.rmdir()

"""Where our linked worktrees come from: kept in the git directory, locked, and used again.

A new worktree of ten thousand files costs as much as dozens of checkouts in one that already exists. So
those that sessions work in are kept, in `<git-common-dir>/bisect-parity/worktrees/`: there they move, and are
removed, with their repository, and are in nobody's way. A file lock says that one is in use; the kernel lets
go of it when its holder ends, however it ends. To git they are locked for good, so that no prune takes them.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import BisectParityError, MissingObjectError, RepositoryError, writing
from bisect_parity.held_signals import HeldSignals
from bisect_parity.history.worktree import MARKER, OPTIONS, Worktree, remove_tree
from bisect_parity.locks import LockHeldError, adopted, file_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bisect_parity.history.repository import Repository

KEPT, FRESH = "bisect", "fresh"
_OURS = re.compile(rf"{KEPT}-[0-9]+|{FRESH}-[0-9a-f]+")
REASON = "of bisect-parity, which uses it again; `bisect-parity worktree remove` removes it"
REMOVAL_ATTEMPTS = 3
REMEDY = "The git directory must be writable, and have room for a worktree."


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
        OutputError: the git directory cannot be written, or is full.
    """
    with contextlib.ExitStack() as stack:
        path = _first_free(repository, stack)
        remove_leftovers(repository)
        worktree = _taken(repository, path, commit, is_needed, may_lack=may_lack)
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
    path = _folder(repository) / f"{FRESH}-{secrets.token_hex(4)}"
    with file_lock(_lock_of(path), REMEDY, wait=True):
        try:
            yield _created(repository, path, commit, is_needed)
        finally:
            with HeldSignals():
                _remove(repository, path)


def kept_worktrees(repository: Repository) -> list[KeptWorktree]:
    """Our worktrees of a repository, in the order of their names."""
    found = []
    for path in _known(repository):
        git_dir = _git_dir_of(repository, path)
        commit = None if git_dir is None else repository.try_resolve(f"worktrees/{git_dir.name}/HEAD")
        with adopted(_lock_of(path)) as is_free:
            found.append(KeptWorktree(path, commit, not is_free))
    return found


def remove_worktrees(repository: Repository) -> list[KeptWorktree]:
    """Remove our worktrees except those in use, with what these share; return what was removed."""
    every = kept_worktrees(repository)
    is_used = any(kept.is_used for kept in every)
    ours = [kept for kept in every if not is_used or _OURS.fullmatch(kept.path.name)]
    return [kept for kept in ours if _removed_if_free(repository, kept.path)]


def strangers(repository: Repository) -> list[str]:
    """The names of what checks wrote beside our worktrees, as into `../build`."""
    return [path.name for path in _known(repository) if not _OURS.fullmatch(path.name)]


def remove_leftovers(repository: Repository) -> None:
    """Remove the fresh worktrees of processes that were killed."""
    for path in _known(repository):
        if path.name.startswith(f"{FRESH}-"):
            _removed_if_free(repository, path)


def _removed_if_free(repository: Repository, path: Path) -> bool:
    lock = _lock_of(path)
    with adopted(lock) as is_ours:
        if is_ours:
            with HeldSignals():
                _remove(repository, path)
                lock.unlink(missing_ok=True)
        return is_ours


def _first_free(repository: Repository, stack: contextlib.ExitStack) -> Path:
    number = 1
    while True:
        path = _folder(repository) / f"{KEPT}-{number}"
        try:
            stack.enter_context(file_lock(_lock_of(path), REMEDY))
        except LockHeldError:
            number += 1
        else:
            return path


def _taken(
    repository: Repository, path: Path, commit: str, is_needed: Callable[[str], bool], *, may_lack: bool
) -> Worktree:
    """A kept worktree with `commit` checked out; one that cannot be repaired is made again."""
    git_dir = _git_dir_of(repository, path)
    if git_dir is not None:
        try:
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
        _remove(repository, path)
    try:
        return _created(repository, path, commit, is_needed, may_lack=may_lack)
    except BaseException:
        with HeldSignals():
            _remove(repository, path)
        raise


def _created(
    repository: Repository,
    path: Path,
    commit: str,
    is_needed: Callable[[str], bool],
    *,
    may_lack: bool = False,
) -> Worktree:
    """Make a worktree, and check the commit out only when it is known to be ours."""
    words = ("worktree", "add", "-q", "--no-checkout", "--detach", str(path), commit)
    with writing(path.parent, REMEDY):
        path.parent.mkdir(parents=True, exist_ok=True)
    made = repository.git_result(*OPTIONS, *words)
    if made.status != 0:
        reason = made.stderr.decode(errors="backslashreplace").strip().rpartition("\n")[2]
        raise RepositoryError(f"cannot make {path}: {reason.removeprefix('fatal: ')}", REMEDY)
    there = repository.at(path)
    with writing(there.git_dir, REMEDY):
        (there.git_dir / MARKER).write_text(f"{path.name}\n")
    repository.git("worktree", "lock", "--reason", REASON, str(path))
    worktree = Worktree(path, there.git_dir, there, is_needed)
    worktree.forget_other_settings()
    with contextlib.suppress(*[MissingObjectError] * may_lack):
        worktree.restore(commit)
    return worktree


def _known(repository: Repository) -> list[Path]:
    """Every worktree of ours: those that lie there, and those that git alone still knows of."""
    folder = _folder(repository)
    names = {entry.name.removesuffix(".lock") for entry in folder.glob("*")}
    for marker in repository.common_dir.glob(f"worktrees/*/{MARKER}"):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            names.add(Path(marker.read_text().strip()).name)  # a name alone: nothing else is ours to remove
    return sorted(folder / name for name in names if name)


def _git_dir_of(repository: Repository, path: Path) -> Path | None:
    """The git directory of a worktree of ours, also after the repository was moved."""
    for git_dir in repository.common_dir.glob("worktrees/*"):
        with contextlib.suppress(OSError):
            if (git_dir / MARKER).is_file():
                if (git_dir / MARKER).read_bytes() == os.fsencode(f"{path.name}\n"):
                    return git_dir
            elif (git_dir / "gitdir").read_bytes() == os.fsencode(f"{path}/.git\n"):
                return git_dir
    return None


def _folder(repository: Repository) -> Path:
    return repository.state_directory() / "worktrees"


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _remove(repository: Repository, path: Path) -> None:
    """Remove a worktree of ours with all that git knows of it; nothing may be there at all."""
    for _ in range(REMOVAL_ATTEMPTS):
        with contextlib.suppress(OSError):  # a process that still runs there may be writing
            remove_tree(path)
            break
    git_dir = _git_dir_of(repository, path)
    if git_dir is not None:
        with contextlib.suppress(OSError):  # as `git worktree remove` does, which wants no submodules
            remove_tree(git_dir)
            git_dir.parent.rmdir()

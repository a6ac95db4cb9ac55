"""Our own linked worktrees: isolated, locked, cleaned between steps, and gone afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import OutputError, RepositoryError
from bisect_parity.history.locks import adopted, file_lock
from bisect_parity.history.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bisect_parity.journal import Completed

__all__ = ["MARKER", "Worktree", "cache_directory", "own_worktree", "remove_leftovers"]

MARKER = "bisect-parity-worktree"
PLACE = ("bisect-parity", "worktrees")
REMOVAL_ATTEMPTS = 3
CACHE_REMEDY = "Name another cache directory with XDG_CACHE_HOME."


@frozen
class Worktree:
    """A linked worktree of our own.

    Every git command is told both of its directories: a case that deletes the file `.git` must not make
    git clean or check out in a repository further up.

    Attributes:
        path: its top.
        git_dir: its own git directory, below `worktrees/` of the common one.
        repository: the repository, seen from here.
    """

    path: Path
    git_dir: Path
    repository: Repository

    @property
    def options(self) -> tuple[str, ...]:
        """The options of `git` that make it work here and nowhere else."""
        return ("-c", "submodule.recurse=false", f"--git-dir={self.git_dir}", f"--work-tree={self.path}")

    def git_result(self, *arguments: str) -> Completed:
        """Run a git command here to its end, whatever its exit status."""
        return self.repository.git_result(*self.options, *arguments)

    def git(self, *arguments: str) -> bytes:
        """Run a git command here and return its standard output.

        Raises:
            RepositoryError: git ended with another status than 0.
        """
        return self.repository.git(*self.options, *arguments)

    def head(self) -> str:
        """The id of the commit that is checked out."""
        return self.git("rev-parse", "--verify", "HEAD").decode().strip()

    def restore(self, commit: str, keep: Iterable[str] = ()) -> None:
        """Make the worktree what `commit` says, byte for byte.

        Args:
            commit: full id.
            keep: patterns of untracked files, as in .gitignore, that stay.

        Raises:
            RepositoryError: the commit cannot be checked out.
            OutputError: the worktree cannot be written.
        """
        self.repair()
        excluded = [word for pattern in keep for word in ("-e", pattern)]
        cleaned = self.git_result("clean", "-ffdxq", *excluded)
        if cleaned.status != 0:
            _make_writable(self.path)
            self.git("clean", "-ffdxq", *excluded)
        self.git("checkout", "-q", "-f", "--detach", commit, "--")

    def repair(self) -> None:
        """Put back what ties the worktree to its repository, should a case have removed it."""
        link = self.path / ".git"
        text = f"gitdir: {self.git_dir}\n"
        if self.path.is_symlink():
            raise OutputError(f"{self.path} was replaced by a link", "See what the case does to it.")
        try:
            self.path.mkdir(exist_ok=True)
            if link.is_symlink() or not link.is_file() or link.read_text() != text:
                _remove_tree(link)
                link.write_text(text)
            (self.git_dir / "index.lock").unlink(missing_ok=True)  # of a git that was killed
        except (OSError, UnicodeDecodeError) as error:
            raise OutputError(
                f"cannot write {self.path}: {error}", "See what the case does to it."
            ) from error


def cache_directory() -> Path:
    """The user's cache directory for this tool; `XDG_CACHE_HOME` is honoured where it is absolute."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(named) if named.startswith("/") else Path.home() / ".cache"
    return base / PLACE[0]


@contextlib.contextmanager
def own_worktree(repository: Repository, commit: str, name: str = "bisect") -> Iterator[Worktree]:
    """Make a linked worktree with `commit` checked out, and remove it afterwards, whatever happens.

    It lies in the user's cache directory, under a name of its own, so that any number of sessions work at
    once; a file lock says that its owner lives. What killed sessions left behind is removed first.
    HEAD, index, files, stash, configuration and reflogs of the user's work trees are not touched.

    Raises:
        RepositoryError: the commit cannot be checked out.
        OutputError: the cache directory cannot be written, or is full.
    """
    remove_leftovers(repository)
    path = _folder(repository) / f"{name}-{secrets.token_hex(4)}"
    with file_lock(_lock_of(path), CACHE_REMEDY, wait=True):
        try:
            yield _create(repository, path, commit)
        finally:
            with _undisturbed():
                _remove(repository, path)


def remove_leftovers(repository: Repository) -> tuple[Path, ...]:
    """Remove the worktrees of sessions that were killed, and return where they were."""
    removed = []
    for lock, path in sorted(_known(repository)):
        with adopted(lock) as is_ours:
            if is_ours:
                with _undisturbed():
                    _remove(repository, path)
                    lock.unlink(missing_ok=True)
                removed.append(path)
    return tuple(removed)


def _known(repository: Repository) -> set[tuple[Path, Path]]:
    """Lock file and top of every worktree of ours: those in the cache, and those that git lists."""
    tops = {lock.with_name(lock.name[:-5]) for lock in _folder(repository).glob("*.lock")}
    for git_dir, path in _listed(repository):
        # the place is asked for as well: what a marker in a strange repository names is not removed
        if (git_dir / MARKER).is_file() and path.parent.parent.parts[-2:] == PLACE:
            tops.add(path)
    return {(_lock_of(path), path) for path in tops}


def _folder(repository: Repository) -> Path:
    digest = hashlib.sha256(os.fsencode(repository.common_dir)).hexdigest()
    return cache_directory().resolve() / PLACE[1] / digest[:16]


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _create(repository: Repository, path: Path, commit: str) -> Worktree:
    owner = f"bisect-parity, process {os.getpid()} since {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    result = repository.git_result("worktree", "add", "-q", "--detach", str(path), commit)
    if result.status != 0:
        reason = result.stderr.decode(errors="backslashreplace").strip().rpartition("\n")[2]
        raise RepositoryError(
            f"cannot check out {commit} in {path}: {reason.removeprefix('fatal: ')}",
            "Make room there, or name another cache directory with XDG_CACHE_HOME; fetch what is missing.",
        )
    there = repository.at(path)
    with _write_errors(there.git_dir):
        (there.git_dir / MARKER).write_text(owner + "\n")
    repository.git("worktree", "lock", "--reason", owner, str(path))
    return Worktree(path, there.git_dir, there)


def _remove(repository: Repository, path: Path) -> None:
    """Remove a worktree of ours with all that git knows of it; nothing may be there at all."""
    for _ in range(REMOVAL_ATTEMPTS):
        with contextlib.suppress(OSError):  # a process that still runs there may be writing
            _remove_tree(path)
            break
    if any(top == path for _, top in _listed(repository)):
        # twice: it is locked
        repository.git_result("worktree", "remove", "--force", "--force", str(path))


def _listed(repository: Repository) -> Iterator[tuple[Path, Path]]:
    """Git directory and top of every linked worktree that git knows of."""
    for link in repository.common_dir.glob("worktrees/*/gitdir"):
        with contextlib.suppress(OSError):
            yield link.parent, Path(os.fsdecode(link.read_bytes()).strip()).parent


def _remove_tree(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except PermissionError:
        _make_writable(path)
        shutil.rmtree(path)


def _make_writable(top: Path) -> None:
    for folder, _, _ in os.walk(top):
        Path(folder).chmod(0o700)


@contextlib.contextmanager
def _write_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {place}: {error.strerror}", CACHE_REMEDY) from error


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back ^C and SIGTERM while something must come to its end, and raise them then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
    for sign in before:
        signal.signal(sign, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler if handler is not None else signal.SIG_DFL)
    if came:
        raise KeyboardInterrupt

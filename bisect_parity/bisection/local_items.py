"""What the user's own directory holds and a clean worktree does not: listed and copied, never changed."""

from __future__ import annotations

import functools
import os
import shutil
import stat
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.command_log import is_logged_folder
from bisect_parity.errors import OutputError
from bisect_parity.files import OUTPUT_FOLDER
from bisect_parity.history.working_diff import working_diff
from bisect_parity.tool_folders import is_tool_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.history.repository import Repository

OURS = f"{OUTPUT_FOLDER}/"
LARGE_FOLDER = 500  # files; a folder of packages or caches with more of them is one change at first
GROUPED = {"env", "build", "dist", "target", ".cache", ".git", "wandb", "mlruns"}  # and folders of tools


@frozen
class LocalItem:
    """A file or folder to lay over a clean worktree.

    Attributes:
        path: relative to the top; of a folder that is taken as one, without a slash at its end.
        kind: "untracked", "ignored", "modified" (tracked, and changed against HEAD), or "deleted".
        size: bytes.
        files: what it is made of: the path itself, or all files of the folder.
    """

    path: str
    kind: str
    size: int
    files: tuple[str, ...]

    @property
    def is_folder(self) -> bool:
        """Whether it stands for all files of a folder."""
        return self.files != (self.path,)


@frozen
class LocalItems:
    """What was found in the user's directory.

    Attributes:
        items: by path, so that neighbours stand together.
        left_out: what is not copied, for its size.
        unreadable: paths that are no files, or cannot be read.
        size: bytes of all items.
    """

    items: tuple[LocalItem, ...]
    left_out: tuple[LocalItem, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all items."""
        return sum(item.size for item in self.items)


def find_local_items(
    repository: Repository, commit: str, most_bytes: int, output: Path | None = None
) -> LocalItems:
    """List what a clean worktree of `commit` lacks, or has otherwise.

    Folders of packages, caches and builds with many files are one item each. Where all is more than
    `most_bytes`, the largest folders, then the largest files are left out.

    Args:
        repository: with a working tree.
        commit: what will be checked out; changed tracked files count only where HEAD holds the same there.
        most_bytes: that may be copied at once.
        output: a folder that is left out: what is written to it is our own.

    Raises:
        RepositoryError: git cannot list the files.
    """
    top = repository.work_tree
    if top is None:
        return LocalItems(())
    everything = repository.fields("ls-files", "--others")
    untracked = set(repository.fields("ls-files", "--others", "--exclude-standard"))
    found: list[LocalItem] = []
    unreadable: list[str] = []
    is_output = functools.cache(lambda folder: is_logged_folder(top / folder))
    for path in _files(top, everything):
        size = _size(top / path)
        if size is None:
            unreadable.append(path)
        elif not (
            path.startswith(OURS)
            or (output and (top / path).is_relative_to(output))
            or any(map(is_output, _parents(path)))
        ):
            is_untracked = path in untracked or any(f"{p}/" in untracked for p in _parents(path))
            found.append(LocalItem(path, "untracked" if is_untracked else "ignored", size, (path,)))
    items = _grouped(found) + _modified(repository, top, commit)
    kept, left_out = _bounded(sorted(items, key=lambda item: item.path), most_bytes)
    return LocalItems(tuple(kept), tuple(left_out), tuple(unreadable))


def files_of(item: LocalItem, top: Path) -> list[LocalItem]:
    """The files of a folder that was taken as one."""
    return [evolve(item, path=path, size=_size(top / path) or 0, files=(path,)) for path in item.files]


def lay(items: Iterable[LocalItem], top: Path, worktree: Path) -> None:
    """Copy items of the user's directory over a clean worktree, with their times; links stay in the copy.

    Raises:
        OutputError: the copy cannot be written.
    """
    real = os.path.realpath(worktree)
    for item in items:
        for path in item.files:
            target = worktree / path
            if not Path(os.path.realpath(target.parent)).is_relative_to(real):
                continue  # the commit has a link there, which leads out of the copy
            try:
                _lay_one(item, path, top, worktree)
            except (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError):
                continue  # it went away since it was listed, or the commit has a file where a folder would be
            except OSError as error:
                raise OutputError(
                    f"cannot copy {path} to {worktree}: {error.strerror}",
                    "Make room there, or copy less with --most.",
                ) from error


def _lay_one(item: LocalItem, path: str, top: Path, worktree: Path) -> None:
    target = worktree / path
    if item.kind == "deleted":
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink() or target.is_file():
        target.unlink()
    _copy(top / path, target, top, worktree)


def copy_times(repository: Repository, top: Path, worktree: Path) -> None:
    """Give tracked files the times that they have in the user's directory: caches and `make` look at them."""
    for path in repository.fields("ls-files"):
        try:
            status = (top / path).stat(follow_symlinks=False)
            os.utime(worktree / path, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)
        except OSError:
            continue  # it is not in both


def _copy(source: Path, target: Path, top: Path, worktree: Path) -> None:
    if not source.is_symlink():
        shutil.copy2(source, target)
        return
    aim = Path(os.path.normpath(source.parent / source.readlink()))
    if aim.is_relative_to(top):  # a link into the user's directory would let the case write there
        aim = worktree / aim.relative_to(top)
    target.symlink_to(aim)


def _files(top: Path, listed: Sequence[str]) -> list[str]:
    """All files; git names a repository within this one as a folder, and does not look into it."""
    found = []
    for path in listed:
        if not path.endswith("/"):
            found.append(path)
            continue
        for folder, _, names in os.walk(top / path):
            found += [(Path(folder) / name).relative_to(top).as_posix() for name in names]
    return found


def _size(path: Path) -> int | None:
    """Bytes of a file or link that can be copied; None for what is none."""
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return None
    if stat.S_ISLNK(status.st_mode):
        return 0
    is_file = stat.S_ISREG(status.st_mode) and os.access(path, os.R_OK)
    return status.st_size if is_file else None


def _parents(path: str) -> list[str]:
    names = path.split("/")
    return ["/".join(names[:depth]) for depth in range(1, len(names))]


def _grouped(items: Sequence[LocalItem]) -> list[LocalItem]:
    """Files of the same large folder of packages or caches as one item."""
    counts = Counter(parent for item in items for parent in _parents(item.path) if _is_grouped(parent))
    groups: dict[str, list[LocalItem]] = {}
    single = []
    for item in items:
        parents = (p for p in _parents(item.path) if counts[p] > LARGE_FOLDER)
        folder = next(parents, None)
        if folder is None:
            single.append(item)
        else:
            groups.setdefault(folder, []).append(item)
    folders = [
        LocalItem(folder, own[0].kind, sum(i.size for i in own), tuple(i.path for i in own))
        for folder, own in groups.items()
    ]
    return single + folders


def _is_grouped(folder: str) -> bool:
    name = folder.rpartition("/")[2]
    return name in GROUPED or is_tool_folder(name)


def _modified(repository: Repository, top: Path, commit: str) -> list[LocalItem]:
    """Tracked files that differ from HEAD, where the commit holds what HEAD holds."""
    if repository.try_resolve("HEAD") is None:
        return []
    found = working_diff(repository, "-z", "--name-only", "--no-renames", "HEAD", "--")
    changed = os.fsdecode(found).split("\0")[:-1]
    names = [f"{revision}:{path}" for path in changed for revision in ("HEAD", commit)]
    blobs = [None if found is None else found[0] for found in repository.objects(names)]
    items = []
    for path, here, there in zip(changed, blobs[0::2], blobs[1::2], strict=True):
        is_folder = (top / path).is_dir() and not (top / path).is_symlink()  # a submodule
        if here == there and not is_folder:
            size = _size(top / path)
            items.append(LocalItem(path, "deleted" if size is None else "modified", size or 0, (path,)))
    return items


def _bounded(items: Sequence[LocalItem], most_bytes: int) -> tuple[list[LocalItem], list[LocalItem]]:
    total = sum(item.size for item in items)
    left_out: set[str] = set()
    for item in sorted(items, key=lambda item: (not item.is_folder, -item.size)):
        if total <= most_bytes:
            break
        total -= item.size
        left_out.add(item.path)
    kept = [item for item in items if item.path not in left_out]
    return kept, [item for item in items if item.path in left_out]

"""Which files a search for evidence sees, in a working tree or in what commits hold.

Links stay out, but for those that git-annex puts in the place of files.
"""

from __future__ import annotations

import functools
import os
import posixpath
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from attrs import field, frozen

from bisect_parity.annex import is_annexed, real_path
from bisect_parity.errors import EvidenceError
from bisect_parity.files import nearest_path
from bisect_parity.kept import FileState, state_of
from bisect_parity.logs import logger
from bisect_parity.tool_folders import is_tool_folder

USUAL_ROOTS = (
    "reports",
    "benchmarks",
    "results",
    "outputs",
    "multirun",
    "runs",
    "mlruns",
    "wandb",
    "experiments",
    "output",
    "logs",
    "work_dirs",
    "ray_results",
    "lightning_logs",
    "evidence",
    "bundles",
    "artifacts",
    "artefacts",
    "result",
    "measurements",
    ".benchmarks",
    ".asv/results",
    ".userbenchmark",
)
OWN_FOLDER = "bisect-parity"
REPOSITORY = ".git"  # a folder, or in submodules and linked worktrees a file
VERSION_CONTROL = {REPOSITORY, ".hg", ".svn"}
DEEPEST = 24
MOST_FILES = 500_000


@frozen
class WorkTree:
    """The files of a working tree; only links of git-annex are followed. Paths are relative to the top."""

    top: Path

    def named(self, name: str) -> str:
        """The path of a folder or file that was named absolutely, or relative to the top.

        What lies elsewhere keeps its absolute path, also in another repository. It must have been named so: a
        link, or a path of the settings, leads nowhere out of the tree. What lies in a repository within this
        one, such as a submodule, gets its absolute path.

        Raises:
            EvidenceError: it is not there, or is neither folder nor file.
        """
        real, top = self._there(name), self.top.resolve()
        written = Path(os.path.normpath(self.top / name))
        is_of_tree = any(path.is_relative_to(tree) for path in (written, real) for tree in (self.top, top))
        above = (folder for folder in (real, *real.parents) if not top.is_relative_to(folder))
        other = next(filter(_is_repository, above), None)
        if top.is_relative_to(real) or not (Path(name).is_absolute() or is_of_tree):
            return self._within(name, real)
        if is_of_tree and (other is None or not real.is_relative_to(top)):
            return self._within(name, real)
        if other is not None:  # results are often kept in a repository of their own, or in a submodule
            _warn_once(
                f"{real} belongs to the repository {other}: taken for a run of the code of {self.top}; "
                f"if the code is there, use --repo {other}"
            )
        return real.as_posix()

    def _there(self, name: str) -> Path:
        path = self.top / name
        try:
            real = real_path(path, strict=True)
        except (OSError, RuntimeError) as error:
            what = "is a link that leads nowhere" if _is_link(path) else "does not exist"
            raise EvidenceError(f"{name} {what}", nearest_path(path, "Name the folder of a run.")) from error
        if not real.is_dir() and not real.is_file():
            raise EvidenceError(f"{name} is neither a folder nor a file", "Name the folder of a run.")
        return real

    def _within(self, name: str, real: Path) -> str:
        try:
            inside = real.relative_to(self.top.resolve())
        except ValueError as error:
            raise EvidenceError(
                f"{name} is not inside {self.top}",
                "Name a folder of this repository, another one with --repo, or where a link leads to.",
            ) from error
        self._refuse_others(name, (self.top / part for part in (inside, *inside.parents) if part.parts))
        return inside.as_posix()

    @staticmethod
    def _refuse_others(name: str, folders: Iterable[Path]) -> None:
        nested = next(filter(_is_repository, folders), None)
        if nested is not None:
            raise EvidenceError(f"{name} belongs to another repository, {nested}", f"Use --repo {nested}.")

    def roots(self, settings_roots: tuple[str, ...]) -> list[str]:
        """The folders to search: those of the settings that are there, else all, the usual ones first.

        Raises:
            EvidenceError: a folder of the settings leads out.
        """
        if settings_roots:
            there = [root for root in settings_roots if os.path.lexists(self.top / root)]
            return [self._within(root, self._there(root)) for root in there]
        with os.scandir(self.top) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        found = _usual_first(names)
        return [name for name in found if (self.top / name).is_dir() and not (self.top / name).is_symlink()]

    def walk(self, root: str) -> Iterator[FileState]:
        """All regular files below a folder, sorted within each; of a file, the file itself.

        Submodules and other repositories are left out: their history is another one. Folders that may not be
        read are named in a warning.
        """
        if (self.top / root).is_file():
            yield state_of(root, (self.top / root).stat())
            return
        count = 0
        inside = posixpath.normpath(root)
        own = f"{inside}/" if posixpath.isabs(inside) else ""  # another repository that was named
        waiting = [("" if inside == "." else f"{inside}/", 0)]
        while waiting:
            start, depth = waiting.pop()
            try:
                with os.scandir(os.path.join(self.top, start)) as entries:  # noqa: PTH118 - see `read`
                    found = sorted(entries, key=_name)
            except PermissionError as error:
                logger().warning(f"skipped: {start or self.top}: {error.strerror}")
                continue
            except OSError:  # it is gone by now
                continue
            if start not in ("", own) and any(entry.name == REPOSITORY for entry in found):
                continue
            for entry in found:
                status = _status(entry)
                if status is None:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    if depth < DEEPEST and _is_entered(entry.name):
                        waiting.append((f"{start}{entry.name}/", depth + 1))
                elif stat.S_ISREG(status.st_mode):
                    count += 1
                    if count > MOST_FILES:
                        raise EvidenceError(
                            f"more than {MOST_FILES} files below {root}",
                            "Name the folders of evidence in [evidence] roots.",
                        )
                    yield state_of(start + entry.name, status)

    def loose(self) -> Iterator[FileState]:
        """The regular files that lie at the top, in no folder, sorted; hidden ones are left out."""
        with os.scandir(self.top) as entries:
            found = [(e.name, _status(e)) for e in sorted(entries, key=_name) if not e.name.startswith(".")]
        for name, status in found:
            if status is not None and stat.S_ISREG(status.st_mode):
                yield state_of(name, status)

    def read(self, path: str, most: int) -> bytes:
        """The first bytes of a file.

        Raises:
            OSError: it cannot be read.
        """
        with open(os.path.join(self.top, path), "rb") as opened:  # noqa: PTH118, PTH123 - one of 100,000, perhaps
            return opened.read(most)


@frozen
class StoredFiles:
    """Files that are not in a working tree.

    Attributes:
        sizes: path -> bytes.
        content: reads a file as a whole; it may raise OSError.
    """

    sizes: Mapping[str, int] = field(repr=False)
    content: Callable[[str], bytes] = field(repr=False)

    def has(self, path: str) -> bool:
        """Whether a file is there, or a folder with files."""
        return path in self.sizes or any(other.startswith(f"{path}/") for other in self.sizes)

    def named(self, name: str) -> str:
        """The path of a folder or file that was named relative to the top."""
        folder = posixpath.normpath(name)
        if not self.has(folder):
            raise EvidenceError(f"{name} does not exist", "Name the folder of a run.")
        return folder

    def roots(self, settings_roots: tuple[str, ...]) -> list[str]:
        """The folders to search."""
        folders = {path.partition("/")[0] for path in self.sizes if "/" in path}
        if settings_roots:
            wanted = (posixpath.normpath(root) for root in settings_roots)
            return [root for root in wanted if any(path.startswith(f"{root}/") for path in self.sizes)]
        return _usual_first(folders)

    def walk(self, root: str) -> Iterator[FileState]:
        """All files below a folder, sorted; of a file, the file itself."""
        if root in self.sizes:
            yield FileState(root, self.sizes[root])
        for path in sorted(self.sizes):
            if path.startswith(f"{root}/") or root == ".":
                below = path[len(root) + 1 :].split("/")[:-1]
                if len(below) <= DEEPEST and all(map(_is_entered, below)):
                    yield FileState(path, self.sizes[path])

    def loose(self) -> Iterator[FileState]:
        """The files at the top, sorted."""
        loose = (path for path in sorted(self.sizes) if "/" not in path and not path.startswith("."))
        yield from (FileState(path, self.sizes[path]) for path in loose)

    def read(self, path: str, most: int) -> bytes:
        """The first bytes of a file."""
        return self.content(path)[:most]


Files: TypeAlias = WorkTree | StoredFiles  # where evidence lies


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """The status of an entry, of a file of git-annex that of its content; None where it is not here."""
    try:
        is_content = entry.is_symlink() and is_annexed(os.readlink(entry.path))  # noqa: PTH115 - text is at hand
        return entry.stat(follow_symlinks=is_content)
    except OSError:
        return None


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # a name that is too long
        return False


@functools.lru_cache(maxsize=64)
def _warn_once(message: str) -> None:
    """Warn of something that is looked at several times in one call of the program."""
    logger().warning(message)


def _is_repository(folder: Path) -> bool:
    return os.path.lexists(folder / REPOSITORY)


def is_within(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of some folders, or lies below one; "." is the top."""
    return any(folder == "." or f"{path}/".startswith(f"{folder}/") for folder in folders)


def _usual_first(names: Iterable[str]) -> list[str]:
    """The usual folders of evidence among those at the top, then the others: there only stamps count."""
    present = sorted(names)
    usual = [name for name in USUAL_ROOTS if name.partition("/")[0] in present]
    others = [n for n in present if n not in USUAL_ROOTS and not n.startswith(".") and not is_tool_folder(n)]
    return usual + others


def _is_entered(name: str) -> bool:
    return name != OWN_FOLDER and name not in VERSION_CONTROL and not is_tool_folder(name)

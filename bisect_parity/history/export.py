"""The tree of a commit as files in a folder of their own, without a worktree."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.errors import MissingObjectError, OutputError, RepositoryError, writing
from bisect_parity.history.complaints import FETCH_ALL, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bisect_parity.errors import BisectParityError
    from bisect_parity.history.repository import Repository

SUBMODULE = "160000"
FILE_TOO_LARGE = (-signal.SIGXFSZ, 128 + signal.SIGXFSZ)  # how git ends at a limit on the size of files
REMEDY, DISTRUST = "Make room there.", "Do not trust this history."


def tree_entries(
    repository: Repository, commit: str, paths: Iterable[str] = ()
) -> list[tuple[str, str, str]]:
    """Mode, object id and path of every file and submodule of a commit.

    Args:
        repository: where the commit is.
        commit: full id.
        paths: alone, with all that they hold; none: all.

    Raises:
        RepositoryError: the tree is missing, or holds a path that leaves its folder.
    """
    entries = []
    only = (f":(top,literal){path}" for path in paths)
    for entry in repository.fields("ls-tree", "-r", "--full-tree", "--end-of-options", commit, *only):
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
    """Write every file of a commit below `destination`, as a checkout would.

    Line ends, filters and encodings of `.gitattributes` and of the settings are those of a checkout.
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
        RepositoryError: the tree is missing, or holds a path that leaves the folder, or a filter failed.
        OutputError: the folder cannot be written.
    """
    entries = tree_entries(repository, commit)
    _refuse_files_as_folders(entries)
    files = {name: object_id for mode, object_id, name in entries if mode != SUBMODULE}
    with writing(destination, REMEDY), tempfile.TemporaryDirectory(prefix="bisect-parity-") as folder:
        for mode, _, name in entries:
            if mode == SUBMODULE:
                (destination / name).mkdir(parents=True, exist_ok=True)
        options = (
            f"--git-dir={_git_directory(repository, commit, Path(folder))}",
            f"--work-tree={destination}",
        )
        repository.git(*options, "read-tree", commit)
        refused = _check_out(repository, options, files, destination)
        if refused is None:
            return ()
        left_out = _missing(repository, files)
        for name in left_out:
            if is_needed(name):
                what = f"object {files[name]} ({name}) is missing"
                raise MissingObjectError(what, FETCH_ALL)
        refused = (
            refused
            if not left_out
            else _check_out(
                repository, options, [name for name in files if name not in left_out], destination
            )
        )
        if refused is not None:
            raise refused
        return left_out


def _refuse_files_as_folders(entries: Iterable[tuple[str, str, str]]) -> None:
    """Refuse a tree with a file or link that also is a folder: git would write one over the other."""
    names = {name for _, _, name in entries}
    for name in names:
        if any(str(folder) in names for folder in PurePosixPath(name).parents):
            raise RepositoryError(f"the tree holds {name!r} below what is no folder", DISTRUST)


def _git_directory(repository: Repository, commit: str, folder: Path) -> Path:
    """Make a folder what git takes for the directory of a linked worktree, with an index of its own."""
    (folder / "HEAD").write_text(f"{commit}\n")
    (folder / "commondir").write_bytes(os.fsencode(repository.common_dir) + b"\n")
    return folder


def _check_out(
    repository: Repository, options: Sequence[str], names: Iterable[str], destination: Path
) -> BisectParityError | None:
    """Write files by git, with its filters; return why it did not write them all."""
    asked = os.fsencode("".join(f"{name}\0" for name in names))
    done = repository.git_result(*options, "checkout-index", "-fqz", "--stdin", stdin=asked)
    if done.status == 0:
        return None
    said = done.stderr.decode(errors="backslashreplace")
    if "No space left" in said or "quota" in said or done.status in FILE_TOO_LARGE:
        return OutputError(f"cannot write {destination}: no space left", REMEDY)
    return refusal(repository.directory, "checkout-index", said)


def _missing(repository: Repository, files: Mapping[str, str]) -> tuple[str, ...]:
    """The paths, of those to object ids, whose content is not in the repository."""
    found = zip(files, repository.objects(files.values()), strict=True)
    return tuple(name for name, answer in found if answer is None)


def _safe(name: str) -> str:
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in name.split("/")):
        raise RepositoryError(f"the tree holds {name!r}, which leaves its folder", DISTRUST)
    return name

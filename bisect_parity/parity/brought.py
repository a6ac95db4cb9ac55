"""Files of the user's that a case brings along: no commit holds them, and a clean worktree lacks them."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.digest import content_digest
from bisect_parity.errors import CheckError, UsageError
from bisect_parity.files import NEVER_COPIED, copy_to_own_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.parity.case import Case


def brought_path(name: str, repository: Path) -> Path:
    """Where a file of the user's lies: below the top of the repository, unless its path is absolute."""
    return repository / name


def frozen_place(settings: Path) -> Path:
    """Where a session keeps copies of what its case brings, beside its settings."""
    return settings.with_suffix(".brought")


def refuse_missing(case: Case, top: Path) -> None:
    """Stop before anything is run where a path of `bring` is not there.

    Raises:
        UsageError: it is so.
    """
    for path in case.bring:
        if not (top / path).exists():
            raise UsageError(f"{path}, which the case brings along, is not in {top}", "Correct its path.")


def freeze_brought(case: Case, top: Path, settings: Path) -> None:
    """Copy what `bring` names beside the settings of a session: the user may edit it meanwhile.

    Raises:
        OutputError: it cannot be copied.
    """
    for path in case.bring:
        copy_to_own_place(top / path, frozen_place(settings), path)


def bring(case: Case, repository: Path, scratch: Path) -> None:
    """Copy the case's files to the scratch folder, so that no step can change the user's own.

    Raises:
        CheckError: one cannot be read, or there is no room for it.
    """
    for name in case.files:
        source = brought_path(name, repository)
        try:
            shutil.copyfile(source, scratch / source.name)
        except OSError as error:
            raise _cannot_bring(source, error) from error


def lay_brought(case: Case, repository: Path, tree: Path, *, is_own: bool) -> None:
    """Copy what the case brings to its own place in the tree under test, over what the commit holds there.

    Args:
        case: with its `bring`.
        repository: top of the user's repository.
        tree: under test.
        is_own: whether it is one of ours: nothing is written into the user's checkout.

    Raises:
        CheckError: the tree is the user's, and holds something else there.
        OutputError: the tree cannot be written.
    """
    for path in case.bring:
        source = _source(case, path, repository)
        if is_own:
            copy_to_own_place(source, tree, path)
        elif _folder_digests(source) != _folder_digests(tree / path):
            raise CheckError(
                f"{path}, which the case brings along, differs here, and your checkout is not changed",
                "`bisect-parity bisect` and `sweep` check in a worktree of their own.",
            )


def brought_digest(case: Case, repository: Path) -> str:
    """Identity of the content of all files that a case brings along, its mask included, as 64 hex digits.

    Raises:
        CheckError: one cannot be read.
    """
    whole = hashlib.sha256()
    for name in (*case.files, *([] if case.mask is None else [case.mask])):
        source = brought_path(name, repository)
        try:
            content = content_digest(source)
        except OSError as error:
            raise _cannot_bring(source, error) from error
        whole.update(f"{name}\0{content}\0".encode(errors="surrogateescape"))
    for path in case.bring:
        for name, content in _folder_digests(_source(case, path, repository)).items():
            whole.update(f"{path}\0{name}\0{content}\0".encode(errors="surrogateescape"))
    return whole.hexdigest()


def _source(case: Case, path: str, repository: Path) -> Path:
    """Where what is brought is copied from: the copy of the session, else the user's own."""
    return repository / case.bring_from / path


def _folder_digests(place: Path) -> dict[str, str]:
    """The content of a file, or of all files of a folder, by their names below it; empty: nothing is there.

    Raises:
        CheckError: one cannot be read.
    """
    found = {}
    for file in _files(place):
        try:
            found[os.path.relpath(file, place)] = content_digest(file)
        except OSError as error:
            raise _cannot_bring(file, error) from error
    return found


def _files(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield from [place] if place.exists() else []
        return
    for folder, names, files in os.walk(place):
        left_out = NEVER_COPIED(folder, [*names, *files])
        names[:] = sorted(set(names) - left_out)
        yield from (Path(folder, name) for name in sorted(set(files) - left_out))


def _cannot_bring(source: Path, error: OSError) -> CheckError:
    return CheckError(
        f"a file of the case cannot be brought along: {source}: {error.strerror}",
        "Correct `files`, `bring` or `mask`: paths lie below the top of the repository.",
    )

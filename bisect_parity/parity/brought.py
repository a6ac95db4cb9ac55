"""Files of the user's that a case brings along: no commit holds them, and a clean worktree lacks them."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from bisect_parity.digest import content_digest
from bisect_parity.errors import CheckError

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.parity.case import Case

__all__ = ["bring", "brought_digest", "brought_path"]


def brought_path(name: str, repository: Path) -> Path:
    """Where a file of the user's lies: below the top of the repository, unless its path is absolute."""
    return repository / name


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
    return whole.hexdigest()


def _cannot_bring(source: Path, error: OSError) -> CheckError:
    return CheckError(
        f"a file of the case cannot be brought along: {source}: {error.strerror}",
        "Correct `files` or `mask`: paths lie below the top of the repository, or are absolute.",
    )

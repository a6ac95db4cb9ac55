"""Files of git LFS: a commit holds a pointer, and their content lies elsewhere, here or at a server."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository

# git-lfs asks this server for what is not here, and is refused at once: nothing is fetched
NOT_FETCHED = ("-c", "lfs.url=file:///dev/null")
LEFT_AS_POINTERS = ("-c", "lfs.skipdownloaderrors=true")
_VERSION = "version https://git-lfs.github.com/spec/v1"
_OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)
LONGEST_POINTER = 1024  # bytes


def is_of_lfs(complaint: str) -> bool:
    """Whether git could not write a file because of its filter of git LFS."""
    return "smudge filter lfs failed" in complaint or "external filter 'git-lfs" in complaint


def absent_files(repository: Repository, commit: str) -> list[str]:
    """The paths of the files of git LFS in a commit whose content is not in the repository.

    Args:
        repository: where.
        commit: full id.
    """
    named = repository.git_result("config", "--type=path", "--get", "lfs.storage").stdout
    store = repository.common_dir / (os.fsdecode(named).rstrip("\n") or "lfs") / "objects"
    return [
        path
        for path, oid in _pointers(repository, commit).items()
        if not (store / oid[:2] / oid[2:4] / oid).is_file()
    ]


def pointer_files(repository: Repository, commit: str) -> list[str]:
    """The paths of the files that stay pointers wherever a commit is checked out: git-lfs is not set up.

    Args:
        repository: where.
        commit: full id.
    """
    if repository.git_result("config", "--get-regexp", r"^filter\.lfs\.(smudge|process)$").status == 0:
        return []
    words = ("grep", "-q", "-F", "-e", "filter=lfs", commit, "--", ":(top,glob)**/.gitattributes")
    return list(_pointers(repository, commit)) if repository.git_result(*words).status == 0 else []


def _pointers(repository: Repository, commit: str) -> dict[str, str]:
    """The files of a commit that are pointers, and the digests of what they stand for."""
    found = repository.git_result("grep", "-l", "-z", "-F", "-e", _VERSION, commit)  # status 1: none
    paths = [name.removeprefix(f"{commit}:") for name in os.fsdecode(found.stdout).split("\0")[:-1]]
    pointers = {}
    for path, answer in zip(paths, repository.objects(f"{commit}:{path}" for path in paths), strict=True):
        content = b"" if answer is None or len(answer[2]) > LONGEST_POINTER else answer[2]
        oid = _OID.search(content)
        if oid is not None and content.startswith(_VERSION.encode()):
            pointers[path] = oid[1].decode()
    return pointers

"""Files as commits hold them, read from the object store: nothing is checked out."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.history.repository import Repository

LARGEST_BYTES = 64 * 2**20
AHEAD_BYTES = 16 * 2**20  # read in one batch, in the order of paths
_REGULAR = ("100644", "100755")


class Snapshot:
    """Some committed files.

    Args:
        repository: where.
        blobs: path, relative to the top -> full id of its content.

    Attributes:
        sizes: path -> bytes, of those whose content is there; sorted by path.
    """

    def __init__(self, repository: Repository, blobs: Mapping[str, str]) -> None:
        self._repository = repository
        self._blobs = dict(sorted(blobs.items()))
        self._order = {path: place for place, path in enumerate(self._blobs)}
        self._paths = list(self._blobs)
        self._read: dict[str, bytes] = {}
        request = "".join(f"{blob}\n" for blob in self._blobs.values()).encode("ascii")
        options = "--batch-check=%(objecttype) %(objectsize)"
        lines = repository.git("cat-file", options, stdin=request).decode("ascii").splitlines()
        found = (line.split() for line in lines)
        self.sizes = {
            path: int(size) for path, (kind, size) in zip(self._blobs, found, strict=True) if kind == "blob"
        }

    @classmethod
    def at(cls, repository: Repository, commit: str, folder: str = "") -> Snapshot:
        """The regular files of a commit given by its full id, below a folder; no links, no submodules.

        Raises:
            RepositoryError: git cannot read the commit.
        """
        return cls(repository, blobs_of(repository, commit, *([folder] if folder else [])))

    def read(self, path: str) -> bytes:
        """The content of a file; those that follow it are read along.

        Raises:
            OSError: there is no such file, its content is not stored here, or it is too large.
        """
        if self.sizes.get(path, 0) > LARGEST_BYTES:
            raise OSError(errno.EFBIG, f"more than {LARGEST_BYTES} bytes, in git's objects", path)
        if path not in self._read:
            self._read = self._batch(path)
        if path not in self._read:
            raise FileNotFoundError(errno.ENOENT, "not in the object store", path)
        return self._read[path]

    def _batch(self, path: str) -> dict[str, bytes]:
        if path not in self._order:
            return {}
        total = 0
        chosen: list[str] = []
        for name in self._paths[self._order[path] :]:
            if self.sizes.get(name, LARGEST_BYTES + 1) > LARGEST_BYTES:
                continue
            total += self.sizes[name]
            if chosen and total > AHEAD_BYTES:
                break
            chosen.append(name)
        answers = self._repository.objects(self._blobs[name] for name in chosen)
        return {name: answer[2] for name, answer in zip(chosen, answers, strict=True) if answer is not None}


def blobs_of(repository: Repository, commit: str, *folders: str) -> dict[str, str]:
    """The regular files of a commit given by its full id, below some folders or all: path -> id of its blob.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    below = ("--", *(f":(top,literal){folder}" for folder in folders)) if folders else ()
    blobs = {}
    for entry in repository.fields("ls-tree", "-r", "--full-tree", commit, *below):
        head, _, path = entry.partition("\t")
        mode, _, blob = head.split(" ")
        if mode in _REGULAR:
            blobs[path] = blob
    return blobs


def last_commit_with(repository: Repository, path: str) -> str | None:
    """The newest commit that has a folder or file that is gone; None where no ref reaches one.

    Raises:
        RepositoryError: git could not walk the history.
    """
    options = ("--all", "-1", "--format=%H %P")
    line = repository.git("log", *options, "--", f":(top,literal){path}").decode("ascii")
    commits = line.split()
    objects = repository.objects(f"{commit}:{path}" for commit in commits)
    return next((commit for commit, found in zip(commits, objects, strict=True) if found), None)

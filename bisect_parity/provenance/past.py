"""Bundles that are not in the working tree any more, or never were: read from git's objects.

A deleted bundle still documents a run. Its files are taken as the last commit that had them holds them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.errors import MissingObjectError
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.walk import StoredFiles
from bisect_parity.history.snapshot import Snapshot, blobs_of, last_commit_with

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bisect_parity.config import EvidenceSettings
    from bisect_parity.evidence.model import Artifact, Bundle
    from bisect_parity.history.additions import FileHistory
    from bisect_parity.history.repository import Repository

MOST_FILES = 20_000


def files_of_commit(repository: Repository, commit: str) -> StoredFiles:
    """The files in the tree of a commit given by its full id.

    Raises:
        RepositoryError: git cannot read the commit.
    """
    return _stored(Snapshot.at(repository, commit))


def past_bundles(repository: Repository, folder: str, settings: EvidenceSettings) -> tuple[Bundle, ...]:
    """The bundle of a folder or file that is gone, or those in it, as the last commit that had it; or none.

    Raises:
        RepositoryError: git could not walk the history.
    """
    commit = last_commit_with(repository, folder)
    if commit is None:
        return ()
    files = _stored(Snapshot.at(repository, commit, folder))
    found = discover(files, settings, (folder,))
    own = tuple(bundle for bundle in found if bundle.path == folder)
    return tuple(evolve(bundle, is_past=True) for bundle in own or found)


def deleted_bundles(
    repository: Repository,
    history: FileHistory,
    present: Sequence[Bundle],
    settings: EvidenceSettings,
    absent: Mapping[str, str],
) -> tuple[Bundle, ...]:
    """The bundles below the known folders that were deleted, and whose content was not moved elsewhere.

    Args:
        repository: where.
        history: of the folders of evidence.
        present: bundles that are there.
        settings: where evidence lies.
        absent: tracked files that are not in the working tree, with the ids of their blobs.
    """
    gone = history.deleted()
    known = {bundle.path for bundle in present}
    blobs = {path: last.blob for path, last in gone.items()} if len(gone) <= MOST_FILES else {}
    blobs |= absent if len(absent) <= MOST_FILES else {}
    if not blobs:
        return ()
    try:
        snapshot = Snapshot(repository, blobs)
    except MissingObjectError:  # a clone without contents
        return ()
    there = {
        (_name(item.path), item.sha256) for bundle in present for item in bundle.artifacts if item.sha256
    }

    def lives_on(item: Artifact) -> bool:
        if item.path in absent:  # it may have been moved without a commit
            return (_name(item.path), item.sha256) in there
        return history.lives_on(gone[item.path])

    found = discover(_stored(snapshot), settings)
    return tuple(
        evolve(bundle, is_past=True)
        for bundle in found
        if bundle.path not in known and not all(map(lives_on, bundle.artifacts))
    )


def absent_files(
    repository: Repository, roots: AbstractSet[str], tracked: Mapping[str, str], present: AbstractSet[str]
) -> dict[str, str]:
    """Files that are not in the working tree, with the ids of their blobs.

    They were deleted without a commit, or left out of the checkout.

    Args:
        repository: where.
        roots: folders of evidence.
        tracked: the files of the index below them, with their blobs; HEAD is asked if there are none.
        present: files that are known to be there.
    """
    top = repository.work_tree
    if top is None or not roots:
        return {}
    if not tracked and (head := repository.try_resolve("HEAD")) is not None:
        try:
            tracked = blobs_of(repository, head, *sorted(roots))
        except MissingObjectError:  # a clone without trees
            return {}
    missing = (path for path in tracked if path not in present)
    return {
        path: tracked[path]
        for path in missing
        if not os.path.lexists(os.path.join(top, path))  # noqa: PTH118 - there may be 100,000
    }


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _stored(snapshot: Snapshot) -> StoredFiles:
    return StoredFiles(snapshot.sizes, snapshot.read)

"""Bundles that are not in the working tree any more, or never were: read from git's objects.

A deleted bundle still documents a run. Its files are taken as the last commit that had them holds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.errors import MissingObjectError
from bisect_parity.evidence.discover import discover
from bisect_parity.evidence.walk import StoredFiles
from bisect_parity.history.snapshot import Snapshot, last_commit_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.config import EvidenceSettings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.additions import FileHistory
    from bisect_parity.history.repository import Repository

__all__ = ["deleted_bundles", "files_of_commit", "past_bundles"]

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
    repository: Repository, history: FileHistory, present: Sequence[Bundle], settings: EvidenceSettings
) -> tuple[Bundle, ...]:
    """The bundles below the known folders that were deleted, and whose content was not moved elsewhere.

    Args:
        repository: where.
        history: of the folders of evidence.
        present: bundles that are there.
        settings: where evidence lies.
    """
    gone = history.deleted()
    known = {bundle.path for bundle in present}
    if not gone or len(gone) > MOST_FILES:
        return ()
    try:
        snapshot = Snapshot(repository, {path: last.blob for path, last in gone.items()})
    except MissingObjectError:  # a clone without contents
        return ()
    found = discover(_stored(snapshot), settings)
    return tuple(
        evolve(bundle, is_past=True)
        for bundle in found
        if bundle.path not in known
        and not all(history.lives_on(gone[artifact.path]) for artifact in bundle.artifacts)
    )


def _stored(snapshot: Snapshot) -> StoredFiles:
    return StoredFiles(snapshot.sizes, snapshot.read)

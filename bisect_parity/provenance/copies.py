"""Copies of the project's code that lie among the results of a run: their contents show the code that ran."""

from __future__ import annotations

import itertools
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.digest import blob_id
from bisect_parity.evidence.formats.source_digests import is_code
from bisect_parity.evidence.model import GIT_BLOB, Findings, Source, SourceDigest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository

MOST_COPIES = 20  # of a bundle
LARGEST_BYTES = 1 << 20
_PLAIN = re.compile(r"(?!__)[\w.+-]+")  # an empty __init__.py says nothing


def with_copies(repository: Repository, bundles: Sequence[Bundle], blobs: Mapping[str, str]) -> list[Bundle]:
    """The bundles, with the digests of the source files in them that the project tracks as well.

    A copy is known by its name; where several tracked files have it, by the folders above it.

    Args:
        repository: where.
        bundles: the evidence.
        blobs: tracked files of evidence -> the ids of their blobs.
    """
    copies = _copies(bundles, blobs)
    names = {_name(path) for found in copies.values() for path in found}
    if not names or repository.work_tree is None:
        return list(bundles)
    # the whole index: git takes longer to match two hundred names than to list them all
    listed = repository.fields("ls-files")
    inside = tuple(f"{bundle.path}/" for bundle in bundles)
    tracked: dict[str, list[str]] = {}
    for path in listed:
        if _name(path) in names and not path.startswith(inside):
            tracked.setdefault(_name(path), []).append(path)
    return [_with_copies(repository, bundle, copies[bundle.path], tracked, blobs) for bundle in bundles]


def _copies(bundles: Sequence[Bundle], blobs: Mapping[str, str]) -> dict[str, list[str]]:
    """The source files of each bundle, and those in folders below it that are no bundles."""
    found: dict[str, list[str]] = {bundle.path: [] for bundle in bundles}
    own = {artifact.path: bundle.path for bundle in bundles for artifact in bundle.artifacts}
    for path in sorted(path for path in own.keys() | blobs.keys() if is_code(path)):
        owner = own.get(path) or next((str(up) for up in PurePosixPath(path).parents if str(up) in found), "")
        if owner and len(found[owner]) < MOST_COPIES and _PLAIN.fullmatch(_name(path)):
            found[owner].append(path)
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _with_copies(
    repository: Repository,
    bundle: Bundle,
    copies: Sequence[str],
    tracked: Mapping[str, list[str]],
    blobs: Mapping[str, str],
) -> Bundle:
    findings = []
    for path in copies:
        original = _original(path, tracked.get(_name(path), []))
        digest = (blobs.get(path) or _blob_id(repository, path)) if original is not None else None
        if original is not None and digest is not None:
            found = SourceDigest(original, GIT_BLOB, digest, Source(path))
            findings.append(Findings(path, digests=(found,)))
    return evolve(bundle, findings=(*bundle.findings, *findings)) if findings else bundle


def _original(copy: str, tracked: Sequence[str]) -> str | None:
    """The tracked file that agrees with a copy in most of the last parts of its path; None if several do."""

    def shared(path: str) -> int:
        pairs = zip(reversed(copy.split("/")), reversed(path.split("/")), strict=False)
        return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))

    most = max(map(shared, tracked), default=0)
    best = [path for path in tracked if shared(path) == most]
    return best[0] if len(best) == 1 else None


def _blob_id(repository: Repository, path: str) -> str | None:
    """The id that git would give a file of the working tree."""
    try:
        with Path(repository.directory, path).open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError:
        return None
    return None if len(content) > LARGEST_BYTES else blob_id(content, repository.id_length)

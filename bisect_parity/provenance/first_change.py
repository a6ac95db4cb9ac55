"""Which commit brought a bundle in: through moves, and edits that leave what it states as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from bisect_parity.evidence.figures import measured
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import flat
from bisect_parity.evidence.recognition import HEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.additions import Change, FileHistory
    from bisect_parity.history.repository import Repository

    Said: TypeAlias = tuple[frozenset[object], ...]

__all__ = ["first_changes"]

MOST_STEPS = 8  # of moves and edits that are followed
MOST_BYTES = 1 << 20  # of a content that is compared


def first_changes(
    repository: Repository, bundles: Sequence[Bundle], history: FileHistory, blobs: Mapping[str, str]
) -> dict[str, Change | None]:
    """The commit that first brought in the content of each bundle's most telling committed file.

    Figures are what a run wrote: where all of them were overwritten since they were added, they are of the
    later run. Notes and ids are edited by hand. Contents are read, in one batch, only where a file was
    changed after it was added: one that was reformatted states what it did before.

    Args:
        repository: where.
        bundles: the evidence.
        history: of its files.
        blobs: the present content of tracked files.
    """
    brought = {
        path: change
        for bundle in bundles
        for path in _with_figures(bundle)
        if path in blobs and (change := history.brought(path, blobs[path])) is not None
    }
    edited = {
        (step.blob, step.path)
        for change in brought.values()
        for chain in (list(_steps(change, history)),)
        if any(step.status == "M" for step in chain)
        for step in chain
    }
    said = _read_said(repository, sorted(edited))
    return {bundle.path: _first_change(bundle, brought, history, blobs, said) for bundle in bundles}


def _with_figures(bundle: Bundle) -> list[str]:
    return sorted({findings.path for findings in bundle.findings if measured(findings)})


def _step(change: Change, history: FileHistory) -> Change | None:
    """The change before: where an edited file had its old content, where a moved one came from."""
    return history.before(change) if change.status == "M" else history.moved_from(change)


def _steps(change: Change, history: FileHistory) -> Iterator[Change]:
    """A change and those before it."""
    found: Change | None = change
    for _ in range(MOST_STEPS):
        if found is None:
            return
        yield found
        found = _step(found, history)


def _origin(change: Change, history: FileHistory, said: Mapping[tuple[str, str], Said]) -> Change:
    """The change before which something else was stated, or nothing."""
    steps = _steps(change, history)
    found = next(steps)
    for before in steps:
        own, old = said.get((found.blob, found.path)), said.get((before.blob, before.path))
        if found.status == "M" and (own is None or own != old):
            return found
        found = before
    return found


def _read_said(repository: Repository, contents: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Said]:
    """What contents, each with the path of its file, state: figures, times and ids."""
    objects = repository.objects(blob for blob, _ in contents)
    return {
        (blob, path): _said(path, each[2])
        for (blob, path), each in zip(contents, objects, strict=True)
        if each is not None and len(each[2]) <= MOST_BYTES
    }


def _said(path: str, content: bytes) -> Said:
    reader = find_reader(path, content[:HEAD_BYTES])
    if reader is None:
        return (frozenset({content}),)
    found = reader.read(path, content)
    parts = list(flat([found]))
    return (
        frozenset(measured(found)),
        frozenset(time.seconds for part in parts for time in part.times),
        frozenset(record.text for part in parts for record in part.records),
    )


def _first_change(
    bundle: Bundle,
    brought: Mapping[str, Change],
    history: FileHistory,
    blobs: Mapping[str, str],
    said: Mapping[tuple[str, str], Said],
) -> Change | None:
    with_figures = _with_figures(bundle)
    origins = [_origin(brought[path], history, said) for path in with_figures if path in brought]
    changes = [change for change in origins if change.status == "M"]
    if changes and len(changes) == len(with_figures):
        return changes[0]
    for path in _key_paths(bundle):
        change = history.added(path)
        if change is None:
            continue
        if path in blobs and history.is_added_again(path):  # on branches, or by experiments, in parallel
            change = history.brought(path, blobs[path]) or change
        return _origin(change, history, said)
    return None


def _key_paths(bundle: Bundle) -> list[str]:
    """The files whose addition counts, most telling first: machine-written results before notes."""
    claimed = [artifact.path for artifact in bundle.artifacts if artifact.format]
    return claimed or [artifact.path for artifact in bundle.artifacts]

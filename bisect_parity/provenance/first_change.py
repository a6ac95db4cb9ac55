"""Which commit brought a bundle in: through moves, and edits that leave what it states as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from attrs import define, field

from bisect_parity.annex import annexed_content
from bisect_parity.evidence.formats.registry import DATED, find_reader
from bisect_parity.evidence.keys import measured
from bisect_parity.evidence.model import flat
from bisect_parity.history.additions import FileChange, FileHistory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository

    Statements: TypeAlias = tuple[frozenset[object], ...]

MOST_STEPS = 8  # of moves and edits that are followed
MOST_BYTES = 1 << 20  # of a content that is compared


def first_changes(
    repository: Repository, bundles: Sequence[Bundle], history: FileHistory, blobs: Mapping[str, str]
) -> dict[str, FileChange | None]:
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
    with_figures = {bundle.path: _with_figures(bundle) for bundle in bundles}
    brought = {
        path: change
        for paths in with_figures.values()
        for path in paths
        if path in blobs and (change := history.brought(path, blobs[path])) is not None
    }
    chains = _Chains(history)
    edited = [
        chain for chain in map(chains.of, brought.values()) if any(step.status == "M" for step in chain)
    ]
    contents = {(step.blob, step.path) for chain in edited for step in chain}
    chains.statements = _read_statements(repository, sorted(contents))
    return {
        bundle.path: _first_change(bundle, with_figures[bundle.path], brought, chains, blobs)
        for bundle in bundles
    }


def _with_figures(bundle: Bundle) -> list[str]:
    return sorted({findings.path for findings in bundle.findings if measured(findings)})


@define
class _Chains:
    """Changes with those before them: where an edited file had its old content, where a moved one came from.

    Attributes:
        history: of the files.
        statements: what contents, each with the path of its file, state; of those that were edited.
    """

    history: FileHistory
    statements: dict[tuple[str, str], Statements] = field(factory=dict)
    _known: dict[tuple[str, str], list[FileChange]] = field(factory=dict, init=False)

    def of(self, change: FileChange) -> list[FileChange]:
        """A change and those before it."""
        key = change.commit, change.path
        if key not in self._known:
            self._known[key] = list(self._steps(change))
        return self._known[key]

    def origin(self, change: FileChange) -> FileChange:
        """The change before which something else was stated, or nothing."""
        found, *older = self.of(change)
        for before in older:
            own, old = (
                self.statements.get((found.blob, found.path)),
                self.statements.get((before.blob, before.path)),
            )
            if found.status == "M" and (own is None or own != old):
                return found
            found = before
        return found

    def _steps(self, change: FileChange) -> Iterator[FileChange]:
        found: FileChange | None = change
        for _ in range(MOST_STEPS):
            if found is None:
                return
            yield found
            is_edit = found.status == "M"
            found = self.history.before(found) if is_edit else self.history.moved_from(found)


def _read_statements(
    repository: Repository, contents: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Statements]:
    """What contents, each with the path of its file, state: figures, times and ids."""
    objects = repository.objects(blob for blob, _ in contents)
    return {
        (blob, path): _statements(path, annexed_content(repository.common_dir, each[2], MOST_BYTES))
        for (blob, path), each in zip(contents, objects, strict=True)
        if each is not None and len(each[2]) <= MOST_BYTES
    }


def _statements(path: str, content: bytes) -> Statements:
    reader = find_reader(path, content)
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
    with_figures: Sequence[str],
    brought: Mapping[str, FileChange],
    chains: _Chains,
    blobs: Mapping[str, str],
) -> FileChange | None:
    origins = [chains.origin(brought[path]) for path in with_figures if path in brought]
    changes = [change for change in origins if change.status == "M"]
    if changes and len(changes) == len(with_figures):
        return changes[0]
    found = (_brought(path, chains.history, blobs) for path in _key_paths(bundle))
    known = [change for change in found if change is not None]
    if not known:
        return None
    # a stamp is of the run whose files came first
    return chains.origin(chains.history.oldest(known) if bundle.stamps else known[0])


def _brought(path: str, history: FileHistory, blobs: Mapping[str, str]) -> FileChange | None:
    """What added a file; of several, as on branches or by parallel experiments, what gave it its content."""
    change = history.added(path)
    if change is not None and path in blobs and history.is_added_again(path):
        return history.brought(path, blobs[path]) or change
    return change


def _key_paths(bundle: Bundle) -> list[str]:
    """The files whose addition counts, most telling first: machine-written results before notes."""
    claimed = [
        artifact.path for artifact in bundle.artifacts if artifact.format and artifact.format not in DATED
    ]
    return claimed or [artifact.path for artifact in bundle.artifacts]

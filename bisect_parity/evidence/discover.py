"""Find evidence bundles and read them; nothing is followed out of a bundle, and nothing is written."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from attrs import evolve, frozen

from bisect_parity.config import EvidenceSettings
from bisect_parity.evidence.formats.plugins import plugins_state
from bisect_parity.evidence.formats.reader import HEAD_BYTES
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.grouping import FileGroup, files_named, grouped_by_bundle
from bisect_parity.evidence.model import Artifact, Bundle, Findings, Problem
from bisect_parity.evidence.recognition import (
    RESULT_NAMES,
    is_evidence,
    is_evidence_by_name,
    may_be_evidence,
)
from bisect_parity.evidence.stamps import name_stamps
from bisect_parity.evidence.twins import with_twins
from bisect_parity.evidence.walk import Files, WorkTree, is_within
from bisect_parity.forked_map import forked_map, forked_meanwhile
from bisect_parity.kept import FileState, Kept, Signature

LARGEST_BYTES = 64 * 2**20


def discover(
    place: Path | Files,
    settings: EvidenceSettings,
    only: tuple[str, ...] = (),
    known: Sequence[Bundle] = (),
) -> tuple[Bundle, ...]:
    """Find and read the bundles of a working tree, or of other files.

    A bundle is a folder with a stamp in its name, or one with result files of a known tool; a stamped
    folder within another is a bundle of its own. A result file by itself is one where it lies at the top,
    where its name holds a stamp and that of no folder above it does, and where it is named.

    Args:
        place: the top of a working tree, or the files.
        settings: where evidence lies.
        only: bundles to read, as paths, absolute or relative to the top; empty means all.
        known: bundles that were read a moment ago, and are not read again.

    Raises:
        EvidenceError: a named bundle is not there, is neither folder nor file, is not inside, or holds no
            file; a folder of the settings leads out of it.
    """
    search = _Search.begin(place, settings, only, known)
    if not isinstance(place, Path):  # it is read by one git, which copies of this process must not share
        return search.bundles(map(search.read, search.new))
    if only or known:
        return search.bundles(forked_map(search.read, search.new))
    kept = search.kept(place)
    return kept.or_else(lambda: search.bundles(forked_map(search.read, search.new)))


@frozen
class Discovery:
    """Evidence that is being read.

    Attributes:
        roots: the folders at the top in which there is evidence, whatever its files say; none where nothing
            has changed since an earlier call, and there is nothing to wait for.
        bundles: waits for all that was read.
    """

    roots: tuple[str, ...]
    bundles: Callable[[], tuple[Bundle, ...]]


@contextlib.contextmanager
def discover_meanwhile(top: Path, settings: EvidenceSettings) -> Iterator[Discovery]:
    """As `discover`, in a working tree, while this process goes on.

    Raises:
        EvidenceError: a folder of the settings leads out of it.
    """
    search = _Search.begin(top, settings)
    kept = search.kept(top)
    if known := kept.read():
        yield Discovery((), lambda: known[0])
        return
    certain = (path for path, _ in search.groups if is_evidence_by_name(path, settings))
    roots = tuple(sorted({path.partition("/")[0] for path in certain}))
    with forked_meanwhile(search.read, search.new) as found:

        def bundles() -> tuple[Bundle, ...]:
            read = search.bundles(found())
            kept.write(read)
            return read

        yield Discovery(roots, bundles)


@frozen
class _Search:
    """Folders and files that may be bundles, each with its files.

    Attributes:
        files: where they lie.
        settings: where evidence lies.
        only: what was named.
        groups: all of them.
        before: those that were read before, by their paths.
    """

    files: Files
    settings: EvidenceSettings
    only: tuple[str, ...]
    groups: list[FileGroup]
    before: dict[str, Bundle]

    @classmethod
    def begin(
        cls,
        place: Path | Files,
        settings: EvidenceSettings,
        only: tuple[str, ...] = (),
        known: Sequence[Bundle] = (),
    ) -> _Search:
        """Look at the names of all files; see `discover`."""
        files = WorkTree(place) if isinstance(place, Path) else place
        if only:
            groups = [group for name in only for group in files_named(files, settings, files.named(name))]
        else:
            roots = files.roots(settings.roots)
            groups = [
                group for root in roots for group in grouped_by_bundle(files.walk(root), settings, None)
            ]
            groups += grouped_by_bundle(files.loose(), settings, None) if not settings.roots else []
        return cls(files, settings, only, groups, {bundle.path: bundle for bundle in known})

    def kept(self, top: Path) -> Kept:
        """The place of what an earlier call found in the same files."""
        files = (file for _, found in self.groups for file in found)
        return Kept.of(top, "evidence", Signature.of(files, self.settings, plugins_state()))

    @property
    def new(self) -> list[FileGroup]:
        """Those that must be read."""
        return [group for group in self.groups if group[0] not in self.before]

    def read(self, group: FileGroup) -> Bundle | None:
        """Read what may be a bundle; None where it is none."""
        if self.only or may_be_evidence(self.files, *group, self.settings):
            return _read_bundle(self.files, *group)
        return None

    def bundles(self, found: Iterable[Bundle | None]) -> tuple[Bundle, ...]:
        """The bundles, now that the new ones were read."""
        bundles = {path: self.before[path] for path, _ in self.groups if path in self.before}
        bundles |= {bundle.path: bundle for bundle in found if bundle is not None}
        ordered = (bundle for _, bundle in sorted(bundles.items()))
        if not self.only:
            return with_twins(tuple(each for each in ordered if is_evidence(each, self.settings)))
        folders = tuple(name for name in self.only if name.startswith("/") and self._holds_runs(name))
        elsewhere = evolve(self.settings, roots=folders)
        return with_twins(
            tuple(
                each for each in ordered if not is_within(each.path, folders) or is_evidence(each, elsewhere)
            )
        )

    def _holds_runs(self, name: str) -> bool:
        """Whether a folder was sorted into those below it."""
        return any(path.startswith(f"{name}/") for path, _ in self.groups)


def _read_bundle(place: Files, path: str, files: Sequence[FileState]) -> Bundle:
    artifacts, findings = [], []
    for file in sorted(files, key=lambda file: _rank(file.path, path)):
        artifact, found = _read_file(place, file)
        artifacts.append(artifact)
        if found is not None:
            findings.append(found)
    return Bundle(path, name_stamps(path), tuple(artifacts), tuple(findings))


def _rank(file: str, bundle: str) -> tuple[int, str]:
    """Result files in the order in which they are looked for, then everything else by name."""
    inside = file[len(bundle) + 1 :]
    return (RESULT_NAMES.index(inside) if inside in RESULT_NAMES else len(RESULT_NAMES), file)


def _read_file(place: Files, file: FileState) -> tuple[Artifact, Findings | None]:
    unread = Artifact(file.path, file.size, "")
    try:
        head = place.read(file.path, HEAD_BYTES)
        reader = find_reader(file.path, head)
        is_read = reader is not None and file.size <= LARGEST_BYTES and len(head) == HEAD_BYTES
        data = place.read(file.path, LARGEST_BYTES) if is_read else head
    except OSError as error:
        problem = Problem(file.path, f"cannot be read: {error.strerror}")
        return unread, Findings(file.path, problems=(problem,))
    if reader is None:
        return unread, None
    if file.size > LARGEST_BYTES:
        problem = Problem(file.path, f"{file.size} bytes: larger than the {LARGEST_BYTES} that are read")
        return unread, Findings(file.path, problems=(problem,))
    if data:
        findings = reader.read(file.path, data).of_file(file.path)
    else:
        findings = Findings(file.path, problems=(Problem(file.path, "empty"),))
    return Artifact(file.path, file.size, hashlib.sha256(data).hexdigest(), reader.name), findings

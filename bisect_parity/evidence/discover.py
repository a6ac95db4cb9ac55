"""Find evidence bundles and read them; nothing is followed out of a bundle, and nothing is written."""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve, frozen

from bisect_parity.config import EvidenceSettings
from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.formats.plugins import plugins_state
from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.formats.slurm import job_of
from bisect_parity.evidence.model import Artifact, Bundle, Findings, Problem
from bisect_parity.evidence.recognition import (
    HEAD_BYTES,
    MACHINE_SUFFIXES,
    RESULT_NAMES,
    is_evidence,
    is_evidence_by_name,
    may_be_evidence,
)
from bisect_parity.evidence.stamps import is_stamped, is_stamped_folder, name_stamps
from bisect_parity.evidence.twins import with_twins
from bisect_parity.evidence.walk import Files, WorkTree
from bisect_parity.forked_map import forked_map, forked_meanwhile
from bisect_parity.kept import FileState, Kept, Signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    _Group: TypeAlias = tuple[str, list[FileState]]

__all__ = ["STATEMENT_SUFFIX", "Discovery", "bundle_of", "discover", "discover_meanwhile"]

OWN_FILES = ("artifact_matrix.json", "bisect.json", "provenance.json")
STATEMENT_SUFFIX = ".provenance.json"
# Folders of one run that have no stamp: MLflow's run ids, and DVCLive's output.
_TOOL_FOLDER = re.compile(
    r"(?:.*/)?(?:[0-9a-f]{32}(?=/(?:tags|params|metrics|artifacts)/)|dvclive[\w.-]*(?=/))"
)
_NUMBERED = re.compile(r"\d{4}_")  # the runs of one folder, as pytest-benchmark names them
# Folders within a bundle; without a stamp above them nothing else says that they are no runs of their own.
_INNER_FOLDER = re.compile(r"failed|profile|profile_\d+x\d+|env|logs")
_JOB_FOLDER = ".hydra"
# Files that are a run by themselves where a stamp stands in their own name, and in that of no folder above.
_RESULT_SUFFIXES = (*MACHINE_SUFFIXES, ".log", ".out", ".txt")
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
    groups: list[_Group]
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
            groups = [group for name in only for group in _named(files, settings, files.named(name))]
        else:
            roots = files.roots(settings.roots)
            groups = [group for root in roots for group in _group(files.walk(root), settings, None)]
            groups += _group(files.loose(), settings, None) if not settings.roots else []
        return cls(files, settings, only, groups, {bundle.path: bundle for bundle in known})

    def kept(self, top: Path) -> Kept:
        """The place of what an earlier call found in the same files."""
        files = (file for _, found in self.groups for file in found)
        return Kept.of(top, "evidence", Signature.of(files, self.settings, plugins_state()))

    @property
    def new(self) -> list[_Group]:
        """Those that must be read."""
        return [group for group in self.groups if group[0] not in self.before]

    def read(self, group: _Group) -> Bundle | None:
        """Read what may be a bundle; None where it is none."""
        if self.only or may_be_evidence(self.files, *group, self.settings):
            return _read_bundle(self.files, *group)
        return None

    def bundles(self, found: Iterable[Bundle | None]) -> tuple[Bundle, ...]:
        """The bundles, now that the new ones were read."""
        bundles = {path: self.before[path] for path, _ in self.groups if path in self.before}
        bundles |= {bundle.path: bundle for bundle in found if bundle is not None}
        ordered = (bundle for _, bundle in sorted(bundles.items()))
        return with_twins(tuple(each for each in ordered if self.only or is_evidence(each, self.settings)))


def _named(files: Files, settings: EvidenceSettings, name: str) -> list[_Group]:
    below = _group(files.walk(name), settings, name)
    if not below:
        raise EvidenceError(f"{name} holds no file that can be evidence", "Name the folder of a run.")
    return below


def _group(files: Iterator[FileState], settings: EvidenceSettings, named: str | None) -> list[_Group]:
    """Sort files to the innermost stamped folder above them, or to their own folder."""
    groups: dict[str, list[FileState]] = {}
    for file in files:
        folder = file.path if file.path == named else bundle_of(file.path, settings, named)
        groups.setdefault(folder, []).append(file)
    _join_lone_jobs(groups)
    groups = {folder: _without_statements(found) for folder, found in groups.items()}
    own = {folder for folder, found in groups.items() if _is_own_output(found)}
    return [(folder, found) for folder, found in groups.items() if found and folder not in own]


def _join_lone_jobs(groups: dict[str, list[FileState]]) -> None:
    """Put the output of a job to what else lies in its folder, where there is no other job in it."""
    jobs: dict[str, list[tuple[str, str]]] = {}
    for path in groups:
        folder, _, name = path.rpartition("/")
        job = job_of(name)
        if job is not None and folder in groups:
            jobs.setdefault(folder, []).append((job, path))
    for folder, outputs in jobs.items():
        if len({job for job, _ in outputs}) == 1:
            for _, path in outputs:
                groups[folder] += groups.pop(path)


def _without_statements(files: Sequence[FileState]) -> list[FileState]:
    """Statements of `attach` are ours: an answer must not become evidence for itself."""
    kept = [file for file in files if not file.path.endswith(STATEMENT_SUFFIX)]
    others = {file.path.rpartition("/")[2] for file in kept if "/commands.stdin/" not in file.path}
    return [] if others == {"commands.txt"} and len(kept) < len(files) else kept


def bundle_of(path: str, settings: EvidenceSettings, named: str | None = None) -> str:
    """The bundle to which a file belongs, if it is evidence; paths are relative to the top."""
    *names, name = path.split("/")
    for depth in range(len(names), 0, -1):
        folder = "/".join(names[:depth])
        if settings.globs:
            if any(fnmatch.fnmatch(folder, glob) for glob in settings.globs):
                return folder
        elif is_stamped_folder(folder):
            return folder
        if folder == named:
            return path if _is_run_by_name(name, settings) else folder
    run = _TOOL_FOLDER.match(path) if not settings.globs else None
    if run is not None:
        return run[0]
    is_loose = not names and named is None
    return path if is_loose or _is_run_by_name(name, settings) else _outer_folder(names)


def _outer_folder(names: list[str]) -> str:
    """The folder of some names, without those that are parts of a bundle."""
    if len(names) > 1 and names[-1] == _JOB_FOLDER:
        names = names[:-1]
    while len(names) > 2 and _INNER_FOLDER.fullmatch(names[-1]):
        names = names[:-1]
    return "/".join(names)


def _is_run_by_name(name: str, settings: EvidenceSettings) -> bool:
    """Whether a file's own name says when its run was, or which job."""
    if settings.globs or not name.lower().endswith(_RESULT_SUFFIXES):
        return False
    return (is_stamped(name) and _NUMBERED.match(name) is None) or job_of(name) is not None


def _is_own_output(files: Sequence[FileState]) -> bool:
    names = {file.path.rpartition("/")[2] for file in files}
    return "commands.txt" in names and any(name in names for name in OWN_FILES)


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
        findings = evolve(reader.read(file.path, data), path=file.path)
    else:
        findings = Findings(file.path, problems=(Problem(file.path, "empty"),))
    return Artifact(file.path, file.size, hashlib.sha256(data).hexdigest(), reader.name), findings

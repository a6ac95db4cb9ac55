"""Find evidence bundles and read them; nothing is followed out of a bundle, and nothing is written."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.errors import EvidenceError
from bisect_parity.evidence.formats.registry import GENERAL, find_reader
from bisect_parity.evidence.model import Artifact, Bundle, Findings, Problem
from bisect_parity.evidence.stamps import is_stamped_folder, name_stamps
from bisect_parity.evidence.twins import with_twins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.config import EvidenceSettings

__all__ = ["USUAL_ROOTS", "discover"]

USUAL_ROOTS = (
    "reports",
    "benchmarks",
    "results",
    "outputs",
    "multirun",
    "runs",
    "mlruns",
    "wandb",
    ".benchmarks",
    ".asv/results",
)
OWN_FOLDER = "bisect-parity"
OWN_FILES = ("artifact_matrix.json", "bisect.json", "provenance.json")
NEVER_ENTERED = {
    ".git",
    ".hg",
    ".svn",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    "site-packages",
    ".tox",
}
RESULT_NAMES = ("benchmark_results.json", "failed/benchmark_results.json", "profile/benchmark_results.json")
# Folders of one run that no stamp tells: MLflow's run ids, and DVCLive's output.
_TOOL_FOLDER = re.compile(
    r"(?:.*/)?(?:[0-9a-f]{32}(?=/(?:tags|params|metrics|artifacts)/)|dvclive[\w.-]*(?=/))"
)
LARGEST_BYTES = 64 * 2**20
HEAD_BYTES = 4096
DEEPEST = 24
MOST_FILES = 500_000


@frozen
class _Found:
    """A file on disk: its path relative to the top, and its size."""

    path: str
    size: int


def discover(top: Path, settings: EvidenceSettings, only: tuple[str, ...] = ()) -> tuple[Bundle, ...]:
    """Find and read the bundles of a work tree.

    A bundle is a folder with a stamp in its name, or one with result files of a known tool; a stamped
    folder within another is a bundle of its own.

    Args:
        top: of the work tree.
        settings: where evidence lies.
        only: bundles to read, as absolute paths; empty means all.

    Raises:
        EvidenceError: a named bundle is not there, is no folder, or is not inside the work tree.
    """
    if only:
        named = [_named(top, name) for name in only]
        groups = [group for name in named for group in _group(_walk(top, name), settings, name)]
    else:
        roots = settings.roots or _present_roots(top)
        groups = [group for root in roots for group in _group(_walk(top, root), settings, None)]
    bundles = {path: _read_bundle(top, path, files) for path, files in groups}
    kept = (bundle for path, bundle in sorted(bundles.items()) if only or _is_evidence(bundle, settings))
    return with_twins(tuple(kept))


def _named(top: Path, name: str) -> str:
    path = Path(name)
    if path.is_symlink() and not path.exists():
        raise EvidenceError(f"{name} is a dangling link", "Name the folder of a run.")
    if not path.exists():
        raise EvidenceError(f"{name} is not there", "Name the folder of a run.")
    if not path.is_dir():
        raise EvidenceError(f"{name} is a file, not a bundle", "Name the folder that it lies in.")
    try:
        return path.resolve().relative_to(top.resolve()).as_posix()
    except ValueError as error:
        raise EvidenceError(
            f"{name} is not inside {top}", "Name a folder of this repository, or another one with --repo."
        ) from error


def _present_roots(top: Path) -> list[str]:
    """The usual folders first, then every other one: they count only where they hold stamped evidence."""
    with os.scandir(top) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    others = [n for n in names if n not in USUAL_ROOTS and n not in NEVER_ENTERED and not n.startswith(".")]
    usual = [name for name in USUAL_ROOTS if name.partition("/")[0] in names]
    return [name for name in usual if (top / name).is_dir() and not (top / name).is_symlink()] + others


def _walk(top: Path, root: str) -> Iterator[_Found]:
    """All regular files below a folder, sorted; links are not followed."""
    count = 0
    waiting = [(top / root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in found:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISDIR(status.st_mode):
                is_own = entry.name == OWN_FOLDER or entry.name in NEVER_ENTERED
                if depth < DEEPEST and not is_own:
                    waiting.append((Path(entry.path), depth + 1))
            elif stat.S_ISREG(status.st_mode):
                count += 1
                if count > MOST_FILES:
                    raise EvidenceError(
                        f"more than {MOST_FILES} files below {root}",
                        "Name the folders of evidence in [evidence] roots.",
                    )
                yield _Found(os.path.relpath(entry.path, top), status.st_size)


def _group(
    files: Iterator[_Found], settings: EvidenceSettings, named: str | None
) -> list[tuple[str, list[_Found]]]:
    """Sort files to the innermost stamped folder above them, or to their own folder."""
    groups: dict[str, list[_Found]] = {}
    for file in files:
        folder = _bundle_of(file.path, settings, named)
        groups.setdefault(folder, []).append(file)
    own = {folder for folder, found in groups.items() if _is_own_output(found)}
    return [(folder, found) for folder, found in groups.items() if folder not in own]


def _bundle_of(path: str, settings: EvidenceSettings, named: str | None) -> str:
    names = path.split("/")[:-1]
    for depth in range(len(names), 0, -1):
        folder = "/".join(names[:depth])
        if settings.globs:
            if any(fnmatch.fnmatch(folder, glob) for glob in settings.globs):
                return folder
        elif is_stamped_folder(folder):
            return folder
        if folder == named:
            return folder
    run = _TOOL_FOLDER.match(path) if not settings.globs else None
    return run[0] if run is not None else "/".join(names)


def _is_own_output(files: Sequence[_Found]) -> bool:
    names = {file.path.rpartition("/")[2] for file in files}
    return "commands.txt" in names and any(name in names for name in OWN_FILES)


def _is_evidence(bundle: Bundle, settings: EvidenceSettings) -> bool:
    """Whether a folder that was found is evidence, and not something that only looks like it."""
    if settings.globs:
        return any(fnmatch.fnmatch(bundle.path, glob) for glob in settings.globs)
    is_usual = bundle.path.partition("/")[0] in (*USUAL_ROOTS, *settings.roots)
    if is_stamped_folder(bundle.path):
        return is_usual or any(_says_something(findings) for findings in bundle.findings)
    general = {reader.name for reader in GENERAL}
    known = any(a.format and a.format not in general for a in bundle.artifacts)
    has_results = any(a.path.endswith(RESULT_NAMES[0]) for a in bundle.artifacts)
    return (known or has_results) and any(_says_something(findings) for findings in bundle.findings)


def _says_something(findings: Findings) -> bool:
    return bool(findings.records or findings.metrics or findings.times or findings.runs)


def _read_bundle(top: Path, path: str, files: Sequence[_Found]) -> Bundle:
    artifacts, findings = [], []
    for file in sorted(files, key=lambda file: _rank(file.path, path)):
        artifact, found = _read_file(top, file)
        artifacts.append(artifact)
        if found is not None:
            findings.append(found)
    return Bundle(path, name_stamps(path), tuple(artifacts), tuple(findings))


def _rank(file: str, bundle: str) -> tuple[int, str]:
    """Result files in the order in which they are looked for, then everything else by name."""
    inside = file[len(bundle) + 1 :]
    return (RESULT_NAMES.index(inside) if inside in RESULT_NAMES else len(RESULT_NAMES), file)


def _read_file(top: Path, file: _Found) -> tuple[Artifact, Findings | None]:
    too_large = Problem(file.path, f"{file.size} bytes: larger than the {LARGEST_BYTES} that are read")
    try:
        with (top / file.path).open("rb") as opened:
            head = opened.read(HEAD_BYTES)
            reader = find_reader(PurePosixPath(file.path), head)
            if file.size > LARGEST_BYTES:
                findings = Findings(file.path, problems=(too_large,)) if reader is not None else None
                return Artifact(file.path, file.size, ""), findings
            if reader is None:
                return Artifact(file.path, file.size, ""), None
            data = head + opened.read(LARGEST_BYTES)
    except OSError as error:
        problem = Problem(file.path, f"cannot be read: {error.strerror}")
        return Artifact(file.path, file.size, ""), Findings(file.path, problems=(problem,))
    findings = evolve(reader.read(file.path, data), path=file.path)
    if not data:
        findings = Findings(file.path, problems=(Problem(file.path, "empty"),))
    digest = hashlib.sha256(data).hexdigest()
    return Artifact(file.path, file.size, digest, reader.name), findings

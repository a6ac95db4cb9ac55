"""Runs of files that hold several: lists, JSON lines, and files that were overwritten run after run.

The unit is a record in a revision of a file. A run belongs to the revision in which it first appears, and
the commit of that revision is the one that added it.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.evidence.formats.registry import find_reader
from bisect_parity.evidence.model import Artifact, Bundle, Findings, Trust
from bisect_parity.history.additions import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bisect_parity.history.additions import FileHistory
    from bisect_parity.history.repository import Repository

__all__ = ["RunOfFile", "is_run", "runs_of_files"]

MOST_REVISIONS = 500
LARGEST_BYTES = 8 * 2**20
HEAD_BYTES = 4096
ONE_RUN_FORMATS = {"text", "id-file", "variables", "torch-profiler"}


@frozen
class RunOfFile:
    """One run of a file, as a bundle of its own.

    Attributes:
        bundle: its path is the file's with "#label" and, for what is no longer there, "@commit".
        change: the commit that brought it in; None if it was never committed.
    """

    bundle: Bundle
    change: Change | None


def runs_of_files(repository: Repository, bundles: Sequence[Bundle], history: FileHistory) -> list[RunOfFile]:
    """Find the runs of all files that hold, or held, more than one; blobs are read in one batch."""
    candidates = [
        (artifact, findings)
        for bundle in bundles
        for artifact, findings in _read_files(bundle)
        if artifact.format not in ONE_RUN_FORMATS and _may_hold_several(findings, history)
    ]
    revisions = {findings.path: _revisions(findings.path, history) for _, findings in candidates}
    wanted = dict.fromkeys(change.blob for changes in revisions.values() for change in changes)
    answers = zip(wanted, repository.objects(wanted), strict=True)
    blobs = {blob: answer[2] for blob, answer in answers if answer is not None and answer[1] == "blob"}
    found = []
    for artifact, findings in candidates:
        runs = list(_distinct_runs(artifact, findings, revisions[findings.path], blobs))
        if len(runs) > 1:
            found += [_as_bundle(artifact, *run) for run in runs]
    return found


def _read_files(bundle: Bundle) -> Iterator[tuple[Artifact, Findings]]:
    by_path = {artifact.path: artifact for artifact in bundle.artifacts}
    for findings in bundle.findings:
        artifact = by_path.get(findings.path)
        if artifact is not None and artifact.size <= LARGEST_BYTES:
            yield artifact, findings


def _may_hold_several(findings: Findings, history: FileHistory) -> bool:
    edits = sum(change.status in "AM" for change in history.changes(findings.path))
    return edits > 1 or len(list(_single_runs(findings))) > 1


def _single_runs(findings: Findings) -> Iterator[Findings]:
    """The runs of a file that say something of their own commit or time."""
    inner = [run for run in findings.runs if is_run(run)]
    if inner:
        shared = Findings(branches=findings.branches, environment=findings.environment)
        yield from (evolve(run, branches=run.branches or shared.branches) for run in inner)
    elif is_run(findings):
        yield findings


def is_run(findings: Findings) -> bool:
    """Whether a part of a file says something of its own commit or time."""
    by_machine = any(record.trust is Trust.MACHINE for record in findings.records)
    return by_machine or any(time.origin == "field" for time in findings.times)


def _revisions(path: str, history: FileHistory) -> list[Change]:
    """The committed contents of a file, oldest first."""
    return [c for c in reversed(history.changes(path)) if c.status in "AM"][-MOST_REVISIONS:]


def _distinct_runs(
    artifact: Artifact, findings: Findings, revisions: Iterable[Change], blobs: dict[str, bytes]
) -> Iterator[tuple[Findings, Change | None, bool]]:
    """Every run once, with the revision that first held it, and whether the file still does."""
    present = {_identity(run): run for run in _single_runs(findings)}
    seen: dict[object, tuple[Findings, Change | None]] = {}
    for change in revisions:
        content = blobs.get(change.blob)
        if content is None or len(content) > LARGEST_BYTES:
            continue
        reader = find_reader(PurePosixPath(change.path), content[:HEAD_BYTES])
        if reader is None or reader.name != artifact.format:
            continue
        for run in _single_runs(reader.read(change.path, content)):
            seen.setdefault(_identity(run), (run, change))
    for identity, run in present.items():
        seen.setdefault(identity, (run, None))
    for identity, (run, first) in seen.items():
        yield present.get(identity, run), first, identity in present


def _identity(run: Findings) -> object:
    return (
        tuple(record.text for record in run.records),
        tuple((time.seconds, time.origin) for time in run.times),
        tuple((metric.name, metric.value) for metric in run.metrics),
    )


def _as_bundle(artifact: Artifact, run: Findings, change: Change | None, is_present: bool) -> RunOfFile:
    name = artifact.path + (f"#{run.label}" if run.label else "")
    if not is_present and change is not None:
        name += f"@{change.commit[:12]}"
    own = Bundle(name, (), (artifact,), (evolve(run, path=artifact.path),))
    return RunOfFile(own, change)

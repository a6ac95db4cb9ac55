"""Runs of files that hold several (lists, JSON lines, files overwritten run after run), or are numbered.

The unit is a record in a revision of a file. A run belongs to the revision in which it first appears, and
the commit of that revision is the one that added it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.annex import annexed_content
from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.registry import DATED, find_reader
from bisect_parity.evidence.grouping import part_of_run
from bisect_parity.evidence.keys import measured
from bisect_parity.evidence.model import Artifact, Bundle, Findings, Trust, flat
from bisect_parity.history.additions import FileChange
from bisect_parity.provenance.mentions import name_records

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from bisect_parity.history.additions import FileHistory
    from bisect_parity.history.repository import Repository

MOST_RUNS = 2000  # of a file, the newest ones: each is laid out by itself
MOST_REVISIONS = 2000
LARGEST_BYTES = 8 * 2**20
MOST_BYTES = 256 * 2**20  # of all contents of a file that are looked into
RUN_SUFFIXES = (".json", ".ipynb")  # of files that hold all of a run; others may be one of many of it
OF_NO_CLOCK = ("commit", "prose")
_DIGITS = re.compile(r"\d+")
_LINE = re.compile(r"line (\d+)")
LOGS = {".log", ".out", ".err"}
ONE_RUN_FORMATS = DATED | {"text", "id-file", "variables", "torch-profiler"}


@frozen
class RunOfFile:
    """One run of a file, as a bundle of its own.

    Attributes:
        bundle: its path is the file's with "#label" and, for what is no longer there, "@commit".
        change: the commit that brought it in; None if it was never committed.
    """

    bundle: Bundle
    change: FileChange | None


def runs_of_files(repository: Repository, bundles: Sequence[Bundle], history: FileHistory) -> list[RunOfFile]:
    """Find the runs of all files that hold, or held, more than one; blobs are read in one batch."""
    candidates = [
        (artifact, findings, _revisions(findings.path, history), bool(bundle.stamps))
        for bundle in bundles
        for artifact, findings in _read_files(bundle)
        if artifact.format not in ONE_RUN_FORMATS
        and _may_hold_several(findings, history, is_stamped=bool(bundle.stamps))
    ]
    answers = repository.objects(change.blob for _, _, changes, _ in candidates for change in changes)
    found = []
    several = set()
    for artifact, findings, changes, is_stamped in candidates:
        contents = (
            (change, annexed_content(repository.common_dir, answer[2], LARGEST_BYTES) if answer else b"")
            for change, answer in zip(changes, answers)  # noqa: B905 - what is left is for the next file
        )
        runs = list(_distinct_runs(artifact, findings, contents, is_stamped=is_stamped))[-MOST_RUNS:]
        if len(runs) > 1:
            several.add(artifact.path)
            found += [_as_bundle(artifact, *run) for run in runs]
    for bundle in bundles:
        apart = [*_of_their_own(bundle), *_added_apart(bundle, history)]
        files = {artifact.path: (artifact, run) for artifact, run in apart if artifact.path not in several}
        logs = _logs(bundle, files) if files else {}
        for path, pair in files.items():
            run = _as_bundle(*pair, history.added(path), True)
            found.append(evolve(run, bundle=_with(run.bundle, logs.get(path.rpartition(".")[0], []))))
    return found


def _logs(bundle: Bundle, runs: Container[str]) -> dict[str, list[tuple[Artifact, Findings]]]:
    """By path without suffix, what logs that are no runs themselves say of when and where one ran."""
    found: dict[str, list[tuple[Artifact, Findings]]] = {}
    for artifact, findings in _read_files(bundle):
        stem, dot, suffix = artifact.path.rpartition(".")
        if dot + suffix in LOGS and artifact.path not in runs:
            found.setdefault(stem, []).append((artifact, evolve(findings, metrics=(), runs=())))
    return found


def _with(run: Bundle, others: Sequence[tuple[Artifact, Findings]]) -> Bundle:
    artifacts = (*run.artifacts, *(artifact for artifact, _ in others))
    return evolve(run, artifacts=artifacts, findings=(*run.findings, *(findings for _, findings in others)))


def _of_their_own(bundle: Bundle) -> list[tuple[Artifact, Findings]]:
    """The files of a folder that name a commit or time, as of a tool that writes 0001_... and 0002_...."""
    if bundle.stamps:
        return []
    alike: dict[tuple[str, bool, bool], list[tuple[Artifact, Findings]]] = {}
    for artifact, findings in _read_files(bundle):
        runs = list(_single_runs(findings)) or _named(findings)
        if len(runs) != 1:
            continue
        has_record = any(record.trust >= Trust.MACHINE for record in runs[0].records)
        has_time = any(time.origin == "field" for time in runs[0].times)
        if has_record or artifact.path.endswith(RUN_SUFFIXES):
            group = alike.setdefault((artifact.format, has_record, has_time), [])
            group.append((artifact, evolve(runs[0], label="")))
    groups = (group for group in alike.values() if len({_identity(run) for _, run in group}) > 1)
    return [pair for group in groups for pair in group]


def _named(findings: Findings) -> list[Findings]:
    """A file with figures whose own name speaks of a commit."""
    name = findings.path.rpartition("/")[2]
    return [findings] if has_figures(findings) and name_records(name) else []


def _added_apart(bundle: Bundle, history: FileHistory) -> list[tuple[Artifact, Findings]]:
    """The files of a folder that differ in the numbers of their names, committed or run one by one.

    So are those of other names that state the same figures, such as `good.json` and `bad.json`, if no two
    came in together; a log of the same name is of the same run, and so are `train.json` and `val.json`.
    """
    if bundle.stamps:
        return []
    numbered: dict[str, list[tuple[Artifact, Findings]]] = {}
    named: dict[object, list[tuple[Artifact, Findings]]] = {}

    def is_log(artifact: Artifact) -> bool:
        return PurePosixPath(artifact.path).suffix in LOGS

    for artifact, findings in _read_files(bundle):
        if has_figures(findings) and _DIGITS.search(artifact.path.rpartition("/")[2]):
            numbered.setdefault(_DIGITS.sub("0", artifact.path), []).append((artifact, findings))
        elif has_figures(findings) and (is_log(artifact) or artifact.format not in ONE_RUN_FORMATS):
            figures = tuple(name for name, _ in measured(findings))
            named.setdefault((artifact.format, figures, part_of_run(artifact.path)), []).append(
                (artifact, findings)
            )
    found = []
    for group in numbered.values():
        if len(_adding(group, history)) > 1 or _in_turn(findings for _, findings in group):
            found += group
    for group in sorted(named.values(), key=lambda group: is_log(group[0][0])):
        if len(_adding(group, history)) == len(group) > 1:
            stems = {PurePosixPath(artifact.path).stem for artifact, _ in found}
            found += [pair for pair in group if PurePosixPath(pair[0].path).stem not in stems]
    return found


def _adding(files: Iterable[tuple[Artifact, Findings]], history: FileHistory) -> set[str | None]:
    """The commits that added some files; None for those that were never committed."""
    changes = (history.added(artifact.path) for artifact, _ in files)
    return {None if change is None else change.commit for change in changes}


def _in_turn(files: Iterable[Findings]) -> bool:
    """Whether each of several files was begun after another had ended: the logs of one run overlap."""
    clocks = [[time.seconds for time in file.times if time.origin not in OF_NO_CLOCK] for file in files]
    if len(clocks) < 2 or not all(clocks):
        return False
    spans = sorted((min(clock), max(clock)) for clock in clocks)
    return all(later[0] > one[1] for one, later in pairwise(spans))


def _read_files(bundle: Bundle) -> Iterator[tuple[Artifact, Findings]]:
    by_path = {artifact.path: artifact for artifact in bundle.artifacts}
    for findings in bundle.findings:
        artifact = by_path.get(findings.path)
        if artifact is not None and artifact.size <= LARGEST_BYTES:
            yield artifact, findings


def _may_hold_several(findings: Findings, history: FileHistory, *, is_stamped: bool) -> bool:
    """Whether a file holds several runs, or held others; what a stamp names is one run, edited or not."""
    edits = sum(change.status in "AM" for change in history.changes(findings.path))
    if not is_stamped and edits > 1 and has_figures(findings):
        return True
    runs = list(_single_runs(findings))
    return len(runs) > 1 or (edits > 1 and bool(runs))


def _single_runs(findings: Findings) -> Iterator[Findings]:
    """The runs of a file that say something of their own commit or time."""
    inner = [run for run in findings.runs if is_run(run)]
    if inner:
        shared = Findings(branches=findings.branches, environment=findings.environment)
        yield from (evolve(run, branches=run.branches or shared.branches) for run in inner)
    elif is_run(findings):
        yield findings


def _runs_of_revision(findings: Findings, *, is_stamped: bool) -> list[Findings]:
    """The runs in a revision of a file; where nothing states a commit or time, new figures are a run."""
    return list(_single_runs(findings)) or ([findings] if not is_stamped and has_figures(findings) else [])


def has_figures(findings: Findings) -> bool:
    """Whether a file holds something that was measured."""
    return any(value is not None for _, value in measured(findings))


def is_run(findings: Findings) -> bool:
    """Whether a part of a file says something of its own commit or time."""
    by_machine = any(record.trust >= Trust.MACHINE for record in findings.records)
    return by_machine or any(time.origin == "field" for time in findings.times)


def without_copies(runs: Iterable[Findings]) -> list[Findings]:
    """The runs of a file; of those that state the same commit, times and values, only the first."""
    found: dict[object, Findings] = {}
    for number, run in enumerate(runs):
        found.setdefault((_identity(run), _inputs(run)) if is_run(run) else number, run)
    return list(found.values())


def _revisions(path: str, history: FileHistory) -> list[FileChange]:
    """The committed contents of a file, oldest first."""
    return [c for c in reversed(history.changes(path)) if c.status in "AM"][-MOST_REVISIONS:]


def _distinct_runs(
    artifact: Artifact,
    findings: Findings,
    revisions: Iterable[tuple[FileChange, bytes]],
    *,
    is_stamped: bool,
) -> Iterator[tuple[Findings, FileChange | None, bool]]:
    """Every run once, with the revision that first held it, and whether the file still does.

    Revisions come oldest first, with their contents; all are consumed.
    """
    runs = without_copies(_runs_of_revision(findings, is_stamped=is_stamped))
    counts = Counter(map(_identity, runs))

    def key(run: Findings) -> object:
        identity = _identity(run)
        return identity if counts[identity] < 2 else (identity, _inputs(run))

    present = {key(run): run for run in runs}
    seen: dict[object, tuple[Findings, FileChange | None]] = {}
    left = MOST_BYTES

    def read(path: str, content: bytes) -> list[Findings]:
        nonlocal left
        left -= len(content)
        reader = find_reader(path, content) if left >= 0 else None
        if reader is None or reader.name != artifact.format:
            return []
        found = reader.read(path, content)
        # a revision of too few runs to be told from the log of one holds none but those that are here
        is_short = len(findings.runs) > 1 and not found.runs
        runs = _runs_of_revision(found, is_stamped=is_stamped)
        return [run for run in runs if not is_short or key(run) in present]

    for content, grown in _grown(revisions):
        for run, change in _first_holding(content, grown, read):
            seen.setdefault(key(run), (run, change))
    for identity, run in present.items():
        seen.setdefault(identity, (run, None))
    for identity, (run, first) in seen.items():
        yield present.get(identity, run), first, identity in present


def _grown(
    revisions: Iterable[tuple[FileChange, bytes]],
) -> Iterator[tuple[bytes, list[tuple[FileChange, int]]]]:
    """The contents that no next revision only appends to, with the revisions that grew to them.

    A revision is its change and its length: the content of each begins that of the next.
    """
    content, grown = b"", list[tuple[FileChange, int]]()
    for change, next_content in revisions:
        if not 0 < len(next_content) <= LARGEST_BYTES:
            continue
        if grown and not next_content.startswith(content):
            yield content, grown
            grown = []
        content = next_content
        grown.append((change, len(content)))
    if grown:
        yield content, grown


def _first_holding(
    content: bytes, grown: Sequence[tuple[FileChange, int]], read: Callable[[str, bytes], list[Findings]]
) -> Iterator[tuple[Findings, FileChange]]:
    """The runs of a content that grew, each with a revision that held it, the first one first.

    Where runs are lines, the content is read once, and the length of each revision tells which it held: a
    table of a thousand runs may have been committed a thousand times. Not so where lines end in other ways.
    """
    changes, lengths = zip(*grown, strict=True)
    runs = read(changes[-1].path, content)
    lines = [int(found[1]) if (found := _LINE.fullmatch(run.label)) else 0 for run in runs]
    if len(grown) > 1 and not (len(runs) > 1 and all(lines) and _has_plain_lines(content)):
        lines = [0] * len(runs)
        for change, length in grown[:-1]:
            yield from ((run, change) for run in read(change.path, content[:length]))
    held = list(_lines_held(content, lengths))
    for run, line in zip(runs, lines, strict=True):
        yield run, changes[min(bisect_left(held, line), len(changes) - 1) if line else -1]


def _has_plain_lines(content: bytes) -> bool:
    """Whether only newlines end lines, and no single carriage return does."""
    text = decode(content)
    return len(text.splitlines()) == text.count("\n") + (not text.endswith("\n"))


def _lines_held(content: bytes, lengths: Sequence[int]) -> Iterator[int]:
    """How many whole lines the content has up to each of these lengths, in ascending order."""
    lines = before = 0
    for length in lengths:
        lines += content.count(b"\n", before, length)
        before = length
        is_cut = content[length - 1 : length] != b"\n" and content[length : length + 1] in (b"\n", b"\r", b"")
        yield lines + is_cut


def _identity(run: Findings) -> object:
    return (
        tuple(record.text for record in run.records),
        tuple((time.seconds, time.origin) for time in run.times),
        measured(run),
    )


def _inputs(run: Findings) -> tuple[tuple[str, object], ...]:
    return tuple((parameter.name, parameter.value) for part in flat([run]) for parameter in part.parameters)


def _as_bundle(artifact: Artifact, run: Findings, change: FileChange | None, is_present: bool) -> RunOfFile:
    name = artifact.path + (f"#{run.label}" if run.label else "")
    if not is_present and change is not None:
        name += f"@{change.commit[:12]}"
    own = Bundle(name, (), (artifact,), (evolve(run, path=artifact.path),))
    return RunOfFile(own, change)

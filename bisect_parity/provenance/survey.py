"""What git knows of every bundle, read in a number of git calls that does not grow with their number."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.errors import MissingObjectError
from bisect_parity.evidence.model import Source, TimeKind, TimeStatement, flat
from bisect_parity.evidence.walk import USUAL_ROOTS
from bisect_parity.forked_map import forked_map
from bisect_parity.history.additions import FileHistory, moved_paths
from bisect_parity.history.commit_details import Detail, read_details
from bisect_parity.history.commit_objects import read_trees
from bisect_parity.history.kept_dates import as_made
from bisect_parity.history.replaced_ids import replaced_ids
from bisect_parity.provenance.background import Background, History
from bisect_parity.provenance.chain import NO_CHAIN, Chain, walk
from bisect_parity.provenance.clock import begins, readings
from bisect_parity.provenance.copies import with_copies
from bisect_parity.provenance.described import read_described
from bisect_parity.provenance.dvc_locks import with_locks
from bisect_parity.provenance.first_change import first_changes
from bisect_parity.provenance.later_runs import without_later_runs
from bisect_parity.provenance.mentions import read_mentions
from bisect_parity.provenance.other_machine import with_other_machines
from bisect_parity.provenance.past import absent_files, deleted_bundles
from bisect_parity.provenance.recorded import TAGS
from bisect_parity.provenance.run_zones import (
    MARGIN_SECONDS,
    with_clock_offsets,
    with_machine_zones,
    with_zone_then,
)
from bisect_parity.provenance.runs import runs_of_files
from bisect_parity.provenance.separate import code_of
from bisect_parity.provenance.subject import Lookups, Subject, gather, group_twins
from bisect_parity.provenance.whereabouts import with_people
from bisect_parity.provenance.zones import usual_zones

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.config import EvidenceSettings
    from bisect_parity.evidence.model import Bundle, Record
    from bisect_parity.history.additions import FileChange
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.parameters import Parameters

__all__ = ["History", "SurveyedRun", "survey"]

NEAR_COMMITS = 24
LEAST_PROBABILITY = 1e-3
LATE_SECONDS = 2 * 86400  # whatever the zone, and though only the day be stated


@frozen
class SurveyedRun:
    """One run, and the part of history that it can have been made in.

    Attributes:
        subject: what is known of the run.
        chain: the history that it can have been on.
        near: row -> details of the commits made around the run, on the chain and elsewhere.
    """

    subject: Subject
    chain: Chain
    near: dict[int, Detail] = field(eq=False)

    @property
    def is_of_first_commit(self) -> bool:
        """Whether the very first commit of its history brought it in: nothing was checked out before."""
        addition, chain = self.subject.addition, self.chain
        if addition is None or addition.parent is not None or len(chain.aside) or chain.beyond:
            return False
        return not addition.detail.is_rewritten


def survey(
    background: Background,
    bundles: Sequence[Bundle],
    parameters: Parameters,
    *,
    of_files: bool = False,
    past: EvidenceSettings | None = None,
) -> tuple[History, list[SurveyedRun]]:
    """Read what is needed to infer the commit of each run; twins are one run.

    Args:
        background: of the repository whose history they belong to.
        bundles: the evidence.
        parameters: of the model.
        of_files: also take apart the files that hold, or held, several runs.
        past: where evidence lies, if bundles that were deleted are wanted, too.

    Raises:
        RepositoryError: git cannot read the history.
    """
    repository, history = background.repository, background.history
    subjects = _subjects(background, bundles, of_files=of_files, past=past)
    added = {each.addition.row: each.addition.people for each in subjects if each.addition is not None}
    tips = {tip for some in history.tips.values() for tip in some}
    trunks = code_of(repository, history.table, tips, added)
    surroundings = forked_map(lambda subject: _surroundings(history, subject, trunks, parameters), subjects)
    rows = history.table.oldest_first({row for _, some in surroundings for row in some})
    ids = history.table.commits(rows)
    details = as_made(read_details(repository, ids), history.table)
    by_row = {row: details[name] for row, name in zip(rows.tolist(), ids, strict=True) if name in details}
    nearby = [{row: by_row[row] for row in some if row in by_row} for _, some in surroundings]
    subjects = with_people(subjects, by_row.values())
    zoned = [with_zone_then(subject, near, history) for subject, near in zip(subjects, nearby, strict=True)]
    zoned = with_other_machines(with_machine_zones(zoned, history.table, parameters), parameters)
    zoned = with_clock_offsets(zoned, history.table, parameters)
    chains = (chain for chain, _ in surroundings)
    return history, [SurveyedRun(*parts) for parts in zip(zoned, chains, nearby, strict=True)]


def _subjects(
    background: Background, bundles: Sequence[Bundle], *, of_files: bool, past: EvidenceSettings | None
) -> list[Subject]:
    repository, table = background.repository, background.history.table
    paths = {artifact.path for bundle in bundles for artifact in bundle.artifacts}
    paths = {path for path in paths if not path.startswith("/")}  # what lies elsewhere was never committed
    roots = {path.partition("/")[0] for path in paths}
    if past is not None and not roots:  # all of it was deleted, perhaps
        roots = {root.partition("/")[0] for root in past.roots or USUAL_ROOTS}
    blobs = _tracked(repository, roots)
    try:
        file_history = background.files(roots, blobs.keys() & paths)
    except MissingObjectError:  # a clone without trees: which commit added a bundle is unknown
        file_history = FileHistory([])
    if past is not None:
        absent = absent_files(repository, roots, blobs, paths)
        bundles = [*bundles, *deleted_bundles(repository, file_history, bundles, past, absent)]
    runs = with_locks(repository, runs_of_files(repository, bundles, file_history)) if of_files else []
    changes = first_changes(repository, bundles, file_history, blobs)
    moved = moved_paths(repository, _late_commits(bundles, changes, table))
    left = {old.partition("/")[0] for new, old in moved.items() if new in paths}
    left |= _tops_before(repository, table, changes.values())
    left -= roots
    if left:  # folders at the top that bundles were in before
        file_history = background.files(roots | left, blobs.keys() & paths)
        changes = first_changes(repository, bundles, file_history, blobs)
    bundles, later = without_later_runs(bundles, changes, file_history, table)
    known_runs = {run.bundle.path for run in runs}
    runs += [run for run in later if of_files and run.bundle.path not in known_runs]
    changes |= {run.bundle.path: run.change for run in runs}
    bundles = with_copies(repository, bundles, blobs)
    adding = sorted({change.commit for change in changes.values() if change})
    details = as_made(read_details(repository, adding), table)
    mentions = read_mentions(repository, [*bundles, *(run.bundle for run in runs)], changes, details, table)
    others = _unreachable(repository, table, bundles, mentions)
    described = read_described(repository, table, [*bundles, *(run.bundle for run in runs)])
    whole = [run.bundle for run in runs if run.bundle.path == run.bundle.artifacts[0].path]
    times = _file_times(repository, [*bundles, *whole])
    usual = usual_zones(details.values())
    groups = [*group_twins(bundles), *((run.bundle,) for run in runs)]
    trees = read_trees(repository, _with_trees(table, [*bundles, *(run.bundle for run in runs)]))
    known = Lookups(table, changes, details, others, mentions, described, times, usual, trees)
    return [gather(group, known) for group in groups]


def _tops_before(
    repository: Repository, table: CommitTable, changes: Iterable[FileChange | None]
) -> set[str]:
    """Folders that lay at the top of another history before a merge put that below a folder."""
    asked: dict[str, str] = {}
    for change in changes:
        row = table.index(change.commit) if change is not None and change.by_merge else None
        if change is not None and row is not None:
            merged = [table.commit(parent) for parent in table.parents(row)[1:]]
            names = change.path.split("/")[1:-1]
            asked |= {f"{parent}:{name}": name for parent in merged for name in names}
    found = zip(asked.values(), repository.objects(asked), strict=True)
    return {name for name, answer in found if answer is not None and answer[1] == "tree"}


def _late_commits(
    bundles: Sequence[Bundle], changes: Mapping[str, FileChange | None], table: CommitTable
) -> list[str]:
    """The commits that added bundles long after the time in their names: these may have lain elsewhere."""
    found = set()
    for bundle in bundles:
        change = changes[bundle.path]
        stamp = next((stamp for stamp in bundle.stamps if not stamp.lacks_year), None)
        row = table.index(change.commit) if change is not None and stamp is not None else None
        if stamp is not None and row is not None and table.time(row) - stamp.seconds > LATE_SECONDS:
            found.add(row)
    return table.commits(np.array(sorted(found), np.int64))


def _file_times(repository: Repository, bundles: Sequence[Bundle]) -> dict[str, TimeStatement]:
    """When the oldest file of each bundle was last changed; a check-out by git falsifies it."""
    top = str(repository.directory)
    found: dict[str, TimeStatement] = {}
    for bundle in bundles:
        for artifact in bundle.artifacts:
            try:
                seconds = os.lstat(os.path.join(top, artifact.path)).st_mtime  # noqa: PTH118 - three times as fast
            except OSError:
                continue
            if bundle.path not in found or seconds < found[bundle.path].seconds:
                source = Source(artifact.path)
                found[bundle.path] = TimeStatement(seconds, TimeKind.UTC, 1.0, "mtime", source, "end")
    return found


def _tracked(repository: Repository, roots: set[str]) -> dict[str, str]:
    """The tracked files below some roots, with the ids of their blobs in the index."""
    if repository.work_tree is None or not roots:
        return {}
    specs = [f":(top,literal){root}" for root in sorted(roots)]
    entries = (entry.partition("\t") for entry in repository.fields("ls-files", "--stage", "--", *specs))
    return {path: details.split(" ")[1] for details, _, path in entries}


def _unreachable(
    repository: Repository,
    table: CommitTable,
    bundles: Sequence[Bundle],
    mentions: Mapping[str, Sequence[Record]],
) -> dict[str, str | None]:
    """Look up written ids that no ref or reflog reaches (of objects, or former ones of commits), and tags."""
    every = [findings for bundle in bundles for findings in flat(bundle.findings)]
    mentioned = [record for findings in every for record in findings.mentions]
    mentioned += (record for records in mentions.values() for record in records)
    ids = (*(record for findings in every for record in findings.records), *mentioned)
    texts = {record.text for record in ids if record.is_id and not table.matching(record.text)}
    texts |= {f"{TAGS}{record.text}" for record in mentioned if not record.is_id}
    names = sorted(texts)
    request = "".join(f"{name}^{{commit}}\n" for name in names).encode()
    if not names:
        return {}
    lines = repository.git("cat-file", "--batch-check=%(objectname)", stdin=request).decode().splitlines()
    # "<what was asked> missing" may be as long as an id
    found = (None if " " in line else line for line in lines)
    known = dict(zip(names, found, strict=True))
    unknown = [name for name in names if known[name] is None]
    return known | replaced_ids(repository, unknown)


def _with_trees(table: CommitTable, bundles: Sequence[Bundle]) -> set[str]:
    """The commits beside whose ids their trees are written."""
    found = (record for bundle in bundles for each in flat(bundle.findings) for record in each.records)
    texts = {record.text for record in found if record.tree}
    return {commit for text in texts for commit in table.matching(text)}


def _centres(subject: Subject, parameters: Parameters) -> list[float]:
    """The times that the run may have begun at, by what is stated."""
    return [
        time
        for statement in subject.statements
        for reading in readings(statement, subject.zones, parameters)
        if reading.probability > LEAST_PROBABILITY
        for time in begins(statement, reading, subject.took)
    ]


def _surroundings(
    history: History, subject: Subject, trunks: Mapping[int, int], parameters: Parameters
) -> tuple[Chain, list[int]]:
    """The history that the run can have been on, and the commits that were made around it."""
    chain = _chain(history, subject, trunks, parameters)
    return chain, list(_near_rows(history.table, subject, chain, parameters))


def _chain(history: History, subject: Subject, trunks: Mapping[int, int], parameters: Parameters) -> Chain:
    """The history that the run can have been on: that of the adding commit, else that of HEAD.

    Where the adding commit's holds evidence only, it is that of the code, of which `trunks` has the newest.
    """
    start = subject.addition.row if subject.addition else history.head
    if start is None:
        return NO_CHAIN
    latest = history.table.time(start)
    possible = [time for time in _centres(subject, parameters) if time <= latest + MARGIN_SECONDS]
    earliest = min([*possible, latest]) - MARGIN_SECONDS
    chain = walk(history.table, start, earliest, include_start=subject.addition is None)
    trunk = trunks.get(start) if subject.addition else None
    if trunk is None:
        return chain
    code = walk(history.table, trunk, earliest, include_start=True)
    own = np.append(chain.rows, start)
    return evolve(code, newest=-1, aside=own[np.isin(own, code.rows, invert=True)])


def _near_rows(table: CommitTable, subject: Subject, chain: Chain, parameters: Parameters) -> set[int]:
    """The commits of a chain, and of the whole repository, that were made around the times that count."""
    oldest_first, rows = chain.starts[::-1], chain.rows[::-1]
    near = {*rows[-NEAR_COMMITS:].tolist(), *([chain.newest] if chain.newest >= 0 else [])}
    for centre in _centres(subject, parameters):
        place = int(oldest_first.searchsorted(centre))
        near.update(rows[max(place - NEAR_COMMITS, 0) : place + NEAR_COMMITS].tolist())
        near.update(table.around(centre, NEAR_COMMITS).tolist())
    return near

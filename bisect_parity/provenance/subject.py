"""What is known of one run before anything is inferred: its bundles, times, ids and adding commit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.evidence.durations import spans
from bisect_parity.evidence.model import Bundle, Duration, Parameter, Record, TimeKind, TimeStatement, flat
from bisect_parity.evidence.yearless import in_year
from bisect_parity.history.additions import FileChange
from bisect_parity.history.commit_details import Detail
from bisect_parity.history.commits import CommitTable
from bisect_parity.provenance.clock import EASTMOST, EXACT_ORIGINS, WESTMOST
from bisect_parity.provenance.recorded import RecordedId, recorded_ids
from bisect_parity.provenance.whereabouts import machine
from bisect_parity.provenance.zones import as_written, known_zones

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGINS = ("trace", "stamp", "field", "header", "prose", "mtime")
ECHO_SECONDS = 2.0  # within which two statements are of one instant


@frozen
class Addition:
    """The commit that brought a bundle in.

    Attributes:
        detail: of the commit.
        row: of the commit table.
        parent: full id of its first parent; None for a root.
        path: the file whose addition it is.
        by_merge: whether the merge itself introduced it.
    """

    detail: Detail
    row: int
    parent: str | None
    path: str
    by_merge: bool

    @property
    def people(self) -> tuple[str, str]:
        """Its author and its committer."""
        return self.detail.author, self.detail.committer

    @property
    def time(self) -> float:
        """When the work was first committed, POSIX seconds."""
        return float(min(self.detail.author_time, self.detail.committer_time))


@frozen
class Subject:
    """One run: a bundle, or several that hold copies of the same files.

    Attributes:
        bundles: the bundles; the first one gives its name to messages.
        statements: the times to use, at most one of each origin a bundle.
        records: every written id.
        addition: None where no bundle was ever committed.
        zones: seconds east of UTC where the run probably was, then where else people of this repository are.
        branches: branch names that the run wrote down.
        duration: how long the run took; of several that are stated, the longest, for others are of parts.
        is_remote: probability that it was made in a clone on another machine than its adding commit.
        account: e-mail address of the person whose account it names; empty where it names none that is known.
        clock_offset: seconds that the clock of its machine seems to be slow; 0 where nothing shows it.
    """

    bundles: tuple[Bundle, ...]
    statements: tuple[TimeStatement, ...]
    records: tuple[RecordedId, ...]
    addition: Addition | None
    zones: tuple[int, ...]
    branches: tuple[Parameter, ...] = ()
    duration: Duration | None = None
    is_remote: float = 0.0
    account: str = ""
    clock_offset: float = 0.0

    @property
    def took(self) -> float | None:
        """Seconds that the run took, where that is stated."""
        return None if self.duration is None else self.duration.seconds

    @property
    def is_timed(self) -> bool:
        """Whether the run itself states a time; the time of a file may be that of a copy."""
        return any(statement.origin != "mtime" for statement in self.statements)

    def is_before(self, time: float) -> bool:
        """Whether all times that the run itself states lie before a time, in any zone."""
        stated = [each.seconds + each.resolution for each in self.statements if each.origin != "mtime"]
        return bool(stated) and max(stated) + EASTMOST + WESTMOST < time

    @property
    def branch_names(self) -> frozenset[str]:
        """The names of the branches that it wrote down, however it spells them."""
        return frozenset(str(branch.value).removeprefix("refs/heads/") for branch in self.branches)

    @property
    def machine(self) -> str:
        """As `whereabouts.machine` tells."""
        return machine(self.bundles)

    @property
    def person(self) -> str:
        """Who made it, an e-mail address: by its account, else by its adding commit; else empty."""
        return self.account or (self.addition.detail.author if self.addition is not None else "")


def group_twins(bundles: Sequence[Bundle]) -> list[tuple[Bundle, ...]]:
    """Bundles that are copies of one run stand together; the order of the first ones is kept."""
    by_path = {bundle.path: bundle for bundle in bundles}
    seen: set[str] = set()
    groups = []
    for bundle in bundles:
        if bundle.path in seen:
            continue
        group, waiting = [], [bundle.path]
        while waiting:
            path = waiting.pop(0)
            if path in seen or path not in by_path:
                continue
            seen.add(path)
            group.append(by_path[path])
            waiting.extend(by_path[path].twins)
        groups.append(tuple(group))
    return groups


@frozen
class Lookups:
    """What is looked up for all runs at once.

    Attributes:
        table: all commits.
        changes: what brought each bundle in, by its path; None for one that was never committed.
        details: of the adding commits.
        others, trees: as in `recorded_ids`.
        mentions: what speaks of commits, for each bundle by its path.
        described: commits that are described, the same.
        file_times: when the oldest file of each bundle was last changed.
        usual_zones: of all adding commits, as `usual_zones` gives them.
    """

    table: CommitTable
    changes: Mapping[str, FileChange | None]
    details: Mapping[str, Detail]
    others: dict[str, str | None]
    mentions: Mapping[str, Sequence[Record]]
    described: Mapping[str, Sequence[RecordedId]]
    file_times: Mapping[str, TimeStatement]
    usual_zones: Sequence[int]
    trees: Mapping[str, str]


def gather(bundles: tuple[Bundle, ...], known: Lookups) -> Subject:
    """Put together what is known of one run, of which `bundles` are the copies."""
    table, file_times = known.table, known.file_times
    changes = [known.changes[bundle.path] for bundle in bundles]
    if any(findings.time_is_commit_time for bundle in bundles for findings in flat(bundle.findings)):
        changes = []  # old revisions were run: neither times nor the adding commit say which
    additions = [found for change in changes if (found := _addition(change, table, known.details))]
    addition = min(additions, key=lambda item: item.time, default=None)
    zones = known_zones(addition.detail.zone if addition else None, known.usual_zones)
    statements = [time for bundle in bundles for time in select_statements(bundle)] if changes else []
    changed = [file_times[bundle.path] for bundle in bundles if bundle.path in file_times]
    statements = _in_years(statements, addition, changed)
    spoken = [record for bundle in bundles for record in known.mentions.get(bundle.path, ())]
    described_ids = (item for bundle in bundles for item in known.described.get(bundle.path, ()))
    records = (*recorded_ids(bundles, table, known.others, spoken, known.trees), *described_ids)
    # what was never committed may be a copy, made at any time: that says nothing beside what the run says
    if changes and (addition is not None or not (statements or records)):
        statements += _file_times_of_the_run(bundles, addition, file_times)
    branches = [name for b in bundles for findings in flat(b.findings) for name in findings.branches]
    durations = [each for b in bundles for findings in b.findings for each in findings.durations]
    durations += (each for bundle in bundles for each in _spans(bundle))
    return Subject(
        bundles,
        tuple(_without_echoes(statements, zones[0])),
        records,
        addition,
        zones,
        tuple(branches),
        max(durations, key=lambda each: each.seconds, default=None),
    )


def _without_echoes(statements: Sequence[TimeStatement], zone: int) -> list[TimeStatement]:
    """Each instant once: a script that writes one time in several places said one thing."""
    kept: list[TimeStatement] = []
    for statement in sorted(statements, key=lambda item: item.kind is not TimeKind.UTC):
        for place, other in enumerate(kept):
            if _is_echo(statement, other, zone):
                marks = statement.marks if other.marks == "unknown" else other.marks
                kept[place] = evolve(
                    other,
                    marks=marks,
                    is_settled=_is_settled(statement, other),
                    also=other.also | {statement.origin},
                )
                break
        else:
            kept.append(statement)
    return sorted(kept, key=lambda item: ORIGINS.index(item.origin))


def _is_echo(statement: TimeStatement, other: TimeStatement, zone: int) -> bool:
    """Whether both are of one instant; a local time may be that of any zone."""
    if TimeKind.DATE in (statement.kind, other.kind):
        return False
    if abs(as_written(statement, zone) - as_written(other, zone)) < ECHO_SECONDS:
        return True
    apart = statement.seconds - other.seconds
    is_zone = ECHO_SECONDS < abs(apart) <= EASTMOST and abs(math.remainder(apart, 1800)) < ECHO_SECONDS
    return is_zone and TimeKind.LOCAL in (statement.kind, other.kind) and statement.kind is not other.kind


def _is_settled(statement: TimeStatement, other: TimeStatement) -> bool:
    """Whether two statements of one instant leave no doubt of its zone: local time agrees with UTC."""
    is_exact = any(each.is_settled or each.origin in EXACT_ORIGINS for each in (statement, other))
    return is_exact or statement.kind is not other.kind


def _file_times_of_the_run(
    bundles: Sequence[Bundle], addition: Addition | None, file_times: Mapping[str, TimeStatement]
) -> list[TimeStatement]:
    """Times of files that git cannot have set: it writes a file after the commit that added it was made.

    Of copies, the first one counts.
    """
    found = [file_times[bundle.path] for bundle in bundles if bundle.path in file_times]
    before = [time for time in found if addition is None or time.seconds < addition.time]
    return sorted(before, key=lambda time: time.seconds)[:1]


def _addition(
    change: FileChange | None, table: CommitTable, details: Mapping[str, Detail]
) -> Addition | None:
    row = table.index(change.commit) if change is not None else None
    if change is None or row is None or change.commit not in details:
        return None
    parents = table.parents(row)
    parent = table.commit(parents[0]) if parents else None
    return Addition(details[change.commit], row, parent, change.path, change.by_merge)


def select_statements(bundle: Bundle) -> list[TimeStatement]:
    """At most one time of each origin: the innermost stamp, the earliest of the others."""
    chosen: dict[str, TimeStatement] = {}
    if bundle.stamps:
        chosen["stamp"] = bundle.stamps[0]
    for findings in flat(bundle.findings):
        if findings.time_is_commit_time:
            continue
        for statement in findings.times:
            present = chosen.get(statement.origin)
            if statement.origin != "stamp" and (
                present is None or (statement.origin != "prose" and _is_before(statement, present))
            ):
                chosen[statement.origin] = statement
    if any("stamp" in each.also for each in chosen.values()) and _is_day(chosen.get("stamp")):
        del chosen["stamp"]  # a log states the time of this day
    return [chosen[origin] for origin in ORIGINS if origin in chosen]


def _is_day(stamp: TimeStatement | None) -> bool:
    return stamp is not None and stamp.kind is TimeKind.DATE


def _spans(bundle: Bundle) -> Iterator[Duration]:
    """How long it took by start and end in the file whose start counts; those in others are of parts."""
    chosen = {time for time in select_statements(bundle) if time.marks == "start"}
    for findings in bundle.findings if chosen else ():
        if not chosen.isdisjoint(findings.times):
            yield from spans(findings.times)


def _is_before(statement: TimeStatement, other: TimeStatement) -> bool:
    """Whether a time is earlier than another; one with its year comes before one without."""
    return (statement.lacks_year, statement.seconds) < (other.lacks_year, other.seconds)


def _in_years(
    statements: Sequence[TimeStatement], addition: Addition | None, changed: Sequence[TimeStatement]
) -> list[TimeStatement]:
    """The statements, with the year that fits the other times, else that of what came after them."""
    if not any(statement.lacks_year for statement in statements):
        return list(statements)
    dated = [statement.seconds for statement in statements if not statement.lacks_year]
    latest = addition.time if addition is not None else min((each.seconds for each in changed), default=None)
    each = (in_year(one, latest, dated) if one.lacks_year else one for one in statements)
    return [statement for statement in each if statement is not None]

"""Clues in plain words: each class says what it saw, what it implies, and how much.

A clue's weight is the natural logarithm of the factor by which it raises the answer over its best rival.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from attrs import frozen

from bisect_parity.evidence.model import Duration, Source, TimeKind, TimeStatement
from bisect_parity.history.reflog import LOST, ReflogEntry
from bisect_parity.provenance.clock import best_reading, may_be_end, readings
from bisect_parity.provenance.fingerprint import Match
from bisect_parity.provenance.mentions import MESSAGE, NAME, NOTE
from bisect_parity.provenance.model import Caveat, Clue
from bisect_parity.provenance.parameters import Parameters
from bisect_parity.provenance.recorded import OTHER_TREE, RecordedId, trust_probability
from bisect_parity.provenance.run_messages import RUN
from bisect_parity.provenance.subject import Addition
from bisect_parity.provenance.versions import StatedVersion
from bisect_parity.wording import SHORT

NEAR_SECONDS = 1800.0  # less than the half hour by which zones differ
FAR_SECONDS = 86400.0


class ClueMaker(Protocol):
    """An observation that can be shown as a clue."""

    def clue(self) -> Clue:
        """The clue, in one sentence."""
        ...


def clock_text(seconds: float, zone: int = 0) -> str:
    """A time to read, such as 2025-10-09 16:17:14 -0700; out-of-range times are marked as such."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC if zone == 0 else timezone(timedelta(seconds=zone)))
    except (OverflowError, OSError, ValueError):
        return f"{seconds:.0f} s after 1970 (out of range)"
    return moment.strftime("%Y-%m-%d %H:%M:%SZ" if zone == 0 else "%Y-%m-%d %H:%M:%S %z")


def duration_text(seconds: float) -> str:
    """A duration to read: seconds, minutes, hours or days."""
    size = abs(seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if size >= 2 * length:
            return f"{size / length:.0f} {unit}"
    return f"{size:.0f} s"


@frozen
class RecordClue:
    """A written id."""

    recorded: RecordedId
    parameters: Parameters

    def clue(self) -> Clue:
        """What is written, by whom, and whether the repository knows it."""
        record, commit = self.recorded.record, self.recorded.commit
        who = {
            "witness": "asked of git when the run began",
            "machine": "written by a program",
            "header": "a labelled line",
            "prose": "in running text",
        }
        trust = trust_probability(record.trust)
        shown = record.text if len(record.text) <= 48 else record.text[:45] + "..."
        endings = {
            "yes": "the repository has that commit",
            "replaced": f"{(commit or '')[:SHORT]} has taken the place of that commit",
            "no": "no commit here has that id",
            "ambiguous": "several commits begin with these digits",
            "prefix": f"no commit has that id; only its first digits are those of {(commit or '')[:SHORT]}",
            "several": "it is that of one of several commits here",
            OTHER_TREE: f"its tree is not {record.tree[:SHORT]}, which is recorded beside it",
            "placeholder": "that is no id, but a placeholder",
        }
        weight = 0.0
        if self.recorded.exists == "yes":
            right = getattr(self.parameters.records, trust)
            weight = math.log(right * self.parameters.records.alternatives / (1 - right))
        by = "" if record.key in (NAME, MESSAGE, NOTE, RUN) else f" ({who[trust]})"
        is_replaced = record.is_id and commit is not None and not commit.startswith(record.text.lower())
        known = "replaced" if is_replaced and self.recorded.exists == "yes" else self.recorded.exists
        says = f"{record.key} says {shown}{by}: {endings[known]}"
        if record.dirty:
            says += "; it says that the working tree was dirty"
        return Clue("record", record.source, says, commit, weight)


@frozen
class TimeClue:
    """A stamp, or a time within a file; and how long the run took, if that time may be of its end."""

    statement: TimeStatement
    duration: Duration | None
    zones: tuple[int, ...]
    parameters: Parameters
    run_time: float
    weight: float
    commit: str | None

    def clue(self) -> Clue:
        """What time is stated, and what it was taken to mean."""
        meanings = readings(self.statement, self.zones, self.parameters)
        written = meanings[0]
        near = best_reading(meanings, self.run_time)
        best = (
            near
            if near.distance(self.run_time) < NEAR_SECONDS <= written.distance(self.run_time)
            else written
        )
        what = "the day" if self.statement.kind is TimeKind.DATE else "the time"
        says = f"{what} {clock_text(best.instant(self.run_time), self.zones[0])}"
        says += ", in the year that fits" if self.statement.lacks_year else ""
        caveat = None
        if best is not written:
            says += f", taking it as {best.name}"
        elif written.distance(self.run_time) > FAR_SECONDS:
            says += ", which does not fit the other clues"
            caveat = Caveat.CONFLICTING
        if self.duration is not None and may_be_end(self.statement):
            says += f"; the run took {duration_text(self.duration.seconds)}, by {self.duration.source.text}"
        kind = "stamp" if self.statement.origin == "stamp" else "time"
        origin = {
            "stamp": "the name states",
            "trace": "the profiler's clock states",
            "field": "a field states",
            "header": "a header line states",
            "prose": "the text states",
            "mtime": "the file was last changed at",
        }[self.statement.origin]
        return Clue(kind, self.statement.source, f"{origin} {says}", self.commit, self.weight, caveat)


@frozen
class ReflogClue:
    """What was checked out in a worktree at the run's time."""

    path: str
    entry: ReflogEntry
    following: ReflogEntry | None
    weight: float

    def clue(self) -> Clue:
        """The entry that was in force."""
        text = self.entry.message[:200] if self.entry.kind != LOST else ""
        source = Source(self.path, self.entry.line, text)
        return Clue("reflog", source, self._says(), self.entry.new, self.weight)

    def _says(self) -> str:
        commit, begin = self.entry.new[:SHORT], clock_text(self.entry.time, self.entry.zone)
        if self.following is None:
            return f"{commit} was checked out from {begin} since then ({self._kind})"
        until = clock_text(self.following.time, self.entry.zone)
        if self.entry.kind == LOST:
            return f"{commit} was checked out until {until}; the entries before that were expired"
        if self.following.kind == LOST:
            return f"{commit} was checked out from {begin} ({self._kind}); the next entries were expired"
        return f"{commit} was checked out from {begin} until {until} ({self._kind})"

    @property
    def _kind(self) -> str:
        return self.entry.kind or "unnamed entry"


@frozen
class AddedByClue:
    """The commit that brought the bundle in."""

    addition: Addition
    run_time: float
    weight: float
    commit: str | None

    def clue(self) -> Clue:
        """Who added it, how long after the run, and whether that commit was rewritten."""
        detail = self.addition.detail
        delay = self.addition.time - self.run_time
        when = f"{duration_text(delay)} after the run" if delay >= 0 else f"{duration_text(delay)} before it"
        says = f"{detail.commit[:SHORT]} added it, {when}: the run's commit is among its ancestors"
        if detail.is_rewritten:
            says += "; it was amended, rebased or cherry-picked, so its parent proves little"
        elif detail.is_landed:
            says += "; somebody else made it of its author's work (a squash, say): its parent proves little"
        elif detail.is_squash:
            says += "; its message says that it holds a branch, whose commits may be gone"
        if self.addition.by_merge:
            says += "; a merge brought it in"
        caveat = Caveat.REWRITTEN if detail.is_rewritten or detail.may_be_branch else None
        return Clue("added-by", Source(self.addition.path), says, self.commit, self.weight, caveat)


@frozen
class NoTraceClue:
    """That no reflog tells what was checked out."""

    path: str
    elsewhere: float
    together: bool

    def clue(self) -> Clue:
        """What would look the same, and how much is kept for that."""
        why = (
            "; by themselves, runs that came in with it would be at the same commit" if self.together else ""
        )
        says = (
            "no reflog here tells what was checked out then: a commit that was visited for this run alone, "
            f"or a worktree that is gone, leaves no trace{why}; {self.elsewhere:.2f} is kept for what is not "
            "named"
        )
        return Clue("no-trace", Source(self.path), says)


@frozen
class FingerprintClue:
    """Frames and digests that the run reported, against the code of the answer and of its best rival."""

    place: Source
    match: Match
    commit: str
    rival: Match | None
    weight: float

    def clue(self) -> Clue:
        """How many statements fit, and one of them."""
        match = self.match
        says = (
            f"{match.agree} of {match.agree + match.disagree} code positions or digests that the run "
            f"reported fit {self.commit[:SHORT]}"
        )
        if self.rival is not None and self.rival.agree + self.rival.disagree:
            says += f", and {self.rival.agree} of {self.rival.agree + self.rival.disagree} its best rival"
        source = Source(self.place.path, self.place.line, match.example)
        return Clue("fingerprint", source, says, self.commit, self.weight)


@frozen
class VersionClue:
    """The version of the project that the run states, against those of the answer and of its best rival."""

    stated: StatedVersion
    match: Match
    commit: str
    rival: Match | None
    weight: float

    def clue(self) -> Clue:
        """What is stated, and what the two commits declare."""
        says = f"the run states version {self.stated.version}: {self.match.example} at {self.commit[:SHORT]}"
        if self.rival is not None and self.rival.agree != self.match.agree:
            says += f", and {self.rival.example} at its best rival"
        return Clue("version", self.stated.parameter.source, says, self.commit, self.weight)


@frozen
class BranchClue:
    """A branch name that the run wrote down, or that its path holds."""

    name: str
    source: Source
    has_reflog: bool
    is_here: bool
    weight: float
    is_of_path: bool = False

    def clue(self) -> Clue:
        """Which branch, and whether it was there to be read."""
        history = "its history was read" if self.is_here else "no such branch is here"
        known = "its reflog was read" if self.has_reflog else history
        how = "its path has the name of" if self.is_of_path else "the run was on"
        return Clue("branch", self.source, f"{how} branch {self.name}: {known}", weight=self.weight)


@frozen
class TwinClue:
    """Another bundle that holds a copy of the same run."""

    path: str
    other: str

    def clue(self) -> Clue:
        """Which bundle it is."""
        says = f"{self.other} holds the same files: one run, and what is known of one holds for both"
        return Clue("twin", Source(self.path), says)

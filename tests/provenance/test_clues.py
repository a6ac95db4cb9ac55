"""Each kind of clue says in one sentence what it saw, where, what it implies, and how much."""

from __future__ import annotations

import math

import numpy as np
import pytest
from attrs import evolve

from bisect_parity.evidence.model import (
    Bundle,
    Duration,
    Findings,
    Record,
    Source,
    TimeKind,
    TimeStatement,
    Trust,
)
from bisect_parity.history.commit_details import Detail
from bisect_parity.history.commit_graph import NO_PARENT, CommitGraph
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.reflog import ReflogEntry
from bisect_parity.provenance.checkouts import Line
from bisect_parity.provenance.clues import (
    AddedByClue,
    BranchClue,
    FingerprintClue,
    RecordClue,
    ReflogClue,
    TimeClue,
    TwinClue,
    clock_text,
    duration_text,
)
from bisect_parity.provenance.fingerprint import Match
from bisect_parity.provenance.lines import Names
from bisect_parity.provenance.model import Caveat, Clue
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.recorded import RecordedId, recorded_ids
from bisect_parity.provenance.subject import Addition, Subject, group_twins
from bisect_parity.provenance.timeline import time_line

PARAMETERS = load_parameters()
A, B = "0a" * 20, "0b" * 20
NOON = 1_760_011_200.0  # 2025-10-09 12:00:00Z
PACIFIC = -7 * 3600
PLACE = Source("reports/x/env.json", 3, "git_sha = 0a0a0a0")


def record(text: str, trust: Trust = Trust.MACHINE, *, dirty: bool | None = None) -> Record:
    return Record(text, "git_sha", trust, not text.startswith("$"), PLACE, dirty)


# Records


@pytest.mark.parametrize(
    ("exists", "commit", "said"),
    [
        ("yes", A, "the repository has that commit"),
        ("no", None, "no commit here has that id"),
        ("ambiguous", None, "several commits begin with these digits"),
        ("prefix", A, "only its first digits are those of 0a0a0a0a0a0a"),
        ("placeholder", None, "that is no id, but a placeholder"),
    ],
)
def test_a_written_id_says_whether_the_repository_knows_it(
    exists: str, commit: str | None, said: str
) -> None:
    clue = RecordClue(RecordedId(record(A), commit, exists), PARAMETERS).clue()
    assert said in clue.says
    assert (clue.kind, clue.source, clue.commit) == ("record", PLACE, commit)
    assert (clue.weight > 0) is (exists == "yes")


def test_the_nearer_to_the_run_the_writer_the_more_an_id_weighs() -> None:
    clues = [RecordClue(RecordedId(record(A, trust), A, "yes"), PARAMETERS).clue() for trust in Trust]
    assert [clue.says.partition("(")[2].partition(")")[0] for clue in clues] == [
        "in running text",
        "a labelled line",
        "written by a program",
        "asked of git when the run began",
    ]
    weights = [clue.weight for clue in clues]
    assert weights == sorted(weights)
    right = PARAMETERS.records.witness
    assert weights[-1] == pytest.approx(math.log(right * PARAMETERS.records.alternatives / (1 - right)))


def test_a_dirty_record_says_so_and_a_long_one_is_cut() -> None:
    clue = RecordClue(RecordedId(record("f" * 64, dirty=True), A, "yes"), PARAMETERS).clue()
    assert "says fffff" in clue.says
    assert "f..." in clue.says
    assert clue.says.endswith("the working tree was dirty")


@pytest.mark.parametrize(
    ("text", "exists", "commit"),
    [
        (A, "yes", A),
        (A[:7], "yes", A),
        ("0c0", "ambiguous", None),
        (A[:8] + "f" * 32, "prefix", A),
        ("f" * 40, "no", None),
        (B, "yes", B),
        ("$(git rev-parse HEAD)", "placeholder", None),
    ],
)
def test_every_written_id_is_looked_up(text: str, exists: str, commit: str | None) -> None:
    found = table(A, "0c01" + "0" * 36, "0c02" + "0" * 36)
    bundle = Bundle("reports/x", (), (), (Findings(records=(record(text),)),))
    (item,) = recorded_ids((bundle,), found, {B: B})
    assert (item.exists, item.commit) == (exists, commit)


# Times


def time_clue(statement: TimeStatement, run_time: float, duration: Duration | None = None) -> Clue:
    return TimeClue(statement, duration, (PACIFIC,), PARAMETERS, run_time, 1.5, A).clue()


def clue_of(statement: TimeStatement, run_time: float) -> str:
    return time_clue(statement, run_time).says


@pytest.mark.parametrize(
    ("origin", "beginning"),
    [
        ("stamp", "the name states"),
        ("trace", "the profiler's clock states"),
        ("field", "a field states"),
        ("header", "a header line states"),
        ("prose", "the text states"),
        ("mtime", "the file was last changed at"),
    ],
)
def test_a_time_says_where_it_stands_and_what_it_is_in_the_zone_of_the_run(
    origin: str, beginning: str
) -> None:
    statement = TimeStatement(NOON, TimeKind.UTC, 1.0, origin, PLACE)
    clue = time_clue(statement, NOON)
    assert clue.says == f"{beginning} the time 2025-10-09 05:00:00 -0700"
    assert clue.kind == ("stamp" if origin == "stamp" else "time")
    assert (clue.weight, clue.commit, clue.source) == (1.5, A, PLACE)


def test_a_time_of_the_end_tells_how_long_the_run_took_and_what_says_so() -> None:
    took = Duration(14_400.0, Source("reports/x/run.log", 9, "real\t240m0.0s"))
    ended = TimeStatement(NOON, TimeKind.UTC, 1.0, "field", PLACE, "end")
    assert time_clue(ended, NOON, took).says.endswith("; the run took 4 h, by real\t240m0.0s")
    assert "took" not in time_clue(evolve(ended, marks="start"), NOON, took).says


def test_local_time_labelled_z_is_told_where_that_is_what_fits() -> None:
    stamp = TimeStatement(NOON, TimeKind.UTC, 1.0, "stamp", PLACE)
    assert "12:00:00 -0700, taking it as local time labelled Z" in clue_of(stamp, NOON - PACIFIC)
    assert "taking it as" not in clue_of(stamp, NOON)


def test_a_time_far_from_the_run_and_a_day_are_told_as_such() -> None:
    field = TimeStatement(NOON, TimeKind.UTC, 1.0, "field", PLACE)
    assert clue_of(field, NOON - 90 * 86400).endswith("which does not fit the other clues")
    assert time_clue(field, NOON - 90 * 86400).caveat is Caveat.CONFLICTING
    assert time_clue(field, NOON).caveat is None
    day = TimeStatement(NOON - NOON % 86400, TimeKind.DATE, 86400.0, "stamp", PLACE)
    assert clue_of(day, NOON).startswith("the name states the day 2025-10-09")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1e18, "1000000000000000000 s after 1970 (out of range)"), (0.0, "1970-01-01 00:00:00Z")],
)
def test_any_number_of_seconds_can_be_told(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (-172800, "2 d"), (9e7, "1042 d")],
)
def test_durations_are_told_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


# Checkouts


def test_a_reflog_says_from_when_until_when_and_by_what() -> None:
    entry = ReflogEntry(A, B, int(NOON), PACIFIC, "checkout: moving from a to b", 7)
    clue = ReflogClue("logs/HEAD", entry, ReflogEntry(B, A, int(NOON) + 60, 0, "reset", 8), 2.0).clue()
    begin, end = "2025-10-09 05:00:00 -0700", "2025-10-09 05:01:00 -0700"
    assert clue.says == f"0b0b0b0b0b0b was checked out from {begin} until {end} (checkout)"
    assert (clue.source.path, clue.source.line, clue.commit, clue.weight) == ("logs/HEAD", 7, B, 2.0)
    last = ReflogClue("logs/HEAD", ReflogEntry(A, B, int(NOON), 0, "", 8), None, 0.0).clue()
    assert last.says.endswith("2025-10-09 12:00:00Z since then (unnamed entry)")


def addition(committed: float = NOON, authored: float = NOON, *, by_merge: bool = False) -> Addition:
    detail = Detail(B, int(authored), int(committed), PACIFIC, "a@x", "a@x")
    return Addition(detail, 1, A, "reports/x/env.json", by_merge)


def test_the_adding_commit_says_how_long_after_the_run_it_was_made() -> None:
    says = AddedByClue(addition(), NOON - 300, 1.0, A).clue().says
    assert says == "0b0b0b0b0b0b added it, 5 min after the run: the run's commit is among its ancestors"
    assert "5 min before it" in AddedByClue(addition(), NOON + 300, 1.0, A).clue().says


def test_an_adding_commit_that_was_rewritten_or_is_a_merge_proves_less_and_says_so() -> None:
    rewritten = AddedByClue(addition(NOON + 9999), NOON - 300, 1.0, A).clue()
    assert "5 min after the run" in rewritten.says
    assert "rebased or cherry-picked, so its parent proves little" in rewritten.says
    assert rewritten.caveat is Caveat.REWRITTEN
    assert AddedByClue(addition(by_merge=True), NOON, 1.0, A).clue().says.endswith("a merge brought it in")


@pytest.mark.parametrize(
    ("has_reflog", "is_here", "said"),
    [
        (True, True, "its reflog was read"),
        (False, True, "its history was read"),
        (False, False, "no such branch is here"),
    ],
)
def test_a_branch_says_whether_it_was_there(has_reflog: bool, is_here: bool, said: str) -> None:
    clue = BranchClue("topic", PLACE, has_reflog, is_here, 0.0).clue()
    assert "branch topic" in clue.says
    assert said in clue.says
    assert (clue.kind, clue.weight, clue.commit) == ("branch", 0.0, None)


# Code and copies


def test_a_fingerprint_counts_what_fits_the_answer_and_its_best_rival() -> None:
    clue = FingerprintClue(PLACE, Match(4, 1, "src/a.py:3 f"), A, Match(1, 4), 3.0).clue()
    assert "4 of 5 code positions or digests" in clue.says
    assert clue.says.endswith("fit 0a0a0a0a0a0a, and 1 of 5 its best rival")
    assert (clue.source.path, clue.source.text, clue.weight) == (PLACE.path, "src/a.py:3 f", 3.0)
    assert FingerprintClue(PLACE, Match(4, 1), A, Match(), 3.0).clue().says.endswith("fit 0a0a0a0a0a0a")


def test_a_twin_names_the_other_bundle_and_copies_of_copies_are_one_run() -> None:
    assert TwinClue("p", "q").clue().says.startswith("q holds the same files")
    twins = {"p": ("q",), "q": ("p", "r"), "r": ("q", "not here"), "s": ()}
    bundles = [Bundle(path, (), (), (), twins=others) for path, others in twins.items()]
    assert [[bundle.path for bundle in group] for group in group_twins(bundles)] == [["p", "q", "r"], ["s"]]


# The time line


def test_the_time_line_is_in_order_and_prefers_the_reflog_that_covers_the_run() -> None:
    names = Names(table(A, B))
    history = Line(np.array([NOON - 600, NOON + 600]), np.array([0, 1]), "history")
    entry = ReflogEntry(A, B, int(NOON - 60), 0, "checkout: moving from a to b", 4)
    reflog = Line(np.array([NOON - 60]), np.array([1]), "logs/HEAD", (entry,))
    stamp = TimeStatement(NOON, TimeKind.UTC, 1.0, "stamp", Source("reports/x", 0, "x"))
    subject = Subject((), (stamp,), (), addition(NOON + 300, NOON + 300), (0,))
    told = [
        (event.kind, event.text) for event in time_line(subject, (history,), (NOON, True), names, PARAMETERS)
    ]
    assert told == [
        ("commit", "0a0a0a0a0a0a was committed"),
        ("stamp", "x"),
        ("run", "the run began, by all clues together"),
        ("added", "0b0b0b0b0b0b added the bundle"),
        ("commit", "0b0b0b0b0b0b was committed"),
    ]
    covered = time_line(subject, (history, reflog), (NOON, True), names, PARAMETERS)
    assert [event.kind for event in covered] == ["reflog", "stamp", "run", "added"]
    assert covered[0].text == "0b0b0b0b0b0b checked out by checkout (logs/HEAD:4)"


def table(*commits: str) -> CommitTable:
    """Commits without parents."""
    count = len(commits)
    ids = np.array(sorted(map(bytes.fromhex, commits)), "S20")
    none = np.full(count, NO_PARENT, np.int32)
    return CommitTable(
        CommitGraph((ids,), np.zeros(count, np.int64), none, none, {}, np.ones(count, np.int32))
    )

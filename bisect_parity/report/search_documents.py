"""The documents of `bisect` and `sweep`, as text and report read them."""

from __future__ import annotations

from collections import defaultdict

from attrs import Factory, field, frozen

from bisect_parity.bisection.moves import FailureChange, Move
from bisect_parity.bisection.odds import CredibleInterval
from bisect_parity.bisection.skips import SkipRange
from bisect_parity.bisection.sweep import Flip
from bisect_parity.history.commit_summary import CommitChange, CommitSummary
from bisect_parity.wording import SHORT


@frozen
class CheckedCommit:
    """One check of a bisection."""

    name: str
    commit: str
    code_state: str = ""
    role: str = ""
    size: int | None = None
    verdict: str = "abort"
    reason: str = ""
    step: str | None = None
    correlation: float | None = None
    sum_ratio: float | None = None
    margins: dict[str, float | None] = Factory(dict)
    seconds: float = 0.0
    known_from: str | None = None
    submodule: str = ""


@frozen
class Search:
    """What bisect.json and sweep.json have in common."""

    case: str = ""
    size: int | None = None
    thresholds: dict[str, float] | None = None
    commits: int = 0
    code_states: int | None = None  # not counted in a very large range
    checks_run: int = 0
    checks_cached: int = 0
    jobs: int = 1
    tested: tuple[CheckedCommit, ...] = ()
    commit_facts: tuple[CommitSummary, ...] = ()

    def facts(self, commit: str | None) -> CommitSummary:
        """What is known of a commit; empty where nothing is."""
        return self.by_commit().get(commit or "", CommitSummary(commit or ""))

    def by_commit(self) -> dict[str, CommitSummary]:
        """What is known of each commit, by its full id."""
        return {facts.commit: facts for facts in self.commit_facts}

    def subjects(self) -> defaultdict[str, str]:
        """The first line of each commit's message; empty where it is not known."""
        return defaultdict(str, {facts.commit: facts.subject for facts in self.commit_facts})


@frozen
class End:
    """An end of a bisection."""

    commit: str = ""


@frozen
class CommitOdds:
    """How often a commit was found good or bad, and the probability that the rate changed with it."""

    commit: str
    good: int = 0
    bad: int = 0
    skip: int = 0
    probability: float | None = None


@frozen
class Odds:
    """What a search by a flaky check knows, and what it was asked for."""

    probability: float = 0.0
    same_rate: float = 0.0
    swapped_ends: float = 0.0
    bad_rate: dict[str, CredibleInterval] | None = None
    apart: float | None = None
    until: float = 0.0
    most_checks: int = 0
    least_rate: float = 0.0
    bad_is_proof: bool = False
    commits: tuple[CommitOdds, ...] = ()


@frozen
class Inside:
    """The search through a submodule that the answer of another one moves."""

    search: Bisection
    submodule: str = ""
    old: str = ""
    new: str = ""
    is_subtree: bool = False

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        return "subtree" if self.is_subtree else "submodule"

    @property
    def text(self) -> str:
        """Which submodule is searched, and from where to where."""
        return f"{self.submodule}, from {self.old[:SHORT]} to {self.new[:SHORT]}"


@frozen
class Bisection(Search):
    """bisect.json."""

    outcome: str = field(kw_only=True)
    find: str = "regression"
    first_bad: str | None = None
    first_bad_parent: str | None = None
    first_good: str | None = None
    first_good_parent: str | None = None
    candidates: tuple[str, ...] = ()
    skip_ranges: tuple[SkipRange, ...] = ()
    change: CommitChange | None = None
    ends: dict[str, End] = Factory(dict)
    says: tuple[str, ...] = ()
    suspects: dict[str, tuple[str, ...]] | None = None
    flaky: Odds | None = None
    inside: Inside | None = None

    @property
    def inner(self) -> tuple[Inside, ...]:
        """The searches inside submodules, each in the one before."""
        return () if self.inside is None else (self.inside, *self.inside.search.inner)

    @property
    def answer(self) -> str | None:
        """The commit that was looked for; None where none was found."""
        return self.first_bad if self.find == "regression" else self.first_good

    @property
    def answer_parent(self) -> str | None:
        """The answer's first parent."""
        return self.first_bad_parent if self.find == "regression" else self.first_good_parent


@frozen
class Sweep(Search):
    """sweep.json."""

    code_states: int = 0
    start: str = ""
    end: str = ""
    complete: bool = False
    flips: tuple[Flip, ...] = ()
    moves: tuple[Move, ...] = ()
    failure_changes: tuple[FailureChange, ...] = ()

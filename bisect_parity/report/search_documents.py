"""The documents of `bisect`, `sweep`, `isolate`, `check` and `compare`, as a report reads them."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import Factory, frozen

from bisect_parity.wording import move_text


@frozen
class CheckedCommit:
    """One check of a bisection."""

    name: str
    commit: str
    code_state: str = ""
    role: str = ""
    verdict: str = "abort"
    reason: str = ""
    step: str | None = None
    correlation: float | None = None
    sum_ratio: float | None = None
    seconds: float = 0.0
    known_from: str | None = None


@frozen
class ChangedFile:
    """A file that a commit changes."""

    status: str = ""
    path: str = ""
    old_path: str | None = None


@frozen
class CommitSummary:
    """What a reader wants to know of a commit."""

    commit: str
    date: str = ""
    author: str = ""
    subject: str = ""
    files: tuple[ChangedFile, ...] = ()

    @property
    def moment(self) -> datetime | None:
        """When it was committed, in UTC where no zone is stated; None where the date cannot be read."""
        try:
            found = datetime.fromisoformat(self.date)
        except ValueError:
            return None
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


@frozen
class End:
    """An end of a bisection."""

    commit: str = ""


@frozen
class Odds:
    """What a search by a flaky check knows."""

    probability: float = 0.0


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


@frozen
class Bisection:
    """bisect.json."""

    outcome: str
    find: str = "regression"
    case: str = ""
    size: int | None = None
    thresholds: dict[str, float] | None = None
    first_bad: str | None = None
    first_bad_parent: str | None = None
    first_good: str | None = None
    first_good_parent: str | None = None
    candidates: tuple[str, ...] = ()
    commits: int = 0
    code_states: int | None = None  # not counted in a very large range
    checks_run: int = 0
    ends: dict[str, End] = Factory(dict)
    says: tuple[str, ...] = ()
    tested: tuple[CheckedCommit, ...] = ()
    commit_facts: tuple[CommitSummary, ...] = ()
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

    def facts(self, commit: str | None) -> CommitSummary:
        """What is known of a commit; empty where nothing is."""
        known = (facts for facts in self.commit_facts if facts.commit == commit)
        return next(known, CommitSummary(commit or ""))


@frozen
class Flip:
    """Two tested commits with different verdicts, and `untested` changing commits between them."""

    before: str
    after: str
    change: str = ""
    untested: int = 0


@frozen
class Move:
    """Two tested commits with different figures, and `untested` changing commits between them."""

    before: str
    after: str
    figure: str = ""
    old: float = 0.0
    new: float = 0.0
    share: float = 0.0
    untested: int = 0

    @property
    def text(self) -> str:
        """The figure, and how far it moved."""
        return move_text(self.figure, self.old, self.new, self.share)


@frozen
class Sweep:
    """sweep.json."""

    case: str = ""
    size: int | None = None
    thresholds: dict[str, float] | None = None
    start: str = ""
    end: str = ""
    commits: int = 0
    code_states: int = 0
    complete: bool = False
    checks_run: int = 0
    flips: tuple[Flip, ...] = ()
    moves: tuple[Move, ...] = ()
    tested: tuple[CheckedCommit, ...] = ()
    commit_facts: tuple[CommitSummary, ...] = ()

    def subject(self, commit: str) -> str:
        """The first line of a commit's message; empty where it is not known."""
        return next((facts.subject for facts in self.commit_facts if facts.commit == commit), "")


@frozen
class Change:
    """A file, a variable or a parameter that was tried."""

    kind: str = ""
    name: str = ""
    state: str = ""


@frozen
class Trial:
    """One check with some of the changes."""

    role: str = ""
    changes: int = 0
    verdict: str = ""
    reason: str = ""
    correlation: float | None = None
    sum_ratio: float | None = None


@frozen
class Isolation:
    """isolate.json."""

    outcome: str
    commit: str = ""
    case: str = ""
    size: int | None = None
    over: tuple[str, ...] = ()
    before: str | None = None
    changes: int = 0
    clean: str = ""
    changed: str = ""
    found: tuple[Change, ...] = ()
    others: tuple[tuple[Change, ...], ...] = ()
    says: tuple[str, ...] = ()
    tests: tuple[Trial, ...] = ()
    patch: tuple[str, ...] | None = None


@frozen
class RerunOutput:
    """One file that a run wrote then, or again."""

    name: str = ""
    likeness: str = ""
    says: str = ""


@frozen
class RerunAttempt:
    """A run again at one commit."""

    commit: str = ""
    outcome: str = ""
    probability: float | None = None
    outputs: tuple[RerunOutput, ...] = ()
    says: tuple[str, ...] = ()


@frozen
class Rerun:
    """rerun.json."""

    bundle: str
    outcome: str
    says: str = ""
    commit: str | None = None
    attempts: tuple[RerunAttempt, ...] = ()


@frozen
class Tiles:
    """How far two images differ, tile by tile."""

    rms_difference: tuple[tuple[float | None, ...], ...] = ()


@frozen
class Comparison:
    """The comparison of two images, of a verdict.json or of `compare --json`."""

    verdict: str = ""
    reason: str = ""
    commit: str = ""
    correlation: float | None = None
    sum_ratio: float | None = None
    shape: tuple[int, ...] = ()
    tiles: Tiles | None = None

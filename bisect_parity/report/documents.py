"""The documents of an evidence output as values: what a report reads of them, and no more.

The folder may come from anybody. Keys that are missing have defaults, others are passed over, and what cannot
be meant raises `ValueError` when it is read, not in the middle of a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import cattrs
from attrs import Factory, frozen
from cattrs.gen import make_dict_structure_fn, override
from cattrs.strategies import configure_union_passthrough

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Bisection",
    "CheckedCommit",
    "Comparison",
    "Diagnosis",
    "Matrix",
    "MatrixBundle",
    "ParamDiff",
    "Provenance",
    "Resolved",
    "read_as",
]

Kind = TypeVar("Kind")
Number: TypeAlias = float | str | None
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


@frozen
class Place:
    """Where something was read."""

    path: str = ""
    line: int = 0
    text: str = ""


@frozen
class Record:
    """An id that a bundle holds."""

    text: str = ""
    key: str = ""
    path: str = ""
    line: int = 0


@frozen
class Expected:
    """The recorded value of a parameter that is expected to be another one, or this one."""

    value: str | None = None
    source: str | None = None
    deviates: bool = False


@frozen
class MatrixBundle:
    """One bundle of an artifact matrix."""

    path: str
    run: int | None = None
    in_series: bool = False
    same_run_as: tuple[str, ...] = ()
    result_file: str | None = None
    size: int | None = None
    other_sizes: tuple[int, ...] = ()
    metrics: dict[str, Number] = Factory(dict)
    verdict: str = "unknown"
    reason: str = ""
    unrecorded: tuple[str, ...] = ()
    resolution_class: str = "unresolved"
    commit: str | None = None
    probability: float = 0.0
    code_state: str = ""
    dirty: str = "unknown"
    note: str = ""
    records: tuple[Record, ...] = ()
    context: dict[str, Expected] = Factory(dict)
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@frozen
class Question:
    """An open question of a matrix."""

    text: str = ""
    path: str = ""
    kind: str = ""


@frozen
class Matrix:
    """artifact_matrix.json."""

    tool: str = ""
    size: int | None = None
    thresholds: dict[str, float] = Factory(dict)
    runs: dict[str, int] = Factory(dict)
    bundles_without_parity_metrics: int = 0
    bundles: tuple[MatrixBundle, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    open_questions: tuple[Question, ...] = ()


@frozen
class Clue:
    """One piece of evidence about a bundle's commit."""

    kind: str = ""
    source: Place = Place()
    says: str = ""
    commit: str | None = None
    weight: float = 0.0


@frozen
class Candidate:
    """A commit that may be a bundle's."""

    commit: str
    probability: float = 0.0
    code_state: str = ""


@frozen
class Event:
    """Something that happened around a run; `time` in POSIX seconds."""

    time: float
    kind: str = ""
    text: str = ""


@frozen
class Resolved:
    """One bundle of provenance.json; times in POSIX seconds."""

    path: str
    resolution_class: str = "unresolved"
    commit: str | None = None
    probability: float = 0.0
    code_state: str = ""
    code_state_probability: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    clues: tuple[Clue, ...] = ()
    dirty: str = "unknown"
    run_time: float | None = None
    run_time_error: float | None = None
    note: str = ""
    timeline: tuple[Event, ...] = ()


@frozen
class Provenance:
    """provenance.json."""

    tool: str = ""
    blind: bool = False
    bundles: tuple[Resolved, ...] = ()


@frozen
class ParamRun:
    """A column of a parameter diff."""

    run: int
    bundles: tuple[str, ...] = ()
    verdict: str = "unknown"
    resolution_class: str = "unresolved"
    commit: str | None = None
    probability: float = 0.0


@frozen
class ParamRow:
    """A parameter, with one value a run."""

    name: str
    values: tuple[str | None, ...] = ()
    differs: bool = False
    separates: bool = False
    noise: str = ""
    sources: tuple[str | None, ...] = ()


@frozen
class Deviation:
    """A recorded value that is not the expected one."""

    run: int
    name: str
    expected: str = ""
    value: str = ""
    source: Place = Place()


@frozen
class DefaultRow:
    """A default in the code of a good and of a bad commit."""

    name: str
    good: str | None = None
    bad: str | None = None
    differs: bool = False
    deviates: bool = False


@frozen
class CodeEnd:
    """One of the two commits whose defaults are compared."""

    run: int | None = None
    commit: str | None = None
    code_state: str | None = None


@frozen
class CodeDefaults:
    """The defaults of the code of a good and of a bad commit; `rows` is None where they cannot be read."""

    good: CodeEnd = CodeEnd()
    bad: CodeEnd = CodeEnd()
    rows: tuple[DefaultRow, ...] | None = None


@frozen
class ParamDiff:
    """param_diff.json."""

    tool: str = ""
    runs: tuple[ParamRun, ...] = ()
    rows: tuple[ParamRow, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    defaults: CodeDefaults | None = None


@frozen
class Cause:
    """What may be to blame, with its weight among all causes."""

    kind: str = ""
    weight: float = 0.0
    evidence: tuple[str, ...] = ()


@frozen
class Step:
    """A command that would tell more, and why."""

    command: str = ""
    why: str = ""


@frozen
class Diagnosis:
    """diagnosis.json."""

    verdict: str = "unknown"
    says: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    next: tuple[Step, ...] = ()


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


@frozen
class CommitFacts:
    """What a reader wants to know of a commit."""

    commit: str
    parents: tuple[str, ...] = ()
    date: str = ""
    author: str = ""
    subject: str = ""
    files: tuple[ChangedFile, ...] = ()


@frozen
class Skipped:
    """A commit that could not be tested."""

    commit: str
    reason: str = ""


@frozen
class End:
    """An end of a bisection."""

    commit: str = ""


@frozen
class Bisection:
    """bisect.json."""

    outcome: str
    find: str = "regression"
    case: str = ""
    size: int | None = None
    first_bad: str | None = None
    first_bad_parent: str | None = None
    first_good: str | None = None
    first_good_parent: str | None = None
    candidates: tuple[str, ...] = ()
    commits: int = 0
    code_states: int = 0
    checks_run: int = 0
    checks_cached: int = 0
    skipped: tuple[Skipped, ...] = ()
    ends: dict[str, End] = Factory(dict)
    says: tuple[str, ...] = ()
    tested: tuple[CheckedCommit, ...] = ()
    commit_facts: tuple[CommitFacts, ...] = ()
    suspects: dict[str, tuple[str, ...]] | None = None

    @property
    def answer(self) -> str | None:
        """The commit that was looked for; None where none was found."""
        return self.first_bad if self.find == "regression" else self.first_good

    @property
    def answer_parent(self) -> str | None:
        """The answer's first parent."""
        return self.first_bad_parent if self.find == "regression" else self.first_good_parent

    def facts(self, commit: str | None) -> CommitFacts:
        """What is known of a commit; empty where nothing is."""
        known = (facts for facts in self.commit_facts if facts.commit == commit)
        return next(known, CommitFacts(commit or ""))


@frozen
class Tiles:
    """Where two images differ, in tiles of `tile_shape` pixels."""

    tile_shape: tuple[int, ...] = ()
    rms_difference: tuple[tuple[float | None, ...], ...] = ()
    max_abs_difference: tuple[tuple[float | None, ...], ...] = ()


@frozen
class Comparison:
    """The comparison of two images, of a verdict.json or of `compare --json`."""

    verdict: str = ""
    reason: str = ""
    correlation: float | None = None
    one_minus_correlation: float | None = None
    sum_ratio: float | None = None
    sum_reference: float | None = None
    sum_candidate: float | None = None
    rmse: float | None = None
    max_abs_difference: float | None = None
    max_abs_difference_at: tuple[int, ...] | None = None
    shape: tuple[int, ...] = ()
    tiles: Tiles | None = None


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=False)
    configure_union_passthrough(Number, converter)
    for kind in (MatrixBundle, Resolved, ParamRun):
        hook = make_dict_structure_fn(kind, converter, resolution_class=override(rename="class"))
        converter.register_structure_hook(kind, hook)
    return converter


_CONVERTER = _converter()


def read_as(kind: type[Kind], document: Mapping[str, Any]) -> Kind:
    """The value of a document.

    Raises:
        ValueError: it does not fit.
    """
    try:
        return _CONVERTER.structure(document, kind)
    except UNREADABLE as error:
        raise ValueError(f"it is no {kind.__name__}: {type(error).__name__}: {error}") from error

"""The documents of `audit`, `provenance` and `diagnose` as values: what a report reads of them."""

from __future__ import annotations

from typing import TypeAlias

from attrs import Factory, frozen

from bisect_parity.diagnosis.next_step import NextStep
from bisect_parity.evidence.model import Source
from bisect_parity.provenance.model import Resolution
from bisect_parity.report.figures_over_time import FiguresOverTime

Number: TypeAlias = float | str | None
NOWHERE = Source("")


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
    stated_at: tuple[str, ...] = ()
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

    size: int | None = None
    thresholds: dict[str, float] = Factory(dict)
    judged_by: str = ""
    runs: dict[str, int] = Factory(dict)
    bundles_without_parity_metrics: int = 0
    bundles: tuple[MatrixBundle, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    open_questions: tuple[Question, ...] = ()


@frozen
class Provenance:
    """provenance.json."""

    bundles: tuple[Resolution, ...] = ()


@frozen
class ParamRun:
    """A column of a parameter diff."""

    run: int
    bundles: tuple[str, ...] = ()
    verdict: str = "unknown"
    resolution_class: str = "unresolved"
    commit: str | None = None
    probability: float = 0.0
    records: tuple[Record, ...] = ()


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
    source: Source = NOWHERE


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
class Diagnosis:
    """diagnosis.json."""

    verdict: str = "unknown"
    says: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    next: tuple[NextStep, ...] = ()
    figures: FiguresOverTime | None = None

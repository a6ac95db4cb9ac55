"""The documents of `isolate`, `rerun`, `check` and `compare`, as a report reads them."""

from __future__ import annotations

from attrs import frozen


@frozen
class Change:
    """A file, a variable or a parameter that was tried."""

    kind: str = ""
    name: str = ""
    state: str = ""
    size: int = 0
    files: int = 1
    value: str | None = None


@frozen
class LeftOut:
    """What of the directory was too large to be copied."""

    path: str = ""


@frozen
class Trial:
    """One check with some of the changes."""

    name: str = ""
    role: str = ""
    changes: int = 0
    verdict: str = ""
    reason: str = ""
    correlation: float | None = None
    sum_ratio: float | None = None
    sum_reference: float | None = None
    sum_candidate: float | None = None


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
    opened: tuple[str, ...] | None = None
    left_out: tuple[LeftOut, ...] = ()
    checks: int = 0
    most_checks: int = 0


@frozen
class RerunOutput:
    """One file that a run wrote then, or again."""

    name: str = ""
    likeness: str = ""
    says: str = ""


@frozen
class Difference:
    """A package, a variable or the like that was another one then."""

    name: str = ""
    then: str = ""
    now: str = ""


@frozen
class RerunAttempt:
    """A run again at one commit."""

    commit: str = ""
    outcome: str = ""
    bundle: str = ""
    argv: tuple[str, ...] = ()
    exit_status: int | None = None
    seconds: float = 0.0
    probability: float | None = None
    differences: tuple[Difference, ...] = ()
    outputs: tuple[RerunOutput, ...] = ()
    says: tuple[str, ...] = ()


@frozen
class Then:
    """How the run itself ended."""

    exit_status: int | None = None


@frozen
class Rerun:
    """rerun.json."""

    bundle: str
    outcome: str
    says: str = ""
    commit: str | None = None
    then: Then = Then()
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

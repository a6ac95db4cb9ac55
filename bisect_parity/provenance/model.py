"""The answer for a bundle: class, commit, probability, candidates and clues.

The classes have no slots, as in `evidence.model`: many answers are kept.
"""

from __future__ import annotations

import enum
from typing import Any

from attrs import frozen
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

from bisect_parity.evidence.model import Source


class ResolutionClass(enum.StrEnum):
    """How a bundle's commit is known."""

    CONFIRMED = "confirmed"  # recorded, and an independent clue agrees
    RECORDED = "recorded"  # recorded, nothing to check it against
    INFERRED = "inferred"  # not recorded; one commit or one code state stands out
    AMBIGUOUS = "ambiguous"  # several code states remain
    CONTRADICTED = "contradicted"  # the record and the other clues disagree
    UNRESOLVED = "unresolved"


class Dirty(enum.StrEnum):
    """Whether the working tree differed from the commit."""

    NO = "no"
    POSSIBLE = "possible"
    RECORDED = "recorded"
    UNKNOWN = "unknown"


class Caveat(enum.StrEnum):
    """Why a clue may mislead."""

    REWRITTEN = "rewritten"  # the adding commit was amended, rebased, cherry-picked or squashed
    CONFLICTING = "conflicting"  # the time that is stated does not fit the other clues


@frozen(slots=False)
class Clue:
    """One piece of evidence about a bundle's commit.

    Attributes:
        kind: "record", "stamp", "time", "reflog", "added-by", "twin", "fingerprint", "version",
            "branch", "library", "series", "no-trace".
        source: where it stands.
        says: what it says, in one plain sentence.
        commit: the commit that it points at, if at one.
        weight: natural logarithm of the likelihood ratio for the answer against its best rival.
        caveat: why it may mislead; None where nothing is known against it.
    """

    kind: str
    source: Source
    says: str
    commit: str | None = None
    weight: float = 0.0
    caveat: Caveat | None = None


@frozen(slots=False)
class Candidate:
    """A commit that may be the one, with its probability and code state."""

    commit: str
    probability: float = 0.0
    code_state: str = ""


@frozen(slots=False)
class Event:
    """Something that happened around a run.

    Attributes:
        time: POSIX seconds.
        kind: "commit", "reflog", "added", "run", or the origin of a stated time.
        text: what.
    """

    time: float
    kind: str = ""
    text: str = ""


@frozen(slots=False)
class Resolution:
    """The answer for one bundle (or one run of it).

    Attributes:
        path: the bundle, relative to the top of the repository; "#label" is appended for one run of many.
        resolution_class: how the commit is known.
        commit: full id, or None.
        probability: that `commit` is the one.
        code_state: of `commit`; empty where there is none.
        code_state_probability: that the run's code state is this one.
        candidates: most probable first, at most ten.
        clues: strongest first.
        dirty: whether the working tree may have differed.
        run_time: POSIX seconds, the median of the start; None where it is unknown.
        run_time_error: seconds, half the width of the interval that holds the start with 68 %.
        note: what a reader must know besides, in one sentence; may be empty.
        timeline: what happened around the run, in order of time.
    """

    path: str
    resolution_class: ResolutionClass
    commit: str | None
    probability: float
    code_state: str
    code_state_probability: float
    candidates: tuple[Candidate, ...]
    clues: tuple[Clue, ...]
    dirty: Dirty
    run_time: float | None = None
    run_time_error: float | None = None
    note: str = ""
    timeline: tuple[Event, ...] = ()


_CONVERTER = Converter()
_CONVERTER.register_unstructure_hook(
    Resolution,
    make_dict_unstructure_fn(Resolution, _CONVERTER, resolution_class=override(rename="class")),
)


def settled_commit(resolution: Resolution) -> str | None:
    """The commit whose code may be taken for that of the run; None where another is as likely."""
    open_classes = {ResolutionClass.AMBIGUOUS, ResolutionClass.CONTRADICTED, ResolutionClass.UNRESOLVED}
    return None if resolution.resolution_class in open_classes else resolution.commit


def resolution_to_json(resolution: Resolution) -> dict[str, Any]:
    """The documented JSON form of a resolution, with the key "class" for its class."""
    document: dict[str, Any] = _CONVERTER.unstructure(resolution)
    for clue, source in zip(document["clues"], resolution.clues, strict=True):
        clue["source"] = {"path": source.source.path, "line": source.source.line, "text": source.source.text}
    return document

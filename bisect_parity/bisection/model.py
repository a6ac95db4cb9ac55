"""Checks, and the words for what comes of them, as values."""

from __future__ import annotations

import enum
from typing import Any

from attrs import field, frozen


class Find(enum.Enum):
    """What is looked for in the range."""

    REGRESSION = "regression"  # the first bad commit after a good one
    FIX = "fix"  # the first good commit after a bad one

    @property
    def old(self) -> str:
        """The verdict of the commits before the one that is looked for."""
        return "good" if self is Find.REGRESSION else "bad"

    @property
    def new(self) -> str:
        """The verdict from the commit that is looked for on."""
        return "bad" if self is Find.REGRESSION else "good"

    @property
    def opposite(self) -> Find:
        """What is looked for where the ends change places."""
        return Find.FIX if self is Find.REGRESSION else Find.REGRESSION


class Outcome(enum.Enum):
    """How far the answer can be trusted."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    INCONCLUSIVE = "inconclusive"
    REFUTED = "refuted"
    NOTHING_TO_BISECT = "nothing-to-bisect"
    INTERRUPTED = "interrupted"


class Role(enum.Enum):
    """Why a commit was checked."""

    OLD_END = "old end"
    NEW_END = "new end"
    SEARCH = "search"
    PROOF = "proof"
    REVERT = "revert"  # the end of the range without the answer
    PARTS = "parts"  # a part of what the answer changes, without the rest
    SWEEP = "sweep"
    AHEAD = "ahead"  # beside another check, before it was known whether it would be asked for


@frozen
class Check:
    """One verdict that was asked for.

    Attributes:
        name: of its files, unique in the session, such as "0003-1a2b3c4d5e6f".
        commit: full id of the commit that was checked out.
        code_state: of that commit.
        role: why it was asked for.
        size: detector width in pixels that it was asked for at.
        verdict: "good", "bad", "skip" or "abort".
        reason: in words.
        step: of the check that gave the verdict, such as "prepare"; None where all went through.
        document: the verdict.json of the check.
        seconds: wall time; 0 for a verdict that was known.
        known_from: name of the check of the same code state whose verdict this is; "cache" for one of an
            earlier session; None where it was run.
        submodule: path of the submodule that `commit` is a commit of; empty: of the repository itself.
    """

    name: str
    commit: str
    code_state: str
    role: Role
    size: int
    verdict: str
    reason: str = ""
    step: str | None = None
    document: dict[str, Any] = field(factory=dict, repr=False)
    seconds: float = 0.0
    known_from: str | None = None
    submodule: str = ""

    def is_full(self) -> bool:
        """Whether it was run, and came to a verdict on the images."""
        return self.known_from is None and self.verdict in ("good", "bad")

    def figure(self, name: str) -> Any:
        """A field of the comparison; None where no images were compared."""
        comparison = self.document.get("comparison")
        return comparison.get(name) if isinstance(comparison, dict) else None

    def to_json(self) -> dict[str, Any]:
        """This check as it stands in bisect.json."""
        margins = self.figure("margins")
        return {
            "name": self.name,
            "commit": self.commit,
            "code_state": self.code_state,
            "role": self.role.value,
            "size": self.size,
            "verdict": self.verdict,
            "reason": self.reason,
            "step": self.step,
            "correlation": self.figure("correlation"),
            "sum_ratio": self.figure("sum_ratio"),
            "margins": margins if isinstance(margins, dict) else {},
            "seconds": round(self.seconds, 3),
            "known_from": self.known_from,
            **({"submodule": self.submodule} if self.submodule else {}),
        }

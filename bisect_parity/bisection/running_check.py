"""A check that runs, and how its end becomes a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import frozen

from bisect_parity.bisection.check_process import CheckProcess
from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.verdict_files import read_document

__all__ = ["CACHE", "RunningCheck"]

VERDICT_OF_STATUS = {0: "good", 1: "bad", 125: "skip", 200: "abort"}
CACHE = "cache"


@frozen
class RunningCheck:
    """A check that was begun.

    Attributes:
        name: of its files.
        commit: full id.
        code_state: of that commit.
        role: why it is made.
        size: that it is made at.
        process: that runs; None where the commit could not even be checked out.
        reason: why it could not.
    """

    name: str
    commit: str
    code_state: str
    role: Role
    size: int
    process: CheckProcess | None
    reason: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.process is None or self.process.has_ended

    def wait(self) -> None:
        """Wait for its end."""
        if self.process is not None:
            self.process.wait()

    def result(self, folder: Path) -> Check:
        """What came of it; its end is waited for."""
        head = (self.name, self.commit, self.code_state, self.role, self.size)
        if self.process is None:
            return Check(*head, "skip", self.reason, "checkout")
        done = self.process.end()
        document = read_document(folder / "verdict.json")
        verdict, reason = _judged(done.status, done.complaints, document, self.commit)
        return Check(
            *head,
            verdict=verdict,
            reason=reason,
            step=document.get("step"),
            document=document,
            seconds=done.seconds,
            known_from=CACHE if _is_cached(document) else None,
        )

    def ask_to_end(self) -> None:
        """Ask it to end before it has come to a verdict; `abandon` makes sure of it."""
        if self.process is not None:
            self.process.ask_to_end()

    def abandon(self) -> None:
        """End it if it still runs, with all that it started, whatever it is doing."""
        if self.process is not None:
            self.process.abandon()


def _is_cached(document: dict[str, Any]) -> bool:
    """Whether the check took the verdict from the user's cache."""
    cache = document.get("cache")
    return isinstance(cache, dict) and cache.get("state") == "known"


def _judged(status: int, complaints: str, document: dict[str, Any], commit: str) -> tuple[str, str]:
    """Verdict and reason; a check whose status and file do not agree is at fault itself."""
    verdict = VERDICT_OF_STATUS.get(status, "abort")
    if verdict == "abort":
        said = complaints.strip().rpartition("\n")[2]
        said = said.removeprefix("bisect-parity: ")
        return "abort", str(document.get("reason") or said or f"the check ended with status {status}")
    if document.get("verdict") != verdict:
        return "abort", f"the check ended with status {status}, but wrote no verdict"
    if document.get("commit") not in (None, commit):
        return "abort", f"the check judged another commit, {document.get('commit')}"
    return verdict, str(document.get("reason") or "")

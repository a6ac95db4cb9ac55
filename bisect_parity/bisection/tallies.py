"""How often each commit was found good or bad, or could not be tested. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.bisection.model import Check


@frozen
class Tally:
    """The checks of one commit.

    Attributes:
        good, bad: how many gave that verdict.
        skip: how many gave none.
    """

    good: int = 0
    bad: int = 0
    skip: int = 0

    @property
    def decided(self) -> int:
        """How many gave a verdict."""
        return self.good + self.bad

    def of(self, verdict: str) -> int:
        """How many gave the verdict "good" or "bad"."""
        return self.good if verdict == "good" else self.bad

    def with_verdict(self, verdict: str) -> Tally:
        """These counts with one more check, which came out as "good", "bad" or "skip"."""
        return evolve(self, **{verdict: getattr(self, verdict) + 1})


def tallies(checks: Iterable[Check]) -> dict[str, Tally]:
    """The checks of each commit, in the order of the first one."""
    found: dict[str, Tally] = {}
    for check in checks:
        known = found.get(check.commit, Tally())
        if check.verdict in ("good", "bad", "skip"):
            found[check.commit] = known.with_verdict(check.verdict)
    return found

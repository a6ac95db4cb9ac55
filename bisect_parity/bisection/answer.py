"""The answer of a bisection, as a value, and the document bisect.json."""

from __future__ import annotations

from typing import Any

from attrs import Factory, asdict, field, frozen

from bisect_parity.bisection.answer_parts import (
    BundleEnd,
    Inside,
    Proof,
    Revert,
    Suspects,
)
from bisect_parity.bisection.model import Check, Find, Outcome, Role
from bisect_parity.bisection.odds import Odds
from bisect_parity.bisection.skips import skip_ranges
from bisect_parity.config import Thresholds
from bisect_parity.history.commit_summary import CommitChange, CommitSummary

SCHEMA = "bisect-parity/bisection"


@frozen
class Bisection:
    """What a bisection came to.

    Attributes:
        outcome: how far it can be trusted.
        find: what was looked for.
        case: name of the case.
        size: detector width in pixels of the search.
        case_size: the case's own, which the proof is made at.
        thresholds: that counted instead of the case's own.
        good, bad: full ids of the ends that the user named.
        commits, code_states: how many there are from end to end; None where states were not counted.
        says: why, and what to do next, a sentence an item.
        checks: all verdicts that were asked for, in order.
        order: the commits of the range, parents before children; empty where they are too many.
        first: the commit that was looked for; None where none was found.
        bundles: that ends were named by.
        stand_ins: end -> the commit that was tested in its place.
        proof, revert, change: of the answer; None where there is none.
        candidates: the commits that are left where skips hide it.
        facts: of the ends, of all that was tested, and of the answer.
        suspects: where nothing was to bisect.
        flaky: what a search by a flaky check knows; None where a code state has one verdict.
        jobs: how many checks could run at once.
        log: `git bisect log`; empty where git did not bisect.
        session: folder of the session.
        settings_sha256: of the settings that were frozen before the first check, 64 hex digits.
        settings_frozen: when that was, UTC, ISO 8601.
        inside: the search through a submodule that the answer moves; None where there was none.
    """

    outcome: Outcome
    find: Find
    case: str
    size: int
    case_size: int
    good: str
    bad: str
    commits: int = 0
    code_states: int | None = None
    says: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    order: tuple[str, ...] = field(default=(), repr=False)
    first: str | None = None
    bundles: tuple[BundleEnd, ...] = ()
    stand_ins: dict[str, str] = Factory(dict)
    thresholds: Thresholds | None = None
    proof: Proof | None = None
    revert: Revert | None = None
    change: CommitChange | None = None
    candidates: tuple[str, ...] = ()
    facts: dict[str, CommitSummary] = Factory(dict)
    suspects: Suspects | None = None
    flaky: Odds | None = None
    jobs: int = 1
    log: str = ""
    session: str = ""
    settings_sha256: str = ""
    settings_frozen: str = ""
    inside: Inside | None = None

    @property
    def checks_run(self) -> int:
        """How many checks were run."""
        return sum(check.known_from is None for check in self.checks)

    def skipped(self) -> list[Check]:
        """The commits that could not be tested, each once."""
        return list({check.commit: check for check in self.checks if check.verdict == "skip"}.values())

    def first_parent(self) -> str | None:
        """The first parent of the answer."""
        known = self.facts.get(self.first) if self.first else None
        return known.parents[0] if known and known.parents else None

    def to_json(self) -> dict[str, Any]:
        """The document bisect.json."""
        bundles = {bundle.end: bundle.to_json() for bundle in self.bundles}
        ends = {
            name: {
                "commit": commit,
                "bundle": bundles.get(name),
                "stand_in": self.stand_ins.get(commit),
                "checks": [
                    c.to_json() for c in self.checks if c.commit == commit and c.role is not Role.PROOF
                ],
            }
            for name, commit in (("good", self.good), ("bad", self.bad))
        }
        return {
            "schema": SCHEMA,
            "version": 1,
            "outcome": self.outcome.value,
            "find": self.find.value,
            "case": self.case,
            "size": self.size,
            "case_size": self.case_size,
            "thresholds": asdict(self.thresholds) if self.thresholds else None,
            "first_bad": self.first if self.find is Find.REGRESSION else None,
            "first_bad_parent": self.first_parent() if self.find is Find.REGRESSION else None,
            "first_good": self.first if self.find is Find.FIX else None,
            "first_good_parent": self.first_parent() if self.find is Find.FIX else None,
            "candidates": list(self.candidates),
            "flaky": self.flaky.to_json() if self.flaky else None,
            "inside": self.inside.to_json() if self.inside else None,
            "proof": {"date": self.proof.date, "recorded": self.proof.is_recorded} if self.proof else None,
            "revert": asdict(self.revert) if self.revert else None,
            "change": asdict(self.change) if self.change else None,
            "commits": self.commits,
            "code_states": self.code_states,
            "jobs": self.jobs,
            "checks_run": self.checks_run,
            "checks_cached": len(self.checks) - self.checks_run,
            "skipped": [{"commit": check.commit, "reason": check.reason} for check in self.skipped()],
            "skip_ranges": [asdict(one) for one in skip_ranges(self.checks, self.order)],
            "ends": ends,
            "says": list(self.says),
            "tested": [check.to_json() for check in self.checks],
            "commit_facts": [asdict(facts) for facts in self.facts.values()],
            "suspects": asdict(self.suspects) if self.suspects else None,
            "session": self.session,
            "criteria": {"settings_sha256": self.settings_sha256, "frozen": self.settings_frozen},
        }

"""What a verdict depends on, and the verdicts that are known by it without starting a check."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, define

from bisect_parity.errors import BisectParityError
from bisect_parity.journal import Journal
from bisect_parity.parity.brought import brought_digest
from bisect_parity.parity.cache import Memory, VerdictCache, cache_key
from bisect_parity.parity.case import Case
from bisect_parity.parity.environment import describe_environment, environment_digest
from bisect_parity.parity.failures import RULES_VERSION
from bisect_parity.parity.figure import judged_again
from bisect_parity.parity.result import SCHEMA_VERSION, CheckResult
from bisect_parity.times import utc_text


def verdict_parts(
    case: Case,
    repository: Path,
    code_state: str,
    reference_commit: str | None,
    environment: Mapping[str, Any],
) -> dict[str, str]:
    """Identities of all that a verdict depends on, by name.

    Args:
        case: at the size that is checked.
        repository: top of the user's repository.
        code_state: of the commit.
        reference_commit: full id of the case's `reference_at`; None without one.
        environment: see `describe_environment`.

    Raises:
        CheckError: a file that the case brings along cannot be read.
    """
    return {
        "code_state": code_state,
        "case": case.digest(),
        "reference_commit": reference_commit or "",
        "environment": environment_digest(environment),
        "files": brought_digest(case, repository),
        "verdict_version": f"{SCHEMA_VERSION}.{RULES_VERSION}",
    }


@define
class Recall:
    """The user's cache of verdicts, as checks in clean worktrees of ours find it.

    Attributes:
        cache: of the user.
        case: as frozen.
        repository: top of the user's repository.
        reference_commit: full id of the case's `reference_at`; None without one.
        journal: starts the programs that describe the environment.
        caller: the environment of the checks.
        conversions: digest of the settings by which git writes the worktrees.
    """

    cache: VerdictCache
    case: Case
    repository: Path
    reference_commit: str | None
    journal: Journal
    caller: Mapping[str, str]
    conversions: str = ""

    @functools.cached_property
    def environment(self) -> dict[str, Any]:
        """That of the checks: see `describe_environment`."""
        return describe_environment(self.case, self.journal, self.caller, self.conversions)

    def result(self, commit: str, code_state: str, size: int) -> CheckResult | None:
        """What a check of a commit would report, if the verdict is known; None where one has to be run.

        Args:
            commit: full id.
            code_state: of the commit.
            size: that is asked for.
        """
        if self.case.not_cached:
            return None
        case = self.case if size == self.case.size else self.case.at_size(size)
        try:
            parts = verdict_parts(case, self.repository, code_state, self.reference_commit, self.environment)
        except BisectParityError:
            return None  # the check reports it
        known, reason = self.cache.read(cache_key(parts))
        if known is None:
            return None
        known = judged_again(known, case)
        result = CheckResult(
            commit=commit,
            case=case.name,
            size=case.size,
            case_size=self.case.size,
            verdict=known["verdict"],
            reason=known["reason"],
            step=known["step"],
            started=utc_text(),
            thresholds=None if case.thresholds is None else asdict(case.thresholds),
            environment=self.environment,
        )
        return result.as_known(known, Memory(self.cache, reason, "known", parts).to_json())

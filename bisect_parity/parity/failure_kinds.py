"""Which rule of a case decided on a failure, and how a test on the command line names it. Pure."""

from __future__ import annotations

import re

__all__ = ["FAILED", "KINDS", "NEEDS_OTHER", "raised", "rule_of"]

FAILED = "the test failed"
NEEDS_OTHER = "needs another version of a package"

# what --on calls a failure -> the key of a case
KINDS = {
    "timeout": "on_timeout",
    "memory": "on_out_of_memory",
    "crash": "on_candidate_crash",
    "import": "on_import_error",
    "build": "on_build_failure",
}
_REASONS = {
    "timeout": re.compile(r"[\w-]+ did not end within "),
    "memory": re.compile(r"[\w-]+ (?:ran out of memory: |was ended by SIGKILL, as the kernel does)"),
    "build": re.compile(r"the test was not built: |prepare[\w-]* (?:ended |was ended |cannot be imported)"),
    "import": re.compile(rf"[\w-]+ (?:cannot be imported|{NEEDS_OTHER}): "),
    "crash": re.compile(r"[\w-]+ (?:was ended by |ended with status )"),
}


_EXCEPTION = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning)\b")


def raised(reason: str) -> str:
    """The exception that a failed test raised last, by the reason of its verdict; or ""."""
    found = _EXCEPTION.findall(reason) if reason.startswith(FAILED) else []
    return found[-1] if found else ""


def rule_of(reason: str) -> str | None:
    """The kind, of `KINDS`, of a failure by its reason; None where no such rule decides."""
    return next((kind for kind, pattern in _REASONS.items() if pattern.match(reason)), None)

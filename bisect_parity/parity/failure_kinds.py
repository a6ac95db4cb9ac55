"""Which rule of a case decided on a failure, and how a test on the command line names it. Pure."""

from __future__ import annotations

import re

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


_VARIABLE = re.compile(
    r"0x[0-9a-f]+|(?:/[^\s:'\",]+)+/|[-+]?(?<![a-zA-Z_])\d[\d.]*(?:e[-+]?\d+)?", re.IGNORECASE
)
_COUNTED = re.compile(r"# (\w+?)s? that (?:is|are)\b")  # "1 pixel that is" and "7 pixels that are"
_LINE = re.compile(r"(\.[A-Za-z]\w*)(?::\d+(?::\d+)?|\(\d+\))|\bline \d+")  # t.c:12, t.cpp(12), line 12
_STATUS = re.compile(r"\(status \d+\)")
_EXCEPTION = re.compile(r"\b[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning)\b")


def raised(reason: str) -> str:
    """The exception that a failed test raised last, by the reason of its verdict; or ""."""
    found = _EXCEPTION.findall(reason) if reason.startswith(FAILED) else []
    return found[-1] if found else ""


def way_of(reason: str) -> str:
    """In which way something is bad, by the reason: the exception, or the words without numbers and folders.

    Reasons that differ in a measured value, an address or the folder of a file alone are one way.
    """
    return raised(reason) or _words_of(reason)


def differ_in_a_value(one: str, other: str) -> bool:
    """Whether two reasons are alike but for numbers that are not those of lines, which move with any code."""
    return _LINE.sub(r"\1", one) != _LINE.sub(r"\1", other) and _words_of(one) == _words_of(other)


def _words_of(reason: str) -> str:
    """A reason without its numbers and folders; the status stays."""
    status = "".join(_STATUS.findall(reason))
    return _COUNTED.sub(r"# \1 that is", _VARIABLE.sub("#", _STATUS.sub("", reason))) + status


def rule_of(reason: str) -> str | None:
    """The kind, of `KINDS`, of a failure by its reason; None where no such rule decides."""
    return next((kind for kind, pattern in _REASONS.items() if pattern.match(reason)), None)

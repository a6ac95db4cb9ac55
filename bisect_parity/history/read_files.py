"""Which files that are no code by their places are named in the code, and so may be read by it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bisect_parity.history.code_rules import DOCUMENTATION_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.history.repository import Repository

SOURCES = (".py", ".pyx", ".c", ".cc", ".cpp", ".cxx", ".cu", ".h", ".hpp", ".f", ".f90", ".jl", ".r", ".sh")
MOST_PATHS = 5000


def read_by_code(repository: Repository, others: Iterable[str], commit: str | None = None) -> set[str]:
    """Files among evidence and documentation whose path, or the end of it, stands in the code.

    Args:
        repository: where.
        others: paths of such files.
        commit: whose code; else that of the working tree.
    """
    ends: dict[str, str] = {}
    for path in others:
        words = path.split("/")
        if len(words) > 1 and not path.lower().endswith(DOCUMENTATION_SUFFIXES) and path.isprintable():
            ends.setdefault("/".join(words[-2:]), path)
    patterns = "\n".join(list(ends)[:MOST_PATHS]).encode("utf-8", "surrogateescape")
    if not patterns:
        return set()
    sources = (f":(top,glob)**/*{suffix}" for suffix in SOURCES)
    options = ("-I", "-h", "-o", "-F", "-f", "-", *([commit] if commit else ()), "--", *sources)
    answer = repository.git_result("grep", *options, stdin=patterns)
    return {ends[end] for line in answer.stdout.split(b"\n") if (end := os.fsdecode(line)) in ends}

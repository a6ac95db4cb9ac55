"""What differs between any two runs and says nothing of their parameters. Pure."""

from __future__ import annotations

import re

__all__ = ["is_measured", "is_stamp", "without_stamps"]

STAMP = "<stamp>"
_STAMP = re.compile(r"(?<!\d)20\d{6}[T-]\d{6}Z?(?!\d)")
_MEASURED = re.compile(
    r"(?i)(?:.*_)?(?:time|seconds|duration|elapsed|runtime_s|mem|memory|speedup|setup|sim|cache_hit|pixels)(?:_.*)?"
)


def is_measured(name: str) -> bool:
    """Whether a name is that of a measurement: times, memory, and what follows from them."""
    return _MEASURED.fullmatch(name) is not None


def is_stamp(text: str) -> bool:
    """Whether a text is the stamp of a run and nothing else."""
    return _STAMP.fullmatch(text) is not None


def without_stamps(text: str) -> str:
    """A text with the stamps of runs replaced by `<stamp>`, so that they make no difference."""
    return _STAMP.sub(STAMP, text)

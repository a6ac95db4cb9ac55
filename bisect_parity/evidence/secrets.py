"""Names whose values are never shown. Pure."""

from __future__ import annotations

import re

__all__ = ["REDACTED", "is_secret_name"]

REDACTED = "REDACTED"
_SECRET_NAME = re.compile(r"(?i)token|secret|key|passw|credential|private|auth\b|cookie")


def is_secret_name(name: str) -> bool:
    """Whether the value of a variable, option or parameter of this name may be a secret.

    Wider than what readers leave out: of command lines, which cannot be left out, values are replaced.
    """
    return _SECRET_NAME.search(name) is not None

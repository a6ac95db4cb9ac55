"""What git does to the content of files where it writes them, as far as its settings say."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bisect_parity.history.repository import Repository

CONVERSIONS = (
    "bisect-parity-conversions"  # in the git directory of a worktree of ours: what it was written by
)
_SETTINGS = r"^(core\.(autocrlf|eol|attributesfile|symlinks)|filter\..*)$"


def conversions_digest(repository: Repository) -> str:
    """Identity of the settings and attributes, outside of the tree, by which git writes files.

    Returns:
        64 hex digits; empty where there are none.
    """
    settings = repository.git_result("config", "-z", "--get-regexp", _SETTINGS).stdout
    named = b""
    if b"core.attributesfile" in settings:  # git expands what it begins with
        named = repository.git_result("config", "--type=path", "core.attributesFile").stdout.rstrip(b"\n")
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - no HOME is no error
    usual = Path(home) / "git" / "attributes"
    for file in (repository.common_dir / "info" / "attributes", Path(os.fsdecode(named)) if named else usual):
        with contextlib.suppress(OSError):
            settings += b"\0" + file.read_bytes()
    return hashlib.sha256(settings).hexdigest() if settings else ""


def conversions_of_worktree(repository: Repository) -> str:
    """The digest that a worktree of ours was written by, seen from there; empty where none is noted."""
    try:
        return (repository.git_dir / CONVERSIONS).read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""

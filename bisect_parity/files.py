"""Text for people, files that are never half written, and where the user's cache is."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bisect_parity.errors import OutputError

__all__ = ["cache_directory", "printable", "printable_line", "replace_file"]


def printable(text: str) -> str:
    """`text` with control characters (terminal escapes, too) written as escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def printable_line(text: str) -> str:
    """`text` as one printable line: a name with a newline in it must not look like a line of ours."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def replace_file(path: Path, text: str) -> None:
    """Write an ASCII file beside its place, then rename it there: never half a file.

    Raises:
        OutputError: the place cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="ascii", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError):
            remedy = "Choose a folder that can be written."
            raise OutputError(f"cannot write {path}: {error.strerror}", remedy) from error
        raise


def cache_directory() -> Path:
    """The user's cache directory for this tool; `XDG_CACHE_HOME` is honoured where it is absolute."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(named) if named.startswith("/") else Path.home() / ".cache"
    return base / "bisect-parity"

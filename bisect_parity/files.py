"""Text for people, files that are never half written, and the folders for output and cache."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bisect_parity.errors import OutputError
from bisect_parity.times import utc_stamp

__all__ = [
    "OUTPUT_FOLDER",
    "cache_directory",
    "output_folder",
    "printable",
    "printable_line",
    "replace_file",
]

OUTPUT_FOLDER = "reports/bisect-parity"  # of all evidence outputs, below the top of the working tree


def printable(text: str) -> str:
    """`text` with control characters (terminal escapes, too) written as escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def printable_line(text: str) -> str:
    """`text` as one printable line: a name with a newline in it must not look like a line of ours."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, then rename it there: never half a file; text becomes ASCII.

    Raises:
        OutputError: the place cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode("ascii", "backslashreplace"))
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


def output_folder(top: Path, command: str) -> Path:
    """The folder of a new evidence output of a command, below `top`; it is not made."""
    return top / OUTPUT_FOLDER / f"{utc_stamp()}-{command}"


def cache_directory() -> Path:
    """The user's cache directory for this tool; `XDG_CACHE_HOME` is honoured where it is absolute.

    Where nobody has a home, it is one that cannot be: nothing is kept then.
    """
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib raises where there is none
    usual = f"{home}/.cache" if home.startswith("/") else os.devnull
    named = os.environ.get("XDG_CACHE_HOME", "")
    return Path(named if named.startswith("/") else usual) / "bisect-parity"

"""Text for people and programs, files that are never half written, and the folders for output and cache."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from pathlib import Path, PurePosixPath

from bisect_parity.errors import OutputError, writing
from bisect_parity.times import utc_stamp
from bisect_parity.wording import nearest

NEVER_COPIED = shutil.ignore_patterns(".git", "__pycache__")
MOST_NAMES = 10_000  # of a folder, to find one that is like another
PART_NAME_LENGTH = 50  # of a file's own name, in one of a part: systems allow 255 bytes
OUTPUT_FOLDER = "reports/bisect-parity"  # of all evidence outputs, below the top of the working tree


def printable(text: str) -> str:
    """`text` with control characters (terminal escapes, too) written as escapes."""
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def printable_line(text: str) -> str:
    """`text` as one printable line: a name with a newline in it must not look like a line of ours."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def nearest_path(path: Path, otherwise: str = "") -> str:
    """What may have been meant by a path that is not there, by the names beside its first part that is not.

    Args:
        path: absolute, or relative to the working directory.
        otherwise: the remedy where no name is like it.
    """
    first = next((part for part in reversed((path, *path.parents)) if not os.path.lexists(part)), None)
    if first is None:  # a link that leads nowhere, or what is no folder
        return otherwise
    try:
        with os.scandir(first.parent) as entries:
            names = sorted(entry.name for entry in itertools.islice(entries, MOST_NAMES))
    except OSError:
        return otherwise
    return nearest(first.name, names) or otherwise


def json_text(document: object) -> str:
    """A document as every output holds it: ASCII, keys in their order, indented by two, a newline at the end.

    Raises:
        ValueError: it holds NaN or infinity, which JSON does not have, or what else JSON cannot hold.
    """
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def part_path(path: Path) -> Path:
    """A new hidden name beside a file, for its content until it is whole.

    It is drawn: process ids are the same in several containers, and that of a killed process comes again.
    """
    return path.with_name(f".{path.name[-PART_NAME_LENGTH:]}.{os.urandom(6).hex()}.part")


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, then rename it there: never half a file; text becomes ASCII.

    Raises:
        OutputError: the place cannot be written.
    """
    if not path.name:
        raise OutputError(f"cannot write {path}: it is a folder", "Name a file.")
    beside = part_path(path)
    with writing(path, "Choose a folder that can be written."):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("wb") as file:
                whole = content if isinstance(content, bytes) else content.encode("ascii", "backslashreplace")
                file.write(whole)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file: who reads the target meanwhile has the old content or the new one, and never a part.

    Raises:
        OutputError: it cannot be read or written.
    """
    beside = part_path(target)
    with writing(target, "Choose a folder that can be written."):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)


def new_folder(parent: Path, name: str) -> Path:
    """Make a folder called `name` below `parent`; `name`-2, `name`-3, ... where there is one already.

    Of several calls at once, each makes its own.

    Raises:
        OSError: it cannot be made.
    """
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def new_output_folder(top: Path, command: str) -> Path:
    """Make the folder of a new evidence output of a command, below `top`.

    Raises:
        OutputError: it cannot be made.
    """
    parent, name = top / OUTPUT_FOLDER, f"{utc_stamp()}-{command}"
    with writing(parent / name, "Choose a folder that can be written with --out."):
        return new_folder(parent, name)


def is_path_inside(top: Path, path: str) -> bool:
    """Whether a relative path leads nowhere else than into a tree, links followed."""
    pure = PurePosixPath(path)
    parent = os.path.realpath((top / path).parent)
    return not pure.is_absolute() and ".." not in pure.parts and Path(parent).is_relative_to(top.resolve())


def copy_to_own_place(source: Path, top: Path, path: str) -> None:
    """Copy a file or folder to `path` below `top`, in place of what is there; no link is followed out of it.

    Raises:
        OutputError: it cannot be read or written, or the path leads out of `top`.
    """
    target = top / path
    if not is_path_inside(top, path):
        raise OutputError(f"{path} leads out of {top}: nothing is written there", "Name another path.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=NEVER_COPIED)
        else:
            shutil.copy2(source, target)
    except (OSError, shutil.Error) as error:
        raise OutputError(f"cannot copy {source} to {target}: {error}", "Make room there.") from error


def cache_directory() -> Path:
    """The user's cache directory for this tool; `XDG_CACHE_HOME` is honoured where it is absolute.

    Where nobody has a home, it is one that cannot be: nothing is kept then.
    """
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib raises where there is none
    usual = f"{home}/.cache" if home.startswith("/") else os.devnull
    named = os.environ.get("XDG_CACHE_HOME", "")
    return Path(named if named.startswith("/") else usual) / "bisect-parity"

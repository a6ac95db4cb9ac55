"""The outputs of a run by digest: new files of the working tree, named ones, those it was seen to write."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bisect_parity.digest import file_digest
from bisect_parity.tool_folders import is_tool_folder

OWN_FILES = frozenset(
    {"record.json", "commands.txt", "commands.stdin", "stdout.txt", "stderr.txt", "output.txt"}
    | {"tracked.diff", "untracked"}
)
IN_BUNDLE, NAMED = "in the bundle", "named"
MOST_FILES = 10_000
LARGEST_BYTES = 4 * 2**30
MOST_IGNORED = 20_000  # that are looked at
CLOCK_NS = 20_000_000  # how far the clock of a file system may be behind ours


def digest_outputs(
    top: Path,
    folder: Path,
    new: Iterable[str],
    named: Iterable[Path],
    written: Sequence[str],
    ignored: Iterable[str],
    changed: Iterable[str],
) -> tuple[list[dict[str, Any]], int]:
    """The outputs of a run, each once, as they stand in record.json: the first `MOST_FILES`; and how many.

    Args:
        top: of the working tree; paths below it are given relative to it.
        folder: of the bundle; what is not ours in it is output.
        new: files of the working tree that are new, or changed.
        named: files and folders that the user named.
        written: files that the run was seen to write.
        ignored: files that git ignores, and that were written meanwhile.
        changed: tracked files that were changed meanwhile.
    """
    seen = (path for path in written if os.path.isfile(path))  # noqa: PTH113 - text is wanted
    groups: tuple[tuple[str, Iterable[str]], ...] = (
        (IN_BUNDLE, (p for p in _files(folder) if Path(p).relative_to(folder).parts[0] not in OWN_FILES)),
        (NAMED, (path for place in named for path in _files(place))),
        ("seen by strace", (path for path in seen if not Path(path).is_relative_to(folder))),
        ("new in the working tree", new),
        ("ignored by git, and written meanwhile", ignored),
        ("tracked, and changed meanwhile", changed),
    )
    found: dict[str, str] = {}
    for how, paths in groups:
        for path in paths:
            found.setdefault(path, how)
    return [output_facts(top, path, how) for path, how in list(found.items())[:MOST_FILES]], len(found)


def ignored_since(
    top: Path, ignored: Iterable[str], began_ns: int, left_out: Collection[str]
) -> tuple[list[str], bool]:
    """The ignored files of the working tree that were written since a moment; caches are left out.

    The first `MOST_IGNORED` files are looked at.

    Args:
        top: of the working tree.
        ignored: files and folders that git ignores, relative to the top.
        began_ns: the moment, POSIX nanoseconds.
        left_out: folders, relative to the top, that are not looked at.

    Returns:
        their absolute paths; and whether there are files that were not looked at.
    """
    places = (top / name for name in ignored if may_be_output(name))
    files = (path for place in places for path in _ignored_files(place, top, left_out))
    found = [path for path in itertools.islice(files, MOST_IGNORED) if _is_written_since(path, began_ns)]
    return found, next(files, None) is not None


def may_be_output(path: str) -> bool:
    """Whether a path, relative to the top, is in no folder of packages or caches."""
    return not any(map(_holds_no_output, path.split("/")))


def _holds_no_output(folder: str) -> bool:
    return folder == ".git" or is_tool_folder(folder)


def written_since(top: Path, names: Iterable[str], began_ns: int) -> list[str]:
    """The absolute paths of those files below `top` that were written since a moment, POSIX nanoseconds."""
    paths = (str(top / name) for name in names)
    return [path for path in paths if _is_written_since(path, began_ns)]


def _is_written_since(path: str, began_ns: int) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_ctime_ns >= began_ns - CLOCK_NS


def _ignored_files(place: Path, top: Path, left_out: Collection[str]) -> Iterator[str]:
    if not place.is_dir() or place.is_symlink():
        yield str(place)
        return
    for folder, folders, names in os.walk(place):
        inside = os.path.relpath(folder, top)
        if inside in left_out or _holds_no_output(os.path.basename(folder)):  # noqa: PTH119 - text is wanted
            folders.clear()
            continue
        yield from (os.path.join(folder, name) for name in sorted(names))  # noqa: PTH118 - text is wanted


def _files(place: Path) -> Iterator[str]:
    if not place.is_dir():
        yield str(place)
    for folder, _, names in os.walk(place):
        yield from (os.path.join(folder, name) for name in sorted(names))  # noqa: PTH118 - text is wanted


def output_facts(top: Path, path: str, how: str) -> dict[str, Any]:
    """Path, size and digest of a file; `says` has the reason where there is no digest."""
    shown = os.path.relpath(path, top) if Path(path).is_relative_to(top) else path
    document: dict[str, Any] = {"path": shown, "size": None, "sha256": None, "how": how}
    try:
        size = Path(path).lstat().st_size
        if size > LARGEST_BYTES and how != NAMED:  # what the user named is worth the time
            return document | {
                "size": size,
                "says": f"larger than the {LARGEST_BYTES} bytes that are digested",
            }
        digest = file_digest(path)
    except OSError as error:
        return document | {"says": error.strerror or "cannot be read"}
    return document | {"size": digest.size, "sha256": digest.sha256}

"""The outputs of a run by digest: new files of the working tree, named ones, those it was seen to write."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisect_parity.digest import file_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["OWN_FILES", "digest_outputs", "output_facts"]

OWN_FILES = frozenset(
    {"record.json", "commands.txt", "commands.stdin", "stdout.txt", "stderr.txt", "output.txt"}
    | {"tracked.diff", "untracked"}
)
MOST_FILES = 10_000
LARGEST_BYTES = 4 * 2**30


def digest_outputs(
    top: Path, folder: Path, new: Iterable[str], named: Iterable[Path], written: Sequence[str]
) -> tuple[list[dict[str, Any]], int]:
    """The outputs of a run, each once, as they stand in record.json: the first `MOST_FILES`; and how many.

    Args:
        top: of the working tree; paths below it are told relative to it.
        folder: of the bundle; what is not ours in it is output.
        new: files of the working tree that are new, or changed.
        named: files and folders that the user named.
        written: files that the run was seen to write.
    """
    found: dict[str, str] = {}
    for path in _files(folder):
        if Path(path).relative_to(folder).parts[0] not in OWN_FILES:
            found.setdefault(path, "in the bundle")
    for place in named:
        for path in _files(place):
            found.setdefault(path, "named")
    for path in written:
        if os.path.isfile(path) and not Path(path).is_relative_to(folder):  # noqa: PTH113 - text is wanted
            found.setdefault(path, "seen by strace")
    for path in new:
        found.setdefault(path, "new in the working tree")
    return [output_facts(top, path, how) for path, how in list(found.items())[:MOST_FILES]], len(found)


def _files(place: Path) -> Iterator[str]:
    if not place.is_dir():
        yield str(place)
    for folder, _, names in os.walk(place):
        yield from (os.path.join(folder, name) for name in sorted(names))  # noqa: PTH118 - text is wanted


def output_facts(top: Path, path: str, how: str) -> dict[str, Any]:
    """Path, size and digest of a file; `says` tells why there is no digest."""
    shown = os.path.relpath(path, top) if Path(path).is_relative_to(top) else path
    told: dict[str, Any] = {"path": shown, "size": None, "sha256": None, "how": how}
    try:
        size = Path(path).lstat().st_size
        if size > LARGEST_BYTES:
            return told | {"size": size, "says": f"larger than the {LARGEST_BYTES} bytes that are digested"}
        digest = file_digest(path)
    except OSError as error:
        return told | {"says": error.strerror or "cannot be read"}
    return told | {"size": digest.size, "sha256": digest.sha256}

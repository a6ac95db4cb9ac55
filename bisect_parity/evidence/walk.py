"""Which files a search for evidence sees: roots, named folders, and the walk below them; links stay out."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["USUAL_ROOTS", "FoundFile", "named_folder", "roots_to_search", "walk"]

USUAL_ROOTS = (
    "reports",
    "benchmarks",
    "results",
    "outputs",
    "multirun",
    "runs",
    "mlruns",
    "wandb",
    ".benchmarks",
    ".asv/results",
)
OWN_FOLDER = "bisect-parity"
NEVER_ENTERED = {
    ".git",
    ".hg",
    ".svn",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    "site-packages",
    ".tox",
}
DEEPEST = 24
MOST_FILES = 500_000


@frozen
class FoundFile:
    """A file on disk: its path relative to the top, and its size."""

    path: str
    size: int


def named_folder(top: Path, name: str) -> str:
    """The path, relative to `top`, of a folder that was named absolutely or relative to `top`.

    Raises:
        EvidenceError: it is not there, is no folder, or is not inside the work tree.
    """
    path = top / name
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        what = "is a link that leads nowhere" if path.is_symlink() else "is not there"
        raise EvidenceError(f"{name} {what}", "Name the folder of a run.") from error
    if not real.is_dir():
        raise EvidenceError(f"{name} is a file, not a bundle", "Name the folder that it lies in.")
    try:
        return real.relative_to(top.resolve()).as_posix()
    except ValueError as error:
        raise EvidenceError(
            f"{name} is not inside {top}", "Name a folder of this repository, or another one with --repo."
        ) from error


def roots_to_search(top: Path, settings_roots: tuple[str, ...]) -> list[str]:
    """The folders to walk, relative to `top`: those of the settings that are there, else all of the tree.

    The usual folders come first; other ones count only where they hold stamped evidence.

    Raises:
        EvidenceError: a folder of the settings leads out of the work tree.
    """
    if settings_roots:
        present = [root for root in settings_roots if os.path.lexists(top / root)]
        return [named_folder(top, root) for root in present]
    with os.scandir(top) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    others = [n for n in names if n not in USUAL_ROOTS and n not in NEVER_ENTERED and not n.startswith(".")]
    usual = [name for name in USUAL_ROOTS if name.partition("/")[0] in names]
    return [name for name in usual if (top / name).is_dir() and not (top / name).is_symlink()] + others


def walk(top: Path, root: str) -> Iterator[FoundFile]:
    """All regular files below a folder, sorted; links are not followed."""
    count = 0
    waiting = [(top / root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in found:
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISDIR(status.st_mode):
                is_own = entry.name == OWN_FOLDER or entry.name in NEVER_ENTERED
                if depth < DEEPEST and not is_own:
                    waiting.append((Path(entry.path), depth + 1))
            elif stat.S_ISREG(status.st_mode):
                count += 1
                if count > MOST_FILES:
                    raise EvidenceError(
                        f"more than {MOST_FILES} files below {root}",
                        "Name the folders of evidence in [evidence] roots.",
                    )
                yield FoundFile(os.path.relpath(entry.path, top), status.st_size)

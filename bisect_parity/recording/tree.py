"""The state of the working tree: commit, branch, changes and untracked files, before a run and after it."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Any, NamedTuple

from bisect_parity.errors import RepositoryError, UsageError
from bisect_parity.history.working_diff import working_diff

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bisect_parity.history.repository import Repository

__all__ = [
    "SeenFile",
    "SubmoduleState",
    "TreeState",
    "asked_files",
    "capture_tree",
    "digest_files",
    "named_files",
    "prefix_below",
    "tree_changes",
    "tree_facts",
    "working_directory",
]

EARLY_BYTES = 16 * 2**20  # of untracked files that are digested before the run; the others while it runs
LARGEST_BYTES = 2**30
MOST_UNTRACKED = 10_000
MOST_NAMED = 10
MOST_WORDS, LONGEST_WORD = 1000, 4096


class SeenFile:
    """A file as it was before the run.

    Attributes:
        path: relative to the top.
        stamp: size, modification time, change time and inode when it was seen; None where it was gone.
        sha256: 64 hex digits; None where it is not known.
        says: why there is no digest; may be empty.
    """

    __slots__ = ("path", "says", "sha256", "stamp")

    def __init__(self, path: str, stamp: tuple[int, int, int, int] | None) -> None:
        self.path = path
        self.stamp = stamp
        self.sha256: str | None = None
        self.says = ""

    def to_json(self) -> dict[str, Any]:
        """This file as it stands in record.json."""
        size = self.stamp[0] if self.stamp else None
        document: dict[str, Any] = {"path": self.path, "size": size, "sha256": self.sha256}
        return document | ({"says": self.says} if self.says else {})


class SubmoduleState(NamedTuple):
    """A submodule that differs from what HEAD says of it.

    Attributes:
        is_moved: whether another commit of its own is checked out.
        checked_out: full id of that commit; None where it cannot be read.
        has_changes: whether tracked files of it are changed.
    """

    is_moved: bool
    checked_out: str | None
    has_changes: bool


class TreeState(NamedTuple):
    """What git said of the working tree at one moment.

    Attributes:
        commit: full id of HEAD; None on an unborn branch.
        branch: None where HEAD is detached.
        changes: tracked files that differ from HEAD: (status of index and working tree, path).
        submodules: those among them that are submodules, by path.
        diff: `git diff HEAD` with binary content; empty where nothing differs.
        untracked: files that git neither tracks nor ignores; the first `MOST_UNTRACKED`.
        untracked_count: of all of them.
        ignored: files and folders that git ignores, where they were asked for.
    """

    commit: str | None
    branch: str | None
    changes: tuple[tuple[str, str], ...]
    submodules: dict[str, SubmoduleState]
    diff: bytes
    untracked: tuple[SeenFile, ...] = ()
    untracked_count: int = 0
    ignored: tuple[str, ...] = ()


def capture_tree(
    repository: Repository, top: Path, left_out: Sequence[str], *, with_ignored: bool = False
) -> TreeState:
    """What the working tree is like now.

    Args:
        repository: with a working tree.
        top: of it.
        left_out: folders, relative to the top, that are not looked at: the tool's own output.
        with_ignored: list what git ignores, too.

    Raises:
        RepositoryError: git cannot say.
    """
    specs = ["--", ":(top)", *(f":(top,exclude,literal){name}" for name in left_out)]
    options = ["--porcelain=v2", "--branch", "--untracked-files=all", "--no-renames"]
    options += ["--ignored=matching"] if with_ignored else []  # folders as a whole
    commit = branch = None
    changes: list[tuple[str, str]] = []
    submodules: dict[str, SubmoduleState] = {}
    untracked: list[str] = []
    ignored: list[str] = []
    for entry in repository.fields("status", *options, "--ignore-submodules=none", *specs):
        kind, _, rest = entry.partition(" ")
        if kind == "?":
            untracked.append(rest)
        elif kind == "!":
            ignored.append(rest)
        elif rest.startswith("branch.oid ") and not rest.endswith("(initial)"):
            commit = rest.removeprefix("branch.oid ")
        elif rest.startswith("branch.head ") and not rest.endswith("(detached)"):
            branch = rest.removeprefix("branch.head ")
        elif kind in ("1", "u"):
            words = rest.split(" ", 7 if kind == "1" else 9)
            changes.append((words[0], words[-1]))
            if words[1].startswith("S"):
                submodules[words[-1]] = _submodule(repository, top / words[-1], words[1])
    diff = b""
    if changes and commit is not None:
        diff = working_diff(
            repository, "--binary", "--full-index", "--no-ext-diff", "--no-textconv", commit, *specs
        )
    files = tuple(SeenFile(name, _stamp(top / name)) for name in untracked[:MOST_UNTRACKED])
    return TreeState(commit, branch, tuple(changes), submodules, diff, files, len(untracked), tuple(ignored))


def _submodule(repository: Repository, place: Path, state: str) -> SubmoduleState:
    """A submodule that differs.

    Args:
        repository: the one that holds it.
        place: its working tree.
        state: as `git status` writes it: "S", and "C" for another commit, "M" for changes.
    """
    from bisect_parity.history.repository import Repository  # noqa: PLC0415 - `repository` is one

    is_moved = state[1] == "C"
    commit = None
    if is_moved:
        with contextlib.suppress(RepositoryError):  # it is gone
            commit = Repository(place, repository.journal, lean=True).try_resolve("HEAD")
    return SubmoduleState(is_moved, commit, state[2] == "M")


def digest_files(top: Path, files: Iterable[SeenFile], most_bytes: int | None = None) -> None:
    """Digest files that have no digest yet; one that is not as it was when it was seen gets none.

    Args:
        top: of the working tree.
        files: their digests are filled in.
        most_bytes: to read in all; None for no limit.
    """
    left = most_bytes
    for file in files:
        if file.sha256 is not None or file.says or file.stamp is None:
            continue
        size = file.stamp[0]
        if size > LARGEST_BYTES:
            file.says = f"larger than the {LARGEST_BYTES} bytes that are digested"
            continue
        if left is not None and size > left:
            continue
        left = None if left is None else left - size
        _digest(top, file)


def _digest(top: Path, file: SeenFile) -> None:
    from bisect_parity.digest import FileChangedError, file_digest  # noqa: PLC0415 - see the room

    try:
        digest = file_digest(top / file.path)
    except FileChangedError:
        file.says = "changed while it was read"
        return
    except OSError as error:
        file.says = f"not read: {error.strerror}"
        return
    if _stamp(top / file.path) == file.stamp:
        file.sha256 = digest.sha256
    else:
        file.says = "changed before it was read"


def named_files(top: Path, words: Sequence[str]) -> tuple[SeenFile, ...]:
    """The files of the working tree that a command line names, relative to the working directory."""
    found: dict[str, SeenFile] = {}
    try:
        here = os.getcwd()  # noqa: PTH109 - text is wanted
    except OSError:  # it is gone, and its files with it
        return ()
    for word in words[:MOST_WORDS]:
        for text in (word, word.partition("=")[2]):
            is_path = 0 < len(text) < LONGEST_WORD and "\0" not in text
            path = os.path.normpath(f"{here}/{text}" if text[0] != "/" else text) if is_path else ""
            inside = os.path.relpath(path, top) if path else ".."
            stamp = None if inside.startswith("..") else _stamp(top / inside)
            if stamp is not None:
                found[inside] = SeenFile(inside, stamp)
    return tuple(found.values())


def asked_files(top: Path, paths: Sequence[Path]) -> tuple[SeenFile, ...]:
    """The files of the working tree that a user says a command reads.

    Raises:
        UsageError: one is no file of it.
    """
    found = {path: named_files(top, [str(path)]) for path in paths}
    for path, files in found.items():
        if not files:
            raise UsageError(
                f"--input {path} is no file of the working tree {top}", "Name files that are there."
            )
    return tuple(file for files in found.values() for file in files)


def _stamp(path: Path) -> tuple[int, int, int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def tree_changes(before: TreeState, after: TreeState) -> list[str]:
    """What changed between two moments, a sentence an item."""
    says = []
    if before.commit != after.commit:
        says.append(f"HEAD moved from {before.commit} to {after.commit}")
    if before.branch != after.branch:
        says.append(f"the branch changed from {before.branch} to {after.branch}")
    if (before.changes, before.diff) != (after.changes, after.diff) and before.commit == after.commit:
        paths = sorted({path for _, path in {*before.changes, *after.changes}})
        says.append(f"tracked files changed: {_named(paths)}")
    earlier = {file.path: file.stamp for file in before.untracked}
    gone = sorted(earlier.keys() - {file.path for file in after.untracked})
    changed = sorted(f.path for f in after.untracked if earlier.get(f.path, f.stamp) != f.stamp)
    if changed:
        says.append(f"untracked files changed: {_named(changed)}")
    if gone:
        says.append(f"untracked files vanished: {_named(gone)}")
    return says


def _named(paths: list[str]) -> str:
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    return ", ".join(paths[:MOST_NAMED]) + more


def tree_facts(repository: Repository, state: TreeState) -> dict[str, Any]:
    """Further facts of the commit of a state: tree, description and submodules.

    Raises:
        RepositoryError: git cannot say.
    """
    if state.commit is None:
        return {"tree": None, "describe": None, "submodules": []}
    tree = repository.git("rev-parse", "--verify", f"{state.commit}^{{tree}}").decode().strip()
    dirty = "-dirty" if state.changes else ""
    described = repository.git("describe", "--tags", "--always", "--long", state.commit).decode().strip()
    return {"tree": tree, "describe": described + dirty, "submodules": _submodules(repository, state)}


def _submodules(repository: Repository, state: TreeState) -> list[dict[str, Any]]:
    if repository.work_tree is None or not os.path.lexists(repository.work_tree / ".gitmodules"):
        return []
    entries = repository.fields("ls-tree", "-r", "--full-tree", str(state.commit))
    linked = [entry.partition("\t") for entry in entries if entry.startswith("160000 ")]
    return [
        _submodule_facts(path, facts.split(" ")[2], state.submodules.get(path)) for facts, _, path in linked
    ]


def _submodule_facts(path: str, commit: str, state: SubmoduleState | None) -> dict[str, Any]:
    found: dict[str, Any] = {"path": path, "commit": commit, "differs": state is not None}
    if state is not None:
        found["has_changes"] = state.has_changes
        is_at = state.checked_out if state.is_moved else commit
        found |= {} if is_at is None else {"checked_out": is_at}
    return found


def working_directory() -> str:
    """The absolute path of the working directory; "?" where it is gone."""
    try:
        return os.getcwd()  # noqa: PTH109 - text is wanted
    except OSError:
        return "?"


def prefix_below(top: Path) -> str | None:
    """The working directory relative to the top; None where it lies elsewhere, or is gone."""
    try:
        inside = os.path.relpath(os.path.realpath("."), os.path.realpath(top))
    except OSError:
        return None
    return None if inside == ".." or inside.startswith("../") else inside

"""The state of the working tree: commit, branch, changes and untracked files, before a run and after it."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from bisect_parity.errors import EvidenceError, RepositoryError
from bisect_parity.history.working_diff import working_diff
from bisect_parity.recording.bundle_folder import RECORD_NAME, is_recorded
from bisect_parity.recording.seen_files import SeenFile, file_stamp
from bisect_parity.wording import first_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bisect_parity.history.repository import Repository

MOST_UNTRACKED = 10_000
MOST_NAMED = 10


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
        bundles: folders of recorded bundles, wherever `--out` put them; not among `untracked`.
    """

    commit: str | None
    branch: str | None
    changes: tuple[tuple[str, str], ...]
    submodules: dict[str, SubmoduleState]
    diff: bytes
    untracked: tuple[SeenFile, ...] = ()
    untracked_count: int = 0
    ignored: tuple[str, ...] = ()
    bundles: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """This state as it stands in record.json."""
        diff: dict[str, Any] | None = None
        if self.diff:
            from hashlib import sha256  # noqa: PLC0415 - slow to import, and not needed where nothing differs

            diff = {"bytes": len(self.diff), "sha256": sha256(self.diff).hexdigest(), "file": None}
        return {
            "commit": self.commit,
            "branch": self.branch,
            "dirty": bool(self.changes),
            "changes": [{"status": status, "path": path} for status, path in self.changes],
            "diff": diff,
            "untracked": [file.to_json() for file in self.untracked],
            "untracked_count": self.untracked_count,
        }


def work_tree_of(repository: Repository) -> Path:
    """The top of a repository's working tree.

    Raises:
        EvidenceError: it has none.
    """
    if repository.work_tree is None:
        raise EvidenceError(f"{repository.directory} has no working tree", "Record in a checkout.")
    return repository.work_tree


def capture_tree(
    repository: Repository, top: Path, left_out: Sequence[str], since: TreeState | None = None
) -> TreeState:
    """What the working tree is like now.

    Args:
        repository: with a working tree.
        top: of it.
        left_out: folders, relative to the top, that are not looked at: the tool's own output.
        since: what it was like before a run: bundles that it made are its output, and what git ignores is
            listed, too.

    Raises:
        RepositoryError: git cannot say.
    """
    specs = ["--", ":(top)", *(f":(top,exclude,literal){name}" for name in left_out)]
    options = ["--porcelain=v2", "--branch", "--untracked-files=all", "--no-renames"]
    options += [] if since is None else ["--ignored=matching"]  # folders as a whole
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
    bundles = _bundles(top, untracked) if since is None else since.bundles
    untracked = [name for name in untracked if not name.startswith(bundles)]
    files = tuple(SeenFile(name, file_stamp(top / name)) for name in untracked[:MOST_UNTRACKED])
    found = commit, branch, tuple(changes), submodules, diff, files, len(untracked), tuple(ignored)
    return TreeState(*found, bundles)


def _bundles(top: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The folders of recorded bundles among untracked files."""
    folders = (name.removesuffix(RECORD_NAME) for name in names if name.endswith(f"/{RECORD_NAME}"))
    return tuple(folder for folder in folders if is_recorded(top / folder))


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


def tree_changes(before: TreeState, after: TreeState) -> list[str]:
    """What changed between two moments, a sentence an item."""
    says = []
    if before.commit != after.commit:
        says.append(f"HEAD moved from {before.commit} to {after.commit}")
    if before.branch != after.branch:
        says.append(f"the branch changed from {before.branch} to {after.branch}")
    if (before.changes, before.diff) != (after.changes, after.diff) and before.commit == after.commit:
        paths = sorted({path for _, path in {*before.changes, *after.changes}})
        says.append(f"tracked files changed: {first_of(paths, MOST_NAMED)}")
    earlier = {file.path: file.stamp for file in before.untracked}
    gone = sorted(earlier.keys() - {file.path for file in after.untracked})
    changed = sorted(f.path for f in after.untracked if earlier.get(f.path, f.stamp) != f.stamp)
    if changed:
        says.append(f"untracked files changed: {first_of(changed, MOST_NAMED)}")
    if gone:
        says.append(f"untracked files vanished: {first_of(gone, MOST_NAMED)}")
    return says


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

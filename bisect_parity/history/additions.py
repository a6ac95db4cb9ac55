"""Which commit brought each evidence file in, and what happened to it afterwards: one or two `git log`s."""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import os
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.errors import RepositoryError
from bisect_parity.history.nul_fields import nul_fields
from bisect_parity.history.repository import Repository
from bisect_parity.history.tree_changes import changing_commits

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from bisect_parity.history.commits import CommitTable

COMMIT_MARK = b"\x01"
REACHED = ("--all", "--reflog", "--date-order")  # reflogs name parents, too: none comes before its child
LARGE_HISTORY = 200_000  # commits; below that, reading all trees takes less than a second


@frozen
class FileChange:
    """What one commit did to one file.

    Attributes:
        commit: full id.
        status: "A" added, "M" modified, "D" deleted, "T" type changed.
        blob: full id of the new content; zeros where it was deleted.
        path: relative to the top, surrogateescape for bytes that are not UTF-8.
        by_merge: whether a merge commit itself introduced it, seen against its first parent.
    """

    commit: str
    status: str
    blob: str
    path: str
    by_merge: bool = False


class FileHistory:
    """All changes below some paths, newest first as git lists them."""

    def __init__(self, changes: Iterable[FileChange]) -> None:
        self._by_path: dict[str, list[FileChange]] = {}
        self._by_blob: dict[str, list[FileChange]] = {}
        self._places: dict[str, int] = {}
        for change in changes:
            self._places.setdefault(change.commit, len(self._places))
            self._by_path.setdefault(change.path, []).append(change)
            if change.status in "AM":
                self._by_blob.setdefault(change.blob, []).append(change)

    def changes(self, path: str) -> list[FileChange]:
        """The changes of one file, newest first."""
        return self._by_path.get(path, [])

    def added(self, path: str) -> FileChange | None:
        """The oldest addition of a file that is the present one: none older than its last deletion counts."""
        found = None
        for change in self._by_path.get(path, ()):
            if change.status == "A":
                found = change
            elif change.status == "D" and found is not None:
                break
        return found

    def oldest(self, changes: Sequence[FileChange]) -> FileChange:
        """The first of those changes that were made before all others; one at least."""
        return max(changes, key=lambda change: self._places[change.commit])

    def is_added_again(self, path: str) -> bool:
        """Whether more than one commit added a file."""
        return sum(change.status == "A" for change in self._by_path.get(path, ())) > 1

    def brought(self, path: str, blob: str) -> FileChange | None:
        """The oldest change that gave a file a content which it has had ever since; None where none did."""
        found = None
        for change in self._by_path.get(path, ()):
            if change.blob == blob:
                found = change
            elif found is not None:
                break
        return found

    def before(self, change: FileChange) -> FileChange | None:
        """The change before it that gave the same file a content; None where the file was not there."""
        changes = self._by_path[change.path]
        place = changes.index(change) + 1
        return changes[place] if place < len(changes) and changes[place].status in "AM" else None

    def same_content(self, blob: str) -> list[FileChange]:
        """The changes that brought in this very content, at any path, newest first."""
        return self._by_blob.get(blob, [])

    def moved_from(self, change: FileChange) -> FileChange | None:
        """The first change with the same content, at a path of the same name that was left for this one.

        A path is left for another if it was deleted by the commit that added the other, or before, whether or
        not that was rewritten since: two runs may write the same content, and the older one be deleted later.
        What a merge put below a folder, with all of another history (`git subtree`), was never deleted there.
        """
        name, place = change.path.rpartition("/")[2], self._places[change.commit]
        if change.by_merge:
            for other in reversed(self.same_content(change.blob)):
                if change.path.endswith(f"/{other.path}"):
                    return other
        for other in reversed(self._left.get((change.blob, name), ())):
            deletions = (each for each in self._by_path[other.path] if each.status == "D")
            if other.path != change.path and any(self._places[each.commit] >= place for each in deletions):
                return other
        return None

    @functools.cached_property
    def _left(self) -> dict[tuple[str, str], list[FileChange]]:
        """By content and name: the changes of files that were deleted last; the rest may be thousands."""
        left: dict[tuple[str, str], list[FileChange]] = {}
        for change in itertools.chain.from_iterable(self._by_blob.values()):
            if self._by_path[change.path][0].status == "D":
                left.setdefault((change.blob, change.path.rpartition("/")[2]), []).append(change)
        return left

    def deleted(self) -> dict[str, FileChange]:
        """Of each file whose newest change is a deletion, the change before it."""
        return {
            path: changes[1]
            for path, changes in self._by_path.items()
            if len(changes) > 1 and changes[0].status == "D" and changes[1].status in "AM"
        }

    def lives_on(self, change: FileChange) -> bool:
        """Whether the content of a change is still there under another path with the same name."""
        name = change.path.rpartition("/")[2]
        return any(
            other.path.rpartition("/")[2] == name and self._by_path[other.path][0].status != "D"
            for other in self.same_content(change.blob)
        )

    def __contains__(self, path: str) -> bool:
        return path in self._by_path


@frozen
class _Selection:
    """Which commits `git log` shows, and of which paths."""

    arguments: tuple[str, ...]
    paths: tuple[str, ...]
    stdin: bytes = b""


@frozen
class FileChanges:
    """What commits with one parent changed below some folders.

    Attributes:
        repository: where.
        plain: the changes, newest first.
    """

    repository: Repository
    plain: tuple[FileChange, ...]
    _merges: _Selection | None

    def history(self, tracked: Iterable[str]) -> FileHistory:
        """All changes; merges are asked where the rest says nothing.

        Args:
            tracked: files that must have an addition; a pass over merges is made if one has none.

        Raises:
            RepositoryError: git could not walk the history.
        """
        history = FileHistory(self.plain)
        if self._merges is None or all(history.added(path) is not None for path in tracked):
            return history
        known = {(change.path, change.blob) for change in self.plain if change.status == "A"}
        merged = _read(self.repository, self._merges, by_merge=True)
        extra = [c for c in merged if c.status == "A" and (c.path, c.blob) not in known]
        return FileHistory([*self.plain, *extra])


def read_file_changes(
    repository: Repository, roots: Iterable[str], table: CommitTable | None = None
) -> FileChanges:
    """Read what commits that refs and reflogs reach changed below `roots`.

    Args:
        repository: where.
        roots: folders or files, relative to the top.
        table: all commits; in a large history, those that change a root are found with it.

    Raises:
        RepositoryError: git could not walk the history.
    """
    folders = sorted(set(roots))
    if not folders:
        return FileChanges(repository, (), None)
    plain, merges = _everything(folders)
    if table is not None and len(table) > LARGE_HISTORY and not any("\n" in folder for folder in folders):
        plain, merges = _some(table, changing_commits(repository, table, folders), folders)
    try:
        changes = tuple(_read(repository, plain, by_merge=False))
    except RepositoryError:  # what only reflogs reach may be damaged
        plain, merges = _everything(folders, ("--all",))
        changes = tuple(_read(repository, plain, by_merge=False))
    if table is not None and table.remade:
        changes = _in_order_of_making(changes, table)
    return FileChanges(repository, changes, merges)


def last_changes(repository: Repository, paths: Iterable[str]) -> dict[str, str]:
    """The newest commits in the history of HEAD that changed some files, newest first: path -> full id.

    Raises:
        RepositoryError: git could not walk the history.
    """
    left, found = set(paths), dict[str, str]()
    folders = sorted({path.partition("/")[0] for path in left})
    if not folders or repository.try_resolve("HEAD") is None:
        return found
    selection = _Selection(("HEAD", "-c"), _specs(folders))
    with contextlib.closing(_read(repository, selection, by_merge=False)) as changes:
        for change in changes:
            if change.path in left:
                found[change.path] = change.commit
                left.remove(change.path)
                if not left:
                    break
    return found


def _in_order_of_making(changes: Sequence[FileChange], table: CommitTable) -> tuple[FileChange, ...]:
    """Changes, newest first, where some commits are newer than they say: the others keep their order."""
    times: dict[str, float] = {}
    since = math.inf
    for commit in dict.fromkeys(change.commit for change in changes):
        row = table.index(commit)
        time = since if row is None else float(table.time(row))
        if row not in table.remade:
            time = since = min(since, time)
        times[commit] = time
    return tuple(sorted(changes, key=lambda change: -times[change.commit]))


def moved_paths(repository: Repository, commits: Iterable[str]) -> dict[str, str]:
    """The files that some commits moved as they were, from whatever folder: new path -> old path.

    Raises:
        RepositoryError: git cannot read the commits.
    """
    asked = "".join(f"{commit}\n" for commit in commits).encode("ascii")
    if not asked:
        return {}
    options = ("--stdin", "-r", "--no-commit-id", "--name-status", "-M100%", "--diff-filter=R")
    fields = repository.fields("diff-tree", *options, stdin=asked)
    return dict(zip(fields[2::3], fields[1::3], strict=True))


def _everything(folders: Sequence[str], reached: tuple[str, ...] = REACHED) -> tuple[_Selection, _Selection]:
    paths = _specs(folders)
    return _Selection(reached, paths), _Selection((*reached, "--merges"), paths)


def _some(table: CommitTable, rows: Sequence[int], folders: Sequence[str]) -> tuple[_Selection, _Selection]:
    """Selections of some plain commits, and of some merges."""
    arguments, paths = ("--no-walk=unsorted", "--stdin"), _specs(folders)
    plain, merges = (
        "".join(f"{table.commit(row)}\n" for row in rows if (len(table.parents(row)) > 1) is is_merge)
        for is_merge in (False, True)
    )
    return (
        _Selection(arguments, paths, plain.encode("ascii")),
        _Selection(arguments, paths, merges.encode("ascii")),
    )


def _specs(folders: Sequence[str]) -> tuple[str, ...]:
    return tuple(f":(top,literal){folder}" for folder in folders)


def _read(
    repository: Repository, selection: _Selection, *, by_merge: bool
) -> Generator[FileChange, None, None]:
    options = ["--raw", "-z", "--no-abbrev", "--no-renames", "--format=%x01%H"]
    if by_merge:
        options += ["-m", "--first-parent"]
    arguments = (*selection.arguments, *options, "--end-of-options", "--", *selection.paths)
    commit = ""
    with repository.stream("log", *arguments, stdin=selection.stdin) as output:
        fields = nul_fields(output)
        for entry in fields:
            entry = entry.lstrip(b"\n")  # noqa: PLW2901 - git puts a newline between header and changes
            if entry.startswith(COMMIT_MARK):
                commit = entry[1:].strip().decode()
            elif entry.startswith(b":"):
                words = entry.split(b" ")
                path = os.fsdecode(next(fields, b""))
                yield FileChange(commit, words[4][:1].decode(), words[3].decode(), path, by_merge)

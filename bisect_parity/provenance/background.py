"""What git knows of a repository whatever its evidence says: it can be read while the evidence is."""

from __future__ import annotations

import contextlib
import functools
import os
from typing import TYPE_CHECKING

from attrs import field, frozen

from bisect_parity.errors import RepositoryError
from bisect_parity.history.additions import read_file_changes
from bisect_parity.history.commits import CommitTable
from bisect_parity.history.kept_dates import as_remade
from bisect_parity.history.reflog import Reflog, read_reflogs
from bisect_parity.provenance.lines import Names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.history.additions import FileChanges, FileHistory
    from bisect_parity.history.repository import Repository


@frozen
class History:
    """What git knows of the whole repository.

    Attributes:
        table: all commits.
        names: their numbers.
        reflogs: all that there are.
        head: row of the checked-out commit; None on an unborn branch.
        own_reflog: path of this worktree's HEAD reflog, relative to the common git directory.
        tips: rows of the newest commits of each branch, here and in the remotes, by its name.
    """

    table: CommitTable
    names: Names
    reflogs: tuple[Reflog, ...]
    head: int | None
    own_reflog: str
    tips: dict[str, tuple[int, ...]] = field(factory=dict)


class Background:
    """The history of a repository and of its evidence, each read once."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self._changes: dict[frozenset[str], FileChanges] = {}

    @functools.cached_property
    def history(self) -> History:
        """The commits and reflogs.

        Raises:
            RepositoryError: git cannot read the history.
        """
        repository = self.repository
        table = as_remade(repository, CommitTable.load(repository))
        head = repository.try_resolve("HEAD")
        own = (repository.git_dir / "logs" / "HEAD").relative_to(repository.common_dir).as_posix()
        row = None if head is None else table.index(head)
        return History(table, Names(table), read_reflogs(repository), row, own, _tips(repository, table))

    def files(self, roots: Iterable[str], tracked: Iterable[str]) -> FileHistory:
        """What happened to the files below some folders at the top; see `FileChanges.history`.

        Raises:
            RepositoryError: git cannot read the history.
        """
        return self._changed(frozenset(roots)).history(tracked)

    def read_ahead(self, roots: Iterable[str]) -> None:
        """Read what will be asked for if evidence lies below `roots`; what fails will fail again then."""
        with contextlib.suppress(RepositoryError):
            self._changed(frozenset(roots))

    def _changed(self, roots: frozenset[str]) -> FileChanges:
        if roots not in self._changes:
            table = self.history.table
            self._changes[roots] = read_file_changes(self.repository, roots if len(table) else (), table)
        return self._changes[roots]


def _tips(repository: Repository, table: CommitTable) -> dict[str, tuple[int, ...]]:
    """The rows of the newest commits of each branch, by its name without that of the remote."""
    refs = repository.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/remotes")
    found: dict[str, tuple[int, ...]] = {}
    for line in os.fsdecode(refs).split("\n")[:-1]:
        commit, _, ref = line.partition(" ")
        name = branch_name(ref)
        row = table.index(commit) if name != "HEAD" else None  # what a detached checkout calls itself
        if row is not None and row not in found.get(name, ()):
            found[name] = (*found.get(name, ()), row)
    return found


def branch_name(ref: str) -> str:
    """The name of a branch, here or in a remote, by its full name."""
    return ref.split("/", 2 if ref.startswith("refs/heads/") else 3)[-1]

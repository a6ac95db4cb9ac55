"""What git knows of a repository whatever its evidence says: it can be read while the evidence is."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from attrs import frozen

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
    """

    table: CommitTable
    names: Names
    reflogs: tuple[Reflog, ...]
    head: int | None
    own_reflog: str


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
        return History(table, Names(table), read_reflogs(repository), row, own)

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

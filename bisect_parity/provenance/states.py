"""The code states of the commits that answers name: most are known before anything is inferred."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.errors import RepositoryError
from bisect_parity.history.code_state import CodeStates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.config import Settings
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

TOP = 50
LEAST_PROBABILITY = 1e-4  # of a commit whose code state is looked up


class ToldStates:
    """Code states of commits, each read once.

    Args:
        repository: where.
        settings: `code.paths` say what a code state is.
        table: all commits.
    """

    def __init__(self, repository: Repository, settings: Settings, table: CommitTable) -> None:
        self._states = CodeStates(repository, settings.code.paths)
        self._table = table

    def of(self, commits: Iterable[str]) -> dict[str, str]:
        """The code states of those commits that are in the table; none of them in a clone without trees."""
        rows = (row for commit in commits if (row := self._table.index(commit)) is not None)
        try:
            return self._states.of(self._table.commits(self._table.oldest_first(rows)))
        except RepositoryError:  # commits can be named, code states cannot
            return {}


def stated_commits(subjects: Iterable[Subject]) -> set[str]:
    """The commits that are written down, and those that added the bundles, with their parents."""
    stated: set[str] = set()
    for subject in subjects:
        stated.update(item.commit for item in subject.records if item.commit)
        if subject.addition is not None:
            stated.update({subject.addition.detail.commit, subject.addition.parent or ""} - {""})
    return stated


def inferred_commits(posteriors: Iterable[Posterior]) -> set[str]:
    """The most probable commits."""
    return {commit for each in posteriors for commit in each.likely(TOP, LEAST_PROBABILITY)}

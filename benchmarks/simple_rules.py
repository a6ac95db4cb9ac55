"""The simple rules for a run's commit, which `provenance` must beat on the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.evidence.model import TimeKind
from bisect_parity.history.additions import read_file_changes
from bisect_parity.history.commit_details import read_details
from bisect_parity.history.commits import CommitTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.evidence.model import Bundle, TimeStatement
    from bisect_parity.history.repository import Repository

__all__ = ["RULES", "SimpleAnswers", "answer_simply"]

RULES = ("branch before stamp", "parent of adder", "ancestor before stamp")


@frozen
class SimpleAnswers:
    """The commits that the rules name for one bundle, full ids; None where a rule has nothing to say.

    Attributes:
        before_stamp: newest commit of the checked-out history that is not after the stamp.
        parent: first parent of the commit that added the bundle.
        ancestor: newest ancestor of the adding commit that is not after the stamp; its parent where
            the stamp is a day only, missing, or later than the adding commit.
    """

    before_stamp: str | None
    parent: str | None
    ancestor: str | None

    def by_rule(self) -> dict[str, str | None]:
        """Rule -> commit."""
        return dict(zip(RULES, (self.before_stamp, self.parent, self.ancestor), strict=True))


def answer_simply(repository: Repository, bundles: Sequence[Bundle]) -> list[SimpleAnswers]:
    """What the rules say of each bundle, in order.

    Raises:
        RepositoryError: git cannot read the history.
    """
    table = CommitTable.load(repository)
    paths = [artifact.path for bundle in bundles for artifact in bundle.artifacts]
    files = read_file_changes(repository, [bundle.path for bundle in bundles]).history(paths)
    adders: list[int | None] = []
    for bundle in bundles:
        changes = (files.added(artifact.path) for artifact in bundle.artifacts)
        rows = [row for change in changes if change and (row := table.index(change.commit)) is not None]
        adders.append(min(rows, key=table.time) if rows else None)
    head = table.index(repository.resolve("HEAD"))
    details = read_details(repository, {table.commit(row) for row in (*adders, head) if row is not None})
    answers = []
    for bundle, adder in zip(bundles, adders, strict=True):
        tip = head if adder is None else adder
        zone = 0 if tip is None else details[table.commit(tip)].zone
        answers.append(_answer(table, head, adder, _stamp(bundle, zone)))
    return answers


def _answer(table: CommitTable, head: int | None, adder: int | None, stamp: float | None) -> SimpleAnswers:
    parents = table.parents(adder) if adder is not None else []
    parent = table.commit(parents[0]) if parents else None
    before = _newest(table, head, stamp)
    if adder is None:
        ancestor = before
    elif stamp is None or stamp > table.time(adder):
        ancestor = parent
    else:
        ancestor = _newest(table, adder, stamp)
    return SimpleAnswers(before, parent, ancestor)


def _newest(table: CommitTable, tip: int | None, stamp: float | None) -> str | None:
    """The commit with the latest time that is not after `stamp`, among `tip` and its ancestors."""
    if tip is None or stamp is None:
        return None
    best, seen, waiting = None, {tip}, [tip]
    for row in waiting:  # grows while it is read: nearest commits first, which win where times are equal
        if table.time(row) <= stamp and (best is None or table.time(row) > table.time(best)):
            best = row
        new = [parent for parent in table.parents(row) if parent not in seen]
        seen.update(new)
        waiting.extend(new)
    return None if best is None else table.commit(best)


def _stamp(bundle: Bundle, zone: int) -> float | None:
    """POSIX seconds of the innermost stamp, or of a machine-written time where no folder is stamped."""
    written = [time for findings in bundle.findings for time in findings.times if time.origin == "field"]
    for statement in (*bundle.stamps, *written):
        if statement.kind is not TimeKind.DATE:
            return _posix(statement, zone)
    return None


def _posix(statement: TimeStatement, zone: int) -> float:
    """A local time is taken in the zone of the commit that added the bundle."""
    return statement.seconds - (zone if statement.kind is TimeKind.LOCAL else 0)

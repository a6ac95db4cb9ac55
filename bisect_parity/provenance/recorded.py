"""Commit ids that runs wrote down, looked up: which commit each names, and which one they agree on. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.evidence.loose_ids import is_loose
from bisect_parity.evidence.model import Record, Trust, flat

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.commits import CommitTable

LEAST_ID_DIGITS = 7
TAGS = "refs/tags/"
OTHER_TREE = "other tree"


@frozen
class RecordedId:
    """A written id, looked up.

    Attributes:
        record: where and how it was written.
        commit: the commit that it names, or None.
        exists: "yes", "no", "ambiguous", "prefix" (only its first digits are those of a commit), "several"
            (what it describes is one of some commits), `OTHER_TREE` (its commit has not the tree that is
            recorded beside it), or "placeholder".
        among: these commits.
    """

    record: Record
    commit: str | None
    exists: str
    among: tuple[str, ...] = ()


def recorded_ids(
    bundles: Sequence[Bundle],
    table: CommitTable,
    others: dict[str, str | None],
    mentions: Sequence[Record] = (),
    trees: Mapping[str, str] = MappingProxyType({}),
) -> tuple[RecordedId, ...]:
    """Look up every written id of some bundles; what one file says several times is one record.

    What is only mentioned may be of another project, and is left out unless it names a commit here.

    Args:
        bundles: of one run.
        table: all commits that refs and reflogs reach.
        others: ids that are not in the table, and full names of tags -> the commit that they name, or None.
        mentions: what else speaks of commits.
        trees: the trees of commits beside whose id a tree is written.
    """
    every = [findings for bundle in bundles for findings in flat(bundle.findings)]
    mentioned = [*(record for findings in every for record in findings.mentions), *mentions]
    named = [record for record in mentioned if _look_up(record, table, others).exists == "yes"]
    loose = {_look_up(record, table, others).commit for record in named if is_loose(record)}
    stated = [*named, *(record for findings in every for record in findings.records)]
    is_told = any(
        record.is_id and not is_loose(record) and _look_up(record, table, others).exists == "yes"
        for record in stated
    )
    if is_told or len(loose) > 1:  # a list of commits, say
        named = [record for record in named if not is_loose(record)]
    records: dict[tuple[object, ...], Record] = {}  # what a history repeats in every run is said once
    for record in (*(record for findings in every for record in findings.records), *named):
        said = (record.text, record.key, record.trust, record.dirty, record.source.path)
        records.setdefault(said, record)
    found = [_compared(_look_up(record, table, others), trees) for record in records.values()]
    if any(item.exists == "yes" and item.record.is_id for item in found):  # a tag may be the nearest one
        found = [item for item in found if item.record.is_id or item.exists != "yes"]
    return tuple(sorted(found, key=lambda item: -item.record.trust))


def _look_up(record: Record, table: CommitTable, others: dict[str, str | None]) -> RecordedId:
    if not record.is_id:
        tagged = others.get(f"{TAGS}{record.text}")
        return RecordedId(record, tagged, "yes" if tagged else "placeholder")
    matches = table.matching(record.text)
    if len(matches) == 1:
        return RecordedId(record, matches[0], "yes")
    if matches:
        return RecordedId(record, None, "ambiguous")
    if others.get(record.text):
        return RecordedId(record, others[record.text], "yes")
    for digits in (12, 10, 8, LEAST_ID_DIGITS):
        near = table.matching(record.text[:digits])
        if len(near) == 1:
            return RecordedId(record, near[0], "prefix")
    return RecordedId(record, None, "no")


def _compared(item: RecordedId, trees: Mapping[str, str]) -> RecordedId:
    """A written id, held against the tree beside it; a commit that has taken its place has another."""
    tree, commit = item.record.tree, item.commit
    if item.exists != "yes" or not tree or commit is None or not commit.startswith(item.record.text):
        return item
    return item if trees.get(commit, tree) == tree else evolve(item, exists=OTHER_TREE)


def recorded_truth(records: Iterable[RecordedId]) -> str | None:
    """The commit that a bundle's own records agree on; None where they name none, or several.

    Labelled lines count only where no program wrote an id.
    """
    known = [item for item in records if item.exists == "yes" and item.record.trust > Trust.PROSE]
    best = max((item.record.trust for item in known), default=None)
    named = {item.commit for item in known if item.record.trust is best}
    return next(iter(named)) if len(named) == 1 else None


def recorded_elsewhere(records: Iterable[RecordedId]) -> str | None:
    """An id that a program wrote and that names no commit here, such as one that was squashed; else None."""
    written = [item for item in records if item.record.trust >= Trust.MACHINE]
    if any(item.exists != "no" for item in written):
        return None
    return next((item.record.text for item in written), None)


def trust_probability(trust: Trust) -> str:
    """The name of a trust in the model's parameters."""
    return trust.name.lower()

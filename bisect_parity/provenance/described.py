"""Commits that a run did not name but describes: by the subject of their message, or by their date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Record, TimeKind, Trust, flat
from bisect_parity.history.commit_details import read_subjects
from bisect_parity.provenance.recorded import RecordedId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository

MOST_COMMITS = 20  # of one subject: of more, it says nothing


def read_described(
    repository: Repository, table: CommitTable, bundles: Sequence[Bundle]
) -> dict[str, tuple[RecordedId, ...]]:
    """What the bundles that hold no id say of their commit, by the paths of the bundles.

    All subjects of the repository are read where one is stated, in one pass, and none where there is none.
    """
    unnamed = [bundle for bundle in bundles if not _holds_id(bundle)]
    subjects = {bundle.path: list(_subjects(bundle)) for bundle in unnamed}
    stated = {record.text for records in subjects.values() for record in records}
    commits: dict[str, list[str]] = {subject: [] for subject in stated}
    if stated:
        for commit, subject in read_subjects(
            repository, table.commits(table.oldest_first(range(len(table))))
        ).items():
            if subject in stated:
                commits[subject].append(commit)
    return {
        bundle.path: (
            *(found for record in subjects[bundle.path] for found in _named(record, commits[record.text])),
            *_dated(bundle, table),
        )
        for bundle in unnamed
    }


def _holds_id(bundle: Bundle) -> bool:
    return any(record.is_id for findings in flat(bundle.findings) for record in findings.records)


def _subjects(bundle: Bundle) -> Iterable[Record]:
    """The subjects that a bundle states, each once, as git shows them: one line of a message."""
    seen = set()
    for findings in flat(bundle.findings):
        for each in findings.subjects:
            subject = " ".join(str(each.value).strip().partition("\n")[0].split())
            if subject and subject not in seen:
                seen.add(subject)
                yield Record(subject, one_line(each.name), Trust.HEADER, False, each.source)


def _named(record: Record, commits: Sequence[str]) -> Iterable[RecordedId]:
    """The commit of a subject; of several, none is named."""
    if len(commits) == 1:
        yield RecordedId(record, commits[0], "yes")
    elif 1 < len(commits) <= MOST_COMMITS:
        yield RecordedId(record, None, "several", tuple(commits))


def _dated(bundle: Bundle, table: CommitTable) -> Iterable[RecordedId]:
    """The commit that was made at the second that a bundle states as its commit's."""
    for findings in flat(bundle.findings):
        for time in findings.times if not findings.time_is_commit_time else ():
            if time.origin != "commit" or time.kind is not TimeKind.UTC or time.resolution > 1:
                continue
            rows, times = table.between(time.seconds - 1, time.seconds + 1)
            record = Record(time.source.text, "the commit's date", Trust.HEADER, False, time.source)
            yield from _named(record, table.commits(rows[times == int(time.seconds)]))

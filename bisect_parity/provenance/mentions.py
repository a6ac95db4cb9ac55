"""Commits mentioned in the name of a bundle, in the message of the commit that added it, or in a note.

Each counts only if it names a commit here: a folder is called `results/1a2b3c4` or `results/v1.2.0`, and a
message says "Benchmarks at 1a2b3c4". A note that was attached to a commit names the folder of its results.
"""

from __future__ import annotations

import functools
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Record, Source, Trust
from bisect_parity.history.commit_details import read_messages
from bisect_parity.history.notes import noted_by_others
from bisect_parity.provenance.run_messages import parent_run_at, run_message, run_record

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.additions import FileChange
    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.run_messages import RunMessage

NAME, MESSAGE = "its name", "the message of the commit that added it"  # in the place of a key
NOTE = "a note at that commit"

_WORD = re.compile(r"[\w./@+=-]*/[\w./@+=-]+")
_ID = r"(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}"
_IN_NAME = re.compile(rf"(?<![0-9A-Za-z])g?({_ID})(?![0-9A-Za-z])")
_UPPER = re.compile(r"(?<![0-9A-Za-z])[0-9A-F]{7,40}(?![0-9A-Za-z])")
_VERSION = re.compile(r"(?:[A-Za-z]+[-_])?v?\d+(?:\.\d+)+(?:[-.]?[a-z]+[-.]?\d*)?")
_SUFFIX = re.compile(r"\.(?:json|jsonl|ndjson|csv|tsv|ya?ml|toml|txt|log|md)$", re.IGNORECASE)
_OF_A_RUN = re.compile(
    r"(?i)\b(?:results?|bench\w*|runs?|ran|measure\w*|evaluat\w*|timings?|profil\w*|parity)\b"
)
_OF_A_CHANGE = re.compile(
    r"(?i)\b(?:revert\w*|cherry|fix\w*|regress\w*|introduc\w*|since|bisect\w*|broke\w*|culprit|bad|merge\w*)\b"
)
_AT = re.compile(
    rf"(?i)\b(?:at|of|for|on|from|commit|rev(?:ision)?|sha|head)\b\W{{0,3}}(?-i:({_ID})(?![0-9A-Za-z])|{_VERSION.pattern})"
)


def name_records(path: str) -> tuple[Record, ...]:
    """Ids and versions in the names of a bundle and of the folders that it lies in.

    Args:
        path: of the bundle, or of a file; "#label" and "@commit" behind it name a run.
    """
    found = [each for part in path.partition("#")[0].split("/") for each in _of_name(part)]
    if not found:
        return ()
    source = Source(path, 0, one_line(path))
    return tuple(Record(text, NAME, Trust.HEADER, is_id, source) for text, is_id in found)


@functools.lru_cache(maxsize=4096)  # a thousand bundles lie in the same folders
def _of_name(part: str) -> tuple[tuple[str, bool], ...]:
    """What one name speaks of, and whether that is an id."""
    name = _UPPER.sub(lambda found: found[0].lower(), _SUFFIX.sub("", part))
    ids = ((found[1], True) for found in _IN_NAME.finditer(name))
    tags = ((tag, False) for tag in _tags(name)) if _VERSION.fullmatch(name) else ()
    return (*ids, *tags)


def message_records(message: str, path: str) -> tuple[Record, ...]:
    """Ids and versions in the message of the commit that added a run, where it says what was run.

    Args:
        message: whole.
        path: of what was added, for the source.
    """
    if _OF_A_RUN.search(message.partition("\n")[0]) is None:
        return ()
    lines = (line for line in message.splitlines() if _OF_A_CHANGE.search(line) is None)
    return tuple(record for line in lines for record in _of_line(line, path))


def _of_line(line: str, path: str) -> Iterator[Record]:
    source = Source(path, 0, one_line(line))
    for found in _AT.finditer(line):
        if found[1] is not None:
            yield Record(found[1], MESSAGE, Trust.HEADER, True, source)
        else:
            for tag in _tags(found[0].split()[-1].strip("(:'\"`")):
                yield Record(tag, MESSAGE, Trust.PROSE, False, source)


def _tags(version: str) -> tuple[str, ...]:
    """What a tag of a version may be called."""
    return (version, f"v{version}") if version[0].isdigit() else (version,)


def read_mentions(
    repository: Repository,
    bundles: Sequence[Bundle],
    changes: Mapping[str, FileChange | None],
    details: Mapping[str, Detail],
    table: CommitTable,
) -> dict[str, tuple[Record, ...]]:
    """What names and messages speak of, for each bundle by its path.

    Args:
        repository: where.
        bundles: the evidence.
        changes: what brought each of them in, by its path.
        details: of the commits that did.
        table: all commits.
    """
    notes = noted_by_others(repository)
    noted = note_records([_place(bundle) for bundle in bundles], notes) if notes else {}
    commits = {change.commit for change in changes.values() if change is not None}
    messages = read_messages(repository, sorted(commits))
    ran = _ran_at(messages, details, table)
    found = {}
    for bundle in bundles:
        change = changes[bundle.path]
        message = messages.get(change.commit, "") if change is not None else ""
        place = _place(bundle)
        by_notes = noted.get(place, ()) if place == bundle.path else ()
        by_message = message_records(message, bundle.path)
        if change is not None and change.commit in ran:
            by_message = (run_record(*ran[change.commit], bundle.path),)
        found[bundle.path] = (*name_records(place), *by_message, *by_notes)
    return found


def _ran_at(
    messages: Mapping[str, str], details: Mapping[str, Detail], table: CommitTable
) -> dict[str, tuple[RunMessage, str]]:
    """The commits whose messages tell of a command that wrote their files, with what it ran at."""
    found = {}
    for commit, message in messages.items():
        said, row = run_message(message), table.index(commit)
        if said is not None and row is not None and commit in details:
            parent = parent_run_at(details[commit], [table.commit(parent) for parent in table.parents(row)])
            if parent is not None:
                found[commit] = (said, parent)
    return found


def note_records(
    paths: Iterable[str], notes: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[Record, ...]]:
    """What notes say of bundles: each that names the path of one, or of a file in it, is at its commit.

    Args:
        paths: of the bundles, relative to the top.
        notes: of each ref of notes, the note of each commit.
    """
    wanted = set(paths)
    found: dict[str, tuple[Record, ...]] = {}
    for ref, by_commit in notes.items():
        for commit, note in by_commit.items():
            for number, line in enumerate(note.splitlines(), 1):
                for path in {named for word in _WORD.findall(line) for named in _named(word, wanted)}:
                    record = Record(commit, NOTE, Trust.HEADER, True, Source(ref, number, one_line(line)))
                    found[path] = (*found.get(path, ()), record)
    return found


def _named(word: str, wanted: Container[str]) -> Iterator[str]:
    """The path that a word of a note is, or lies in."""
    path = PurePosixPath(word.rstrip(".,:;/").removeprefix("./"))
    return (str(each) for each in (path, *path.parents) if str(each) in wanted)


def _place(bundle: Bundle) -> str:
    """The path of a bundle; of a run of a file, that of the file: the commit behind it added the run."""
    first = next((artifact.path for artifact in bundle.artifacts), "")
    return first if first and bundle.path.startswith((f"{first}#", f"{first}@")) else bundle.path

"""A saved `git diff`: that the working tree was dirty, and which contents its files had in the commit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bisect_parity.evidence.formats.documents import decode
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import GIT_BLOB, Findings, Record, Source, SourceDigest, Trust

MOST_LINES = 200_000
MOST_FILES = 200
SUFFIXES = (".patch", ".diff", ".txt")
_FILE = re.compile(r"diff --git (?:a/)?(?P<path>\S{1,400}) (?:b/)?\S{1,400}\s*")
_INDEX = re.compile(r"index (?P<before>[0-9a-f]{7,64})\.\.[0-9a-f]{7,64}(?: \d+)?\s*")


def _read(path: str, data: bytes) -> Findings:
    """Reads what `git diff` wrote; a patch that was made of a commit is of another kind."""
    return find_patch(path, decode(data))


def find_patch(path: str, text: str) -> Findings:
    """The digest of each file's content before the changes, as git counts it."""
    lines = text.split("\n")[:MOST_LINES]
    source = Source(path, 1, one_line(lines[0]))
    record = Record("uncommitted changes", path.rpartition("/")[2], Trust.MACHINE, False, source, dirty=True)
    return Findings(records=(record,), digests=tuple(_before(path, lines))[:MOST_FILES])


def _before(path: str, lines: list[str]) -> Iterator[SourceDigest]:
    file = ""
    for number, line in enumerate(lines, 1):
        if (found := _FILE.fullmatch(line)) is not None:
            file = found["path"]
        elif file and (found := _INDEX.fullmatch(line)) is not None:
            if set(found["before"]) != {"0"}:  # a new file
                yield SourceDigest(file, GIT_BLOB, found["before"], Source(path, number, one_line(line)))
            file = ""


READER = FormatReader("patch", SUFFIXES, lambda _, head: head.startswith(b"diff --git "), _read)

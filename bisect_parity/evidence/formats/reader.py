"""What a reader of one file format is made of: whose files it claims, and what reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from attrs import define, field

from bisect_parity.evidence.formats.documents import load_json
from bisect_parity.evidence.formats.place import Place, read_document
from bisect_parity.evidence.model import Findings

HEAD_BYTES = 4096  # of a file, by which it is claimed
Claims = Callable[[PurePosixPath, bytes], bool]
Read = Callable[[str, bytes], Findings]


@define
class FormatReader:
    """Reads one file format.

    Attributes:
        name: of the format, lower case, such as "pytest-benchmark".
        suffixes: how the names of its files may end, in lower case: others are not offered to it.
        claims: whether it is the one for a file, judged by its path and its first bytes.
        read: reads a whole file, given its path relative to the top of the repository, for the sources, and
            its content; never raises: what cannot be read becomes a `Problem`.
        names: matches the whole names of its files, where suffixes say too little.
    """

    name: str
    suffixes: tuple[str, ...]
    claims: Claims = field(repr=False)
    read: Read = field(repr=False)
    names: re.Pattern[str] | None = field(default=None, repr=False)


def marked(*marks: bytes) -> Claims:
    """Claims the files whose first bytes hold all of some marks; without any, all that are offered."""
    return lambda _, head: all(map(head.__contains__, marks))


def document_reader(find: Callable[[Place, Any], Findings], load: Callable[[bytes], Any] = load_json) -> Read:
    """Reads files that are one document each."""
    return lambda path, data: read_document(path, data, load, find)

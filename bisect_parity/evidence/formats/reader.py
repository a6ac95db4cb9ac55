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

Claims = Callable[[PurePosixPath, bytes], bool]
Read = Callable[[str, bytes], Findings]


@define
class FormatReader:
    """A `Reader`, by its parts; where suffixes say too little, `names` matches the whole name of a file."""

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

"""SQLite databases in memory, from bytes: nothing is locked, and what lies beside the file is not looked at.

It is as untrusted as other evidence: one with views is refused, and a query that takes too long is ended.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.place import Place
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem

if TYPE_CHECKING:
    from bisect_parity.evidence.formats.reader import Read

# What reading a damaged database raises; sqlite's own message may hold what is no UTF-8.
_FAULTS = (sqlite3.Error, OverflowError, UnicodeDecodeError)
MAGIC = b"SQLite format 3\x00"
LONGEST_SECONDS = 20.0
STEPS_BETWEEN_LOOKS = 100_000
LONGEST_VALUE = 2**20


def database_reader(tool: str, find: Callable[[Place, sqlite3.Connection], Findings]) -> Read:
    """Reads files that are one database each, of a tool that never creates views."""

    def read(path: str, data: bytes) -> Findings:
        try:
            with _opened(data, tool) as database:
                return find(Place(path), database)
        except _FAULTS as error:
            return Findings(problems=(Problem(path, one_line(f"not a database of {tool}: {error}")),))

    return read


@contextlib.contextmanager
def _opened(data: bytes, tool: str) -> Iterator[sqlite3.Connection]:
    """Open a database for reading; what is none, or has views, is a `sqlite3.Error`."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(data[:18] + b"\x01\x01" + data[20:])  # without a write-ahead log: it is not here
        end = time.monotonic() + LONGEST_SECONDS
        database.set_progress_handler(lambda: time.monotonic() > end, STEPS_BETWEEN_LOOKS)
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA query_only = ON")
        database.text_factory = lambda raw: raw.decode(errors="replace")
        views = database.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'view'").fetchone()[0]
        if views:
            raise sqlite3.DatabaseError(f"it has views, which {tool} never creates")
        yield database

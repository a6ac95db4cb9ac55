"""Readers of file formats, behind one interface.

A package adds a format with an entry point in the group `bisect_parity.formats` that names a `Reader`
instance; its readers are asked before ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from bisect_parity.evidence.model import Findings

__all__ = ["Reader"]


class Reader(Protocol):
    """Reads one file format.

    Attributes:
        name: of the format, lower case, such as "pytest-benchmark".
    """

    name: str

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of its files may end, in lower case: others are not offered to it.

        A reader of another package is offered all, and may do without.
        """
        ...

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        """Whether this reader is the one for a file, judged by its path and its first 4096 bytes."""
        ...

    def read(self, path: str, data: bytes) -> Findings:
        """Read a whole file; never raises: what cannot be read becomes a `Problem`.

        Args:
            path: relative to the top of the repository, for the sources of what is found.
            data: the content, which may come from disk or from a git blob.
        """
        ...

"""Files that were packed with gzip, read as what they hold: torch packs traces whose names end in `.gz`."""

from __future__ import annotations

import zlib
from pathlib import PurePosixPath

from attrs import define, evolve, field

from bisect_parity.evidence.formats import Reader
from bisect_parity.evidence.model import Findings, Problem

MAGIC, SUFFIX = b"\x1f\x8b", ".gz"
MOST_BYTES = 256 * 2**20


@define
class Gzipped:
    """A reader of files that were packed.

    Attributes:
        reader: of what they hold.
        name: of the format that they hold.
    """

    reader: Reader
    name: str = field(init=False)

    @name.default
    def _of_content(self) -> str:
        return self.reader.name

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of its files may end."""
        return tuple(f"{suffix}{SUFFIX}" for suffix in self.reader.suffixes)

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        """Whether the reader claims what such a file holds."""
        return self.reader.claims(path.with_suffix(""), unpacked(head, len(head))[0])

    def read(self, path: str, data: bytes) -> Findings:
        """Read what was packed, up to a size; what is damaged becomes a `Problem`."""
        content, is_whole = unpacked(data, MOST_BYTES)
        found = self.reader.read(path, content) if content else Findings()
        if is_whole:
            return found
        problem = Problem(path, f"damaged, or more than {MOST_BYTES} bytes when unpacked")
        return evolve(found, problems=(*found.problems, problem))


def unpacked(data: bytes, most: int) -> tuple[bytes, bool]:
    """The first bytes of what was packed, and whether they are all of it; none where it is damaged."""
    packed = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        return packed.decompress(data, most), packed.eof
    except zlib.error:
        return b"", False

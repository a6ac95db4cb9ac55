"""What is packed with gzip, read as what it holds: torch packs traces whose names end in `.gz`."""

from __future__ import annotations

import zlib

from attrs import evolve

from bisect_parity.evidence.formats.reader import FormatReader, marked
from bisect_parity.evidence.model import Findings, Problem

MAGIC, SUFFIX = b"\x1f\x8b", ".gz"
MOST_BYTES = 256 * 2**20


def gzipped(inner: FormatReader) -> FormatReader:
    """The reader of packed files of a format, up to a size; what is damaged becomes a `Problem`."""

    def read(path: str, data: bytes) -> Findings:
        content, is_whole = unpacked(data, MOST_BYTES)
        found = inner.read(path, content) if content else Findings()
        if is_whole:
            return found
        problem = Problem(path, f"damaged, or more than {MOST_BYTES} bytes when unpacked")
        return evolve(found, problems=(*found.problems, problem))

    return FormatReader(inner.name, (SUFFIX,), marked(), read)


def unpacked(data: bytes, most: int) -> tuple[bytes, bool]:
    """The first bytes of what was packed, and whether they are all of it; none where it is damaged."""
    packed = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        return packed.decompress(data, most), packed.eof
    except zlib.error:
        return b"", False

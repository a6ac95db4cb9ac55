"""What git writes with -z, field by field while it is still writing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

BLOCK_BYTES = 1 << 16  # as much as a pipe holds: git goes on while a block is read


def nul_fields(output: IO[bytes]) -> Iterator[bytes]:
    """The fields that NULs end; the last one may do without."""
    rest = b""
    while block := output.read(BLOCK_BYTES):
        *fields, rest = (rest + block).split(b"\0")
        yield from fields
    if rest:
        yield rest

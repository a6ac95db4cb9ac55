"""What git writes with -z, field by field while it is still writing."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["nul_fields"]

BLOCK_BYTES = 1 << 16  # as much as a pipe holds: git goes on while a block is read


def nul_fields(output: IO[bytes]) -> Iterator[bytes]:
    """The fields that NULs end; the last one may do without."""
    rest = b""
    while block := output.read(BLOCK_BYTES):
        *fields, rest = (rest + block).split(b"\0")
        yield from fields
    if rest:
        yield rest

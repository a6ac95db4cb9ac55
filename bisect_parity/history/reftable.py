"""The reflogs of a repository that keeps its refs in reftables (`git init --ref-format=reftable`).

The format is that of gitformat-reftable: a stack of tables, each with blocks of log records at its end.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bisect_parity.errors import RepositoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE_LIMIT_BYTES = 256 * 2**20
MOST_OVERHEAD_BYTES = 64  # that deflating adds to a block, if twice its size is not enough
_MAGIC = b"REFT"
_HEADER_BYTES = {1: 24, 2: 28}  # by version
_FOOTER_BYTES = {1: 68, 2: 72}
_LOG_POSITION = 24  # of its field in the footer, after the copy of the header
_NEWEST = 2**64 - 1  # keys count down from here, so that the newest entry comes first


class LogRecord(NamedTuple):
    """One move of a ref, as a table keeps it.

    Attributes:
        ref: its full name.
        update: number of the transaction, which orders the moves of a ref.
        old, new: raw ids.
        time: POSIX seconds.
        zone: of who moved it, as the digits of +hhmm are read.
        message: what git wrote about it.
    """

    ref: bytes
    update: int
    old: bytes
    new: bytes
    time: int
    zone: int
    message: bytes


def read_stack(folder: Path, id_bytes: int) -> list[LogRecord]:
    """The log records of a stack of tables, in the order in which the refs moved.

    Args:
        folder: with its `tables.list`.
        id_bytes: of a raw object id, 20 or 32.

    Raises:
        RepositoryError: a table is damaged, or cannot be read.
    """
    kept: dict[tuple[bytes, int], LogRecord | None] = {}
    for path, table in _tables(folder):
        try:
            kept |= _records(table, id_bytes)
        except (IndexError, KeyError, ValueError, struct.error, zlib.error) as error:
            raise RepositoryError(f"{path} is damaged", "`git fsck` shows what is damaged.") from error
    found = [record for record in kept.values() if record is not None]
    return sorted(found, key=lambda record: record.update)


def _tables(folder: Path) -> list[tuple[Path, bytes]]:
    """The tables of a stack, oldest first; those that git merges meanwhile are looked up again."""
    before = listed = None
    while True:
        try:
            before, listed = listed, (folder / "tables.list").read_bytes()
            paths = [folder / Path(os.fsdecode(name)).name for name in listed.split()]
            return [(path, path.read_bytes()) for path in paths if path.stat().st_size <= SIZE_LIMIT_BYTES]
        except OSError as error:
            if before == listed or not isinstance(error, FileNotFoundError):
                raise RepositoryError(f"cannot read {folder}: {error.strerror}") from error


def _records(table: bytes, id_bytes: int) -> Iterator[tuple[tuple[bytes, int], LogRecord | None]]:
    """Ref and update of each log record of a table; None for one that takes away what an older table has."""
    if not table.startswith(_MAGIC):
        raise ValueError
    header, footer = _HEADER_BYTES[table[4]], len(table) - _FOOTER_BYTES[table[4]]
    begins_with_log = table[header : header + 1] == b"g"
    (position,) = struct.unpack_from(">Q", table, footer + header + _LOG_POSITION)
    at = header if begins_with_log else position
    while 0 < at < footer and table[at : at + 1] == b"g":
        inflated = int.from_bytes(table[at + 1 : at + 4]) - 4
        if begins_with_log and at == header:
            inflated -= header  # the first block of a file counts from its very beginning
        if inflated <= 0:
            raise ValueError
        end = min(at + 4 + 2 * inflated + MOST_OVERHEAD_BYTES, footer)  # no later; the rest is not copied
        unpacked = zlib.decompressobj()
        block = unpacked.decompress(table[at + 4 : end], inflated)
        if len(block) != inflated:
            raise ValueError
        yield from _records_of_block(block, id_bytes)
        unpacked.decompress(unpacked.unconsumed_tail, 1)  # up to the check sum behind the data
        at = end - len(unpacked.unused_data)


def _records_of_block(block: bytes, id_bytes: int) -> Iterator[tuple[tuple[bytes, int], LogRecord | None]]:
    end = len(block) - 2 - 3 * int.from_bytes(block[-2:])
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        rest, at = _varint(block, at)
        key, at = key[:shared] + block[at : at + (rest >> 3)], at + (rest >> 3)
        ref, update = key[:-9], _NEWEST - int.from_bytes(key[-8:])
        if not rest & 7:
            yield (ref, update), None
            continue
        old, new, at = block[at : at + id_bytes], block[at + id_bytes : at + 2 * id_bytes], at + 2 * id_bytes
        _, at = _text(block, at)
        _, at = _text(block, at)
        time, at = _varint(block, at)
        (zone,) = struct.unpack_from(">h", block, at)
        message, at = _text(block, at + 2)
        yield (ref, update), LogRecord(ref, update, old, new, time, zone, message)


def _varint(block: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends: each further byte holds seven bits, and adds one."""
    value = block[at] & 0x7F
    while block[at] & 0x80:
        at += 1
        value = (value + 1 << 7) | (block[at] & 0x7F)
    return value, at + 1


def _text(block: bytes, at: int) -> tuple[bytes, int]:
    length, at = _varint(block, at)
    return block[at : at + length], at + length

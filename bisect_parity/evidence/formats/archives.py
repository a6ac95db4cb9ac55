"""What is packed: with gzip, read as what it holds; in archives, when their newest member was written.

That is at the end of the run. Torch packs traces whose names end in `.gz`.
"""

from __future__ import annotations

import contextlib
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

from attrs import evolve

from bisect_parity.evidence.formats.reader import FormatReader, Read, marked
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem, Source, TimeKind, TimeStatement
from bisect_parity.evidence.spelled_dates import EARLIEST, LATEST

MAGIC, SUFFIX = b"\x1f\x8b", ".gz"
MOST_BYTES = 256 * 2**20
MOST_TAR_BYTES = 32 * 2**20  # that are unpacked, to see the members of a compressed tar
MOST_MEMBERS = 10_000
NO_YEAR = 1980  # what writes no dates into a zip writes its first one
ZIP = b"PK\x03\x04"
TAR = slice(257, 262)
_DAMAGES = (
    *(zipfile.BadZipFile, NotImplementedError),  # a version or compression that zipfile does not know
    IndexError,  # a member without a name
    *(tarfile.TarError, ValueError, OverflowError, OSError, EOFError, struct.error),
)


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


# When something was written: POSIX seconds, or the wall clock of a zip as if it were UTC; and what.
_Written = tuple[float, TimeKind, str]


def _written(name: str, newest: Callable[[bytes], _Written | None]) -> Read:
    """Reads when the content of one kind of archive was written, by what of it was written last."""

    def read(path: str, data: bytes) -> Findings:
        try:
            found = newest(data)
        except _DAMAGES as error:
            return Findings(problems=(Problem(path, f"no {name} that can be read: {error}"),))
        if found is None or not EARLIEST <= found[0] < LATEST:
            return Findings()
        seconds, kind, what = found
        source = Source(path, 0, one_line(f"written: {what}"))
        return Findings(times=(TimeStatement(seconds, kind, 2.0, "header", source, "end"),))

    return read


def _newest_of_zip(data: bytes) -> _Written | None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()[:MOST_MEMBERS]
    dated = [each for each in members if not each.is_dir() and each.date_time[0] > NO_YEAR]
    newest = max(dated, key=lambda each: each.date_time, default=None)
    if newest is None:
        return None
    return datetime(*newest.date_time, tzinfo=UTC).timestamp(), TimeKind.LOCAL, newest.filename


def _newest_of_tar(data: bytes) -> _Written | None:
    members: list[tarfile.TarInfo] = []
    content = unpacked(data, MOST_TAR_BYTES)[0] if data.startswith(MAGIC) else data
    with (
        tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive,
        contextlib.suppress(tarfile.ReadError),  # it goes on behind what was unpacked
    ):
        members += islice(iter(archive.next, None), MOST_MEMBERS)
    dated = (each for each in members if each.isfile() and each.mtime < LATEST)  # NaN is not
    newest = max(dated, key=lambda each: each.mtime, default=None)
    return None if newest is None else (float(newest.mtime), TimeKind.UTC, newest.name)


def _of_gzip(data: bytes) -> _Written | None:
    """The time of the file that was packed, as RFC 1952 has it; 0 where there is none."""
    return float(int.from_bytes(data[4:8], "little")), TimeKind.UTC, "what was packed"


READERS = (
    FormatReader("zip", (".zip",), lambda _, head: head.startswith(ZIP), _written("zip", _newest_of_zip)),
    FormatReader("tar", (".tar",), lambda _, head: head[TAR] == b"ustar", _written("tar", _newest_of_tar)),
    FormatReader(
        "tar", (".tar.gz", ".tgz"), lambda _, head: head.startswith(MAGIC), _written("tar", _newest_of_tar)
    ),
    FormatReader("gzip", (".gz",), lambda _, head: head.startswith(MAGIC), _written("gzip", _of_gzip)),
)

"""Attributes of HDF5 and netCDF files: history, dates, ids and settings; of the data, single values only.

HDF5, which netCDF 4 is, is read by h5py where that is installed.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

from attrs import define, evolve

from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.formats.by_keys import collect
from bisect_parity.evidence.formats.documents import DocumentError, decode
from bisect_parity.evidence.formats.reader import FormatReader, document_reader
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Source, Trust
from bisect_parity.evidence.stamps import text_time
from bisect_parity.forked_map import forked_within

if TYPE_CHECKING:
    from bisect_parity.evidence.formats.place import Place

SUFFIXES = (".h5", ".hdf5", ".he5", ".hdf", ".nxs", ".nc", ".nc4", ".cdf")
HDF5 = b"\x89HDF\r\n\x1a\n"
MOST_HDF5_BYTES = 16 << 20
MOST_OBJECTS = 2000
MOST_ATTRIBUTES = 200  # of one object
LONGEST_SECONDS = 5.0
LONGEST_TEXT = 1 << 16
MOST_LINES = 200  # of a history
_END_OF_FILE = {0: 40, 1: 44, 2: 28, 3: 28}  # version of the superblock -> where the size of the file stands
_OF_THE_LIBRARY = frozenset({"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS"})
MAGIC = (b"CDF\1", b"CDF\2", b"CDF\5")
MOST_ITEMS = 10_000
MOST_VALUES = 64  # of an attribute that is kept
_DIMENSIONS, _ATTRIBUTES, _CHAR = 10, 12, 2
_TYPES = {1: "b", 2: "c", 3: "h", 4: "i", 5: "f", 6: "d", 7: "B", 8: "H", 9: "I", 10: "q", 11: "Q"}


def _is_small_hdf5(head: bytes) -> bool:
    """Whether a file is of HDF5 and small: of larger ones, not even their bytes are wanted."""
    if not head.startswith(HDF5):
        return False
    at = _END_OF_FILE.get(head[len(HDF5)] if len(head) > len(HDF5) else -1)
    return at is not None and int.from_bytes(head[at : at + 8], "little") <= MOST_HDF5_BYTES


def _load_hdf5(data: bytes) -> dict[str, Any]:
    """Attributes of the root and of all groups, and single values.

    A damaged file can keep the library busy for ever: a copy of this process reads it.

    Raises:
        DocumentError: h5py is not installed, or the file is damaged.
    """
    try:
        import h5py  # noqa: PLC0415 - optional, and slow
    except ImportError as error:
        raise DocumentError("HDF5 needs h5py: pip install 'bisect-parity[hdf5]'") from error
    found = forked_within(lambda: _read_hdf5(data, h5py), LONGEST_SECONDS)
    if isinstance(found, dict):
        return found
    raise DocumentError(f"not a valid HDF5 file: {found or 'the library hangs on it'}")


def _read_hdf5(data: bytes, h5py: Any) -> dict[str, Any] | str:
    """What `_load_hdf5` returns, or what the library says of a damaged file."""
    found: dict[str, Any] = {}
    seen = 0

    def visit(name: str, item: Any) -> bool | None:
        nonlocal seen
        seen += 1
        if isinstance(item, h5py.Group):
            found.update(
                {f"{name}.{key}".replace("/", "."): value for key, value in _attributes(item).items()}
            )
        elif item.shape == () and not item.is_virtual and not item.external and item.dtype.kind in "biufSO":
            found[name.replace("/", ".")] = _plain(item[()])
        return True if seen > MOST_OBJECTS else None

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            file.visititems(visit)  # which follows no links
            return {**_attributes(file), **found}
    except Exception as error:  # noqa: BLE001 - the library raises whatever its C code reports
        return f"{error!s:.200}"


def _attributes(item: Any) -> dict[str, Any]:
    """The attributes of a file or group that somebody wrote."""
    names = [name for name in item.attrs if name not in _OF_THE_LIBRARY and not name.startswith("_")]
    return {name: _plain(item.attrs[name]) for name in names[:MOST_ATTRIBUTES] if _is_short(item, name)}


def _is_short(item: Any, name: str) -> bool:
    """Whether an attribute is small enough to be read: its declared size may be anything."""
    try:
        return bool(item.attrs.get_id(name).get_storage_size() <= LONGEST_TEXT)
    except RuntimeError:  # it is empty, which is how the library reports errors
        return False


def _plain(value: Any) -> Any:
    """A value as JSON has it; None for what has no such form."""
    if hasattr(value, "tolist"):
        value = value.tolist() if getattr(value, "size", 1) <= MOST_VALUES else None
    if isinstance(value, list):
        values = [_plain(each) for each in value]
        return values[0] if len(values) == 1 else values
    if isinstance(value, bytes):
        return decode(value[:LONGEST_TEXT]).rstrip("\0 ")
    return value if isinstance(value, str | int | float | bool) else None


def _find(place: Place, document: dict[str, Any]) -> Findings:
    stated = {key: value for key, value in document.items() if value is not None}
    history = stated.pop("history", None)
    found = collect(place.path, stated, Trust.MACHINE)
    if not isinstance(history, str):
        return found
    lines = [line for line in history.split("\n")[:MOST_LINES] if line.strip()]
    sources = (Source(place.path, 0, one_line(f"history = {line}")) for line in lines)
    times = (text_time(line[:100], "field", source) for line, source in zip(lines, sources, strict=True))
    said = (line.partition(": ")[2] or line for line in lines)  # Thu Oct  9 16:17:14 2025: ncks a.nc b.nc
    commands = (command for text in said for command in parse_commands(text, place.path))
    # the oldest line is of the run itself
    oldest = min((time for time in times if time), key=lambda time: time.seconds, default=None)
    return evolve(
        found, times=(*((oldest,) if oldest else ()), *found.times), commands=(*found.commands, *commands)
    )


@define
class _Header:
    """Goes through the header; counts are wider in the 64-bit data format."""

    data: bytes
    at: int = 4

    def number(self) -> int:
        """A type or a tag, which has four bytes in all formats."""
        return int.from_bytes(self.take(4), "big")

    def count(self) -> int:
        """A count."""
        return int.from_bytes(self.take(8 if self.data[3] == MAGIC[2][3] else 4), "big")

    def take(self, size: int) -> bytes:
        """So many bytes; what follows begins at a multiple of four."""
        found = self.data[self.at : self.at + size]
        if len(found) < size:
            raise DocumentError("the header of a netCDF file is cut off")
        self.at += -(-size // 4) * 4
        return found

    def items(self, tag: int) -> int:
        """How many items a list has, which may be left out."""
        found, count = self.number(), self.count()
        if (found != tag and (found or count)) or count > MOST_ITEMS:
            raise DocumentError("the header of a netCDF file is damaged")
        return count


def _global_attributes(data: bytes) -> dict[str, Any]:
    """Names and values of the global attributes: text, numbers, or lists of numbers.

    Raises:
        DocumentError: the header is damaged, or cut off.
    """
    header = _Header(data)
    header.count()  # of records, which may be all ones
    for _ in range(header.items(_DIMENSIONS)):
        header.take(header.count())
        header.count()
    found: dict[str, Any] = {}
    for _ in range(header.items(_ATTRIBUTES)):
        name = decode(header.take(header.count()))
        kind, count = header.number(), header.count()
        if kind not in _TYPES:
            raise DocumentError("an attribute of a netCDF file is of no known type")
        stored = header.take(count * struct.calcsize(f">{_TYPES[kind]}"))
        if kind == _CHAR:
            found[name] = decode(stored).rstrip("\0")
        elif 0 < count <= MOST_VALUES:
            values = list(struct.unpack(f">{count}{_TYPES[kind]}", stored))
            found[name] = values[0] if count == 1 else values
    return found


READERS = (
    FormatReader("hdf5", SUFFIXES, lambda _, head: _is_small_hdf5(head), document_reader(_find, _load_hdf5)),
    FormatReader(
        "netcdf",
        SUFFIXES,
        lambda _, head: head.startswith(MAGIC),
        document_reader(_find, _global_attributes),
    ),
)

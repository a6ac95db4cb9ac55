"""The programs and shared libraries of a run, by digest and build id (read from ELF); each is hashed once."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisect_parity.digest import file_digest
from bisect_parity.errors import OutputError
from bisect_parity.files import cache_directory, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bisect_parity.journal import Journal

MOST_REMEMBERED = 5000
SCRIPT_HEAD_BYTES = 256
MOST_SCRIPTS = 4
LOADER_SECONDS = 5.0
_LOADED = re.compile(r"=> (/\S.*) \(0x[0-9a-f]+\)$")
HEADER_BYTES = 64
LARGEST_SEGMENT = 1 << 16
LOADER, NOTE = 3, 4  # kinds of segments
BUILD_ID_NOTE = 3
# By width (32 and 64 bits), the format of an address; where the place of the segment table stands, and its
# entry size and count; where in an entry a segment's place in the file and its length stand.
LAYOUTS = {1: ("I", 28, 42, (4, 16)), 2: ("Q", 32, 54, (8, 32))}


class DigestMemory:
    """Digests of files that did not change since: same path, size, time of change and inode.

    Args:
        path: where they are kept; what cannot be read or written there is only slower.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[str | None]] | None = None
        self._new: dict[str, list[str | None]] = {}

    @classmethod
    def of_user(cls) -> DigestMemory:
        """The one in the user's cache folder."""
        return cls(cache_directory() / "digests.json")

    def facts(self, path: str) -> dict[str, Any]:
        """Size, digest and build id of a file; `says` has the reason where there is no digest."""
        try:
            found = Path(path).stat()
        except OSError as error:
            return {"path": path, "size": None, "sha256": None, "build_id": None, "says": error.strerror}
        key = f"{path}|{found.st_size}|{found.st_mtime_ns}|{found.st_ino}"
        known = self._read().get(key) or self._new.get(key)
        says = ""
        if known is None:
            try:
                known = [file_digest(os.path.realpath(path)).sha256, build_id(path)]
                self._new[key] = known
            except OSError as error:
                known, says = [None, None], error.strerror or "cannot be read"
        document = {"path": path, "size": found.st_size, "sha256": known[0], "build_id": known[1]}
        return document | ({"says": says} if says else {})

    def save(self) -> None:
        """Remember what is new."""
        if self._new:
            kept = [*self._read().items(), *self._new.items()][-MOST_REMEMBERED:]
            with contextlib.suppress(OutputError):
                replace_file(self._path, json.dumps(dict(kept)))

    def _read(self) -> dict[str, list[str | None]]:
        if self._known is None:
            try:
                known = json.loads(self._path.read_bytes())
                self._known = {k: v for k, v in known.items() if isinstance(v, list) and len(v) == 2}
            except (OSError, ValueError, AttributeError, RecursionError):
                self._known = {}
        return self._known


def programs_of(argv: Sequence[str], path: str | None) -> list[str]:
    """The program of a command line, and the interpreters that its first lines ask for."""
    found = []
    word = argv[0]
    for _ in range(MOST_SCRIPTS):
        place = shutil.which(word, path=path)
        if place is None:
            break
        found.append(str(Path(place).absolute()))
        try:
            with Path(place).open("rb") as file:
                head = file.read(SCRIPT_HEAD_BYTES)
        except OSError:
            break
        if not head.startswith(b"#!"):
            break
        words = os.fsdecode(head[2:].partition(b"\n")[0]).split()
        if not words:
            break
        uses_env = words[0].rpartition("/")[2] == "env" and len(words) > 1
        word = (
            next((w for w in words[1:] if not w.startswith("-") and "=" not in w), words[0])
            if uses_env
            else words[0]
        )
    return found


def needed_libraries(journal: Journal, program: str) -> set[str]:
    """The shared libraries that the loader would load for a program, which is not run."""
    loader = loader_of(program)
    if loader is None or not Path(loader).is_file():
        return set()
    listed = os.fsdecode(journal.run([loader, "--list", program], timeout=LOADER_SECONDS).stdout)
    return {loader} | {found[1] for line in listed.splitlines() if (found := _LOADED.search(line))}


def binary_facts(
    memory: DigestMemory, programs: Sequence[str], mapped: Iterable[str]
) -> list[dict[str, Any]]:
    """The programs of a command line, then all else that was mapped, each with digest and build id."""
    real = {os.path.realpath(path) for path in programs}
    facts = [memory.facts(path) | {"how": "program"} for path in programs]
    facts += [memory.facts(path) | {"how": "mapped"} for path in sorted(set(mapped) - real)]
    memory.save()
    return facts


def build_id(path: str) -> str | None:
    """The build id of an ELF file, in hex digits; None where there is none, or it is no such file."""
    for order, note in _segments(path, NOTE):
        place = 0
        while place + 12 <= len(note):
            name_size, size, kind = struct.unpack_from(order + "III", note, place)
            begin = place + 12 + (name_size + 3) // 4 * 4
            if kind == BUILD_ID_NOTE and note[place + 12 : place + 16] == b"GNU\0":
                return note[begin : begin + size].hex()
            place = begin + (size + 3) // 4 * 4
    return None


def loader_of(path: str) -> str | None:
    """The program that loads an ELF program's shared libraries; None where it needs none."""
    return next((os.fsdecode(content.rstrip(b"\0")) for _, content in _segments(path, LOADER)), None)


def _segments(path: str, kind: int) -> Iterator[tuple[str, bytes]]:
    """The byte order and the content of each segment of one kind; nothing of what cannot be read."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEADER_BYTES)
            if not head.startswith(b"\x7fELF") or len(head) < HEADER_BYTES or head[4] not in LAYOUTS:
                return
            order = "<" if head[5] == 1 else ">"
            word, table_at, sizes_at, (place_at, length_at) = LAYOUTS[head[4]]
            (table,) = struct.unpack_from(order + word, head, table_at)
            size, count = struct.unpack_from(order + "HH", head, sizes_at)
            file.seek(table)
            entries = file.read(size * count)
            for begin in range(0, len(entries) - size + 1, max(size, 1)):
                if struct.unpack_from(order + "I", entries, begin)[0] != kind:
                    continue
                (place,) = struct.unpack_from(order + word, entries, begin + place_at)
                (length,) = struct.unpack_from(order + word, entries, begin + length_at)
                file.seek(place)
                yield order, file.read(min(length, LARGEST_SEGMENT))
    except (OSError, ValueError, OverflowError, struct.error):
        return

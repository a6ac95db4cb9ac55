"""TensorBoard's event files: when the run began and ended to write; nothing names a commit.

`EventFileWriter` of TensorFlow, PyTorch and tensorboardX names them `events.out.tfevents.<seconds>.<host>`,
with a process id and a counter behind; the seconds are POSIX. The folder's stamp (`Nov26_15-50-33_host`) has
no year. Inside are TFRecords, each an `Event`, whose first field, `wall_time`, is in POSIX seconds. What is
logged is not read.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from bisect_parity.evidence.model import Findings, Source, TimeKind, TimeStatement

if TYPE_CHECKING:
    from pathlib import PurePosixPath

__all__ = ["READER"]

_NAME = re.compile(r"events\.out\.tfevents\..+")
_BEGUN = re.compile(r"events\.out\.tfevents\.(\d{10})\..+")
_HEADER = struct.Struct("<QI")  # length of the record, and its checksum
_CHECKSUM_BYTES = 4
_WALL_TIME = struct.Struct("<Bd")
_FIELD_1_DOUBLE = 0x09  # tag of protobuf: number 1, eight bytes
_POSIX = (1e9, 1e10)  # seconds from 2001 to 2286


class _TensorboardReader:
    """Reads the name of an event file, and the times of its first and last events."""

    name = "tensorboard"
    suffixes = ("",)  # the kind of file stands in front

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        if _NAME.fullmatch(path.name) is None:
            return False
        return _BEGUN.fullmatch(path.name) is not None or bool(_wall_times(head)[0])

    def read(self, path: str, data: bytes) -> Findings:
        name = path.rpartition("/")[2]
        begun = _BEGUN.fullmatch(name)
        logged, is_whole = _wall_times(data)
        times = []
        if begun is not None:
            times.append(_stated(float(begun[1]), "start", Source(path, 0, name[:200])))
        elif logged:
            times.append(_stated(logged[0], "start", Source(path, 0, f"wall_time = {logged[0]:.3f}")))
        if is_whole and len(logged) > 1:
            times.append(_stated(logged[-1], "end", Source(path, 0, f"wall_time = {logged[-1]:.3f}")))
        return Findings(times=tuple(times))


def _stated(seconds: float, marks: str, source: Source) -> TimeStatement:
    return TimeStatement(seconds, TimeKind.UTC, 1.0, "field", source, marks)


def _wall_times(data: bytes) -> tuple[list[float], bool]:
    """The times of the events, as long as the records are whole, and whether all of them are."""
    found: list[float] = []
    place = 0
    while place + _HEADER.size + _WALL_TIME.size <= len(data):
        length, _ = _HEADER.unpack_from(data, place)
        tag, seconds = _WALL_TIME.unpack_from(data, place + _HEADER.size)
        if length < _WALL_TIME.size or tag != _FIELD_1_DOUBLE:
            break
        if _POSIX[0] <= seconds < _POSIX[1]:
            found.append(seconds)
        place += _HEADER.size + length + _CHECKSUM_BYTES
    return found, place == len(data)


READER = _TensorboardReader()

"""TensorBoard's event files: when the run began and ended, and what it logged; nothing names a commit.

`EventFileWriter` of TensorFlow, PyTorch and tensorboardX names them `events.out.tfevents.<seconds>.<host>`,
with a process id and a counter behind; the seconds are POSIX. The folder's stamp (`Nov26_15-50-33_host`) has
no year. Inside are TFRecords, each an `Event`, whose first field, `wall_time`, is in POSIX seconds. Of each
scalar the last value counts; the parameters are those of the hparams plugin. Images, texts, histograms and
graphs are not read.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from bisect_parity.evidence.formats.place import Place
from bisect_parity.evidence.formats.protobuf import first, inside, real, text
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.model import Findings, Source, TimeKind, TimeStatement

_NAME = re.compile(r"events\.out\.tfevents\..+")
_BEGUN = re.compile(r"events\.out\.tfevents\.(\d{10})\..+")
_HEADER = struct.Struct("<QI")  # length of the record, and its checksum
_CHECKSUM_BYTES = 4
_WALL_TIME = struct.Struct("<Bd")
_FIELD_1_DOUBLE = 0x09  # tag of protobuf: number 1, eight bytes
_POSIX = (1e9, 1e10)  # seconds from 2001 to 2286
MOST_EVENTS = 100_000  # the last ones count
FIRST_EVENTS = 100  # among which the parameters are
MOST_SCALARS = 2000
_SUMMARY, _ITEM = 5, 1  # of an event, of a summary
_TAG, _SIMPLE_VALUE, _TENSOR, _METADATA = 1, 2, 8, 9  # of an item
_KIND, _CONTENT, _FLOATS, _DOUBLES = 1, 4, 5, 6  # of a tensor
_FLOAT_KINDS = (1, 2)
_PARAMETERS = (1, 2, 3)  # plugin's data, its content, how a session began; within it, a map
_NUMBER, _TEXT, _BOOL = 2, 3, 4  # kinds of a value in the map
_HPARAMS = "_hparams_/session_start_info"


def _claims(path: PurePosixPath, head: bytes) -> bool:
    if _NAME.fullmatch(path.name) is None:
        return False
    return _BEGUN.fullmatch(path.name) is not None or bool(_Events(head).times)


def _read(path: str, data: bytes) -> Findings:
    """Reads the name of an event file, the times of its first and last events, scalars and parameters."""
    name = path.rpartition("/")[2]
    begun = _BEGUN.fullmatch(name)
    events = _Events(data)
    logged = events.times
    times = []
    if begun is not None:
        times.append(_stated(float(begun[1]), "start", Source(path, 0, name[:200])))
    elif logged:
        times.append(_stated(logged[0], "start", Source(path, 0, f"wall_time = {logged[0]:.3f}")))
    if events.are_whole and len(logged) > 1:
        times.append(_stated(logged[-1], "end", Source(path, 0, f"wall_time = {logged[-1]:.3f}")))
    place = Place(path)
    scalars, parameters = events.logged()
    return Findings(
        times=tuple(times),
        metrics=tuple(metric for tag, value in scalars.items() for metric in place.metric(tag, value)),
        parameters=place.parameters(parameters),
    )


def _stated(seconds: float, marks: str, source: Source) -> TimeStatement:
    return TimeStatement(seconds, TimeKind.UTC, 1.0, "field", source, marks)


class _Events:
    """The events of a file, as long as its records are whole.

    Attributes:
        times: when they were written, POSIX seconds.
        are_whole: whether all of the file was read.
    """

    def __init__(self, data: bytes) -> None:
        self.times: list[float] = []
        self._data = data
        self._places: list[tuple[int, int]] = []  # of each event: where, and how long
        place = 0
        while place + _HEADER.size + _WALL_TIME.size <= len(data):
            length, _ = _HEADER.unpack_from(data, place)
            tag, seconds = _WALL_TIME.unpack_from(data, place + _HEADER.size)
            if length < _WALL_TIME.size or tag != _FIELD_1_DOUBLE:
                break
            if _POSIX[0] <= seconds < _POSIX[1]:
                self.times.append(seconds)
            self._places.append((place + _HEADER.size, length))
            place += _HEADER.size + length + _CHECKSUM_BYTES
        self.are_whole = place == len(data)

    def logged(self) -> tuple[dict[str, float], dict[str, Any]]:
        """The last value of each scalar, and the parameters."""
        scalars: dict[str, float] = {}
        parameters: dict[str, Any] = {}
        early = self._places[: max(len(self._places) - MOST_EVENTS, 0)][:FIRST_EVENTS]
        for start, length in (*early, *self._places[-MOST_EVENTS:]):
            for summary in inside(self._data[start : start + length], _SUMMARY):
                for item in inside(summary, _ITEM):
                    tag = text(item, _TAG)
                    value = _scalar(item)
                    if value is not None and (tag in scalars or len(scalars) < MOST_SCALARS):
                        scalars[tag] = value
                    elif tag == _HPARAMS and isinstance(begun := first(item, _METADATA, *_PARAMETERS), bytes):
                        parameters |= _session_parameters(begun)
        return scalars, parameters


def _scalar(item: bytes) -> float | None:
    """The number that was logged, as it is or as a tensor that holds nothing else."""
    simple = real(first(item, _SIMPLE_VALUE))
    if simple is not None:
        return simple
    if first(item, _TENSOR, _KIND) not in _FLOAT_KINDS:
        return None
    contents = (first(item, _TENSOR, field) for field in (_CONTENT, _FLOATS, _DOUBLES))
    return next((value for content in contents if (value := real(content)) is not None), None)


def _session_parameters(begun: bytes) -> Iterator[tuple[str, Any]]:
    """The parameters with which the hparams plugin says that a session began."""
    for entry in inside(begun, 1):
        number, truth = real(first(entry, 2, _NUMBER)), first(entry, 2, _BOOL)
        if number is not None:
            yield text(entry, 1), number
        elif isinstance(truth, int):
            yield text(entry, 1), bool(truth)
        else:
            yield text(entry, 1), text(entry, 2, _TEXT)


# the kind of file stands in front: any name may be one
READER = FormatReader("tensorboard", ("",), _claims, _read)

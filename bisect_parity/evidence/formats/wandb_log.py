"""Weights & Biases: `run-<id>.wandb`, the log of a run, and all that newer versions keep when offline.

It is in the format of LevelDB's logs: blocks of 32 KiB with chunks of records, each record a `Record` of
protocol buffers. The numbers of its fields are those of `wandb_internal.proto`. Checksums are not verified.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from attrs import evolve

from bisect_parity.evidence.formats.documents import json_value
from bisect_parity.evidence.formats.place import Place, string, table
from bisect_parity.evidence.formats.protobuf import fields, first, inside, text
from bisect_parity.evidence.formats.reader import FormatReader
from bisect_parity.evidence.formats.wandb import facts_of_run, figures_of_run
from bisect_parity.evidence.keys import one_line
from bisect_parity.evidence.model import Findings, Problem

_MAGIC = b":W&B\xe1\xbe"
_BLOCK = 32768
_CHUNK = struct.Struct("<IHB")  # checksum, length, and which part of a record it is
_FULL, _LAST = 1, 4
_HISTORY, _SUMMARY, _CONFIG, _RUN, _ENVIRONMENT = 2, 3, 5, 17, 26  # what a Record holds
_UPDATE = 1
_KEY, _NESTED_KEY, _VALUE = 1, 2, 16  # of an item, whose value is JSON
_RUN_CONFIG, _RUN_HOST, _RUN_START, _RUN_GIT = 4, 13, 17, 21
_TEXTS = {"os": 1, "python": 2, "program": 6, "codePath": 7, "host": 12, "gpu": 18, "cudaVersion": 25}
_STARTED, _ARGUMENT, _GIT, _CPU = 3, 5, 9, 22  # of the environment
_REMOTE, _COMMIT = 1, 2


def _read(path: str, data: bytes) -> Findings:
    """Reads the configuration, the last figures, and what was noted when the run began."""
    place = Place(path)
    logged = _Logged()
    is_whole = True
    for record in _records(data):
        if record is None:
            is_whole = False
        else:
            logged.take(record)
    summary = logged.values[_SUMMARY] or logged.values[_HISTORY]
    facts = facts_of_run(place, logged.metadata, "", ())
    figures = figures_of_run(place, summary)
    cut = Problem(path, "the log ends within a record: the run may go on, or was ended")
    return evolve(
        facts,
        metrics=figures.metrics,
        times=facts.times + figures.times,
        durations=figures.durations,
        parameters=place.parameters(
            {key: value for key, value in logged.values[_CONFIG].items() if key != "_wandb"}
        ),
        problems=() if is_whole else (cut,),
    )


class _Logged:
    """What the records say, the later ones replacing the earlier."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}
        self.values: dict[int, dict[str, Any]] = {_CONFIG: {}, _SUMMARY: {}, _HISTORY: {}}

    def take(self, record: bytes) -> None:
        for number, part in fields(record):
            if not isinstance(part, bytes):
                continue
            if number in self.values:
                _update(self.values[number], part)
            elif number == _RUN:
                self._take_run(part)
            elif number == _ENVIRONMENT:
                self._take_environment(part)

    def _take_run(self, part: bytes) -> None:
        for config in inside(part, _RUN_CONFIG):
            _update(self.values[_CONFIG], config)
        started, git = first(part, _RUN_START), first(part, _RUN_GIT)
        self._note("startedAt", _iso(started) if isinstance(started, bytes) else "")
        self._note("host", text(part, _RUN_HOST))
        self._note("git", _git(git) if isinstance(git, bytes) else None)

    def _take_environment(self, part: bytes) -> None:
        for name, number in _TEXTS.items():
            self._note(name, text(part, number))
        started, git = first(part, _STARTED), first(part, _GIT)
        if isinstance(started, bytes):
            self.metadata["startedAt"] = _iso(started)  # a moment before that of the run's record
        self._note("git", _git(git) if isinstance(git, bytes) else None)
        arguments = [each.decode("utf-8", errors="replace") for each in inside(part, _ARGUMENT)]
        self._note("args", arguments)
        self._note("cpu", {"model": text(part, _CPU, 1)})

    def _note(self, name: str, value: Any) -> None:
        if value:
            self.metadata.setdefault(name, value)


def _records(data: bytes) -> Iterator[bytes | None]:
    """The records of a log; None in place of one that is cut."""
    place = len(_MAGIC) + 1  # a byte for the version
    parts: list[bytes] = []
    while place + _CHUNK.size <= len(data):
        left = _BLOCK - place % _BLOCK
        if left < _CHUNK.size:  # what is left of a block is padding
            place += left
            continue
        _, size, kind = _CHUNK.unpack_from(data, place)
        place += _CHUNK.size
        if kind == 0 or place + size > len(data):
            yield None
            return
        parts.append(data[place : place + size])
        place += size
        if kind in (_FULL, _LAST):
            yield b"".join(parts)
            parts = []
    if parts:
        yield None


def _update(values: dict[str, Any], part: bytes) -> None:
    """Put the items of an update into an object, each under its key or below a path of keys."""
    for item in inside(part, _UPDATE):
        keys = [each.decode("utf-8", errors="replace") for each in inside(item, _NESTED_KEY)]
        keys = keys or [text(item, _KEY)]
        value = json_value(text(item, _VALUE), ...)
        if value is ...:
            continue
        *above, last = keys
        place = values
        for key in above:
            place[key] = place = table(place.get(key))
        place[last] = value


def _git(part: bytes) -> dict[str, str]:
    return {"remote": string(text(part, _REMOTE)), "commit": one_line(text(part, _COMMIT))}


def _iso(stamp: bytes) -> str:
    """A time of protocol buffers, in whole seconds and billionths of one."""
    seconds, rest = (value if isinstance(value := first(stamp, n), int) else 0 for n in (1, 2))
    try:
        return datetime.fromtimestamp(seconds + rest / 1e9, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return ""


READER = FormatReader(
    "wandb-log", (".wandb",), lambda path, head: path.suffix == ".wandb" and head.startswith(_MAGIC), _read
)

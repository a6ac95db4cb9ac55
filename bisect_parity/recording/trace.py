"""Which files a run opened, from a log of strace."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, NamedTuple

# "?": calls that some machines lack; -z: those that succeeded; -y: the path behind a descriptor
OPTIONS = ("-f", "-qq", "-z", "-y", "-e", "trace=?open,openat,?openat2,?creat", "-e", "signal=none")
WRITING = re.compile(rb"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
_NAME = re.compile(rb'"(?:[^"\\]|\\.)*"')
_LINE = re.compile(rb"^(\d+)\s+(.*)$")
_ANSWER = re.compile(rb"\)\s*=\s*\d+<(.*)>(?:\(deleted\))?\s*$")


class OpenedFile(NamedTuple):
    """A file that was opened, by its absolute path."""

    path: str
    is_written: bool


def traced(strace: str, log: Path, argv: Sequence[str]) -> list[str]:
    """The command line that runs `argv` below strace."""
    return [strace, *OPTIONS, "-o", str(log), "--", *argv]


def read_log(lines: Iterable[bytes] | IO[bytes]) -> list[OpenedFile]:
    """The files in a log, sorted by path; what is no file (pipes, sockets) is left out."""
    writing: dict[bytes, bool] = {}
    begun: dict[bytes, bytes] = {}
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        pid, call = found[1], found[2]
        if call.rstrip().endswith(b"<unfinished ...>"):
            begun[pid] = call
            continue
        answer = _ANSWER.search(call)
        if answer is not None and answer[1].startswith(b"/"):
            asked = begun.pop(pid, b"") + call[: answer.start()]
            is_written = WRITING.search(_NAME.sub(b"", asked)) is not None or asked.startswith(b"creat(")
            writing[answer[1]] = writing.get(answer[1], False) or is_written
    names = ((os.fsdecode(codecs.escape_decode(path)[0]), is_written) for path, is_written in writing.items())
    return [OpenedFile(path, is_written) for path, is_written in sorted(names)]

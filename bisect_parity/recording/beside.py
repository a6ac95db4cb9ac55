"""What is recorded during and after a run, so as not to delay its start: programs, libraries, files."""

from __future__ import annotations

import codecs
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from bisect_parity.recording.binaries import DigestMemory, binary_facts, needed_libraries, programs_of
from bisect_parity.recording.outputs import output_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.journal import Journal
    from bisect_parity.recording.recorder import Recorder

MOST_OPENED = 5000
IN_PACKAGES = re.compile(r"(?:^|/)(?:site-packages|dist-packages|__pycache__|lib/python3[.\d]*)/")
# "?": calls that some machines lack; -z: those that succeeded; -y: the path behind a descriptor
OPTIONS = ("-f", "-qq", "-z", "-y", "-e", "trace=?open,openat,?openat2,?creat", "-e", "signal=none")
WRITING = re.compile(rb"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
_QUOTED_NAME = re.compile(rb'"(?:[^"\\]|\\.)*"')
_LINE = re.compile(rb"^(\d+)\s+(.*)$")
_ANSWER = re.compile(rb"\)\s*=\s*\d+<(.*)>(?:\(deleted\))?\s*$")


def own_python(argv: Sequence[str], environment: Mapping[str, str]) -> Path | None:
    """The interpreter that a command line names, itself or in the first line of a script."""
    last = programs_of(argv, environment.get("PATH"))[-1:]
    return next((Path(program) for program in last if Path(program).name.startswith("python")), None)


def seen_python(environment: Mapping[str, str], seen: str | None) -> tuple[Path | None, str]:
    """The first interpreter that the command was seen to start, else the one on PATH; and why this one."""
    if seen is not None:
        return Path(seen), "started by the command"
    found = shutil.which("python3", path=environment.get("PATH"))
    return Path(found) if found else None, "the first on PATH; none was seen to be used"


def binaries_document(
    journal: Journal, argv: Sequence[str], environment: Mapping[str, str], mapped: set[str]
) -> list[dict[str, Any]]:
    """The programs of a command line, and the code that it was seen to map, as they stand in record.json."""
    programs = programs_of(argv, environment.get("PATH"))
    if programs and mapped <= {os.path.realpath(program) for program in programs}:  # it was too short
        mapped = mapped | needed_libraries(journal, programs[-1])
    return binary_facts(DigestMemory.of_user(), programs, mapped)


def opened_files(log: Path | None) -> list[OpenedFile]:
    """The files in a log of strace; none where there is no log."""
    if log is None:
        return []
    try:
        with log.open("rb") as lines:
            return read_log(lines)
    except OSError:
        return []


def opened_document(recorder: Recorder, opened: Sequence[OpenedFile], says: str) -> dict[str, Any]:
    """The ignored files of the working tree that were opened, by digest; those of packages are counted."""
    top = recorder.top
    inside = {os.path.relpath(file.path, top): file for file in opened if Path(file.path).is_relative_to(top)}
    ignored = recorder.ignored(list(inside))
    listed: list[dict[str, Any]] = []
    counted = 0
    for name in ignored:
        if IN_PACKAGES.search(name):
            counted += 1
        elif len(listed) < MOST_OPENED:
            listed.append(
                output_facts(top, inside[name].path, "written" if inside[name].is_written else "read")
            )
    return {"says": says, "count": len(opened), "ignored": listed, "ignored_in_packages": counted}


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
            is_written = WRITING.search(_QUOTED_NAME.sub(b"", asked)) is not None or asked.startswith(
                b"creat("
            )
            writing[answer[1]] = writing.get(answer[1], False) or is_written
    names = ((os.fsdecode(codecs.escape_decode(path)[0]), is_written) for path, is_written in writing.items())
    return [OpenedFile(path, is_written) for path, is_written in sorted(names)]

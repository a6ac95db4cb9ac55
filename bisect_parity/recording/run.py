"""Run a command as it would run without us, and record it."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from bisect_parity.errors import OutputError
from bisect_parity.recording.binaries import DigestMemory, binary_facts, needed_libraries, programs_of
from bisect_parity.recording.child import (
    BUNDLE_VARIABLE,
    Child,
    HeldSignals,
    hand_over,
    pass_until_end,
    survivors,
)
from bisect_parity.recording.machine import python_facts
from bisect_parity.recording.mapped import Sampler
from bisect_parity.recording.outputs import output_facts
from bisect_parity.recording.recorder import Recorder, Wishes
from bisect_parity.recording.streams import OUT, Channel, open_channels
from bisect_parity.recording.trace import OpenedFile, read_log, traced
from bisect_parity.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bisect_parity.history.repository import Repository
    from bisect_parity.journal import Journal
    from bisect_parity.redaction import Redactor

__all__ = ["Recorded", "record_command"]

CANNOT_EXECUTE, NOT_FOUND, SIGNALLED = 126, 127, 128
MOST_OPENED = 5000
IN_PACKAGES = re.compile(r"(?:^|/)(?:site-packages|dist-packages|__pycache__|lib/python3[.\d]*)/")


@frozen
class Recorded:
    """How a recorded command ended.

    Attributes:
        status: as a shell would tell it: 128 + N where signal N ended it, 127 where there is no such command.
        folder: of the bundle.
        document: record.json.
        says: what the user must know, a sentence an item.
    """

    status: int
    folder: Path
    document: dict[str, Any]
    says: tuple[str, ...]


def record_command(
    argv: Sequence[str],
    repository: Repository,
    wishes: Wishes,
    redactor: Redactor,
    *,
    uses_strace: bool = False,
    own_out: int = OUT,
) -> Recorded:
    """Run a command, pass its streams on, and write its bundle.

    Args:
        argv: the command line.
        repository: whose state is recorded; its journal logs the command.
        wishes: what is kept, and where.
        redactor: of the run.
        uses_strace: follow which files are opened.
        own_out: our own descriptor that its standard output is passed on to.

    Raises:
        BisectParityError: before the command was started; nothing was run then.
    """
    environment = dict(os.environ)
    recorder = Recorder.begin(repository, wishes, redactor, how="command", argv=argv, environment=environment)
    environment[BUNDLE_VARIABLE] = str(recorder.folder)
    channels = open_channels(recorder.folder, redactor.text, own_out)
    with tempfile.TemporaryDirectory(prefix="bisect-parity-") as scratch, HeldSignals(channels) as signals:
        log = Path(scratch) / "strace.log"
        line, trace_says = _command_line(argv, log, uses_strace=uses_strace)
        own_python = _own_python(argv, environment)
        try:
            end = _follow(
                line,
                environment,
                channels,
                signals,
                repository.journal,
                lambda: recorder.collect(own_python),
            )
        except OSError as error:
            end = _not_started(error, argv, channels)
            recorder.collect(own_python)
        streams = [channel.kept.close() | {"of": _stream_name(channel)} for channel in channels]
        opened = _read(log)
        more = {
            "streams": streams,
            "binaries": _binaries(repository.journal, argv, environment, end),
            "opened": _opened_document(recorder, opened, trace_says),
        }
        if own_python is None:
            more["python"] = _python_facts(environment, end.python)
        written = [file.path for file in opened if file.is_written and _is_below(file.path, recorder.top)]
        says = [*end.says, *(stream["says"] for stream in streams if stream["says"])]
        end.told["survivors"] = survivors(str(recorder.folder))
        says += [f"process {one['pid']} ({one['name']}) still runs" for one in end.told["survivors"]]
        recorder.says += says
        try:
            recorder.end(end.told, more, written)
        except OutputError as error:
            says.append(f"the record could not be completed, and tells the beginning only: {error}")
    hand_over(end.held)
    return Recorded(end.status, recorder.folder, recorder.document, tuple(says))


@define
class _End:
    """How a process ended.

    Attributes:
        status: as a shell would tell it.
        told: the same, as it stands in record.json.
        mapped: files that it had mapped as code.
        python: an interpreter that it started; None where none was seen.
        held: streams that something it started still holds open.
        says: what the user must know.
    """

    status: int
    told: dict[str, Any]
    mapped: set[str] = field(factory=set)
    python: str | None = None
    held: list[Channel] = field(factory=list)
    says: list[str] = field(factory=list)


def _follow(
    line: list[str],
    environment: dict[str, str],
    channels: list[Channel],
    signals: HeldSignals,
    journal: Journal,
    beside: Callable[[], None],
) -> _End:
    """Start the command, begin what is done beside it, and pass its streams on to its end.

    Raises:
        OSError: it cannot be started.
        OutputError: the start could not be logged; nothing was started.
    """
    begin = time.monotonic()
    started: list[Child] = []

    def start() -> Child:
        try:
            started.append(Child(line, environment, channels, signals.mask))
        finally:
            for channel in channels:
                os.close(channel.target)
        return started[0]

    own_bytes = _bytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    end = _End(0, {})
    try:
        with journal.start(line, fork=start, own_group=False) as running:
            signals.follow(started[0])
            beside()
            sampler = Sampler(started[0].pid)
            end.held = pass_until_end(started[0], channels)
            end.told |= {"started": running.started, "ended": utc_text()}
            end.told["seconds"] = round(time.monotonic() - begin, 4)
            sampler.stop()
            end.mapped, end.python = sampler.mapped, sampler.python
    except OutputError as error:
        if not started:
            raise
        end.says.append(str(error))  # the disk is full; the run went on
    end.told |= _how_it_ended(started[0], own_bytes)
    end.status = end.told["exit_status"]
    return end


def _how_it_ended(child: Child, own_bytes: int) -> dict[str, Any]:
    status, usage = child.wait(), child.usage
    told: dict[str, Any] = {
        "exit_status": status if status >= 0 else SIGNALLED - status,
        "signal": signal.Signals(-status).name if status < 0 else None,
        "error": None,
    }
    if usage is not None:
        peak = _bytes(usage.ru_maxrss)
        told |= {"user_seconds": round(usage.ru_utime, 4), "system_seconds": round(usage.ru_stime, 4)}
        # between its start and its first instruction a process counts with the memory of its parent
        told |= {"peak_memory_bytes": peak, "peak_memory_is_bound": peak <= own_bytes}
    return told


def _bytes(maxrss: int) -> int:
    return maxrss if sys.platform == "darwin" else maxrss * 1024


def _not_started(error: OSError, argv: Sequence[str], channels: list[Channel]) -> _End:
    """A command that does not exist, or cannot be executed, as a shell would tell it."""
    for channel in channels:
        os.close(channel.source)
    status = NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_EXECUTE
    reason = f"{argv[0]} could not be started: {error.strerror}"
    told = {"ended": utc_text(), "seconds": 0.0, "exit_status": status, "signal": None, "error": reason}
    return _End(status, told, says=[reason])


def _stream_name(channel: Channel) -> str:
    names = {1: "standard output", 2: "standard error"}
    kind = ", a terminal" if channel.is_terminal else ""
    return " and ".join(names[fd] for fd in channel.fds) + kind


def _command_line(argv: Sequence[str], log: Path, *, uses_strace: bool) -> tuple[list[str], str]:
    """The command line to start, and what there is to say about following it."""
    if not uses_strace:
        return list(argv), "not followed: files that git ignores were not looked for; --strace does"
    strace = shutil.which("strace")
    if strace is None:
        return list(argv), "not followed: strace is not installed"
    return traced(strace, log, argv), "followed by strace"


def _read(log: Path) -> list[OpenedFile]:
    try:
        with log.open("rb") as lines:
            return read_log(lines)
    except OSError:
        return []


def _is_below(path: str, top: Path) -> bool:
    return Path(path).is_relative_to(top)


def _opened_document(recorder: Recorder, opened: list[OpenedFile], says: str) -> dict[str, Any]:
    """The ignored files of the work tree that were opened, by digest; those of packages are only counted."""
    top = recorder.top
    inside = {os.path.relpath(file.path, top): file for file in opened if _is_below(file.path, top)}
    ignored = recorder.ignored(list(inside))
    told: list[dict[str, Any]] = []
    counted = 0
    for name in ignored:
        if IN_PACKAGES.search(name):
            counted += 1
        elif len(told) < MOST_OPENED:
            told.append(
                output_facts(top, inside[name].path, "written" if inside[name].is_written else "read")
            )
    return {"says": says, "count": len(opened), "ignored": told, "ignored_in_packages": counted}


def _own_python(argv: Sequence[str], environment: dict[str, str]) -> Path | None:
    """The interpreter that a command line names, itself or in the first line of a script."""
    last = programs_of(argv, environment.get("PATH"))[-1:]
    return next((Path(program) for program in last if Path(program).name.startswith("python")), None)


def _python_facts(environment: dict[str, str], seen: str | None) -> dict[str, Any]:
    """The first interpreter that the command was seen to start, else the one on PATH."""
    if seen is not None:
        return python_facts(Path(seen), "started by the command")
    found = shutil.which("python3", path=environment.get("PATH"))
    return python_facts(Path(found) if found else None, "the first on PATH; none was seen to be used")


def _binaries(
    journal: Journal, argv: Sequence[str], environment: dict[str, str], end: _End
) -> list[dict[str, Any]]:
    programs = programs_of(argv, environment.get("PATH"))
    mapped = end.mapped
    if programs and mapped <= {os.path.realpath(program) for program in programs}:  # it was too short
        mapped = mapped | needed_libraries(journal, programs[-1])
    return binary_facts(DigestMemory.of_user(), programs, mapped)

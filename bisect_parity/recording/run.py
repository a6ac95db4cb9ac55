"""Run a command unchanged, and record it."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bisect_parity.errors import OutputError
from bisect_parity.recording.child import (
    BUNDLE_VARIABLE,
    Child,
    ForwardedSignals,
    hand_over,
    pass_until_end,
    peak_bytes,
    survivors,
)
from bisect_parity.recording.mapped import Sampler
from bisect_parity.recording.recorder import Recorder
from bisect_parity.recording.streams import Channel, FollowedModes, open_channels
from bisect_parity.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bisect_parity.history.repository import Repository
    from bisect_parity.journal import Journal
    from bisect_parity.recording.bundle_folder import Wishes
    from bisect_parity.recording.streams import StreamPlan
    from bisect_parity.redaction import Redactor

CANNOT_EXECUTE, NOT_FOUND, SIGNALLED = 126, 127, 128


class Recorded(NamedTuple):
    """How a recorded command ended.

    Attributes:
        status: as in a shell: 128 + N where signal N ended it, 127 where there is no such command.
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
    own_out: int,
    variables: Mapping[str, str] | None = None,
    streams: StreamPlan | None = None,
) -> Recorded:
    """Run a command, pass its streams on, and write its bundle.

    Args:
        argv: the command line.
        repository: whose state is recorded; its journal logs the command.
        wishes: what is kept, and where.
        redactor: of the run.
        uses_strace: follow which files are opened.
        own_out: our own descriptor that its standard output is passed on to.
        variables: environment variables that it gets besides ours.
        streams: what its standard output and error are; None for what ours are.

    Raises:
        BisectParityError: before the command was started; nothing was run then.
    """
    environment = os.environ | (variables or {})
    recorder = Recorder(repository, wishes, redactor, how="command", argv=argv, environment=environment)
    environment[BUNDLE_VARIABLE] = str(recorder.folder)
    channels = open_channels(recorder.folder, redactor.text, own_out, streams)

    def find_python() -> Path | None:
        from bisect_parity.recording.beside import own_python  # noqa: PLC0415 - see the room

        return own_python(argv, environment)

    def collect() -> None:
        recorder.collect(find_python)

    with (
        _followed(argv, uses_strace=uses_strace) as (line, log, trace_says),
        ForwardedSignals(channels) as signals,
    ):
        try:
            end = _run(line, environment, channels, signals, repository.journal, collect)
        except OSError as error:
            end = _not_started(error, argv, channels)
            collect()
        says = _complete(recorder, argv, environment, channels, end, log, trace_says)
    hand_over(end.held)
    return Recorded(end.status, recorder.folder, recorder.document, tuple(says))


def _complete(
    recorder: Recorder,
    argv: Sequence[str],
    environment: Mapping[str, str],
    channels: Sequence[Channel],
    end: _End,
    log: Path | None,
    trace_says: str,
) -> list[str]:
    """Record how the command ended and what it left behind; return what the user must know."""
    from bisect_parity.recording import beside  # noqa: PLC0415 - see the room

    streams = [channel.kept.close() | {"of": _stream_name(channel)} for channel in channels]
    opened = beside.opened_files(log)
    more = {
        "streams": streams,
        "binaries": beside.binaries_document(recorder.repository.journal, argv, environment, end.mapped),
        "opened": beside.opened_document(recorder, opened, trace_says),
    }
    says = [*end.says, *(stream["says"] for stream in streams if stream["says"])]
    end.document["survivors"] = survivors(str(recorder.folder))
    says += [f"process {one['pid']} ({one['name']}) still runs" for one in end.document["survivors"]]
    recorder.says += says
    try:
        recorder.end(
            end.document,
            more,
            written=[f.path for f in opened if f.is_written and Path(f.path).is_relative_to(recorder.top)],
            find_python=lambda: beside.seen_python(environment, end.python),
        )
    except OutputError as error:
        says.append(f"the record could not be completed, and covers only the beginning: {error}")
    return says


class _End:
    """How a process ended.

    Attributes:
        status: as a shell would report it.
        document: the same, as it stands in record.json.
        mapped: files that it had mapped as code.
        python: an interpreter that it started; None where none was seen.
        held: streams that something it started still holds open.
        says: what the user must know.
    """

    def __init__(self, status: int, document: dict[str, Any], *says: str) -> None:
        self.status = status
        self.document = document
        self.says = list(says)
        self.mapped: set[str] = set()
        self.python: str | None = None
        self.held: list[Channel] = []


def _run(
    line: list[str],
    environment: dict[str, str],
    channels: list[Channel],
    signals: ForwardedSignals,
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

    own_bytes = peak_bytes(resource.getrusage(resource.RUSAGE_SELF))
    end = _End(0, {})
    modes = FollowedModes(channels)
    try:
        with journal.start(line, fork=start, own_group=False) as running:
            signals.follow(started[0])
            beside()
            sampler = Sampler(started[0].pid)
            end.held = pass_until_end(started[0], channels, modes)
            end.document |= {"started": running.started, "ended": utc_text()}
            end.document["seconds"] = round(time.monotonic() - begin, 4)
            sampler.stop()
            end.mapped, end.python = sampler.mapped, sampler.python
    except OutputError as error:
        if not started:
            raise
        end.says.append(str(error))  # the disk is full; the run went on
    end.document |= _how_it_ended(started[0], own_bytes)
    end.status = end.document["exit_status"]
    return end


def _how_it_ended(child: Child, own_bytes: int) -> dict[str, Any]:
    status, usage = child.wait(), child.usage
    end: dict[str, Any] = {
        "exit_status": status if status >= 0 else SIGNALLED - status,
        "signal": signal.Signals(-status).name if status < 0 else None,
        "error": None,
    }
    if usage is not None:
        peak = peak_bytes(usage)
        end |= {"user_seconds": round(usage.ru_utime, 4), "system_seconds": round(usage.ru_stime, 4)}
        # between its start and its first instruction a process counts with the memory of its parent
        end |= {"peak_memory_bytes": peak, "peak_memory_is_bound": peak <= own_bytes}
    return end


def _not_started(error: OSError, argv: Sequence[str], channels: list[Channel]) -> _End:
    """A command that does not exist, or cannot be executed, as a shell would report it."""
    for channel in channels:
        os.close(channel.source)
    status = NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_EXECUTE
    reason = f"{argv[0] or 'an empty name'} could not be started: {error.strerror}"
    end = {"ended": utc_text(), "seconds": 0.0, "exit_status": status, "signal": None, "error": reason}
    return _End(status, end, reason)


def _stream_name(channel: Channel) -> str:
    names = {1: "standard output", 2: "standard error"}
    kind = ", a terminal" if channel.is_terminal else ""
    return " and ".join(names[fd] for fd in channel.fds) + kind


@contextlib.contextmanager
def _followed(argv: Sequence[str], *, uses_strace: bool) -> Iterator[tuple[list[str], Path | None, str]]:
    """The command line to start, the log of strace, and what there is to say about following it."""
    if not uses_strace:
        says = "not followed: files that git ignores were not looked for; --strace does"
        yield list(argv), None, says
        return
    import shutil  # noqa: PLC0415 - see the room
    import tempfile  # noqa: PLC0415

    from bisect_parity.recording.beside import traced  # noqa: PLC0415

    strace = shutil.which("strace")
    if strace is None:
        yield list(argv), None, "not followed: strace is not installed"
        return
    with tempfile.TemporaryDirectory(prefix="bisect-parity-") as scratch:
        log = Path(scratch) / "strace.log"
        yield traced(strace, log, argv), log, "followed by strace"

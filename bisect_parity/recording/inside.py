"""Record a block of Python: what `record` does around a command, from inside the process."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import define, field

from bisect_parity.errors import BisectParityError
from bisect_parity.history.repository import Repository
from bisect_parity.journal import Journal
from bisect_parity.recording.binaries import DigestMemory, binary_facts
from bisect_parity.recording.bundle_folder import Wishes, evidence_root
from bisect_parity.recording.child import BUNDLE_VARIABLE, peak_bytes
from bisect_parity.recording.mapped import mapped_files
from bisect_parity.recording.recorder import Recorder
from bisect_parity.redaction import Redactor
from bisect_parity.times import utc_text


@define
class RecordedRun:
    """A run that is being recorded.

    Attributes:
        folder: the bundle; files that are written there belong to it.
        notes: facts of the run, as they will stand in record.json.
    """

    folder: Path
    notes: dict[str, Any] = field(factory=dict)
    _outputs: list[Path] = field(factory=list)

    def add_output(self, path: Path | str) -> None:
        """Name a file or folder that the run writes; its digests are taken at the end."""
        self._outputs.append(Path(path).absolute())

    def note(self, **facts: str | float | bool | None) -> None:
        """Note figures or other facts of the run."""
        self.notes |= facts


@contextlib.contextmanager
def record_run(
    out: Path | str | None = None,
    *,
    directory: Path | str = ".",
    keep_diff: bool = False,
    keep_untracked: bool = False,
) -> Iterator[RecordedRun]:
    """Record the block: its bundle is begun before it, and completed after it, whatever it raises.

    Standard streams are not kept, and the peak of memory is that of the whole process so far.

    Args:
        out: folder of the bundle, new or empty; None for the default of `record`.
        directory: in the working tree whose state is recorded.
        keep_diff, keep_untracked: as the options of `bisect-parity record`.

    Raises:
        BisectParityError: before the block: there is no repository, its settings cannot be read, or the
            bundle cannot be written.
    """
    redactor = Redactor(os.environ, sys.orig_argv)
    journal = Journal(None, sys.orig_argv, redactor.text)
    repository = Repository.open(Path(directory), journal, lean=True)
    wishes = Wishes(Path(out) if out else None, evidence_root(repository), keep_diff, keep_untracked)
    recorder = Recorder(
        repository, wishes, redactor, how="inside", argv=sys.orig_argv, environment=os.environ
    )
    recorder.collect(lambda: Path(sys.executable) if sys.executable else None)
    run = RecordedRun(recorder.folder)
    begin = time.monotonic()
    error: BaseException | None = None
    outer = os.environ.get(BUNDLE_VARIABLE)
    os.environ[BUNDLE_VARIABLE] = str(run.folder)
    try:
        yield run
    except BaseException as raised:
        error = raised
        raise
    finally:
        os.environ.pop(BUNDLE_VARIABLE)
        if outer is not None:
            os.environ[BUNDLE_VARIABLE] = outer
        _complete(recorder, run, time.monotonic() - begin, error)


def _complete(recorder: Recorder, run: RecordedRun, seconds: float, error: BaseException | None) -> None:
    ended = {
        "ended": utc_text(),
        "seconds": round(seconds, 4),
        "exit_status": 0 if error is None else 1,
        "signal": None,
        "error": recorder.redactor.text(f"{type(error).__name__}: {error}") if error is not None else None,
        "peak_memory_bytes": peak_bytes(resource.getrusage(resource.RUSAGE_SELF)),
        "peak_memory_is_bound": True,
        "survivors": [],
    }
    more = {
        "streams": [],
        "binaries": binary_facts(DigestMemory.of_user(), [sys.executable], mapped_files("self")),
        "opened": {"says": "not followed: recorded from inside", "count": 0, "ignored": []},
        "notes": {name: _plain(recorder, value) for name, value in run.notes.items()},
    }
    recorder.wishes = recorder.wishes._replace(outputs=tuple(run._outputs))  # noqa: SLF001 - ours
    try:
        recorder.end(ended, more, find_python=lambda: (None, "not known from inside"))
    except BisectParityError as failure:
        warnings.warn(f"the record covers only the beginning: {failure}", RuntimeWarning, stacklevel=4)


def _plain(recorder: Recorder, value: object) -> Any:
    """A fact as JSON can hold it, without secrets."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and abs(value) <= sys.float_info.max:
        return value
    return recorder.redactor.text(str(value))

"""Record a run that is over: what can still be said of it, and that it was said afterwards."""

from __future__ import annotations

import os
import signal
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bisect_parity.errors import UsageError
from bisect_parity.recording.recorder import Recorder
from bisect_parity.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.repository import Repository
    from bisect_parity.recording.bundle_folder import Wishes
    from bisect_parity.redaction import Redactor

SAYS = "written after the run: the working tree is described as it was then, not as it was before the start"
SIGNALLED = 128


def record_afterwards(
    line: Sequence[str],
    repository: Repository,
    wishes: Wishes,
    redactor: Redactor,
    *,
    status: int,
    began: str | None,
) -> dict[str, Any]:
    """Write record.json into the folder of a run that has just ended; return it.

    Args:
        line: its command line, as far as it is known.
        repository: whose state is recorded.
        wishes: `out` is the folder; what is in it is the run's output.
        redactor: of the run.
        status: its exit status, as a shell reports it.
        began: when it began, ISO 8601 with zone; None where nobody knows.

    Raises:
        BisectParityError: as `Recorder` and `Recorder.end`.
        UsageError: `began` is not a time.
    """
    start = _moment(began)
    recorder = Recorder(repository, wishes, redactor, how="after", argv=line, environment=os.environ)
    recorder.says.append(SAYS)
    moved = _last_move(repository)
    if start is not None and moved is not None and moved > start.timestamp():
        recorder.says.append("HEAD moved after the run began: it may have begun at another commit")
    recorder.collect(lambda: None)
    run: dict[str, Any] = {
        "started": utc_text(start) if start else None,
        "ended": utc_text(),
        "exit_status": status,
        "signal": _signal_name(status - SIGNALLED),
        "error": None,
        "survivors": [],
    }
    more = {
        "streams": [],
        "binaries": [],
        "opened": {"says": "not followed: recorded after the run", "count": 0, "ignored": []},
    }
    recorder.end(run, more, find_python=lambda: (None, "not known after the run"))
    return recorder.document


def _signal_name(number: int) -> str | None:
    return signal.Signals(number).name if number in set(signal.Signals) else None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--began {text!r} is not a time", "Write it as $(date -u +%Y-%m-%dT%H:%M:%SZ)."
        ) from error
    if found.tzinfo is None:
        raise UsageError(f"--began {text!r} has no zone", "Write it as $(date -u +%Y-%m-%dT%H:%M:%SZ).")
    return found


def _last_move(repository: Repository) -> int | None:
    """When HEAD was moved last, POSIX seconds; None where no reflog says."""
    answer = repository.git_result("reflog", "show", "-1", "--date=unix", "--format=%gd", "HEAD")
    _, _, text = answer.stdout.decode(errors="replace").strip().partition("@{")
    return int(text[:-1]) if text[:-1].isdecimal() else None

"""A small time line around a run: checkouts, commits, stated times and the adding commit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.history.reflog import LOST
from bisect_parity.provenance.clock import EASTMOST, best_reading, readings
from bisect_parity.provenance.clues import clock_text
from bisect_parity.provenance.model import Event
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.provenance.checkouts import Line
    from bisect_parity.provenance.lines import Names
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.subject import Subject

BEFORE, AFTER = 3, 3
NEAR_SECONDS = 3 * 86400


def time_line(
    subject: Subject, lines: Sequence[Line], began: tuple[float, bool], names: Names, parameters: Parameters
) -> tuple[Event, ...]:
    """What happened around a run, in order of time.

    Args:
        subject: the run.
        lines: what was checked out when.
        began: POSIX seconds of its start, and whether that was inferred; see `moment`.
        names: of commits.
        parameters: of the model.
    """
    run_time, is_inferred = began
    events = [*_statements(subject, run_time, parameters), *_checkouts(lines, run_time, names)]
    known = "by all clues together" if is_inferred else "while its commit was checked out: nothing tells when"
    events.append(Event(run_time, "run", f"the run began, {known}"))
    if subject.addition is not None:
        detail = subject.addition.detail
        events.append(Event(subject.addition.time, "added", f"{detail.commit[:SHORT]} added the bundle"))
    return tuple(sorted(events, key=lambda event: event.time))


def _statements(subject: Subject, run_time: float, parameters: Parameters) -> Iterator[Event]:
    for statement in subject.statements:
        meanings = readings(statement, subject.zones, parameters)
        instant = best_reading(meanings, run_time).instant(run_time)
        if abs(instant - run_time) < NEAR_SECONDS:
            text = statement.source.text or statement.source.path
            yield Event(instant, statement.origin, text)


def _checkouts(lines: Sequence[Line], run_time: float, names: Names) -> Iterator[Event]:
    """The checkouts around the run: of the reflogs where they reach, else of the history."""
    covering = [line for line in lines if line.entries and line.starts[0] <= run_time]
    seen: set[tuple[float, int]] = set()
    for line in covering or lines[:1]:
        place = int(np.searchsorted(line.starts, run_time, side="right"))
        for position in range(max(place - BEFORE, 0), min(place + AFTER, len(line.commits))):
            time, number = float(line.starts[position]), int(line.commits[position])
            if (time, number) in seen:
                continue
            seen.add((time, number))
            entry = line.entries[position] if line.entries else None
            if number >= len(names.table) if entry is None else entry.kind == LOST:
                continue  # what a shallow clone lacks has no time, nor has what was expired
            commit = names.commit(number)[:SHORT]
            if entry is None:
                yield Event(time, "commit", f"{commit} was committed")
            else:
                place_text = f"({line.origin}:{entry.line})"
                yield Event(time, "reflog", f"{commit} checked out by {entry.kind or '?'} {place_text}")


def yet_to_come(subject: Subject, now: float) -> str:
    """That a run states a time of the future, wherever it was; empty where it does not.

    Args:
        subject: the run.
        now: POSIX seconds.
    """
    ahead = max((statement.seconds for statement in subject.statements), default=now)
    if ahead <= now + EASTMOST:
        return ""
    return f"it states {clock_text(ahead)}, which lies in the future: a wrong clock, or an invented date"

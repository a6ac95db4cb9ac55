"""When a run began, for its story: what times say, or else when its commit was checked out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.provenance.checkouts import Line
    from bisect_parity.provenance.inferred import Inferred


def moment(item: Inferred, commit: str | None) -> tuple[float, bool]:
    """The time of the run that its story tells, and whether it was inferred from clues to the time itself.

    A run that states no time is thought to have begun soon before it was committed, until its code or a
    recorded id names a commit that was not checked out then. Then it began while that one was.

    Args:
        item: the run.
        commit: the answer, full id; None where there is none.

    Returns:
        POSIX seconds, and True; or the time when the commit was checked out last, and False.
    """
    inferred = item.posterior.run_time
    if commit is None or item.run.subject.is_timed:
        return inferred, True
    number = item.history.names.number(commit)
    logged = [line for line in item.lines if line.entries and np.any(line.commits == number)]
    spans = [span for line in logged or item.lines for span in _spans(line, number)]
    if not spans or any(start <= inferred < end for start, end in spans):
        return inferred, True
    ends = [start if start > inferred else max(start, end - 1) for start, end in spans]
    return min(ends, key=lambda end: abs(end - inferred)), False


def _spans(line: Line, number: int) -> Iterator[tuple[float, float]]:
    """When a commit was checked out, as a line has it; POSIX seconds."""
    for place in np.flatnonzero(line.commits == number).tolist():
        if line.ends is not None:
            end = float(line.ends[place])
        else:
            end = float(line.starts[place + 1]) if place + 1 < len(line.starts) else float("inf")
        yield float(line.starts[place]), end

"""Which commit was checked out when: lines of history and reflogs as sequences of checkouts.

Pure computation over the commit table and parsed reflogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from bisect_parity.history.reflog import ReflogEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.history.commits import CommitTable, Detail
    from bisect_parity.history.reflog import Reflog
    from bisect_parity.provenance.parameters import Lines

__all__ = ["Chain", "Line", "build_lines", "walk"]

LONGEST_CHAIN = 4000
MOST_SIDE_BRANCHES = 24
REWRITING = ("rebase", "commit (amend)", "reset", "cherry-pick")


@frozen
class Line:
    """One hypothesis about what was checked out: `commits[k]` from `starts[k]` to `starts[k + 1]`.

    Attributes:
        prior: probability of the hypothesis.
        starts: POSIX seconds, ascending; shape (n,). Before `starts[0]` the line knows nothing.
        commits: full ids; length n.
        origin: "history", "side branch", "author times" or the path of a reflog.
        entries: the reflog entries behind the checkouts, for a reflog; else empty.
    """

    prior: float
    starts: np.ndarray = field(eq=False)
    commits: tuple[str, ...]
    origin: str
    entries: tuple[ReflogEntry | None, ...] = ()


@frozen
class Chain:
    """Rows of a first-parent history, newest first, and of the side branches that merges in it took in.

    Attributes:
        rows: rows of the commit table.
        sides: for each side branch, the row of the merge and the branch's own rows, newest first.
    """

    rows: tuple[int, ...]
    sides: tuple[tuple[int, tuple[int, ...]], ...]


def walk(table: CommitTable, start: int, earliest: float, *, include_start: bool) -> Chain:
    """Walk back from a commit until well before `earliest`.

    Args:
        table: all commits.
        start: row of the adding commit, or of HEAD.
        earliest: POSIX seconds before which no run can have been.
        include_start: whether `start` itself can have been checked out.
    """
    rows: list[int] = []
    sides: list[tuple[int, tuple[int, ...]]] = []
    for row in table.first_parents(start):
        if row != start or include_start:
            rows.append(row)
        if len(rows) > LONGEST_CHAIN or (table.time(row) < earliest and len(rows) > 1):
            break
    on_chain = set(rows)
    for merge in [start, *rows]:
        for side in table.parents(merge)[1:]:
            branch: list[int] = []
            for row in table.first_parents(side):
                if row in on_chain or len(branch) > LONGEST_CHAIN:
                    break
                branch.append(row)
                if table.time(row) < earliest:
                    break
            if branch and len(sides) < MOST_SIDE_BRANCHES:
                sides.append((merge, tuple(branch)))
    return Chain(tuple(rows), tuple(sides))


def build_lines(
    table: CommitTable,
    chain: Chain,
    details: Mapping[str, Detail],
    reflogs: tuple[tuple[Reflog, float], ...],
    parameters: Lines,
) -> tuple[Line, ...]:
    """All hypotheses, with priors that sum to 1.

    Args:
        table: all commits.
        chain: from the adding commit, or from HEAD.
        details: author times of rewritten commits; others may be missing.
        reflogs: HEAD reflogs, each with the probability that the run was in its work tree.
        parameters: of the model.
    """
    rest = max(1 - sum(prior for _, prior in reflogs), 1e-6)
    sides = len(chain.sides)
    side_prior = parameters.side_branch if sides else 0.0
    rewritten = any(
        (detail := details.get(table.commit(row))) is not None and detail.is_rewritten for row in chain.rows
    )
    author_prior = parameters.author_time if rewritten else 0.0
    lines = [_history(table, chain.rows, rest * (1 - side_prior) * (1 - author_prior), "history")]
    if rewritten:
        prior = rest * (1 - side_prior) * author_prior
        lines.append(_history(table, chain.rows, prior, "author times", details))
    for merge, rows in chain.sides:
        later = chain.rows[: chain.rows.index(merge) + 1] if merge in chain.rows else ()
        lines.append(_history(table, (*later, *rows), rest * side_prior / sides, "side branch"))
    lines += [_reflog_line(reflog, prior, lines[0]) for reflog, prior in reflogs]
    return tuple(line for line in lines if line.commits)


def _history(
    table: CommitTable,
    rows: tuple[int, ...],
    prior: float,
    origin: str,
    details: Mapping[str, Detail] | None = None,
) -> Line:
    """Checkouts along a line of commits; clocks that run backwards are cut to those of the later commit."""
    starts, commits = [], []
    latest = np.inf
    for row in rows:
        commit = table.commit(row)
        time = float(table.time(row))
        detail = details.get(commit) if details else None
        if detail is not None and detail.is_rewritten:
            time = float(min(detail.author_time, detail.committer_time))
        latest = min(latest, time)
        starts.append(latest)
        commits.append(commit)
    return Line(prior, np.array(starts[::-1]), tuple(commits[::-1]), origin)


def _reflog_line(reflog: Reflog, prior: float, history: Line) -> Line:
    """The checkouts of a reflog; before its first entry nothing is known but the history."""
    first = reflog.entries[0].time if reflog.entries else np.inf
    earlier = int(np.searchsorted(history.starts, first))
    known = [entry for entry in reflog.entries if set(entry.new) != {"0"}]
    starts = np.concatenate([history.starts[:earlier], [float(entry.time) for entry in known]])
    commits = (*history.commits[:earlier], *(entry.new for entry in known))
    return Line(prior, starts, commits, reflog.path, (*(None for _ in range(earlier)), *known))


def is_rewritten_between(line: Line, first: int, end_time: float) -> bool:
    """Whether a reflog shows a rebase, amend or reset after its checkout `first` and before a time."""
    return any(
        entry is not None and entry.time <= end_time and entry.kind.startswith(REWRITING)
        for entry in line.entries[first + 1 :]
    )

"""Which commit was checked out when: lines of history and reflogs as sequences of checkouts.

Pure computation over the commit table and parsed reflogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bisect_parity.provenance.chain import LONGEST_CHAIN
from bisect_parity.provenance.checkouts import Hypotheses, Line
from bisect_parity.provenance.own_work import originals, own_lines, work

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bisect_parity.history.commit_details import Detail
    from bisect_parity.history.commits import CommitTable
    from bisect_parity.provenance.chain import Chain
    from bisect_parity.provenance.own_work import Work
    from bisect_parity.provenance.parameters import Lines, Places

AFTER_SECONDS = 86400.0
BEYOND_SECONDS = 10 * 365.25 * 86400  # before a shallow clone's first commit, for which it lacks the history
_NOTHING = Line(np.zeros(0), np.zeros(0, np.int64), "")


class Names:
    """Numbers for commits: rows of the table, and further numbers for ids that only a reflog knows."""

    def __init__(self, table: CommitTable) -> None:
        self.table = table
        self._others: dict[str, int] = {}
        self._other_ids: list[str] = []

    def number(self, commit: str) -> int:
        """The number of a commit given by its full id."""
        if commit not in self._others:
            row = self.table.index(commit)
            if row is None:
                row = len(self.table) + len(self._other_ids)
                self._other_ids.append(commit)
            self._others[commit] = row
        return self._others[commit]

    def commits(self, numbers: np.ndarray) -> list[str]:
        """The full ids of some numbers in ascending order."""
        size = len(self.table)
        known = int(np.searchsorted(numbers, size))
        others = (self._other_ids[number - size] for number in numbers[known:].tolist())
        return [*self.table.commits(numbers[:known]), *others]

    def commit(self, number: int) -> str:
        """The full id of a number."""
        size = len(self.table)
        return self.table.commit(number) if number < size else self._other_ids[number - size]


def build_lines(
    names: Names,
    chain: Chain,
    near: Mapping[int, Detail],
    reflogs: Hypotheses,
    parameters: Lines,
    adding: Collection[int],
    away: Collection[int | None] = (),
    person: str = "",
    tips: Collection[int] = (),
) -> Hypotheses:
    """All hypotheses: those of the history share what the reflogs leave.

    Args:
        names: numbers of commits.
        chain: from the adding commit, or from HEAD.
        near: row -> details of the commits around the run, and of the adding commit.
        reflogs: their lines, with the probabilities that the run was in the worktree of each.
        parameters: of the model.
        adding: rows of all commits that added results.
        away: rows of commits that were made in another clone than that of the run.
        person: who made it, by default the author of the newest commit of the chain.
        tips: rows of the newest commits of the branches that the run wrote down.
    """
    table = names.table
    rewritten = {row for row, detail in near.items() if detail.is_rewritten}
    kept = originals(near) if rewritten else {}
    history = _history(names, chain)
    newest = near.get(chain.newest)
    person = person or (newest.author if newest is not None else "")
    own = {row: detail for row, detail in near.items() if row not in away} if away else near
    every = (
        history,
        _NOTHING if rewritten.isdisjoint(chain.rows.tolist()) else _by_author_times(chain, table, near, kept),
        _any_branch(table, history, chain.aside),
        *own_lines(person, table, own, kept, parameters.follows_on, adding),
        _since_merged(chain),
        chain.sides,
        *(_of_branch(table, tip, history) for tip in tips),
    )
    lines = tuple(line for line in every if len(line.commits))
    origins = [line.origin for line in lines]
    shares = [_shares(origins, len(chain.merged), kind) for kind in (parameters.soon, parameters.late)]
    priors = np.array(shares).T * reflogs.rest
    return Hypotheses((*lines, *reflogs.lines), np.concatenate([priors, reflogs.priors]))


def _shares(origins: Sequence[str], branches: int, places: Places) -> list[float]:
    """The prior of each line; side branches share that of their origin, and the prior is that of one."""
    odds = {origin: places.origins.get(origin, 1.0) for origin in origins}
    total = sum(odds.values())
    return [odds[origin] / total / (branches if origin == "side branch" else 1) for origin in origins]


def _history(names: Names, chain: Chain) -> Line:
    """The first-parent history, with what a shallow clone lacks of it as its first checkout."""
    starts, commits = chain.starts[::-1], chain.rows[::-1]
    if chain.beyond:
        first = float(starts[0]) if len(starts) else float(names.table.time(chain.newest))
        starts = np.concatenate([[first - BEYOND_SECONDS], starts])
        commits = np.concatenate([[names.number(chain.beyond)], commits])
    return Line(starts, commits, "history")


def _since_merged(chain: Chain) -> Line:
    """What was checked out on side branches once they were merged: the history, for each one taken in."""
    if not len(chain.merged):
        return _NOTHING
    count = len(chain.rows)
    branches = np.bincount(count - chain.merged[chain.merged > 0], minlength=count).cumsum()
    first = int(branches.searchsorted(1))
    return Line(
        chain.starts[::-1][first:],
        chain.rows[::-1][first:],
        "side branch",
        weights=branches[first:, None].repeat(2, axis=1).astype(np.float64),
    )


def _by_author_times(
    chain: Chain, table: CommitTable, near: Mapping[int, Detail], kept: Mapping[Work, int]
) -> Line:
    """The history as it was before commits were rewritten; empty where none was.

    Until a commit was rewritten, another one was checked out in its place, which is gone. What was made
    before any commit that there is was rewritten with all of the history: each stands for what it was.
    """
    made = table.times[chain.rows]
    times, first = made.copy(), chain.rows.copy()
    for place, row in enumerate(chain.rows.tolist()):
        if row in near:
            times[place] = min(times[place], near[row].author_time)
            first[place] = kept.get(work(near[row]), row)
    if (times == made).all():
        return _NOTHING
    starts = np.minimum.accumulate(times.astype(np.float64))[::-1]
    made, first, commits = made[::-1], first[::-1], chain.rows[::-1]
    comes = (made > starts) & (made < np.append(starts[1:], np.inf))
    both = np.concatenate([starts, made[comes]])
    order = np.argsort(both, kind="stable")
    is_gone = (made > starts) & (first == commits) & (starts >= table.begin)
    replaced = np.concatenate([is_gone, np.zeros(comes.sum(), bool)])
    return Line(
        both[order],
        np.concatenate([first, commits[comes]])[order],
        "author times",
        replaced=replaced[order],
    )


def _of_branch(table: CommitTable, tip: int, history: Line) -> Line:
    """The first-parent history of a branch that the run named, as far back as that of its adding commit."""
    if not len(history.starts):
        return _NOTHING
    rows = table.first_parents_since(tip, float(history.starts[0]), LONGEST_CHAIN)
    starts = np.minimum.accumulate(table.times[rows].astype(np.float64))[::-1]
    count = int(starts.searchsorted(history.starts[-1] + AFTER_SECONDS))
    return Line(starts[:count], rows[::-1][:count], "named branch")


def _any_branch(table: CommitTable, history: Line, aside: np.ndarray) -> Line:
    """The newest commit of the whole repository, but those set aside, at any time that the history covers."""
    if not len(history.starts):
        return _NOTHING
    rows, times = table.between(float(history.starts[0]), float(history.starts[-1]) + AFTER_SECONDS)
    if len(aside):
        is_there = np.isin(rows, aside, invert=True)
        rows, times = rows[is_there], times[is_there]
    return Line(times.astype(np.float64), rows, "any branch")

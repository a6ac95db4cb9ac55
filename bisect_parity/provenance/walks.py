"""The orders in which a script can have gone over commits: of a sweep, and of `git bisect`. Pure."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bisect_parity.history.commits import CommitTable
    from bisect_parity.provenance.parameters_of_several import Sweeps

MOST_STEPS = 12  # of a bisection
SPECIAL = 3  # of so many, git tests the middle one; else, of two in the middle, the older one
SIZES = 24  # of its range, of all that its steps fit
REACH = 4  # a sweep begins so many times its number of commits before the newest one at most
MOST_STARTS = 200
ROUND = 5
SPREAD = 10  # lists reach that many times as far back as there are runs: as far as strides do


@frozen
class Walks:
    """Some orders, each with its weight.

    Attributes:
        rows: of the commits that each run was at; shape (w, n).
        weights: shape (w,); they sum to 1, or are none.
    """

    rows: np.ndarray = field(eq=False)
    weights: np.ndarray = field(eq=False)

    @classmethod
    def none(cls, count: int) -> Walks:
        """No walk of so many runs."""
        return cls(np.zeros((0, count), np.int64), np.zeros(0))


def histories(
    table: CommitTable, tip: int, count: int, adding: Collection[int], tagged: Collection[int]
) -> dict[str, np.ndarray]:
    """What can be counted in, newest first: rows of at least as many commits as there are runs, if any.

    Args:
        table: all commits.
        tip: row of the newest commit that there was.
        count: of the runs.
        adding: rows of the commits that added results.
        tagged: rows of commits that have tags.
    """
    most = SPREAD * count + 1
    whole = list(itertools.islice(table.first_parents(tip), REACH * most))
    has_merges = bool((table.parent_counts[whole] > 1).any())
    every = list(itertools.islice(_ancestors(table, tip), REACH * most)) if has_merges else whole
    lists = {
        "code": [row for row in whole if row not in adding][:most],
        "first parents": whole[:most],
        "ancestors": every[:most] if has_merges else [],
        "merges": [row for row in whole if len(table.parents(row)) > 1][:most],
        "tags": [row for row in every if row in tagged][:most],
    }
    return {name: np.array(rows, np.int64) for name, rows in lists.items() if len(rows) >= count}


def _ancestors(table: CommitTable, tip: int) -> Iterator[int]:
    """A commit and its ancestors, the newest first."""
    heap, seen = [(-table.time(tip), tip)], {tip}
    while heap:
        _, row = heapq.heappop(heap)
        yield row
        for parent in table.parents(row):
            if parent not in seen:
                seen.add(parent)
                heapq.heappush(heap, (-table.time(parent), parent))


def sweeps(lists: Mapping[str, np.ndarray], count: int, ends: Collection[int], parameters: Sweeps) -> Walks:
    """The walks over commits at equal distances, from either end.

    Args:
        lists: as `histories` gives them.
        count: of the runs.
        ends: rows of commits at which such a walk ends of itself: those that have tags, and roots.
        parameters: of the model.
    """
    rows, weights = [], []
    for name, history in lists.items():
        for stride, odds in ((int(text), odds) for text, odds in parameters.strides.items()):
            span = (count - 1) * stride + 1
            starts = np.arange(min(len(history) - span + 1, REACH * count, MOST_STARTS))
            if not len(starts):
                continue
            walks = history[starts[:, None] + stride * np.arange(count)]
            share = np.full(len(starts), (1 - parameters.at_tip) / max(len(starts) - 1, 1))
            share[0] = parameters.at_tip
            if len(history) < span + stride or {int(history[span - 1]), int(history[span])} & set(ends):
                share[0] *= parameters.exact
            if stride == 1 and count % ROUND == 0:
                share[0] *= parameters.round
            weight = share * odds * parameters.lists[name]
            rows += [walks[:, ::-1], walks]
            weights += [weight * parameters.oldest_first, weight * (1 - parameters.oldest_first)]
    return _walks(rows, weights, count)


def ranges(table: CommitTable, tip: int, count: int) -> np.ndarray:
    """The first parents of a commit, newest first, as far back as a bisection of so many steps can begin."""
    longest = 2 ** (count + 1) + 1 if count <= MOST_STEPS else 0
    return np.array(list(itertools.islice(table.first_parents(tip), longest)), np.int64)


def bisections(
    history: np.ndarray, verdicts: Sequence[bool | None], ends: Collection[int], parameters: Sweeps
) -> Walks:
    """The walks of `git bisect` from the newest commit to any good one.

    Args:
        history: as `ranges` gives it.
        verdicts: of its steps: whether each was bad, None where that is unknown.
        ends: rows of commits that are likelier to be the good end than others: as for `sweeps`.
        parameters: of the model.
    """
    count = len(verdicts)
    if count > MOST_STEPS:
        return Walks.none(count)
    least, most = 2 ** (count - 1) + 1, min(2 ** (count + 1), len(history) - 1)
    some = range(least, most + 1)
    if None in verdicts and most >= least:  # each size has many walks
        some = np.unique(np.geomspace(least, most, SIZES).astype(int)).tolist()
    sizes = {*some, *(size for size in range(least, most + 1) if int(history[size]) in ends)}
    rows, weights = [], []
    for size in sorted(sizes):
        found = list(_steps(0, size, verdicts))
        if found:
            places, shares = zip(*found, strict=True)
            factor = parameters.exact if int(history[size]) in ends else 1.0
            rows.append(history[np.array(places)])
            weights.append(np.array(shares) * factor / size)
    return _walks(rows, weights, count)


def _steps(newest: int, size: int, verdicts: Sequence[bool | None]) -> Iterator[tuple[list[int], float]]:
    """The commits tested among `size`, of which one is the first bad one, and how probable that is."""
    if size == 1 or not verdicts:
        if size == 1 and not verdicts:
            yield [], 1.0
        return
    is_bad, *others = verdicts
    older = size // 2 if size != SPECIAL else SPECIAL - 1  # with the one that is tested
    tested = newest + size - older
    if is_bad is not False:
        for places, share in _steps(tested, older, others):
            yield [tested, *places], share * older / size
    if is_bad is not True:
        for places, share in _steps(newest, size - older, others):
            yield [tested, *places], share * (size - older) / size


def _walks(rows: list[np.ndarray], weights: list[np.ndarray], count: int) -> Walks:
    if not rows:
        return Walks.none(count)
    every = np.concatenate(weights)
    return Walks(np.concatenate(rows), every / every.sum())

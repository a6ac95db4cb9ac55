"""The commits of a range as a graph, and what is left of it as verdicts come in. Pure."""

from __future__ import annotations

import copy
import functools
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from typing import Self

MOST_QUESTIONS = 256  # of a long chain


@frozen
class RangeGraph:
    """The commits between two ends.

    Attributes:
        parents: of each commit, those outside the range included; parents stand before children.
        states: code states of the commits, and of the parents of each.
        dates: committer time of each commit, POSIX; 0 where it is unknown.
    """

    parents: Mapping[str, tuple[str, ...]] = field(repr=False)
    states: Mapping[str, str] = field(repr=False)
    dates: Mapping[str, int] = field(factory=dict, repr=False)

    @functools.cached_property
    def commits(self) -> tuple[str, ...]:
        """Full ids, parents before children."""
        return tuple(self.parents)

    @functools.cached_property
    def changing(self) -> tuple[str, ...]:
        """The commits that can be the first new one, in the order of `commits`.

        Those whose code state is none of their parents'; the verdict of any other is that of a parent.
        """
        states = self.states
        return tuple(
            commit
            for commit, parents in self.parents.items()
            if all(states[parent] != states[commit] for parent in parents)
        )

    @property
    def is_linear(self) -> bool:
        """Whether there are no merges."""
        return all(len(parents) < 2 for parents in self.parents.values())

    def source(self, commit: str) -> str:
        """The commit that `commit` has its code from: itself, or the nearest ancestor that made it so."""
        while commit in self.parents:
            alike = [parent for parent in self.parents[commit] if self.states[parent] == self.states[commit]]
            if not alike:
                break
            commit = alike[0]
        return commit


class _Walk:
    """What is left of a range: the candidates for the first new commit.

    Attributes:
        new: the earliest commit that is known to be new.
        skipped: commits that cannot be tested.
    """

    def __init__(self, new: str) -> None:
        self.new = new
        self.skipped: set[str] = set()

    def fork(self) -> Self:
        """A walk of its own, with as much left as this one."""
        other = copy.copy(self)
        other.skipped = set(self.skipped)
        return other


class GraphWalk(_Walk):
    """A walk through a graph.

    Args:
        graph: of the range.
        new: a commit that is known to be new, and that changes the code.
    """

    def __init__(self, graph: RangeGraph, new: str) -> None:
        super().__init__(new)
        self._graph = graph
        self._place = {commit: place for place, commit in enumerate(graph.changing)}
        self._reach = reach_of(graph)
        groups: dict[str, list[str]] = {}
        for commit in graph.changing:
            groups.setdefault(graph.states[commit], []).append(commit)
        self._alike = {commit: group for group in groups.values() if len(group) > 1 for commit in group}
        self._repeated = [
            sum(1 << self._place[commit] for commit in group) for group in groups.values() if len(group) > 1
        ]
        self._merges: dict[str, list[int]] = {}  # those that took the code of a parent, by code state
        for commit, parents in graph.parents.items():
            if len(parents) > 1 and commit not in self._place:
                self._merges.setdefault(graph.states[commit], []).append(self._reach(commit))
        self._left = self._reach(new)

    def __len__(self) -> int:
        """How many candidates are left, `new` included."""
        return self._left.bit_count()

    def __contains__(self, commit: str) -> bool:
        """Whether a commit of the range is among them."""
        return commit in self._place and bool(self._left >> self._place[commit] & 1)

    @property
    def candidates(self) -> Sequence[str]:
        """The commits that can still be the first new one, ancestors first."""
        text = bin(self._left)[:1:-1]
        return [self._graph.changing[place] for place, bit in enumerate(text) if bit == "1"]

    def mark_new(self, commit: str) -> None:
        """The commit is as the new end is: what is no ancestor of it is out."""
        self._left &= self._reach(commit)
        self.new = commit

    def mark_old(self, commit: str) -> None:
        """The commit is as the old end is, and so are its ancestors."""
        self._left &= ~self._reach(commit)
        self.mark_state_old(self._graph.states[commit])

    def mark_state_old(self, state: str) -> None:
        """Merges before `new` that have the code of an old commit are old, and so is what they left out."""
        for reach in self._merges.get(state, ()):
            if not reach >> self._place[self.new] & 1:
                self._left &= ~reach

    def questions(self) -> Sequence[str]:
        """The candidates worth testing."""
        return [commit for commit in self.candidates if commit != self.new and commit not in self.skipped]

    def behind(self, commit: str) -> int:
        """How many candidates are left if the commit is new: itself, and those among its ancestors."""
        return (self._reach(commit) & self._left).bit_count()

    def worst(self, commit: str) -> int:
        """How many code states the candidates have after a test of the commit, in the worse case.

        All commits with the code of this one have its verdict.
        """
        new = old = self._left
        for same in self._alike.get(commit, (commit,)):
            if same in self:
                new &= self._reach(same)
                old &= ~self._reach(same)
        return max(self._states_of(new), self._states_of(old))

    def answer(self, commit: str) -> str | None:
        """The verdict on a commit of the graph, "old" or "new", where it follows from what was marked."""
        behind = self._reach(commit) & self._left
        if not behind:
            return "old"
        return "new" if behind >> self._place[self.new] & 1 else None

    def _states_of(self, commits: int) -> int:
        count = commits.bit_count()
        for group in self._repeated:
            count -= max(0, (commits & group).bit_count() - 1)
        return count


class ChainWalk(_Walk):
    """A walk through commits in a row, of which there may be millions.

    Args:
        commits: that may change the code, oldest first; the last one is known to be new.
        reached: how many commits of a graph each of them is or descends from; None: no others than these.
    """

    def __init__(self, commits: Sequence[str], reached: Sequence[int] | None = None) -> None:
        super().__init__(commits[-1])
        self._commits = commits
        self._place = {commit: place for place, commit in enumerate(commits)}
        self._reached = (0, *(range(1, len(commits) + 1) if reached is None else reached))
        self._start, self._stop = 0, len(commits)

    def __len__(self) -> int:
        """As of a `GraphWalk`, with what lies between the commits of the row."""
        return self._reached[self._stop] - self._reached[self._start]

    def __contains__(self, commit: str) -> bool:
        """See `GraphWalk`."""
        return self._start <= self._place.get(commit, -1) < self._stop

    @property
    def candidates(self) -> Sequence[str]:
        """See `GraphWalk`."""
        return self._commits[self._start : self._stop]

    def mark_new(self, commit: str) -> None:
        """See `GraphWalk`."""
        self._stop = self._place[commit] + 1
        self.new = commit

    def mark_old(self, commit: str) -> None:
        """See `GraphWalk`."""
        self._start = self._place[commit] + 1

    def questions(self) -> Sequence[str]:
        """Candidates around the middle, and some that are evenly spread."""
        first, last = self._start, self._stop - 1  # the last one is known
        halfway = (self._reached[first] + self._reached[self._stop]) // 2
        middle, wide = bisect_left(self._reached, halfway, first, last), MOST_QUESTIONS // 2
        near = range(max(first, middle - wide), min(last, middle + wide))
        spread = range(first, last, max(1, (last - first) // MOST_QUESTIONS))
        commits = (self._commits[place] for place in sorted({*near, *spread}))
        return [commit for commit in commits if commit not in self.skipped]

    def behind(self, commit: str) -> int:
        """See `GraphWalk`."""
        return self._reached[self._place[commit] + 1] - self._reached[self._start]

    def worst(self, commit: str) -> int:
        """See `GraphWalk`."""
        return max(self.behind(commit), len(self) - self.behind(commit))


Walk = GraphWalk | ChainWalk


def mark(walk: Walk, commit: str, kind: str) -> None:
    """Take the verdict on a commit of a walk in: "old", "new" or "skip"."""
    {"new": walk.mark_new, "old": walk.mark_old, "skip": walk.skipped.add}[kind](commit)


def contradictions(graph: RangeGraph, new: Iterable[str], old: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of a new commit and an old one that comes after it: with such, there is more than one change.

    Args:
        graph: of the range.
        new, old: commits that change the code, by their verdict.
    """
    place = {commit: number for number, commit in enumerate(graph.changing)}
    reach = reach_of(graph)
    mask = sum(1 << place[commit] for commit in new)
    before = {commit: reach(commit) & mask for commit in sorted(old, key=place.__getitem__)}
    return [(graph.changing[bits.bit_length() - 1], commit) for commit, bits in before.items() if bits]


def steps_of(candidates: int) -> int:
    """The number of tests that single out one of so many candidates: log2, rounded up."""
    return max(0, candidates - 1).bit_length()


def reach_of(graph: RangeGraph) -> Callable[[str], int]:
    """What gives, for a commit, the changing commits that it is or descends from, as the bits of a number."""
    place = {commit: number for number, commit in enumerate(graph.changing)}
    reach: dict[str, int] = {}
    for commit, parents in graph.parents.items():
        bits = 1 << place[commit] if commit in place else 0
        for parent in parents:
            bits |= reach.get(parent, 0)
        reach[commit] = bits
    return lambda commit: reach.get(commit, 0)

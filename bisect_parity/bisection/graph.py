"""The commits of a range as a graph, and what is left of it as verdicts come in. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence, Set

__all__ = [
    "ChainWalk",
    "Graph",
    "GraphWalk",
    "Walk",
    "changing_commits",
    "choose",
    "contradictions",
    "steps_of",
]

MOST_QUESTIONS = 256  # of a long chain


@frozen
class Graph:
    """The commits between two ends.

    Attributes:
        commits: full ids, parents before children.
        parents: of each commit, those outside the range included.
        changing: the commits that can be the first new one, in the order of `commits`: those whose code state
            is none of their parents'. The verdict of any other is that of a parent.
    """

    commits: tuple[str, ...]
    parents: Mapping[str, tuple[str, ...]] = field(repr=False)
    changing: tuple[str, ...] = field(repr=False)

    def source(self, commit: str, states: Mapping[str, str]) -> str:
        """The commit that `commit` has its code from: itself, or the nearest ancestor that made it so."""
        changing = set(self.changing)
        while commit in self.parents and commit not in changing:
            commit = next(parent for parent in self.parents[commit] if states[parent] == states[commit])
        return commit


def changing_commits(
    commits: Iterable[str], parents: Mapping[str, Sequence[str]], states: Mapping[str, str]
) -> tuple[str, ...]:
    """The commits whose code state is none of their parents'."""
    return tuple(
        commit for commit in commits if all(states[parent] != states[commit] for parent in parents[commit])
    )


class Walk(Protocol):
    """What is left of a range: the candidates for the first new commit.

    Attributes:
        new: the earliest commit that is known to be new.
        skipped: commits that cannot be tested.
    """

    new: str
    skipped: set[str]

    def __len__(self) -> int:
        """How many candidates are left, `new` included."""

    def __contains__(self, commit: str) -> bool:
        """Whether a commit of the range is among them."""

    @property
    def candidates(self) -> Sequence[str]:
        """The commits that can still be the first new one, ancestors first."""

    def mark_new(self, commit: str) -> None:
        """The commit is as the new end is: what is no ancestor of it is out."""

    def mark_old(self, commit: str) -> None:
        """The commit is as the old end is, and so are its ancestors."""

    def questions(self) -> Sequence[str]:
        """The candidates that a test would tell something of, or enough of them."""

    def behind(self, commit: str) -> int:
        """How many candidates are left if the commit is new: itself, and those among its ancestors."""


class GraphWalk:
    """A walk through a graph.

    Args:
        graph: of the range.
        new: a commit that is known to be new, and that changes the code.
    """

    def __init__(self, graph: Graph, new: str) -> None:
        self._graph = graph
        self._place = {commit: place for place, commit in enumerate(graph.changing)}
        self._reach = _reach(graph)
        self._left = self._reach(new)
        self.new = new
        self.skipped: set[str] = set()

    def __len__(self) -> int:
        """See `Walk`."""
        return self._left.bit_count()

    def __contains__(self, commit: str) -> bool:
        """See `Walk`."""
        return commit in self._place and bool(self._left >> self._place[commit] & 1)

    @property
    def candidates(self) -> Sequence[str]:
        """See `Walk`."""
        text = bin(self._left)[:1:-1]
        return [self._graph.changing[place] for place, bit in enumerate(text) if bit == "1"]

    def mark_new(self, commit: str) -> None:
        """See `Walk`."""
        self._left &= self._reach(commit)
        self.new = commit

    def mark_old(self, commit: str) -> None:
        """See `Walk`."""
        self._left &= ~self._reach(commit)

    def questions(self) -> Sequence[str]:
        """See `Walk`."""
        return [commit for commit in self.candidates if commit != self.new and commit not in self.skipped]

    def behind(self, commit: str) -> int:
        """See `Walk`."""
        return (self._reach(commit) & self._left).bit_count()


class ChainWalk:
    """A walk through commits in a row, of which there may be millions.

    Args:
        commits: that may change the code, oldest first; the last one is known to be new.
    """

    def __init__(self, commits: Sequence[str]) -> None:
        self._commits = commits
        self._place = {commit: place for place, commit in enumerate(commits)}
        self._start, self._stop = 0, len(commits)
        self.new = commits[-1]
        self.skipped: set[str] = set()

    def __len__(self) -> int:
        """See `Walk`."""
        return self._stop - self._start

    def __contains__(self, commit: str) -> bool:
        """See `Walk`."""
        return self._start <= self._place.get(commit, -1) < self._stop

    @property
    def candidates(self) -> Sequence[str]:
        """See `Walk`."""
        return self._commits[self._start : self._stop]

    def mark_new(self, commit: str) -> None:
        """See `Walk`."""
        self._stop = self._place[commit] + 1
        self.new = commit

    def mark_old(self, commit: str) -> None:
        """See `Walk`."""
        self._start = self._place[commit] + 1

    def questions(self) -> Sequence[str]:
        """See `Walk`: those around the middle, and some that are evenly spread."""
        first, last = self._start, self._stop - 1  # the last one is known
        middle, wide = (first + last) // 2, MOST_QUESTIONS // 2
        near = range(max(first, middle - wide), min(last, middle + wide))
        spread = range(first, last, max(1, (last - first) // MOST_QUESTIONS))
        commits = (self._commits[place] for place in sorted({*near, *spread}))
        return [commit for commit in commits if commit not in self.skipped]

    def behind(self, commit: str) -> int:
        """See `Walk`."""
        return self._place[commit] + 1 - self._start


def choose(walk: Walk, known: Set[str] = frozenset()) -> str | None:
    """The commit to test next; None where no test would tell any more.

    It is the one that leaves the fewest candidates in the worse case. One whose verdict is known already
    goes first: it costs no check, and at most one step more, since every step leaves fewer candidates. Near
    commits that cannot be tested, others often cannot be tested either: with k of them, a commit d candidates
    away from the nearest is taken to be testable with probability d / (d + k), and the test that tells most
    on average is chosen.

    Args:
        walk: what is left.
        known: commits whose verdict costs nothing.
    """
    total = len(walk)
    behind = {commit: walk.behind(commit) for commit in walk.questions()}
    if not behind:
        return None

    def worst(commit: str) -> int:
        return max(behind[commit], total - behind[commit])

    free = [commit for commit in behind if commit in known]
    if free:
        return min(free, key=worst)
    hurdles = [walk.behind(commit) for commit in walk.skipped if commit in walk]
    if not hurdles:
        return min(behind, key=worst)

    def value(commit: str) -> float:
        distance = min(abs(behind[commit] - hurdle) for hurdle in hurdles)
        return (distance + 0.5) / (distance + len(hurdles)) * _entropy(behind[commit] / total)

    return max(behind, key=value)


def contradictions(graph: Graph, new: Iterable[str], old: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of a new commit and an old one that comes after it: with such, there is more than one change.

    Args:
        graph: of the range.
        new, old: commits that change the code, by their verdict.
    """
    place = {commit: number for number, commit in enumerate(graph.changing)}
    reach = _reach(graph)
    mask = sum(1 << place[commit] for commit in new)
    before = {commit: reach(commit) & mask for commit in sorted(old, key=place.__getitem__)}
    return [(graph.changing[bits.bit_length() - 1], commit) for commit, bits in before.items() if bits]


def steps_of(candidates: int) -> int:
    """The tests that tell one of so many candidates: log2, rounded up."""
    return max(0, candidates - 1).bit_length()


def _reach(graph: Graph) -> Callable[[str], int]:
    """What gives, for a commit, the changing commits that it is or descends from, as the bits of a number."""
    place = {commit: number for number, commit in enumerate(graph.changing)}
    reach: dict[str, int] = {}
    for commit in graph.commits:
        bits = 1 << place[commit] if commit in place else 0
        for parent in graph.parents[commit]:
            bits |= reach.get(parent, 0)
        reach[commit] = bits
    return lambda commit: reach.get(commit, 0)


def _entropy(share: float) -> float:
    return -sum(p * math.log2(p) for p in (share, 1 - share) if p > 0)

"""What plain `git bisect` would ask next in a graph, ties and skips included, and how long it takes. Pure.

The rule is that of git's bisect.c: of the commits that can still be the first new one, in the order of
`git rev-list`, the one with as many of them behind it as ahead of it. With commits that cannot be tested git
sorts all by that, and if the first of them is one, takes another by a pseudo-random number that depends on
nothing but how many are left.
"""

from __future__ import annotations

import copy
import functools
import heapq
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from bisect_parity.bisection.choice import choose
from bisect_parity.bisection.graph import GraphWalk, steps_of

if TYPE_CHECKING:
    from bisect_parity.bisection.graph import RangeGraph

STRICT = 1024  # commits from which on git takes what is nearly halfway
MODULUS = 32768  # of its pseudo-random numbers


@frozen
class State:
    """What git knows at one moment of a search.

    Attributes:
        new: the earliest commit that is known to be new.
        left: the commits that can be the first new one, `new` included, as the bits of a number.
        skipped: commits that cannot be tested.
    """

    new: str
    left: int = field(repr=False)
    skipped: frozenset[str] = frozenset()


@frozen
class PlainGit:
    """The commits of a range, as git sees them: full ids, of which number n is bit n.

    Attributes:
        parents: of each commit, those outside the range included; parents stand before children.
        dates: committer time of each, POSIX; 0 where it is unknown.
    """

    parents: Mapping[str, Sequence[str]] = field(repr=False)
    dates: Mapping[str, int] = field(repr=False)

    @functools.cached_property
    def reach(self) -> Mapping[str, int]:
        """Of each commit, itself and its ancestors in the range."""
        reach: dict[str, int] = {}
        for place, (commit, parents) in enumerate(self.parents.items()):
            bits = 1 << place
            for parent in parents:
                bits |= reach.get(parent, 0)
            reach[commit] = bits
        return reach

    def start(self, new: str) -> State:
        """What it knows when only the ends are known."""
        return State(new, self.reach[new])

    def after(self, state: State, commit: str, verdict: str) -> State:
        """What it knows once a commit has a verdict: "old", "new" or "skip"."""
        if verdict == "new":
            return evolve(state, new=commit, left=state.left & self.reach[commit])
        if verdict == "old":
            return evolve(state, left=state.left & ~self.reach[commit])
        return evolve(state, skipped=state.skipped | {commit})

    def question(self, state: State) -> str | None:
        """The commit that it asks for next; None where it ends."""
        weights = {commit: (self.reach[commit] & state.left).bit_count() for commit in self._listed(state)}
        choose = self._around_skips if state.skipped else self._halfway
        chosen = choose(state, weights)
        return None if chosen == state.new else chosen

    def _listed(self, state: State) -> list[str]:
        """The commits that are left, the last one that `git rev-list` lists first."""
        bits = bin(state.left)[:1:-1]
        inside = {commit for commit, bit in zip(self.parents, bits, strict=False) if bit == "1"}
        queue, found, seen = [(0, 0, state.new)], [], {state.new}
        while queue:
            commit = heapq.heappop(queue)[2]
            found.append(commit)
            for parent in self.parents[commit]:
                if parent in inside and parent not in seen:
                    seen.add(parent)
                    heapq.heappush(queue, (-self.dates.get(parent, 0), len(seen), parent))
        return found[::-1]

    def _halfway(self, _: State, weights: Mapping[str, int]) -> str:
        """The first one that is found to be halfway, merges first; else the first of the best ones."""
        total = len(weights)

        def is_halfway(commit: str) -> bool:
            off = abs(2 * weights[commit] - total)
            return off <= 1 or off < total // STRICT

        inside = {commit: sum(parent in weights for parent in self.parents[commit]) for commit in weights}
        merges = [commit for commit, count in inside.items() if count > 1]
        for commit in merges:
            if is_halfway(commit):
                return commit
        counted = {*merges, *(commit for commit, count in inside.items() if count == 0)}
        rest = [commit for commit in weights if commit not in counted]
        while rest:
            later = []
            for commit in rest:
                if any(parent in counted for parent in self.parents[commit]):
                    counted.add(commit)
                    if is_halfway(commit):
                        return commit
                else:
                    later.append(commit)
            rest = later
        return max(weights, key=lambda commit: min(weights[commit], total - weights[commit]))

    def _around_skips(self, state: State, weights: Mapping[str, int]) -> str:
        total = len(weights)
        ranked = sorted(weights, key=lambda c: (-min(weights[c], total - weights[c]), c))
        left = [commit for commit in ranked if commit not in state.skipped]
        if ranked[0] not in state.skipped:
            return ranked[0]
        number = (len(left) * 1103515245 + 12345) // 65536 % MODULUS
        index = len(left) * number // MODULUS * _root(number) // _root(MODULUS)
        if left[index] == state.new:
            index = max(0, index - 1)
        return left[index]


def _root(value: int) -> int:
    """The square root as git rounds it: Newton's method until a step is less than a half."""
    if not value:
        return 0
    root = float(value)
    while True:
        better = (root + value / root) / 2
        step, root = abs(better - root), better
        if step < 0.5:
            return int(root)


class Rival:
    """Chooses the commit to test next so that plain git would have run as many checks, or more, at any time.

    What git would ask next is asked, unless its answer follows from what is known, by code state or by
    ancestry. Each check that git needs and we do not puts us ahead, and is spent on the question that leaves
    fewest code states. On a linear range git's question is left, too, where it could take more than log2 of
    the code states: git then asks about so many more commits that it takes longer anyway.

    Args:
        graph: of the range.
        old_state: code state of the old end.
        new: the new end, full id.
    """

    def __init__(self, graph: RangeGraph, old_state: str, new: str) -> None:
        self._graph = graph
        self._git = PlainGit(graph.parents, graph.dates)
        self._state = self._git.start(new)
        self._verdicts = {old_state: "old", graph.states[new]: "new"}
        self._asked = self._run = 0  # checks of git, and ours
        states = {graph.states[commit] for commit in graph.commits} | {old_state}
        self._bound = steps_of(len(states)) if graph.is_linear else None

    def fork(self) -> Rival:
        """Another one, that stands where this one does."""
        return copy.copy(self)  # none changes what both hold

    def choose(self, walk: GraphWalk) -> str | None:
        """The commit to test next; None where no further test would help."""
        commit = self._pending(walk)
        if commit is None or commit not in walk or self._run < self._asked or self._is_too_long(walk, commit):
            return choose(walk)
        return commit

    def observe(self, commit: str, verdict: str, *, is_run: bool) -> None:
        """Take in the verdict of a commit.

        Args:
            commit: full id.
            verdict: "old", "new" or "skip".
            is_run: whether a check was run for it.
        """
        self._verdicts = {**self._verdicts, self._graph.states[commit]: verdict}
        self._run += is_run

    def _pending(self, walk: GraphWalk) -> str | None:
        """Where the code is made that git would ask for, after its questions that need no check."""
        while (commit := self._git.question(self._state)) is not None:
            source = self._graph.source(commit)
            verdict = self._verdicts.get(self._graph.states[commit]) or walk.answer(source)
            if verdict is None:
                return source
            self._state = self._git.after(self._state, commit, verdict)
            self._asked += 1
        return None

    def _is_too_long(self, walk: GraphWalk, commit: str) -> bool:
        """Whether a test of the commit may lead to more checks than the bound on a linear range."""
        if self._bound is None or walk.skipped:
            return False
        return self._run + 1 + steps_of(walk.worst(commit)) > self._bound

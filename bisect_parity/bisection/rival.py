"""Plain `git bisect` on the same range, simulated, so that ours takes no more checks than it would. Pure."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from bisect_parity.bisection.choice import choose
from bisect_parity.bisection.graph import GraphWalk, steps_of
from bisect_parity.bisection.plain_git import PlainGit

if TYPE_CHECKING:
    from bisect_parity.bisection.graph import RangeGraph

__all__ = ["Rival"]


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

"""The course of a search: what it asks, by the verdicts so far; and what it will probably ask next. Pure."""

from __future__ import annotations

import copy
import heapq
import itertools
from typing import TYPE_CHECKING

from bisect_parity.bisection.choice import choose
from bisect_parity.bisection.graph import GraphWalk, mark
from bisect_parity.bisection.plain_git import Rival

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Set
    from typing import Self

    from bisect_parity.bisection.graph import RangeGraph, Walk


class Course:
    """A search at one moment, by what is left of its range."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def question(self) -> str | None:
        """The commit to ask for next; None where no further verdict would help."""
        return choose(self.walk)

    def observe(self, commit: str, kind: str) -> None:
        """Take in the verdict on the commit that was asked for: "old", "new" or "skip"."""
        mark(self.walk, commit, kind)

    def fork(self) -> Self:
        """A search of its own that stands where this one does."""
        other = copy.copy(self)
        other.walk = self.walk.fork()
        return other


class GraphCourse(Course):
    """A search through a graph, which never takes more checks than plain git.

    Args:
        graph: of the range.
        old_state: code state of the old end.
        new: the new end, full id.
        costless: the code states whose verdict needs no check; they are asked for first.
    """

    walk: GraphWalk

    def __init__(self, graph: RangeGraph, old_state: str, new: str, costless: Callable[[], Set[str]]) -> None:
        super().__init__(GraphWalk(graph, graph.source(new)))
        self.walk.mark_state_old(old_state)
        self._graph = graph
        self.rival = Rival(graph, old_state, new)
        self._costless = costless
        self._is_run = True

    def question(self) -> str | None:
        """What costs nothing first, then what keeps ahead of git."""
        states = self._costless()
        known = {commit for commit in self.walk.questions() if self._graph.states[commit] in states}
        self._is_run = not known
        return choose(self.walk, known) if known else self.rival.choose(self.walk)

    def observe(self, commit: str, kind: str) -> None:
        """See `Course`."""
        super().observe(commit, kind)
        self.rival.observe(commit, kind, is_run=self._is_run)

    def fork(self) -> Self:
        """See `Course`."""
        other = super().fork()
        other.rival = self.rival.fork()
        return other


def expected(course: Course, seen: Mapping[str, str]) -> Iterator[str]:
    """The commits that a search will ask for, the most probable first.

    Each candidate is taken to be as probable as any other, and every commit to be testable. Where each
    question halves what is left, 2^k - 1 checks at once do what takes k one after the other.

    Args:
        course: where the search stands; it is left as it is.
        seen: verdicts of commits that it did not ask for yet: "old", "new" or "skip".
    """
    belief = course.walk.fork()
    for commit, kind in seen.items():
        if commit in belief:
            mark(belief, commit, kind)
    number = itertools.count()
    queue = [(-1.0, next(number), course.fork(), belief)]
    while queue:
        chance, _, here, left = heapq.heappop(queue)
        question = here.question()
        while question is not None and question in seen:
            here.observe(question, seen[question])
            question = here.question()
        if question is None:
            continue
        yield question
        share = min(max(0.0, left.behind(question) / len(left)), 1.0) if len(left) else 0.5
        for kind, part in (("old", 1 - share), ("new", share)):
            if part > 0:
                then, rest = here.fork(), left.fork()
                then.observe(question, kind)
                if question in rest:
                    mark(rest, question, kind)
                heapq.heappush(queue, (chance * part, next(number), then, rest))

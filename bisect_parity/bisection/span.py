"""What lies between two commits: the graph of the range, or the main line of a very large one."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from bisect_parity.bisection.graph import RangeGraph
from bisect_parity.history.subtrees import SubtreeMerge, subtree_merges, without_subtrees

if TYPE_CHECKING:
    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository

LARGE = 20_000  # commits: git's own bisection of a graph with merges takes seconds a step from here on


@frozen
class Span:
    """The commits that are reachable from a new commit, and not from an old one.

    Attributes:
        old, new: full ids of the ends.
        count: how many commits.
        graph: of them; None where they are more than `LARGE`.
        main_line: where there is no graph, the commits on the way of first parents that may change the code,
            oldest first.
        reached: with a main line, how many commits of the range each of its commits is or descends from, and
            how many of those may change the code.
        states: code states of all commits in the graph, and of the parents of each; of the ends alone where
            there is no graph.
        subtrees: merges of other histories below a folder, whose commits are not in the graph.
    """

    old: str
    new: str
    count: int
    graph: RangeGraph | None
    main_line: tuple[str, ...] = field(repr=False)
    states: Mapping[str, str] = field(repr=False)
    subtrees: tuple[SubtreeMerge, ...] = ()
    reached: tuple[Sequence[int], Sequence[int]] = field(default=((), ()), repr=False)

    def own_parents(self, commit: str, parents: Sequence[str]) -> tuple[str, ...]:
        """The parents of a commit that are of the history of this project, and can be tested."""
        others = {one.parent for one in self.subtrees if one.commit == commit}
        return tuple(parent for parent in parents if parent not in others)

    @property
    def state_count(self) -> int | None:
        """How many code states there are, both ends included; None where they were not counted."""
        if self.graph is None:
            return None
        return len({self.states[commit] for commit in (*self.graph.commits, self.old)})

    @property
    def changes_on_main_line(self) -> list[str]:
        """The commits on the way of first parents whose code is not that of their first parent, oldest first.

        The new end stands for the last of them, which has its code.
        """
        if self.graph is None:
            return [*self.main_line[:-1], self.new]
        changes, commit = [], self.new
        while commit in self.graph.parents:
            parent = next(iter(self.graph.parents[commit]), "")
            if self.states.get(parent) != self.states[commit]:
                changes.append(commit)
            commit = parent
        return [*reversed(changes[1:]), self.new]


def read_span(
    repository: Repository, old: str, new: str, code_states: CodeStates, large: int = LARGE
) -> Span:
    """Read what lies between two commits.

    Args:
        repository: where they are.
        old, new: full ids.
        code_states: with the code paths.
        large: commits from which on the graph is not read.

    Raises:
        RepositoryError: git cannot read the range.
    """
    count = int(repository.git("rev-list", "--count", new, f"^{old}"))
    if count > large:
        line, reached = _main_line(repository, old, new, code_states)
        return Span(old, new, count, None, line, code_states.of([old, new]), reached=reached)
    words = ("--topo-order", "--reverse", "--parents", "--timestamp")
    parents: dict[str, tuple[str, ...]] = {}
    dates: dict[str, int] = {}
    for line_ in repository.git("rev-list", *words, new, f"^{old}").decode("ascii").splitlines():
        date, commit, *others = line_.split()
        parents[commit], dates[commit] = tuple(others), int(date)
    merges = {commit: of for commit, of in parents.items() if len(of) > 1}
    subtrees = subtree_merges(repository, merges)
    if subtrees:
        parents = without_subtrees(parents, new, subtrees)
    states = code_states.of([old, *parents, *(parent for of in parents.values() for parent in of)])
    graph = RangeGraph(parents, states, dates)
    return Span(old, new, count, graph, (), states, tuple(subtrees))


def _main_line(
    repository: Repository, old: str, new: str, code_states: CodeStates
) -> tuple[tuple[str, ...], tuple[Sequence[int], Sequence[int]]]:
    """The way of first parents, and how many commits lie behind each of its commits: see `Span`."""
    is_limited = code_states.paths and "" not in code_states.paths
    limits = (new, f"^{old}", *(("--", *code_states.paths) if is_limited else ()))
    line = repository.git("rev-list", "--first-parent", *limits).split() or [new.encode("ascii")]
    changing = {*line, *repository.git("rev-list", "--full-history", *limits).split()} if is_limited else None
    whole, code = [0] * len(line), [0] * len(line)
    ahead = iter(line)
    place, on_line, following = -1, next(ahead), new.encode("ascii")
    since: dict[bytes, int] = {}  # place of the oldest one that descends from a commit yet to come
    with repository.stream("rev-list", "--topo-order", "--parents", new, f"^{old}") as listed:
        for row in listed:
            commit, *parents = row.split()
            first = since.pop(commit, 0)
            if commit == following:
                if commit == on_line:
                    place, on_line = place + 1, next(ahead, b"")
                first, following = max(place, 0), parents[0] if parents else b""
            whole[first] += 1
            code[first] += changing is None or commit in changing
            for parent in parents:
                since[parent] = max(since.get(parent, 0), first)
    reached = tuple([*itertools.accumulate(reversed(counts))] for counts in (whole, code))
    return tuple(commit.decode("ascii") for commit in reversed(line)), (reached[0], reached[1])

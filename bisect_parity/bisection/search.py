"""The search through a range: which commit is asked next is chosen here, and git keeps the books."""

from __future__ import annotations

from collections.abc import Callable, Set

from attrs import frozen

from bisect_parity.bisection.choice import choose
from bisect_parity.bisection.git_bisect import GitBisect
from bisect_parity.bisection.graph import ChainWalk, Graph, GraphWalk, Walk, steps_of
from bisect_parity.bisection.model import Find
from bisect_parity.bisection.rival import Rival
from bisect_parity.bisection.span import LARGE, Span, changes_in_row, read_span
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository

__all__ = ["Found", "Search"]


@frozen
class Found:
    """How a search ended.

    Attributes:
        first: the first new commit; None where none can be named.
        candidates: what is left where commits that cannot be tested hide it, ancestors first.
        new_base: a common ancestor of the ends that is as the new end is.
    """

    first: str | None = None
    candidates: tuple[str, ...] = ()
    new_base: str | None = None


@frozen
class Search:
    """A search for the first new commit.

    Attributes:
        repository: where the commits are.
        code_states: with the code paths.
        find: what is looked for.
        books: kept by git.
        verdict: gives the verdict on a commit: "good", "bad" or "skip"; its second argument is
            how many steps are left after it.
        known_states: the code states whose verdict costs nothing.
        large: commits from which on the main line is searched first.
    """

    repository: Repository
    code_states: CodeStates
    find: Find
    books: GitBisect
    verdict: Callable[[str, int | None], str]
    known_states: Callable[[], Set[str]]
    large: int = LARGE

    def run(self, span: Span) -> Found:
        """Search a range whose ends were tested.

        In a very large one the way of first parents is searched first. If that ends at a merge, what the
        merge brought in is searched then.

        Raises:
            CheckError: the check itself is at fault.
            RepositoryError: git cannot read the range.
        """
        while True:
            found = self._through(span)
            if found.first is None or span.graph is not None:
                return found
            below = self._below(found.first)
            if below is None:
                return found
            span = below

    def _through(self, span: Span) -> Found:
        self.books.start(span.old, span.new, is_first_parent=span.graph is None)
        if (base := self._new_base(span)) is not None:
            return Found(new_base=base)
        walk = self._on_main_line(span) if span.graph is None else self._in_graph(span, span.graph)
        if len(walk) > 1:
            if span.graph is not None:
                self.books.skip_rest(walk.new)
            return Found(candidates=tuple(walk.candidates))
        parents = self.repository.parents(walk.new)
        return Found(first=self.books.conclude(walk.new, parents if span.graph is not None else parents[:1]))

    def _in_graph(self, span: Span, graph: Graph) -> Walk:
        """Ask until no further test would help; known verdicts first, since they cost no check."""
        walk = GraphWalk(graph, graph.source(span.new))
        rival = Rival(graph, span.states[span.old], span.new)
        while True:
            states = self.known_states()
            known = {commit for commit in walk.questions() if graph.states[commit] in states}
            commit = choose(walk, known) if known else rival.choose(walk)
            if commit is None:
                return walk
            rival.told(commit, self._ask(walk, commit), is_run=not known)

    def _on_main_line(self, span: Span) -> Walk:
        walk = ChainWalk(span.main_line)
        is_exact = bool(self.code_states.paths)
        while (commit := choose(walk)) is not None:
            self._ask(walk, commit)
            if not is_exact and len(walk) <= self.large:
                walk, is_exact = self._refined(walk, span), True
        return walk

    def _new_base(self, span: Span) -> str | None:
        """A common ancestor that is new already: the change does not lie on the way to the new end."""
        bases = self.repository.git("merge-base", "--all", span.old, span.new).decode("ascii").split()
        for base in bases:
            if base != span.old:
                kind = self._kind(base, None)
                if kind == "new":
                    return base
                self.books.tell(kind, base)
        if span.graph is None:
            return None
        source = span.graph.source(span.new)
        return None if source in span.graph.parents else source

    def _ask(self, walk: Walk, commit: str) -> str:
        kind = self._kind(commit, steps_of(len(walk)) - 1)
        mark = {"new": walk.mark_new, "old": walk.mark_old, "skip": walk.skipped.add}
        mark[kind](commit)
        self.books.tell(kind, commit)
        return kind

    def _kind(self, commit: str, steps_left: int | None) -> str:
        verdict = self.verdict(commit, steps_left)
        return {self.find.old: "old", self.find.new: "new"}.get(verdict, "skip")

    def _refined(self, walk: ChainWalk, span: Span) -> ChainWalk:
        """The walk without commits that change no code, once there are few enough to look at each."""
        before = self.repository.parents(walk.candidates[0])
        row = changes_in_row(walk.candidates, before[0] if before else span.old, self.code_states)
        refined = ChainWalk(row)
        refined.skipped = walk.skipped & set(row)
        return refined

    def _below(self, merge: str) -> Span | None:
        """What a merge brought in beside its first parent, if it can hold the first new commit."""
        main, *others = self.repository.parents(merge) or ("",)
        if not others:
            return None
        span = read_span(self.repository, main, merge, self.code_states, self.large)
        if span.graph is not None:
            return span
        for parent in others:
            if self._kind(parent, None) == "new":
                return read_span(self.repository, main, parent, self.code_states, self.large)
        return None

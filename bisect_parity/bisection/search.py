"""The search through a range: which commit is checked next is chosen here; `git bisect` gets the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from attrs import frozen

from bisect_parity.bisection.check_pool import NOTHING, Ahead
from bisect_parity.bisection.course import Course, GraphCourse, expected
from bisect_parity.bisection.git_bisect import GitBisect
from bisect_parity.bisection.graph import ChainWalk, RangeGraph, Walk, mark, steps_of
from bisect_parity.bisection.model import Find, Role
from bisect_parity.bisection.span import LARGE, Span, read_span
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository


@frozen
class SearchResult:
    """How a search ended.

    Attributes:
        first: the first new commit; None where none can be named.
        candidates: what is left where commits that cannot be tested hide it, ancestors first.
        new_base: a common ancestor of the ends that is as the new end is.
        is_given_up: whether some of the candidates were not tried.
    """

    first: str | None = None
    candidates: tuple[str, ...] = ()
    new_base: str | None = None
    is_given_up: bool = False


@frozen
class Search:
    """A search for the first new commit.

    Attributes:
        repository: where the commits are.
        code_states: with the code paths.
        find: what is looked for.
        books: kept by git.
        verdict: gives the verdict on a commit: "good", "bad" or "skip"; its second argument is
            how many steps are left after it, its third what may be checked meanwhile.
        seen: the verdicts on commits that were checked ahead, and are not asked for yet.
        known_states: the code states whose verdict costs nothing.
        large: commits from which on the main line is searched first.
        is_given_up: whether no further commit is worth a question, by the verdicts so far.
    """

    repository: Repository
    code_states: CodeStates
    find: Find
    books: GitBisect
    verdict: Callable[[str, int | None, Ahead], str]
    known_states: Callable[[], Set[str]]
    seen: Callable[[], Mapping[str, str]] = dict
    large: int = LARGE
    is_given_up: Callable[[], bool] = lambda: False

    def run(self, span: Span) -> SearchResult:
        """Search a range whose ends were tested.

        A very large one is searched along its first parents, until so little is left that it can be searched
        as any other range. A merge that brought in more than that is entered, and searched in the same way.

        Raises:
            CheckError: the check itself is at fault.
            RepositoryError: git cannot read the range.
        """
        while True:
            self.books.start(span.old, span.new, is_first_parent=span.graph is None)
            if (base := self._new_base(span)) is not None:
                return SearchResult(new_base=base)
            if span.graph is not None:
                walk = self._in_graph(span, span.graph)
                if len(walk) > 1 and not walk.questions():
                    self.books.skip_rest(walk.new)
                return self._named(walk, self.repository.parents(walk.new))
            line, rest = self._on_main_line(span)
            if rest is None:
                return self._named(line, self.repository.parents(line.new)[:1])
            span = rest

    def _named(self, walk: Walk, parents: Sequence[str]) -> SearchResult:
        """What is left: one commit, which git names once it knows that these parents are old, or several."""
        if len(walk.candidates) > 1:
            return SearchResult(candidates=tuple(walk.candidates), is_given_up=bool(walk.questions()))
        return SearchResult(first=self.books.conclude(walk.new, parents))

    def _in_graph(self, span: Span, graph: RangeGraph) -> Walk:
        """Ask until no further test would help; known verdicts first, since they cost no check."""
        course = GraphCourse(graph, span.states[span.old], span.new, self.known_states)
        while not self.is_given_up() and (commit := course.question()) is not None:
            self._ask(course, commit)
        return course.walk

    def _on_main_line(self, span: Span) -> tuple[Walk, Span | None]:
        """Ask along the first parents; what is to be searched next, if no commit is found so."""
        whole, code = span.reached
        course, left = Course(ChainWalk(span.main_line, code)), ChainWalk(span.main_line, whole)
        old = span.old
        while len(left) > self.large:
            commit = None if self.is_given_up() else course.question()
            if commit is None:
                return course.walk, self._below(course.walk)
            kind = self._ask(course, commit)
            mark(left, commit, kind)
            old = commit if kind == "old" else old
        return course.walk, self._span(old, left.new)

    def _new_base(self, span: Span) -> str | None:
        """A common ancestor that is new already: the change does not lie on the way to the new end."""
        bases = self.repository.git("merge-base", "--all", span.old, span.new).decode("ascii").split()
        for base in bases:
            if base != span.old:
                kind = self._kind(base)
                if kind == "new":
                    return base
                self.books.tell(kind, base)
        if span.graph is None:
            return None
        source = span.graph.source(span.new)
        return None if source in span.graph.parents else source

    def _ask(self, course: Course, commit: str) -> str:
        walk = course.walk
        ahead = Ahead(
            lambda: ((later, Role.SEARCH) for later in expected(course, self._seen())),
            lambda other: other in walk and other != walk.new,
        )
        kind = self._kind(commit, steps_of(len(walk)) - 1, ahead)
        course.observe(commit, kind)
        self.books.tell(kind, commit)
        return kind

    def _seen(self) -> dict[str, str]:
        return {commit: self._kind_of(verdict) for commit, verdict in self.seen().items()}

    def _kind(self, commit: str, steps_left: int | None = None, ahead: Ahead = NOTHING) -> str:
        return self._kind_of(self.verdict(commit, steps_left, ahead))

    def _kind_of(self, verdict: str) -> str:
        return {self.find.old: "old", self.find.new: "new"}.get(verdict, "skip")

    def _below(self, walk: Walk) -> Span | None:
        """What a merge brought in beside its first parent, if it can hold the first new commit."""
        main, *others = self.repository.parents(walk.new) or ("",)
        if len(walk.candidates) > 1:
            return None
        new = next((parent for parent in others if self._kind(parent) == "new"), None)
        return None if new is None else self._span(main, new)

    def _span(self, old: str, new: str) -> Span:
        return read_span(self.repository, old, new, self.code_states, self.large)


def first_questions(span: Span, known_states: Callable[[], Set[str]]) -> Iterator[tuple[str, Role]]:
    """What a search will probably ask first, where the ends of its range are what they were named for.

    Args:
        span: the range; nothing is told of a very large one.
        known_states: the code states whose verdict costs nothing.
    """
    graph = span.graph
    if graph is not None and graph.source(span.new) in graph.parents:
        course = GraphCourse(graph, span.states[span.old], span.new, known_states)
        yield from ((commit, Role.SEARCH) for commit in expected(course, {}))

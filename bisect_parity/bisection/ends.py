"""The range that is searched: its two ends, and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.bisection.model import Find
from bisect_parity.bisection.named_ends import resolve_ends
from bisect_parity.bisection.span import LARGE, Span, read_span
from bisect_parity.errors import RepositoryError, UsageError
from bisect_parity.history.renames import moved_code
from bisect_parity.wording import SHORT, search_command

if TYPE_CHECKING:
    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository

AUTO = "auto"


@frozen
class SearchRange:
    """The commits between two ends.

    Attributes:
        find: what is looked for.
        good, bad: full ids of the ends.
        span: what lies between them.
        end_states: code states of the good and of the bad end.
        is_open: whether the old end is only where the history begins, and the true one is to be found.
        is_whole: whether nothing comes before the old end.
    """

    find: Find
    good: str
    bad: str
    span: Span
    end_states: tuple[str, str]
    is_open: bool = False
    is_whole: bool = False

    @property
    def old(self) -> str:
        """The end that the search starts from."""
        return self.good if self.find is Find.REGRESSION else self.bad

    @property
    def new(self) -> str:
        """The end that the search leads to."""
        return self.bad if self.find is Find.REGRESSION else self.good

    @property
    def order(self) -> tuple[str, ...]:
        """The old end and the commits of the range, parents first; empty where they are too many."""
        graph = self.span.graph
        return () if graph is None else (self.span.old, *graph.commits)

    @property
    def is_one_state(self) -> bool:
        """Whether both ends hold the same code."""
        return not self.is_open and self.end_states[0] == self.end_states[1]


def resolve_range(
    repository: Repository,
    good: str,
    bad: str,
    find: Find,
    code_states: CodeStates,
    large: int = LARGE,
    options: str = "",
) -> SearchRange:
    """Resolve both ends, and read what lies between them.

    Args:
        repository: where to look.
        good, bad: revisions or dates; `AUTO` for the old end lets the range begin where the history does.
        find: what is looked for.
        code_states: with the code paths.
        large: see `read_span`.
        options: of a further command on the case, for a way out.

    Raises:
        RepositoryError: an end is no commit, or the ends have no common ancestor.
        UsageError: the ends are equal, in the wrong order, or hold nothing under the code paths; or code was
            renamed between them, and the code paths hold only one of its names.
    """
    named = {"good": good, "bad": bad}
    if named[find.new] == AUTO:
        raise UsageError(
            f"--{find.new} {AUTO}: only the {find.old} end can be found on the way back",
            f"Name the {find.new} end, and give --{find.old} {AUTO}.",
        )
    is_open = named[find.old] == AUTO
    if is_open:
        (new_end,) = resolve_ends(repository, {f"--{find.new}": named[find.new]}).values()
        named = {find.old: _beginning(repository, new_end), find.new: new_end}
    resolved = resolve_ends(repository, {f"--{name}": revision for name, revision in named.items()})
    ids = {name: resolved[f"--{name}"] for name in named}
    if ids["good"] == ids["bad"]:
        raise UsageError(f"--good and --bad name the same commit, {ids['good'][:SHORT]}", "Name two commits.")
    old, new = ids[find.old], ids[find.new]
    base = repository.git_result("merge-base", old, new)
    if base.status == 1:
        raise RepositoryError(
            f"{old[:SHORT]} and {new[:SHORT]} have no common ancestor", "Name two commits of one history."
        )
    if base.status != 0:
        repository.git("merge-base", old, new)  # says what is wrong
    if base.stdout.decode().strip() == new:
        raise _order_error(find, ids, options, is_whole=not repository.parents(new))
    states = code_states.of([ids["good"], ids["bad"]])
    if all(code_states.is_empty(commit) for commit in (old, new)):
        paths = ", ".join(code_states.paths) or "evidence, documentation and plans left out"
        raise UsageError(f"neither end holds a file under the code paths ({paths})", "Correct [code] paths.")
    refuse_moved_code(repository, code_states, old, new)
    span = read_span(repository, old, new, code_states, large)
    end_states = (states[ids["good"]], states[ids["bad"]])
    is_whole = not repository.parents(old)
    return SearchRange(find, ids["good"], ids["bad"], span, end_states, is_open, is_whole)


def refuse_moved_code(repository: Repository, code_states: CodeStates, old: str, new: str) -> None:
    """Stop where commits would count as equal because their code has another name.

    Raises:
        RepositoryError: git cannot read a commit.
        UsageError: code was renamed between the two, and the code paths hold only one of its names.
    """
    moved = moved_code(repository, code_states, old, new)
    if moved is not None:
        raise UsageError(
            f"{moved.commit[:SHORT]} renames code: {moved.inside} is under the code paths, and "
            f"{moved.outside}, its other name, is not; so all commits with that one would count as equal",
            f'Add "{moved.missing_path}" to [code] paths (or code_paths of the case), and freeze them again '
            "(bisect-parity init --freeze).",
        )


def _beginning(repository: Repository, commit: str) -> str:
    """The last commit on the way of first parents from `commit` back."""
    with repository.stream("rev-list", "--first-parent", "--reverse", commit) as listed:
        return bytes(listed.readline()).decode("ascii").strip()


def _order_error(find: Find, ids: dict[str, str], options: str, *, is_whole: bool) -> UsageError:
    good, bad = ids["good"][:SHORT], ids["bad"][:SHORT]
    if find is Find.REGRESSION:
        return UsageError(
            f"--good {good} comes after --bad {bad}, so a commit between them fixed it",
            f"{ways_out(good, bad, options, is_whole=is_whole)}; if you mixed them up: "
            f"{search_command(bad, good, options)}",
        )
    return UsageError(
        f"--bad {bad} comes after --good {good}, so a commit between them broke it",
        f"To find it: {search_command(good, bad, options)}; "
        f"if you mixed them up: {search_command(good, bad, options, is_fix=True)}",
    )


def ways_out(good: str, bad: str, options: str, *, is_whole: bool) -> str:
    """What can be searched where the bad commit comes first: what fixed it, or what broke it.

    Args:
        good, bad: ids.
        options: of a further command on the case.
        is_whole: whether nothing comes before the bad commit.
    """
    fix = f"To find that one: {search_command(bad, good, options, is_fix=True)}"
    if is_whole:
        return fix
    return f"{fix}; to find what broke it, before {bad}: {search_command(AUTO, bad, options)}"

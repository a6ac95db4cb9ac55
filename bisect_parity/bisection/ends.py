"""The range that is searched: its two ends, its commits, and which of them can matter."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.bisection.model import SHORT, Find
from bisect_parity.errors import RepositoryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository

__all__ = ["SearchRange", "collapsed", "resolve_end", "resolve_range"]

PATHSPEC_LIMIT = 64
LISTED_LIMIT = 8
_ABBREVIATION = re.compile(r"[0-9a-fA-F]{4,64}")
_MAGIC = re.compile(r"[*?\[\]\\]|^:")


@frozen
class SearchRange:
    """The commits between two ends.

    Attributes:
        find: what is looked for.
        good, bad: full ids of the ends.
        commits: reachable from the new end and not from the old one, newest first.
        states: code state of each of them, and of both ends.
        pathspecs: what to restrict git's bisection to; empty: nothing.
    """

    find: Find
    good: str
    bad: str
    commits: tuple[str, ...]
    states: dict[str, str]
    pathspecs: tuple[str, ...]

    @property
    def old(self) -> str:
        """The end that the search starts from."""
        return self.good if self.find is Find.REGRESSION else self.bad

    @property
    def new(self) -> str:
        """The end that the search leads to."""
        return self.bad if self.find is Find.REGRESSION else self.good

    @property
    def is_one_state(self) -> bool:
        """Whether both ends hold the same code."""
        return self.states[self.good] == self.states[self.bad]

    @property
    def state_count(self) -> int:
        """How many code states there are, both ends included."""
        return len(set(self.states.values()))


def resolve_end(repository: Repository, revision: str, option: str) -> str:
    """The full id of the commit that one end names.

    Raises:
        RepositoryError: it names no commit, or more than one.
    """
    commit = repository.try_resolve(revision)
    if commit is not None:
        return commit
    if _ABBREVIATION.fullmatch(revision):
        answer = repository.git_result("rev-parse", f"--disambiguate={revision}")
        found = answer.stdout.decode("ascii", "replace").split()
        if len(found) > 1:
            listed = ", ".join(found[:LISTED_LIMIT])
            raise RepositoryError(
                f"{option} {revision} is the beginning of {len(found)} object ids: {listed}",
                "Give more digits.",
            )
    kind = repository.git_result("cat-file", "-t", "--end-of-options", revision)
    what = kind.stdout.decode("ascii", "replace").strip()
    if what in ("tree", "blob", "tag"):
        raise RepositoryError(f"{option} {revision!r} names no commit but a {what}", "Name a commit.")
    raise RepositoryError(
        f"{option} {revision!r} names no commit in {repository.directory}",
        "Give a branch, a tag, or an id with enough digits; fetch it if it lies elsewhere.",
    )


def resolve_range(
    repository: Repository, good: str, bad: str, find: Find, code_states: CodeStates
) -> SearchRange:
    """Resolve both ends, and read what lies between them.

    Args:
        repository: where to look.
        good, bad: revisions.
        find: what is looked for.
        code_states: with the code paths.

    Raises:
        RepositoryError: an end is no commit, or the ends have no common ancestor.
        UsageError: the ends are equal, in the wrong order, or hold nothing under the code paths.
    """
    ids = {"good": resolve_end(repository, good, "--good"), "bad": resolve_end(repository, bad, "--bad")}
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
        raise _order_error(find, ids)
    commits = tuple(repository.git("rev-list", new, f"^{old}").decode().split())
    states = code_states.of([*commits, old])
    if all(code_states.is_empty(commit) for commit in (old, new)):
        named = ", ".join(code_states.paths) or "evidence, documentation and plans left out"
        raise UsageError(f"neither end holds a file under the code paths ({named})", "Correct [code] paths.")
    pathspecs = _pathspecs(repository, old, new, code_states)
    return SearchRange(find, ids["good"], ids["bad"], commits, states, pathspecs)


def _order_error(find: Find, ids: dict[str, str]) -> UsageError:
    good, bad = ids["good"][:SHORT], ids["bad"][:SHORT]
    if find is Find.REGRESSION:
        return UsageError(
            f"--good {good} comes after --bad {bad}",
            f"To find the commit that mended it: bisect-parity bisect --find fix --good {good} --bad {bad}",
        )
    return UsageError(
        f"--bad {bad} comes after --good {good}",
        f"To find the commit that broke it: bisect-parity bisect --good {good} --bad {bad}",
    )


def _pathspecs(repository: Repository, old: str, new: str, code_states: CodeStates) -> tuple[str, ...]:
    """What restricts git to commits that change the code."""
    if code_states.paths:
        return () if "" in code_states.paths else code_states.paths
    # -c: of a merge, only what it changes against all parents; the rest stands at its own commits
    arguments = ("-c", "--name-only", "--no-renames", "--format=", "-z", new, f"^{old}")
    names = repository.git("log", *arguments).split(b"\0")
    changed = {os.fsdecode(name.strip(b"\n")) for name in names}
    return collapsed(path for path in changed if path and code_states.holds(path))


def collapsed(paths: Iterable[str], limit: int = PATHSPEC_LIMIT) -> tuple[str, ...]:
    """Pathspecs of `paths`, or of the folders that hold them where there are more than `limit`.

    Empty where even the folders at the top are too many: then nothing is left out of the search.
    """
    split = [tuple(path.split("/")) for path in paths]
    for depth in range(max(map(len, split), default=0), 0, -1):
        short = {words[:depth] for words in split}
        if len(short) <= limit:
            names = sorted("/".join(words) for words in short)
            return tuple(f":(literal){name}" if _MAGIC.search(name) else name for name in names)
    return ()

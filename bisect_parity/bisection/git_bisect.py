"""`git bisect` is given every verdict of a search, and names the first bad commit.

Nothing is checked out by it (`--no-checkout`): the checks do that, and only where one is run. What it wrote
is the log that `git bisect replay` takes in any clone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bisect_parity.bisection.model import Find
from bisect_parity.errors import RepositoryError
from bisect_parity.history.hookless import without_hooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.history.worktree import Worktree

ONLY_SKIPPED_STATUS = 2
_FIRST = re.compile(r"^# first (?:'[\w-]+'|[\w-]+) commit: \[([0-9a-f]{40,64})\]", re.MULTILINE)
_HERE_ONLY = "'--no-checkout' "


class GitBisect:
    """git's record of one search, in a worktree of our own.

    Args:
        worktree: where `refs/bisect` and the log are.
        find: what is looked for; decides the terms that git uses.
    """

    def __init__(self, worktree: Worktree, find: Find) -> None:
        self._worktree = worktree
        self._earlier = ""
        self._new = ""
        is_fix = find is Find.FIX
        # words of our own: git lets nobody change what its "good" and "bad" mean
        self._words = {"old": "broken", "new": "fixed"} if is_fix else {"old": "good", "new": "bad"}
        self._terms = ("--term-old=broken", "--term-new=fixed") if is_fix else ()

    @property
    def log(self) -> str:
        """What `git bisect log` prints, of this search and of those it began with; also after a stop."""
        try:
            now = (self._worktree.git_dir / "BISECT_LOG").read_text(errors="replace")
        except OSError:
            now = ""
        return self._earlier + now.replace(_HERE_ONLY, "")

    @property
    def first(self) -> str | None:
        """The first new commit, once git names it."""
        found = _FIRST.findall(self.log.removeprefix(self._earlier))
        return found[-1] if found else None

    def start(self, old: str, new: str, *, is_first_parent: bool) -> None:
        """Begin a search, or the next one below a merge that an earlier one named.

        Raises:
            RepositoryError: git cannot.
        """
        self._earlier = self.log
        self._worktree.forget_bisection()
        mode = ("--first-parent",) if is_first_parent else ()
        self._run("start", "--no-checkout", *mode, *self._terms, new, old, "--")
        self._new = new

    def tell(self, verdict: str, *commits: str) -> None:
        """Tell git the verdict of commits.

        Args:
            verdict: "old", "new" or "skip".
            commits: full ids; one if they are new.

        Raises:
            RepositoryError: git does not take it.
        """
        self._run(self._words.get(verdict, verdict), *commits)
        if verdict == "new":
            (self._new,) = commits

    def conclude(self, first: str, parents: Sequence[str]) -> str:
        """Let git name the first new commit, whose parents hold code that is known to be old.

        Raises:
            RepositoryError: git does not take it.
        """
        if self._new != first:
            self.tell("new", first)
        if self.first is None and parents:
            self.tell("old", *parents)
        return self.first or first

    def skip_rest(self, new: str) -> None:
        """Let git see, too, that all that is left but the earliest new commit cannot be tested.

        Raises:
            RepositoryError: git does not take it.
        """
        if self._new != new:
            self.tell("new", new)
        old = f"--glob=refs/bisect/{self._words['old']}-*"
        listed = self._worktree.git("rev-list", f"refs/bisect/{self._words['new']}", "--not", old)
        rest = set(listed.decode("ascii").split()) - {new}
        if rest:
            self.tell("skip", *sorted(rest))

    def forget(self) -> None:
        """Remove the refs of the search: its commits are nobody's, and nothing shall keep them.

        Raises:
            RepositoryError: git cannot.
        """
        names = self._worktree.git("for-each-ref", "--format=delete %(refname)", "refs/bisect")
        self._worktree.git("update-ref", "--stdin", stdin=names)
        self._worktree.forget_bisection()

    def _run(self, *arguments: str) -> None:
        self._worktree.repair()  # the check before may have removed it
        worktree = self._worktree
        with without_hooks(worktree.repository.common_dir, worktree.git_dir) as variables:
            done = worktree.git_result("bisect", *arguments, variables=variables)
        if done.status not in (0, ONLY_SKIPPED_STATUS):
            said = (done.stderr or done.stdout).decode(errors="backslashreplace").strip()
            raise RepositoryError(f"git bisect {arguments[0]} failed: {said.partition(chr(10))[0]}")

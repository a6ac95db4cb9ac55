"""Verdicts on commits: each code state is checked once, by `bisect-parity check` in a worktree of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from bisect_parity.bisection.check_call import CheckCall
from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.running_check import CACHE, CheckProcess, RunningCheck
from bisect_parity.errors import CheckError, MissingObjectError
from bisect_parity.parity.result import write_result
from bisect_parity.processes import end_marked
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Set
    from pathlib import Path

    from bisect_parity.bisection.check_call import CheckPlan
    from bisect_parity.history.worktree import Worktree
    from bisect_parity.parity.recall import Recall

KEPT = ("known", "kept")  # states of a verdict in the user's cache
KEEPING = (
    Role.SEARCH,
    Role.SWEEP,
    Role.AHEAD,
)  # where products may stay: what is claimed of a commit is built anew


class Checker:
    """Gives verdicts on commits, and remembers them by code state.

    Args:
        plan: of the session.
        tell: called with every verdict that was asked for.
        is_flaky: whether a check is one observation of a code state, and not the verdict on it: nothing is
            taken from a cache then, or kept in one.

    Attributes:
        call: how its checks are called.
        checks: what was asked for so far.
        size: that commits are checked at; verdicts at another size are not mixed with its own.
        warm: starts what makes further checks fast, and gives what to add to their environment.
        recall: looks up verdicts by content; None: each needs a check.
        named: the id by which people know a commit, where that is not its own.
    """

    def __init__(self, plan: CheckPlan, tell: Callable[[Check], None], *, is_flaky: bool = False) -> None:
        case, folder = plan.case, plan.folder
        self.call = CheckCall(plan, is_flaky)
        self.checks: list[Check] = []
        self.size = case.size
        self.warm: Callable[[], Mapping[str, str]] = dict
        self.recall: Recall | None = None
        self.named: Callable[[str], str] = str
        self._folder = folder
        self._code_states = plan.code_states
        self._keep = [f"/{path.strip('/')}" for path in case.keep]  # a pattern that holds at the top only
        self._tell = tell
        self._number = folder.last_number()
        self._ahead: dict[tuple[str, int], Check] = {}  # by code state and size, as in the folder
        self._case_name = case.name
        self._files: str | None = None  # the digest of what the case brings along
        self._hints: Set[str] = folder.earlier_states(case.name, case.size, plan.thresholds)

    def number_after(self, checks: Iterable[Check]) -> None:
        """Number further checks after those of another search in the same session."""
        numbers = [int(check.name.partition("-")[0]) for check in checks]
        self._number = max([self._number, *numbers])

    @property
    def keeps_products(self) -> bool:
        """Whether a check builds on what the one before left in its worktree."""
        return bool(self._keep)

    def verdict(self, worktree: Worktree, commit: str, role: Role) -> Check:
        """The verdict on a commit; a check is run only if that of its code is not known, here or by content.

        Raises:
            CheckError: the frozen settings were changed.
            BisectParityError: the commit cannot be checked out, or the session's folder not be written.
        """
        return self.known_verdict(commit, role) or self.run(worktree, commit, role)

    def known_verdict(self, commit: str, role: Role) -> Check | None:
        """The verdict on a commit that needs no check any more; None where it needs one.

        Raises:
            As `verdict`.
        """
        self._folder.verify()
        if self.needs_check(commit, role):
            return None
        key = (self.state_of(commit), self.size)
        ahead = self._ahead.get(key)
        if ahead is not None:
            self._ahead.pop(key)
            if ahead.commit == commit:
                return self.add(evolve(ahead, role=role))
            self.add(evolve(ahead, role=Role.AHEAD))  # of another commit with the same code
        known = self._folder.known(*key)
        if known is None:
            return None
        source = known.known_from or known.name
        same = evolve(
            known, name=self._name(commit), commit=commit, role=role, seconds=0.0, known_from=source
        )
        return self.add(same)

    def needs_check(self, commit: str, role: Role) -> bool:
        """Whether the code of a commit, asked for in some role, has no verdict, here or by content."""
        key = (self.state_of(commit), self.size)
        if key in self._ahead or self._folder.known(*key) is not None:
            return False
        recalled = self._recalled(commit, role)
        if recalled is not None:
            self._ahead[key] = recalled
        return recalled is None

    @property
    def ahead(self) -> list[Check]:
        """The checks that came to an end, and that nobody has asked for."""
        return list(self._ahead.values())

    def known(self, code_state: str) -> Check | None:
        """The check that gave the verdict of a code state at the size that is in use; None without one."""
        return self._folder.known(code_state, self.size)

    def content_of(self, code_state: str) -> dict[str, str]:
        """Digests of what a verdict depends on beside the code; empty where no cache keeps it."""
        known = self.known(code_state)
        cache = None if known is None else known.document.get("cache")
        parts = cache.get("parts") if isinstance(cache, dict) and cache.get("state") in KEPT else None
        if not isinstance(parts, dict):
            return {}
        return {name: digest for name, digest in parts.items() if name != "code_state"}

    def recorded(self, commit: str, record: Mapping[str, Any], source: str) -> Check:
        """A check of a recorded proof, as that of a commit with the same code."""
        return Check(
            name=self._name(commit),
            commit=commit,
            code_state=self.state_of(commit),
            role=Role.PROOF,
            size=int(record["size"]),
            verdict=str(record["verdict"]),
            reason=str(record["reason"]),
            step=record["step"],
            document=dict(record["document"]),
            known_from=source,
        )

    def folder_of(self, check: Check) -> Path:
        """Where a check of this session wrote its files."""
        return self._folder.check_folder(check.name)

    def take_up(self) -> None:
        """End what an earlier run of this session left, and take in what ended by itself meanwhile."""
        end_marked(self.call.mark)
        self._folder.refresh()

    def ask_skips_again(self) -> None:
        """Ask again for what could not be tested where other packages and programs were: see `Recall`."""
        recall = self.recall
        if recall is not None:
            self._folder.forget_skips(
                lambda check: check.document.get("environment", {}) in ({}, recall.environment)
            )

    def costless_states(self) -> Set[str]:
        """The code states whose verdict is known, or was known to an earlier session of the same settings.

        What was checked ahead does not count before it is asked for: the search goes its way as without.
        """
        ahead = {state for state, size in self._ahead if size == self.size}
        return (self._folder.known_states(self.size) - ahead) | self._hints

    def verdicts_of(self, commits: Iterable[str], size: int) -> dict[str, str]:
        """The verdicts on those commits whose code state has one at a size."""
        states = self._code_states.of(commits)
        found = {commit: self._folder.known(state, size) for commit, state in states.items()}
        return {commit: check.verdict for commit, check in found.items() if check is not None}

    def run(self, worktree: Worktree, commit: str, role: Role) -> Check:
        """Check a commit, whatever is known of it. A file that is missing makes it one that cannot be tested.

        Raises:
            As `verdict`.
        """
        begun = self.begin(worktree, commit, role)
        try:
            return self.finished(begun)
        finally:
            begun.abandon()

    def begin(self, worktree: Worktree, commit: str, role: Role) -> RunningCheck:
        """Begin a check of a commit in a worktree where nothing else is done until it has ended.

        Raises:
            As `verdict`.
        """
        self._folder.verify()
        name = self._name(commit)
        check = Check(name, commit, self.state_of(commit), role, self.size, "abort")
        try:
            worktree.restore(commit, self._keep if role in KEEPING else [])
        except MissingObjectError as error:
            return RunningCheck(evolve(check, verdict="skip", reason=error.message, step="checkout"))
        env = self.call.environment(worktree)
        if role is not Role.PROOF:
            env |= self.warm()
        words = self.call.words(name, role, self.size)
        process = CheckProcess(self.call.plan.repository.journal, words, worktree.path, env)
        return RunningCheck(check, process)

    def take_in(self, running: RunningCheck) -> None:
        """Keep what came of a check, which is waited for; `known_verdict` gives it once it is asked for.

        Raises:
            OutputError: the session's folder cannot be written.
        """
        check = self._ended(running)
        self._ahead[check.code_state, check.size] = check

    def finished(self, running: RunningCheck) -> Check:
        """What came of a check that was asked for; its end is waited for.

        Raises:
            OutputError: the session's folder cannot be written.
        """
        return self.add(self._ended(running))

    def _ended(self, running: RunningCheck) -> Check:
        """What came of a check, which is waited for; it is kept where it holds for further commits."""
        check = running.result(self._folder.check_folder(running.check.name))
        if self.call.is_flaky:
            self._folder.observe(check)
        elif check.verdict != "abort" and check.role is not Role.PROOF:
            self._folder.remember(check)
        return check

    def _recalled(self, commit: str, role: Role) -> Check | None:
        """A check that the user's cache knows by content, with the file that it would have written."""
        state = self.state_of(commit)
        result = None if self.recall is None else self.recall.result(commit, state, self.size)
        if result is None:
            return None
        name = self._name(commit)
        write_result(result, self._folder.check_folder(name))
        words = (result.verdict, result.reason, result.step)
        check = Check(name, commit, state, role, self.size, *words, result.to_json(), known_from=CACHE)
        self._folder.remember(check)
        return check

    def add(self, check: Check) -> Check:
        """Add a check to those that were asked for, and report it.

        Raises:
            CheckError: the case's own files, its mask say, are others than in the checks before.
        """
        digests = check.document.get("digests")
        files = digests.get("files") if isinstance(digests, dict) else None
        if files is not None and files != (self._files or files):
            raise CheckError(
                f"what `files` or `mask` of case {self._case_name} names was changed during the session",
                "Verdicts before and after cannot be compared. Start again; `bring` is copied at the start.",
            )
        self._files = files or self._files
        if check.known_from is None and check.code_state in self._hints:
            self._hints = frozenset()  # the cache is not what it was: nothing is gained by following it
        self.checks.append(check)
        self._tell(check)
        return check

    def state_of(self, commit: str) -> str:
        """The code state of a commit."""
        return self._code_states.of([commit])[commit]

    def _name(self, commit: str) -> str:
        """A name for the files of one more check of a commit."""
        self._number += 1
        return f"{self._number:04d}-{self.named(commit)[:SHORT]}"

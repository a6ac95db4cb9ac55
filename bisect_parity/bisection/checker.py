"""Verdicts on commits: each code state is checked once, by `bisect-parity check` in a worktree of ours."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attrs import evolve

import bisect_parity
from bisect_parity.bisection.model import Check, Role
from bisect_parity.bisection.verdict_files import read_document
from bisect_parity.errors import MissingObjectError
from bisect_parity.guard import SESSION_VARIABLE
from bisect_parity.history.repository import clean_environment
from bisect_parity.parity.result import write_result
from bisect_parity.parity.steps import HASH_SEED_VARIABLE
from bisect_parity.processes import MARK, children, end_marked, end_strangers
from bisect_parity.wording import SHORT, threshold_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Set

    from bisect_parity.bisection.folder import SessionFolder
    from bisect_parity.config import Thresholds
    from bisect_parity.history.code_state import CodeStates
    from bisect_parity.history.repository import Repository
    from bisect_parity.history.worktree import Worktree
    from bisect_parity.parity.case import Case
    from bisect_parity.parity.recall import Recall

__all__ = ["CHECK_COMMAND", "Checker"]

# -P: the tree under test is the working directory, and nothing may be imported from it
SESSION_CHECK = Path(bisect_parity.__file__).with_name("session_check.py")
CHECK_COMMAND = (sys.executable, "-I", "-S", str(SESSION_CHECK), "check")
VERDICT_OF_STATUS = {0: "good", 1: "bad", 125: "skip", 200: "abort"}
CACHE = "cache"
KEPT = ("known", "kept")  # states of a verdict in the user's cache
TAIL_BYTES = 8192  # of what it complains of
GRACE_SECONDS = 15.0  # the check has processes of its own to end


class CheckPlan(Protocol):
    """What a session knows of its checks before it starts.

    Attributes:
        repository: as the user opened it; its journal logs the checks.
        folder: of the session, with the frozen settings.
        code_states: with the code paths.
        case: whose size and build products are meant, as frozen.
        check_command: the check, up to its options.
        thresholds: that count instead of the case's own.
    """

    @property
    def repository(self) -> Repository: ...
    @property
    def folder(self) -> SessionFolder: ...
    @property
    def code_states(self) -> CodeStates: ...
    @property
    def case(self) -> Case: ...
    @property
    def check_command(self) -> tuple[str, ...]: ...
    @property
    def thresholds(self) -> Thresholds | None: ...


class Checker:
    """Gives verdicts on commits, and remembers them by code state.

    Args:
        plan: of the session.
        tell: called with every verdict.

    Attributes:
        checks: what was found so far.
        command: the check, up to its options.
        mark: what its processes carry in their environment.
        size: that commits are checked at; verdicts at another size are not mixed with its own.
        warm: starts what makes further checks fast, and gives what to add to their environment.
        recall: looks up verdicts by content; None: each needs a check.
        is_flaky: whether a check is one observation of a code state, and not the verdict on it: nothing is
            taken from a cache then, or kept in one.
    """

    def __init__(self, plan: CheckPlan, tell: Callable[[Check], None]) -> None:
        case, folder, thresholds = plan.case, plan.folder, plan.thresholds
        self.checks: list[Check] = []
        self.size = case.size
        self._case_size = case.size
        self._folder = folder
        self._code_states = plan.code_states
        self.command = plan.check_command
        self.mark = folder.path.name
        self._words = [*self.command, "--config", str(folder.settings), "--case", case.name]
        if thresholds is not None:
            self._words += threshold_words(thresholds.correlation_min, thresholds.sum_ratio_tolerance)
        self._keep = [f"/{path.strip('/')}" for path in case.keep]  # a pattern that holds at the top only
        self._journal = plan.repository.journal
        self._tell = tell
        self._first_number = folder.last_number() + 1
        self._hints: Set[str] = folder.earlier_states(case.name, case.size, thresholds)
        self.warm: Callable[[], Mapping[str, str]] = dict
        self.recall: Recall | None = None
        self.is_flaky = False

    def command_line(self, name: str) -> list[str]:
        """The command line of a check that writes to the folder `name` of the session."""
        size = [] if self.size == self._case_size else ["--size", str(self.size)]
        return [*self._words, *size, "--out", str(self._folder.check_folder(name))]

    def verdict(self, worktree: Worktree, commit: str, role: Role) -> Check:
        """The verdict on a commit; a check is run only if that of its code is not known, here or by content.

        Raises:
            CheckError: the frozen settings were changed.
            BisectParityError: the commit cannot be checked out, or the session's folder not be written.
        """
        self._folder.verify()
        known = self._folder.known(self._state(commit), self.size)
        if known is None:
            return self._recalled(commit, role) or self.run(worktree, commit, role)
        source = known.known_from or known.name
        same = evolve(
            known, name=self._name(commit), commit=commit, role=role, seconds=0.0, known_from=source
        )
        return self.add(same)

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
            code_state=self._state(commit),
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
        end_marked(self.mark)
        self._folder.refresh()

    def costless_states(self) -> Set[str]:
        """The code states whose verdict is known, or was known to an earlier session of the same settings."""
        return self._folder.known_states(self.size) | self._hints

    def environment(self, worktree: Worktree) -> dict[str, str]:
        """The environment of the checks: git finds no repository further up, and each process is marked."""
        own = {
            "GIT_CEILING_DIRECTORIES": str(worktree.path.parent),
            SESSION_VARIABLE: str(os.getpid()),
            MARK: self.mark,
        }
        if self.is_flaky:  # another order of sets with each check; the log has the seed
            own[HASH_SEED_VARIABLE] = str(secrets.randbelow(2**32))
        return clean_environment() | own

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
        self._folder.verify()
        name, state = self._name(commit), self._state(commit)
        try:
            worktree.restore(commit, [] if role is Role.PROOF else self._keep)
        except MissingObjectError as error:
            check = Check(name, commit, state, role, self.size, "skip", error.message, "checkout")
        else:
            check = self._checked(worktree, name, commit, state, role)
        if check.known_from is None and state in self._hints:
            self._hints = frozenset()  # the cache is not what it was: nothing is gained by following it
        if self.is_flaky:
            self._folder.observe(check)
        elif check.verdict != "abort" and role is not Role.PROOF:
            self._folder.remember(check)
        return self.add(check)

    def _recalled(self, commit: str, role: Role) -> Check | None:
        """A check that the user's cache knows by content, with the file that it would have written."""
        name, state = self._name(commit), self._state(commit)
        told = None if self.recall is None else self.recall.result(commit, state, self.size)
        if told is None:
            return None
        write_result(told, self._folder.check_folder(name))
        document = told.to_json()
        words = (told.verdict, told.reason, told.step)
        check = Check(name, commit, state, role, self.size, *words, document, known_from=CACHE)
        self._folder.remember(check)
        return self.add(check)

    def _checked(self, worktree: Worktree, name: str, commit: str, state: str, role: Role) -> Check:
        words = self.command_line(name)
        if role is Role.PROOF or self.is_flaky:
            words.append("--no-cache")
        if role is Role.PROOF:
            words.append("--preview")
        if role is Role.OLD_END and not self.is_flaky:
            words.append("--reference-twice")  # once is enough to see that it cannot judge anything
        env = self.environment(worktree)
        if role is not Role.PROOF:
            env |= self.warm()
        known = children()
        # files: whoever holds a pipe open after the check has ended would keep us waiting
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
            try:
                done = self._journal.run(
                    words,
                    cwd=worktree.path,
                    env=env,
                    stdout=output,
                    stderr=complaints,
                    grace=GRACE_SECONDS,
                )
            finally:
                end_strangers(known)
            complaints.seek(max(0, complaints.tell() - TAIL_BYTES))
            said = complaints.read().decode(errors="backslashreplace")
        document = read_document(self._folder.check_folder(name) / "verdict.json")
        verdict, reason = _judged(done.status, said, document, commit)
        return Check(
            name=name,
            commit=commit,
            code_state=state,
            role=role,
            size=self.size,
            verdict=verdict,
            reason=reason,
            step=document.get("step"),
            document=document,
            seconds=done.seconds,
            known_from=CACHE if _is_cached(document) else None,
        )

    def add(self, check: Check) -> Check:
        """Add a check to those that were asked for, and report it."""
        self.checks.append(check)
        self._tell(check)
        return check

    def _state(self, commit: str) -> str:
        return self._code_states.of([commit])[commit]

    def _name(self, commit: str) -> str:
        return f"{self._first_number + len(self.checks):04d}-{commit[:SHORT]}"


def _is_cached(document: dict[str, Any]) -> bool:
    """Whether the check took the verdict from the user's cache."""
    cache = document.get("cache")
    return isinstance(cache, dict) and cache.get("state") == "known"


def _judged(status: int, complaints: str, document: dict[str, Any], commit: str) -> tuple[str, str]:
    """Verdict and reason; a check whose status and file do not agree is at fault itself."""
    verdict = VERDICT_OF_STATUS.get(status, "abort")
    if verdict == "abort":
        said = complaints.strip().rpartition("\n")[2]
        said = said.removeprefix("bisect-parity: ")
        return "abort", str(document.get("reason") or said or f"the check ended with status {status}")
    if document.get("verdict") != verdict:
        return "abort", f"the check ended with status {status}, but wrote no verdict that says so"
    if document.get("commit") not in (None, commit):
        return "abort", f"the check judged another commit, {document.get('commit')}"
    return verdict, str(document.get("reason") or "")

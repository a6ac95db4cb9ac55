"""How the checks of a session are called: their command line and their environment."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

import bisect_parity
from bisect_parity.bisection.folder import SessionFolder
from bisect_parity.bisection.model import Role
from bisect_parity.config import Thresholds
from bisect_parity.forked_map import usable_cores
from bisect_parity.guard import SESSION_VARIABLE
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository, clean_environment
from bisect_parity.parity.case import Case
from bisect_parity.parity.steps import HASH_SEED_VARIABLE, THREADS_OF_STEPS, THREADS_VARIABLE
from bisect_parity.processes import MARK
from bisect_parity.wording import case_option, jobs_words, threshold_words

if TYPE_CHECKING:
    from bisect_parity.history.worktree import Worktree

# -P: the tree under test is the working directory, and nothing may be imported from it
SESSION_CHECK = Path(bisect_parity.__file__).with_name("session_check.py")
CHECK_COMMAND = (sys.executable, "-I", "-S", str(SESSION_CHECK), "check")


@frozen(kw_only=True)
class CheckPlan:
    """What any search knows of its checks before it starts.

    Attributes:
        repository: as the user opened it; its journal logs the checks.
        code_states: with the code paths.
        case: as frozen, at the size whose verdicts count, with the thresholds that are used.
        folder: of the session.
        check_command: the check, up to its options.
        thresholds: that count instead of the case's own.
        jobs: how many checks may run at once.
        repo_option: where the repository is, as the user named it, for further commands; see `Invocation`.
        config_option: the same for the settings.
    """

    repository: Repository
    code_states: CodeStates
    case: Case
    folder: SessionFolder
    check_command: tuple[str, ...] = CHECK_COMMAND
    thresholds: Thresholds | None = None
    jobs: int = 1
    repo_option: str = ""
    config_option: str = ""

    @property
    def call_options(self) -> str:
        """The options of any further command."""
        return self.repo_option + self.config_option

    @property
    def options(self) -> str:
        """The options of a further search on the same case, by the same thresholds, or of `isolate`."""
        words = [case_option(self.case.name)]
        if self.thresholds is not None:
            words += threshold_words(self.thresholds.correlation_min, self.thresholds.sum_ratio_tolerance)
        return " ".join(words) + self.call_options

    def resuming(self, search: str) -> str:
        """The command that goes on with the session; `search` is "bisect" or "sweep"."""
        session = f"{self.folder.path.name}{jobs_words(self.jobs)}{self.repo_option}"
        return f"bisect-parity {search} --resume {session}"


@frozen
class CheckCall:
    """How the checks of one session are called.

    Attributes:
        plan: of the session.
        is_flaky: whether each check is one observation, with seeds of its own.
    """

    plan: CheckPlan
    is_flaky: bool = False

    @property
    def mark(self) -> str:
        """What the processes of the session carry in their environment."""
        return self.plan.folder.path.name

    def words(self, name: str, role: Role, size: int) -> list[str]:
        """The command line of a check.

        Args:
            name: of the folder of the session that it writes to.
            role: why it is made.
            size: that it is made at.
        """
        plan, thresholds = self.plan, self.plan.thresholds
        words = [*plan.check_command, "--config", str(plan.folder.settings), "--case", plan.case.name]
        if thresholds is not None:
            words += threshold_words(thresholds.correlation_min, thresholds.sum_ratio_tolerance)
        if size != plan.case.size:
            words += ["--size", str(size)]
        words += ["--out", str(plan.folder.check_folder(name))]
        if role is Role.PROOF or self.is_flaky:
            words.append("--no-cache")
        if role is Role.PROOF:
            words.append("--preview")
        if role is Role.OLD_END and not self.is_flaky:
            words.append("--reference-twice")  # once is enough to see that it cannot judge anything
        return words

    def environment(self, worktree: Worktree) -> dict[str, str]:
        """The environment of the checks: git finds no repository further up, and each process is marked."""
        own = {
            "GIT_CEILING_DIRECTORIES": str(worktree.path.parent),
            SESSION_VARIABLE: str(os.getpid()),
            MARK: self.mark,
        }
        if self.plan.jobs > 1:
            each = max(1, usable_cores() // self.plan.jobs)  # together they use each core once
            own[THREADS_VARIABLE] = os.environ.get(THREADS_OF_STEPS) or str(each)
        if self.is_flaky:  # another order of sets with each check; the log has the seed
            own[HASH_SEED_VARIABLE] = str(secrets.randbelow(2**32))
        return clean_environment() | own

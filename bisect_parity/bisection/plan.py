"""What a bisection needs to know before it starts, as a value."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from bisect_parity.bisection.answer_parts import BundleEnd
from bisect_parity.bisection.check_call import CHECK_COMMAND
from bisect_parity.bisection.ends import AUTO, SearchRange
from bisect_parity.bisection.folder import SessionFolder
from bisect_parity.bisection.model import Check, Find, Role
from bisect_parity.bisection.span import LARGE
from bisect_parity.config import Thresholds
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository
from bisect_parity.parity.case import Case
from bisect_parity.wording import SHORT, case_option, jobs_words, threshold_words


def search_options(case: Case, thresholds: Thresholds | None) -> str:
    """The options of a search on a case, by thresholds that count instead of its own."""
    words = [case_option(case.name)]
    if thresholds is not None:
        words += threshold_words(thresholds.correlation_min, thresholds.sum_ratio_tolerance)
    return " ".join(words)


@frozen
class Plan:
    """All that a session needs to know before it starts.

    Attributes:
        repository: as the user opened it.
        limits: the range.
        code_states: with the code paths.
        case: as frozen, at its own size, with the thresholds that are used.
        folder: of the session.
        size: that was asked for; a smaller one than the case's own has to pass the size gate first.
        check_command: the check, up to its options.
        is_reproof: whether a recorded proof does not count.
        is_revert_asked: whether the end is tested without the answer; None: where the bound on checks
            allows it.
        bundles: that ends were named by.
        large: commits from which on the main line is searched first.
        thresholds: that count instead of the case's own.
        jobs: how many checks may run at once.
        most_checks: that the search may run, those of a proof not counted; None: as many as it takes.
        into_submodules: whether the search goes on inside a submodule that the answer moves.
        repo_option: where the repository is, as the user named it, for further commands; see `Invocation`.
        config_option: the same for the settings.
    """

    repository: Repository
    limits: SearchRange
    code_states: CodeStates
    case: Case
    folder: SessionFolder
    size: int
    check_command: tuple[str, ...] = CHECK_COMMAND
    is_reproof: bool = False
    is_revert_asked: bool | None = None
    bundles: tuple[BundleEnd, ...] = ()
    large: int = LARGE
    thresholds: Thresholds | None = None
    jobs: int = 1
    most_checks: int | None = None
    into_submodules: bool = False
    repo_option: str = ""
    config_option: str = ""

    def are_checks_spent(self, checks: Iterable[Check]) -> bool:
        """Whether the search ran as many checks as it may.

        Args:
            checks: all so far, also those of a proof.
        """
        counted = (c.known_from is None and c.role not in (Role.PROOF, Role.REVERT) for c in checks)
        return self.most_checks is not None and sum(counted) >= self.most_checks

    @property
    def checks_spent_text(self) -> str:
        """That the search ended because they are spent, and how it goes on."""
        return f"The search ended at --max-checks {self.most_checks}. To resume: {self.again}"

    @property
    def call_options(self) -> str:
        """The options of any further command."""
        return self.repo_option + self.config_option

    @property
    def again(self) -> str:
        """The command that goes on with this session."""
        options = jobs_words(self.jobs) + self.repo_option
        return f"bisect-parity bisect --resume {self.folder.path.name}{options}"

    @property
    def go_on_inside(self) -> str:
        """The command that goes on inside a submodule; empty where the search does so by itself."""
        return "" if self.into_submodules else f"{self.again} --into-submodules"

    @property
    def question(self) -> str:
        """The command that asks the same question."""
        find = self.limits.find
        ends = {"good": self.limits.good[:SHORT], "bad": self.limits.bad[:SHORT]}
        if self.limits.is_open:
            ends[find.old] = AUTO
        looked_for = " --find fix" if find is Find.FIX else ""
        return f"bisect-parity bisect{looked_for} --good {ends['good']} --bad {ends['bad']} {self.options}"

    @property
    def options(self) -> str:
        """The options of a further search on the same case, or of `isolate`."""
        return search_options(self.case, self.thresholds) + self.call_options

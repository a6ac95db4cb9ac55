"""What a bisection needs to know before it starts, as a value."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from bisect_parity.bisection.answer_parts import BundleEnd
from bisect_parity.bisection.check_call import CheckPlan
from bisect_parity.bisection.ends import AUTO, SearchRange
from bisect_parity.bisection.model import Check, Find, Role
from bisect_parity.bisection.span import LARGE
from bisect_parity.wording import SHORT, search_command


@frozen(kw_only=True)
class Plan(CheckPlan):
    """All that a bisection needs to know before it starts; the case is at its own size.

    Attributes:
        limits: the range.
        size: that was asked for; a smaller one than the case's own has to pass the size gate first.
        is_reproof: whether a recorded proof does not count.
        is_revert_asked: whether the end is tested without the answer; None: where the bound on checks
            allows it.
        bundles: that ends were named by.
        large: commits from which on the main line is searched first.
        most_checks: that the search may run, those of a proof not counted; None: as many as it takes.
        into_submodules: whether the search goes on inside a submodule that the answer moves.
    """

    limits: SearchRange
    size: int
    is_reproof: bool = False
    is_revert_asked: bool | None = None
    bundles: tuple[BundleEnd, ...] = ()
    large: int = LARGE
    most_checks: int | None = None
    into_submodules: bool = False

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
    def again(self) -> str:
        """The command that goes on with this session."""
        return self.resuming("bisect")

    @property
    def go_on_inside(self) -> str:
        """How to go on inside a submodule; empty where the search does so by itself."""
        return "" if self.into_submodules else f"To search them as well: {self.again} --into-submodules"

    @property
    def question(self) -> str:
        """The command that asks the same question."""
        limits = self.limits
        old = AUTO if limits.is_open else limits.old[:SHORT]
        return search_command(old, limits.new[:SHORT], self.options, is_fix=limits.find is Find.FIX)

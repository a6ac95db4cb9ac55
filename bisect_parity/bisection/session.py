"""A whole bisection: premise, ends, search, proof, answer."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.bisection.checker import CHECK_COMMAND, Checker
from bisect_parity.bisection.confirm import classify
from bisect_parity.bisection.driver import Search, bisect_log, search
from bisect_parity.bisection.ends import SearchRange
from bisect_parity.bisection.facts import commit_facts, suspects, with_files
from bisect_parity.bisection.folder import SessionFolder
from bisect_parity.bisection.model import SHORT, Bisection, Check, Find, Outcome, Role
from bisect_parity.errors import CheckError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.history.repository import Repository, clean_environment
from bisect_parity.history.worktree_pool import fresh_worktree, own_worktree
from bisect_parity.parity.case import Case
from bisect_parity.parity.size_gate import SizeGate, size_gate
from bisect_parity.parity.worker import warm_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bisect_parity.history.worktree import Worktree

__all__ = ["Plan", "Remaining", "Session"]

PROOF_CHECKS = 2


@frozen
class Plan:
    """All that a session needs to know before it starts.

    Attributes:
        repository: as the user opened it.
        limits: the range.
        code_states: with the code paths.
        case: as frozen, at its own size.
        size: that was asked for; a smaller one than the case's own has to pass the size gate first.
        folder: of the session.
        check_command: the check, up to its options.
    """

    repository: Repository
    limits: SearchRange
    code_states: CodeStates
    case: Case
    folder: SessionFolder
    size: int
    check_command: tuple[str, ...] = CHECK_COMMAND


@frozen
class Remaining:
    """What is left to do.

    Attributes:
        steps: that git expects to be left, not counting the proof.
        seconds: least and greatest time for all that is left, from what checks took so far; None where
            none was run yet.
    """

    steps: int
    seconds: tuple[float, float] | None


class Session:
    """Runs a plan; what is known at any moment can be told with `result`.

    Args:
        plan: what to do.
        tell: is told of every verdict, and of what is left to do after it, where that is known.
    """

    def __init__(self, plan: Plan, tell: Callable[[Check, Remaining | None], None]) -> None:
        self._plan = plan
        self._limits = plan.limits
        self._tell = tell
        self._steps_left: int | None = None
        self._log = ""
        self._full_size = max(plan.size, plan.case.size)
        self._gate = SizeGate(self._full_size, "")
        self._checker = Checker(
            plan.folder,
            plan.code_states,
            plan.case,
            plan.repository.journal,
            self._told,
            plan.check_command,
        )
        self._checker.size = self._full_size

    def run(self) -> Bisection:
        """Do it all.

        Raises:
            BisectParityError: git or a folder fails; a commit that cannot be tested, or a check that is at
                fault, is no error.
        """
        if self._limits.is_one_state:
            return self._no_code_to_blame()
        try:
            return self._run()
        except CheckError as error:
            return self.result(Outcome.INCONCLUSIVE, f"The session was given up: {error}")

    def _run(self) -> Bisection:
        with own_worktree(self._plan.repository, self._limits.old) as worktree, self._warmed(worktree):
            old = self._checker.verdict(worktree, self._limits.old, Role.OLD_END)
            if old.verdict == "abort":
                return self._untestable([old])
            new = self._checker.verdict(worktree, self._limits.new, Role.NEW_END)
            if not {old.verdict, new.verdict} <= {"good", "bad"}:
                return self._untestable(
                    [check for check in (old, new) if check.verdict not in ("good", "bad")]
                )
            if old.verdict == new.verdict:
                return self._ends_agree(old)
            if old.verdict != self._limits.find.old:
                return self._swapped()
            self._choose_size(worktree, (old.verdict, new.verdict))
            found = self._search(worktree)
        return self._answer(found)

    def _choose_size(self, worktree: Worktree, at_full: tuple[str, str]) -> None:
        """Search at a size below the case's own only if it was shown to separate the ends as well."""
        full, asked, limits = self._full_size, self._plan.size, self._limits
        if asked == full:
            return
        self._checker.size = asked
        ends = ((limits.old, Role.OLD_END), (limits.new, Role.NEW_END))
        at_asked = [self._checker.verdict(worktree, commit, role).verdict for commit, role in ends]
        self._gate = size_gate(asked, full, at_asked, at_full)
        self._checker.size = self._gate.size

    @contextlib.contextmanager
    def _warmed(self, worktree: Worktree) -> Iterator[None]:
        """Let the checks share what is slow to import, from the second one that is run."""
        plan = self._plan
        with contextlib.ExitStack() as stack:

            @functools.cache
            def start() -> dict[str, str]:
                warm = warm_worker(plan.repository.journal, plan.case, worktree.path, clean_environment())
                try:
                    return stack.enter_context(warm)
                except (OSError, CheckError):
                    return {}  # each check does its own imports

            if plan.check_command == CHECK_COMMAND:
                self._checker.warm = start
            try:
                yield
            finally:
                self._checker.warm = dict

    def result(self, outcome: Outcome, *says: str) -> Bisection:
        """The bisection as far as it came."""
        limits, plan = self._limits, self._plan
        checks = tuple(self._checker.checks)
        tested = [limits.good, limits.bad, *(check.commit for check in checks)]
        return Bisection(
            outcome=outcome,
            find=limits.find,
            case=plan.case.name,
            size=self._gate.size,
            case_size=plan.case.size,
            good=limits.good,
            bad=limits.bad,
            commits=len(limits.commits),
            code_states=limits.state_count,
            says=tuple(text for text in (*says, self._gate.says) if text),
            checks=checks,
            facts=commit_facts(plan.repository, tested),
            log=self._log,
            session=str(plan.folder.path),
            settings_sha256=plan.folder.digest,
            settings_frozen=plan.folder.created,
        )

    def _told(self, check: Check) -> None:
        remaining = None
        if self._steps_left is not None:
            same_size = [known for known in self._checker.checks if known.size == check.size]
            spent = [known.seconds for known in same_size if known.is_full()]
            checks = self._steps_left + PROOF_CHECKS
            seconds = (min(spent) * checks, max(spent) * checks) if spent else None
            remaining = Remaining(self._steps_left, seconds)
        self._tell(check, remaining)

    def _search(self, worktree: Worktree) -> Search:
        def verdict(commit: str, steps_left: int | None) -> Check:
            self._steps_left = steps_left
            return self._checker.verdict(worktree, commit, Role.SEARCH)

        stand_in = self._checker.command_line("replay")
        try:
            return search(worktree, self._limits, stand_in, verdict)
        finally:
            self._steps_left = None
            self._log = bisect_log(worktree)

    def _answer(self, found: Search) -> Bisection:
        limits = self._limits
        if found.first is not None:
            return self._proven(found.first)
        if found.candidates:
            says = (
                f"The first {limits.find.new} commit is one of {len(found.candidates)} that are left, and "
                "they cannot be tested: see the reasons of the skips. Mend what keeps them from being tested "
                "(a step of `prepare`, an environment), or compare them by hand."
            )
            result = self.result(Outcome.INCONCLUSIVE, says)
            facts = commit_facts(self._plan.repository, [*result.facts, *found.candidates])
            return evolve(result, candidates=found.candidates, facts=facts)
        if found.is_merge_base_new:
            says = (
                f"The common ancestor of the two ends is {limits.find.new} already, so the change lies on "
                f"the side of {limits.old[:SHORT]}, not on the way to {limits.new[:SHORT]}."
            )
            return self.result(Outcome.INCONCLUSIVE, says, self._base_advice())
        return self.result(Outcome.INCONCLUSIVE, found.complaint or "git ended the search without an answer.")

    def _base_advice(self) -> str:
        limits = self._limits
        base = self._plan.repository.git("merge-base", limits.old, limits.new).decode().strip()
        if limits.find is Find.REGRESSION:
            ends = f"--find fix --bad {base[:SHORT]} --good {limits.old[:SHORT]}"
        else:
            ends = f"--good {base[:SHORT]} --bad {limits.old[:SHORT]}"
        return f"Search there: bisect-parity bisect {ends}"

    def _proven(self, first: str) -> Bisection:
        """Check the answer and its parents again, in a worktree that nothing was built in before."""
        repository = self._plan.repository
        facts = commit_facts(repository, [first])[first]
        self._checker.size = self._full_size
        same_size = [check for check in self._checker.checks if check.size == self._full_size]
        known = {check.code_state: check for check in same_size}
        with fresh_worktree(repository, first) as worktree:
            answer = self._checker.run(worktree, first, Role.PROOF)
            parents = [self._checker.run(worktree, parent, Role.PROOF) for parent in facts.parents]
        outcome, says = classify(self._limits.find, answer, parents, known)
        if outcome is Outcome.REFUTED and self._gate.size != self._full_size:
            says.append(f"Size {self._gate.size} misled the search: search again without --size.")
        result = self.result(outcome, *says)
        told = with_files(repository, result.facts[first], self._plan.code_states)
        return evolve(result, first=first, facts=result.facts | {first: told})

    def _untestable(self, checks: list[Check]) -> Bisection:
        says = [
            f"The {self._end_name(check.commit)} end {check.commit[:SHORT]} cannot be tested: "
            f"{check.reason or check.verdict}."
            for check in checks
        ]
        says.append(
            "Mend that, or name another end. What was run, and what it said: "
            f"{self._plan.folder.check_folder(checks[0].name)}"
        )
        return self.result(Outcome.INCONCLUSIVE, *says)

    def _no_code_to_blame(self) -> Bisection:
        limits = self._limits
        changed = " for good: what they change is changed back" if limits.state_count > 1 else ""
        says = (
            f"The code is the same at both ends: none of the {len(limits.commits)} commits between "
            f"{limits.old[:SHORT]} and {limits.new[:SHORT]} changes a file under the code paths{changed}."
        )
        clean = "No check was run: clean worktrees of the two ends agree, since they hold the same code."
        return self._nothing(says, clean)

    def _ends_agree(self, check: Check) -> Bisection:
        limits = self._limits
        says = (
            f"Clean worktrees agree: both ends are {check.verdict}, with different code "
            f"({limits.state_count} code states in {len(limits.commits)} commits)."
        )
        return self._nothing(says)

    def _nothing(self, *reasons: str) -> Bisection:
        found = suspects(self._plan.repository, self._plan.code_states)
        says = [*reasons]
        says.append(
            "So no commit between them explains why one run was good and another bad: something else did."
        )
        if found is not None and (found.ignored or found.untracked or found.modified):
            says.append(
                "Files of your own directory that a clean worktree lacks can change a result: see the "
                "suspects. Run the same commit once in a clean worktree and once in your directory."
            )
        says.append("Compare parameters, environment and machines of the runs: bisect-parity audit")
        return evolve(self.result(Outcome.NOTHING_TO_BISECT, *says), suspects=found)

    def _swapped(self) -> Bisection:
        limits = self._limits
        good, bad = limits.good[:SHORT], limits.bad[:SHORT]
        says = f"The ends are swapped: {good}, named as good, is bad; {bad}, named as bad, is good."
        base = self._plan.repository.git("merge-base", limits.old, limits.new).decode().strip()
        swapped = f"bisect-parity bisect --good {bad} --bad {good}"
        if base == limits.old:  # the true order in time asks for the other kind of search
            swapped += " --find fix" if limits.find is Find.REGRESSION else ""
        elif limits.find is Find.FIX:
            swapped += " --find fix"
        return self.result(Outcome.INCONCLUSIVE, says, f"Run: {swapped}")

    def _end_name(self, commit: str) -> str:
        return "good" if commit == self._limits.good else "bad"

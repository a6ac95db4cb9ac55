"""Checks of one commit in a worktree of our own, with files, variables and parameters laid over it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from bisect_parity.bisection.changes import Difference, applied
from bisect_parity.bisection.local_items import copy_times, lay
from bisect_parity.bisection.tracing import Touched, strace, touched, traced
from bisect_parity.errors import OutputError, writing
from bisect_parity.history.partial_commits import ChangePart
from bisect_parity.history.worktree import Worktree
from bisect_parity.parity.case import Case
from bisect_parity.parity.figure import by_figure
from bisect_parity.parity.result import CheckResult
from bisect_parity.parity.verdict import DECIDED
from bisect_parity.wording import is_line_test

REPEATED = ("correlation", "sum_reference", "sum_candidate")


@frozen
class Trial:
    """One check in a scratch copy.

    Attributes:
        name: of its folder below `checks/`.
        role: why it was made.
        count: how many changes were applied.
        result: of the check.
    """

    name: str
    role: str
    count: int
    result: CheckResult

    @property
    def verdict(self) -> str:
        """Good, bad, skip or abort."""
        return self.result.verdict

    def figures(self) -> dict[str, Any]:
        """The figures that a second run must give again."""
        comparison = self.result.comparison or {}
        return {name: comparison.get(name) for name in REPEATED}

    @property
    def is_measured(self) -> bool:
        """Whether it came to a figure; a test, or an image of another shape, has none."""
        return any(value is not None for value in self.figures().values())

    def to_json(self) -> dict[str, Any]:
        """This check as it stands in isolate.json."""
        digests = self.result.digests
        return {
            "name": self.name,
            "role": self.role,
            "changes": self.count,
            "verdict": self.verdict,
            "reason": self.result.reason,
            "seconds": self.result.timings.get("total"),
            "reference_image": digests.get("reference_image"),
            "candidate_image": digests.get("candidate_image"),
            **self.figures(),
        }


@define
class Bench:
    """Checks one commit in a worktree of our own, with and without changes; nothing is cached.

    Attributes:
        worktree: our own.
        top: the user's directory, which is only read.
        commit: full id of what is checked.
        case: what is run.
        caller: the environment of this process.
        folder: for the evidence of each check.
        check: runs the case at a commit in a tree, and writes into a folder.
        tell: called with every trial.
        call_options: of any further command; see `Plan`.
        with_parts: makes the commit with some parts of what another one changes.
        judge: gives what a check counts as.
        trials: all that were made.
    """

    worktree: Worktree
    top: Path
    commit: str
    case: Case
    caller: Mapping[str, str]
    folder: Path
    check: Callable[[Case, str, Path, Path], CheckResult]
    tell: Callable[[Trial], None]
    call_options: str = ""
    with_parts: Callable[[Sequence[ChangePart]], str] | None = None
    judge: Callable[[CheckResult], CheckResult] = lambda result: result
    trials: list[Trial] = field(factory=list)

    def run(self, role: str, changes: Sequence[Difference] = (), trace: Path | None = None) -> Trial:
        """Check the commit with some changes; the worktree is clean again afterwards.

        Args:
            role: why.
            changes: to apply.
            trace: an empty folder for what strace writes; None: no trace.

        Raises:
            BisectParityError: the copy or the evidence cannot be written.
        """
        parts = [change.part for change in changes if change.part is not None]
        commit = self.commit if self.with_parts is None else self.with_parts(parts)
        self.worktree.restore(commit)
        lay((change.item for change in changes if change.item is not None), self.top, self.worktree.path)
        if any(change.item is not None for change in changes):
            copy_times(self.worktree.repository, self.top, self.worktree.path)
        case = applied(self.case, changes)
        program = strace(self.caller) if trace is not None else None
        if program is not None and trace is not None:
            case = traced(case, program, trace)
        name = f"{len(self.trials) + 1:04d}"
        place = self.folder / "checks" / name
        with writing(place, "Name another folder with --out."):
            place.mkdir(parents=True)
        try:
            result = self.check(case, commit, self.worktree.path, place)
        finally:
            with contextlib.suppress(OutputError):
                self.worktree.restore(self.commit)
        trial = Trial(name, role, len(changes), self.judge(result))
        self.trials.append(trial)
        self.tell(trial)
        return trial

    def judge_by(self, limit: float, better: str) -> None:
        """Judge figures by a limit, those of earlier trials as well."""
        name = self.case.name
        if is_line_test(name):  # its name is what one types
            name = f"{name} --limit {limit!r} --better {better}"
        self.case = evolve(self.case, limit=limit, better=better, name=name)
        for place, trial in enumerate(self.trials):
            if trial.result.figure is not None:
                ended = by_figure(trial.result.figure, self.case)
                judged = evolve(trial.result, verdict=ended.verdict, reason=ended.reason)
                self.trials[place] = evolve(trial, result=judged)

    def run_traced(self, role: str, changes: Sequence[Difference]) -> tuple[Trial, Touched | None]:
        """As `run`, and which files of the worktree the steps touched; None where strace could not follow."""
        if strace(self.caller) is None:
            return self.run(role, changes), None
        logs = self.folder / "strace"
        with writing(logs, "Name another folder with --out."):
            logs.mkdir(parents=True, exist_ok=True)
        try:
            trial = self.run(role, changes, logs)
            found = touched(logs, self.worktree.path)
        finally:
            shutil.rmtree(logs, ignore_errors=True)
        if trial.verdict in DECIDED and found.looked_at:
            return trial, found
        return self.run(role, changes), None  # strace may not be allowed to look

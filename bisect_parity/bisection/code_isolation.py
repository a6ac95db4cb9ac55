"""Which part of what a commit changes flips its verdict: files first, then the hunks in them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.bisection.bench import Bench, Trial
from bisect_parity.bisection.changes import Difference
from bisect_parity.bisection.ddmin import ChecksSpentError, narrow
from bisect_parity.bisection.isolate import MOST_SETS, first_checks, looked_at_first, not_repeating
from bisect_parity.bisection.isolation import Isolation, IsolationOutcome, text_of
from bisect_parity.history.partial_commits import ChangePart
from bisect_parity.parity.failure_kinds import raised
from bisect_parity.parity.verdict import DECIDED
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from bisect_parity.parity.result import CheckResult

FOR_THE_PROOF = 4  # checks that are kept for it
_NUMBER = re.compile(r"\d+")


@frozen
class Step:
    """What turns the verdict, and what it was added to.

    Attributes:
        beside: the other changes that were applied, with which the verdict is the old one.
        found: with these as well it is the new one.
        is_whole: whether the search came to its end.
    """

    beside: tuple[Difference, ...]
    found: tuple[Difference, ...]
    is_whole: bool = True


@frozen
class _Search:
    """A search with a limit.

    Attributes:
        bench: to check with.
        split: the parts of a changed file.
        whole: the check with all changes.
        looked_at: what the case looked at; None where that is unknown.
        most_checks: that may be made in all.
    """

    bench: Bench
    split: Callable[[ChangePart], Sequence[ChangePart]]
    whole: Trial
    looked_at: frozenset[str] | None
    most_checks: int

    @property
    def is_spent(self) -> bool:
        """Whether the checks that are left are those for the proof."""
        return len(self.bench.trials) >= self.most_checks - FOR_THE_PROOF

    def flips(self, some: Sequence[Difference]) -> bool | None:
        """Whether the verdict is the new one; None where it is neither."""
        if self.is_spent:
            raise ChecksSpentError
        trial = self.bench.run("search", some)
        return trial.verdict == self.whole.verdict if trial.verdict in DECIDED else None

    def step(self, changes: Sequence[Difference]) -> Step:
        """The smallest step among changes that flip the verdict together."""
        beside: list[Difference] = []
        items = list(changes)
        try:
            likely, others = looked_at_first(items, self.looked_at)
            if likely and others:
                is_new = self.flips(likely)
                if is_new is not None:
                    items = likely if is_new else others
                    beside = [] if is_new else likely
            kept, found = narrow(items, lambda some: self.flips([*beside, *some]))
            beside += kept
            parts = self.parts(found)
            if len(parts) > len(found):
                kept, found = narrow(parts, lambda some: self.flips([*beside, *some]))
                beside += kept
        except ChecksSpentError:
            found = tuple(items)
        return Step(tuple(beside), tuple(found), not self.is_spent)

    def parts(self, changes: Sequence[Difference]) -> list[Difference]:
        """The smallest changes that these are made of."""
        return [
            Difference.of_code(part) for c in changes if c.part is not None for part in self.split(c.part)
        ]

    def without(self, changes: Sequence[Difference], found: Sequence[Difference]) -> list[Difference]:
        """All changes but some parts of them."""
        gone = {part.part for part in self.parts(found)}
        files = {part.file for part in gone if part is not None}
        left: list[Difference] = []
        for change in changes:
            is_touched = change.part is not None and change.part.file in files
            own = self.parts([change]) if is_touched else [change]
            left += [part for part in own if part.part not in gone]
        return left


def isolate_code(
    bench: Bench,
    changes: Sequence[Difference],
    split: Callable[[ChangePart], Sequence[ChangePart]],
    most_checks: int,
) -> tuple[Isolation, Step | None]:
    """Find the smallest part of what a commit changes that flips the verdict, and test it both ways.

    Args:
        bench: to check with; without changes, it checks the commit before.
        changes: all of them, of kind "code", each a whole file.
        split: the parts of a changed file.
        most_checks: that may be made in all.

    Returns:
        what came out; and the step that turns the verdict, None where there is none.

    Raises:
        BisectParityError: a commit or the evidence cannot be written.
    """
    first = first_checks(bench, changes)
    if first.nothing is not None:
        return first.nothing, None
    bench.judge = functools.partial(_judged, first.whole.result)
    search = _Search(bench, split, first.whole, first.looked_at, most_checks)
    step = search.step(changes)
    return _proven(search, changes, step, first.clean, first.opened), step


def cut_short(most_checks: int, left: int, files: int) -> list[str]:
    """That the search ended before all was tried, and what helps where hardly anything could be.

    Args:
        most_checks: that could be made.
        left: changes that may be needed.
        files: that the commit changes.
    """
    says = [f"The search ended at --max-checks {most_checks}: not all of it may be needed."]
    if 2 * left > files:
        says.append(
            "Hardly any part could be tested without the rest. If the commit renames something everywhere,"
            " make the rename alone on its parent, and compare with that (--from)."
        )
    return says


def _proven(
    search: _Search,
    changes: Sequence[Difference],
    step: Step,
    clean: Trial,
    opened: tuple[str, ...] | None,
) -> Isolation:
    """Test both ways: with the step and without, and all changes but it."""
    bench, whole = search.bench, search.whole
    found, beside = step.found, step.beside
    isolation = Isolation(
        IsolationOutcome.ISOLATED, clean.verdict, whole.verdict, found, opened=opened, beside=len(beside)
    )
    before, after = bench.run("before it", beside), bench.run("with it", [*beside, *found])
    if (before.verdict, after.verdict) != (clean.verdict, whole.verdict):
        other, expected = (before, clean) if before.verdict != clean.verdict else (after, whole)
        flaky = not_repeating(bench, expected.verdict, other)
        return evolve(isolation, outcome=IsolationOutcome.INCONCLUSIVE, says=flaky)
    says = [_turns(found, beside, clean, whole)]
    if not step.is_whole:
        says += cut_short(search.most_checks, len(found), len(changes))
    rest = search.without(changes, found)
    without = bench.run("without it", rest) if rest else clean
    others: list[tuple[Difference, ...]] = []
    while without.verdict == whole.verdict and len(others) < MOST_SETS - 1 and not search.is_spent:
        others.append(search.step(rest).found)
        rest = search.without(rest, others[-1])
        without = bench.run("without them", rest) if rest else clean
    if others:
        says.append(f"Others do the same: {'; '.join(text_of(other) for other in others)}.")
    them = "it" if len(found) == 1 and not others else "them"
    if without.verdict == clean.verdict and rest:
        says.append(f"The commit without {them} is {clean.verdict}.")
    elif without.verdict == whole.verdict:
        says.append(f"The commit without {them} is {whole.verdict} as well: something else does the same.")
    elif rest:
        says.append(f"The commit without {them} cannot be tested: {without.result.reason}.")
    is_sure = step.is_whole and not others and without.verdict == clean.verdict
    outcome = IsolationOutcome.ISOLATED if is_sure else IsolationOutcome.LIKELY
    return evolve(isolation, outcome=outcome, others=tuple(others), says=tuple(says))


def _turns(found: Sequence[Difference], beside: Sequence[Difference], clean: Trial, whole: Trial) -> str:
    them, it = text_of(found), "it" if len(found) == 1 else "them"
    if not beside:
        return f"With {them} alone the verdict is {whole.verdict}, and without {it} {clean.verdict}."
    others = counted(len(beside), "other change")
    turns = f"turn{'s' if len(found) == 1 else ''} the verdict from {clean.verdict} to {whole.verdict}"
    return f"On top of {others} of the commit, {them} {turns}."


def _judged(whole: CheckResult, result: CheckResult) -> CheckResult:
    """A check of some changes, which tells nothing about all of them if it fails otherwise than they do."""
    if result.verdict != whole.verdict or _failure(result) == _failure(whole):
        return result
    return evolve(result, verdict="skip", reason=f"it fails otherwise: {result.reason}")


def _failure(result: CheckResult) -> tuple[object, ...]:
    """What is equal in checks that fail alike: a part of a change can break something else.

    Images fail alike if the same criteria are missed; tests, if the figures of both are beyond the limit, the
    same exception was raised, or the same was said but for numbers.
    """
    comparison = result.comparison
    if comparison is not None:
        margins = comparison.get("margins") or {}
        return tuple(sorted(name for name, margin in margins.items() if margin is None or margin < 0))
    if result.figure is not None:
        return (result.step,)
    return (result.step, raised(result.reason) or _NUMBER.sub("#", result.reason))

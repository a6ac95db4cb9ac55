"""The smallest set of files, variables or parameters that flips the verdict of one commit."""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bisect_parity.bisection.bench import DECIDED
from bisect_parity.bisection.changes import Difference
from bisect_parity.bisection.ddmin import minimize
from bisect_parity.bisection.local_items import files_of
from bisect_parity.wording import SHORT, case_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from bisect_parity.bisection.bench import Bench, Trial
    from bisect_parity.bisection.local_items import LocalItems

__all__ = ["Isolation", "IsolationOutcome", "isolate", "most_checks", "opened_names", "text_of"]

MOST_SETS = 3


class IsolationOutcome(enum.StrEnum):
    """How far the answer can be trusted."""

    ISOLATED = "isolated"  # with the set the verdict flips; without it, with all else, it does not
    LIKELY = "likely"  # with the set it flips; without it, something else flips it, too
    NOTHING = "nothing-to-isolate"  # the verdict is the same with all changes and without any
    INCONCLUSIVE = "inconclusive"  # a check has no verdict, or does not repeat


@frozen
class Isolation:
    """What came out.

    Attributes:
        outcome: how far it can be trusted.
        clean: the verdict without any change.
        changed: the verdict with all of them.
        found: the smallest set that flips it; of several independent ones, the first.
        others: further sets, each of which flips it alone.
        opened: files of the user's directory that the case opened; None where that is unknown.
        says: why, a sentence an item.
    """

    outcome: IsolationOutcome
    clean: str
    changed: str
    found: tuple[Difference, ...] = ()
    others: tuple[tuple[Difference, ...], ...] = ()
    opened: tuple[str, ...] | None = None
    says: tuple[str, ...] = ()

    def to_json(self, bench: Bench, changes: Sequence[Difference], local: LocalItems) -> dict[str, Any]:
        """The document isolate.json.

        Args:
            bench: with the checks that were made.
            changes: that were tried.
            local: what of the user's directory was copied, and what was not.
        """
        return {
            "schema": "bisect-parity/isolation",
            "version": 1,
            "outcome": str(self.outcome),
            "commit": bench.commit,
            "case": bench.case.name,
            "size": bench.case.size,
            "over": list(dict.fromkeys(change.kind for change in changes)),
            "changes": len(changes),
            "clean": self.clean,
            "changed": self.changed,
            "found": [change.to_json() for change in self.found],
            "others": [[change.to_json() for change in some] for some in self.others],
            "opened": None if self.opened is None else list(self.opened),
            "left_out": [
                {"path": item.path, "size": item.size, "files": len(item.files)} for item in local.left_out
            ],
            "unreadable": list(local.unreadable),
            "checks": len(bench.trials),
            "most_checks": most_checks(len(changes)),
            "says": list(self.says),
            "tests": [trial.to_json() for trial in bench.trials],
        }


def isolate(bench: Bench, changes: Sequence[Difference]) -> Isolation:
    """Find the smallest set of changes that flips the verdict, and test it both ways.

    Args:
        bench: to check with.
        changes: all that may be to blame, neighbours side by side.

    Raises:
        BisectParityError: a copy cannot be written.
    """
    clean = bench.run("clean")
    whole, found = bench.run_traced("all changes", changes)
    opened = None if found is None else opened_names(changes, found.opened)
    verdicts = (clean.verdict, whole.verdict)
    for trial in (clean, whole):
        if trial.verdict not in DECIDED:
            says = f"The check {trial.role} has no verdict: {trial.result.reason}."
            return Isolation(IsolationOutcome.INCONCLUSIVE, *verdicts, opened=opened, says=(says,))
    if clean.verdict == whole.verdict:
        again = bench.run("clean, again")
        whole_set = "the one change" if len(changes) == 1 else f"all {len(changes)} changes"
        says = f"The verdict is {clean.verdict} with {whole_set}, and without {_it(changes)}."
        if again.verdict != clean.verdict or again.figures() != clean.figures():
            says = _not_repeated(clean, again)
            return Isolation(
                IsolationOutcome.INCONCLUSIVE, *verdicts, opened=opened, says=(says, _flaky(bench))
            )
        return Isolation(
            IsolationOutcome.NOTHING, *verdicts, opened=opened, says=(says, *_moved(clean, whole))
        )

    def flips(tried: Sequence[Difference]) -> bool:
        return bench.run("search", tried).verdict == whole.verdict

    smallest = _smallest(bench, changes, None if found is None else found.looked_at, flips)
    return _proven(bench, changes, smallest, (clean, whole), opened, flips)


def _smallest(
    bench: Bench,
    changes: Sequence[Difference],
    looked_at: frozenset[str] | None,
    flips: Callable[[Sequence[Difference]], bool],
) -> tuple[Difference, ...]:
    """A smallest set; what the case looked at is tried first, and folders are taken apart at the end."""
    likely = [change for change in changes if looked_at is not None and _is_in(change, looked_at)]
    candidates = list(changes)
    if likely and len(likely) < len(changes) and flips(likely):
        candidates = likely
    smallest = minimize(candidates, flips)
    if any(change.item is not None and change.item.is_folder for change in smallest):
        parts = [part for change in smallest for part in _parts(change, bench.top)]
        if looked_at is not None:
            first = [part for part in parts if _is_in(part, looked_at)]
            if first and len(first) < len(parts) and flips(first):
                parts = first
        smallest = minimize(parts, flips)
    return smallest


def _proven(
    bench: Bench,
    changes: Sequence[Difference],
    smallest: tuple[Difference, ...],
    ends: tuple[Trial, Trial],
    opened: tuple[str, ...] | None,
    flips: Callable[[Sequence[Difference]], bool],
) -> Isolation:
    """Test both ways: with the set alone, and with everything but the set."""
    clean, whole = ends
    verdicts = (clean.verdict, whole.verdict)
    alone = bench.run("with it", smallest)
    if alone.verdict != whole.verdict:
        flaky = (
            f"With the set alone the verdict was {whole.verdict}, then {alone.verdict}: it does not repeat."
        )
        says = [flaky, _flaky(bench)]
        return Isolation(IsolationOutcome.INCONCLUSIVE, *verdicts, smallest, opened=opened, says=tuple(says))
    rest = _without(changes, smallest, bench.top)
    sets = [smallest]
    without = bench.run("without it", rest)
    while without.verdict == whole.verdict and len(sets) < MOST_SETS and rest:
        sets.append(minimize(rest, flips))
        rest = _without(rest, sets[-1], bench.top)
        without = bench.run("without them", rest)
    culprits = text_of(smallest)
    says = [f"With {culprits} the verdict is {whole.verdict}, and without {_it(smallest)} {clean.verdict}."]
    outcome = IsolationOutcome.ISOLATED
    if len(sets) > 1:
        outcome = IsolationOutcome.LIKELY
        more = "; ".join(text_of(other) for other in sets[1:])
        says = [f"With {culprits} alone the verdict is {whole.verdict}; each of these does the same: {more}."]
    if without.verdict != clean.verdict:
        outcome = (
            IsolationOutcome.LIKELY if without.verdict == whole.verdict else IsolationOutcome.INCONCLUSIVE
        )
        says.append(f"Without all of that the verdict is {without.verdict}, not {clean.verdict}.")
    elif whole.is_measured and (alone.figures(), without.figures()) == (whole.figures(), clean.figures()):
        says.append("All figures are as before, to the last digit.")
    return Isolation(outcome, *verdicts, smallest, tuple(sets[1:]), opened, tuple(says))


def text_of(changes: Sequence[Difference]) -> str:
    """Some changes in words."""
    words = {"files": "the file", "env": "the variable", "params": "the parameter"}
    texts = []
    for change in changes:
        value = f" {change.value}" if change.kind == "params" and change.value is not None else ""
        texts.append(f"{words[change.kind]} {change.name}{value}")
    return " and ".join(texts)


def most_checks(count: int) -> int:
    """How many checks one culprit among `count` changes takes at most."""
    return math.floor(2 * math.log2(max(count, 1))) + 10


def _it(changes: Sequence[Difference]) -> str:
    return "it" if len(changes) == 1 else "them"


def _moved(clean: Trial, whole: Trial) -> tuple[str, ...]:
    """What the changes move without flipping the verdict."""
    now = whole.figures()
    figures = [
        f"{name} {value} without, {now[name]} with"
        for name, value in clean.figures().items()
        if value != now[name]
    ]
    return (f"They do change the figures: {'; '.join(figures)}.",) if figures else ()


def _not_repeated(first: Trial, second: Trial) -> str:
    differing = [name for name, value in first.figures().items() if second.figures()[name] != value]
    difference = f"in {', '.join(differing)}" if differing else f"{first.verdict}, then {second.verdict}"
    return f"The same check gave different figures the second time ({difference}): it is not repeatable."


def _flaky(bench: Bench) -> str:
    """The search for the commit that made a check flaky."""
    rest = f"--good auto --bad {bench.commit[:SHORT]} {case_option(bench.case.name)}{bench.call_options}"
    return f"To find the commit that made it so: bisect-parity bisect --flaky {rest}"


def opened_names(changes: Sequence[Difference], opened: frozenset[str]) -> tuple[str, ...]:
    """The changes whose files were opened."""
    return tuple(c.name for c in changes if c.item is not None and not opened.isdisjoint(c.item.files))


def _is_in(change: Difference, paths: frozenset[str]) -> bool:
    """Whether a change may be seen by what looks at these paths; variables always count."""
    return change.item is None or not paths.isdisjoint(change.item.files)


def _parts(change: Difference, top: Path) -> list[Difference]:
    if change.item is None or not change.item.is_folder:
        return [change]
    return [Difference("files", part.path, item=part) for part in files_of(change.item, top)]


def _without(changes: Iterable[Difference], removed: Sequence[Difference], top: Path) -> list[Difference]:
    """All changes but some; a folder that holds one of them is taken apart."""
    names = {change.name for change in removed}
    left = []
    for change in changes:
        files = change.item.files if change.item is not None else ()
        if change.name in names:
            continue
        parts = _parts(change, top) if names.intersection(files) else [change]
        left += [part for part in parts if part.name not in names]
    return left

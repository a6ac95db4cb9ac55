"""The smallest set of files, variables or parameters that flips the verdict of one commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.bisection.bench import Trial
from bisect_parity.bisection.changes import Difference
from bisect_parity.bisection.ddmin import minimize
from bisect_parity.bisection.figure_limit import limit_between
from bisect_parity.bisection.isolation import Isolation, IsolationOutcome, text_of
from bisect_parity.bisection.local_items import files_of
from bisect_parity.parity.verdict import DECIDED
from bisect_parity.wording import SHORT, case_option, first_of, search_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from bisect_parity.bisection.bench import Bench
    from bisect_parity.bisection.tracing import Touched

MOST_SETS = 3
MOST_NAMED = 10


@frozen
class FirstChecks:
    """The checks that tell whether there is anything to isolate.

    Attributes:
        clean, whole: without changes, and with all of them.
        opened: see `Isolation`.
        looked_at: the files that the case looked at; None where that is unknown.
        nothing: the answer, where there is nothing to isolate, or nothing can be told.
    """

    clean: Trial
    whole: Trial
    opened: tuple[str, ...] | None
    looked_at: frozenset[str] | None
    nothing: Isolation | None


def isolate(bench: Bench, changes: Sequence[Difference]) -> Isolation:
    """Find the smallest set of changes that flips the verdict, and test it both ways.

    Args:
        bench: to check with.
        changes: all that may be to blame, neighbours side by side.

    Raises:
        BisectParityError: a copy cannot be written.
    """
    first = first_checks(bench, changes)
    if first.nothing is not None:
        return first.nothing
    clean, whole = first.clean, first.whole

    def flips(tried: Sequence[Difference]) -> bool:
        return bench.run("search", tried).verdict == whole.verdict

    smallest = _smallest(bench, changes, first.looked_at, flips)
    return _proven(bench, changes, smallest, (clean, whole), first.opened, flips)


def first_checks(bench: Bench, changes: Sequence[Difference]) -> FirstChecks:
    """Check without changes, and with all of them.

    Raises:
        BisectParityError: a copy cannot be written.
    """
    bench.run("clean")
    _, found = bench.run_traced("all changes", changes)
    last = len(bench.trials) - 1  # where strace cannot follow, it is the second one with all changes
    opened = None if found is None else opened_names(changes, found.opened)
    looked_at = None if found is None else found.looked_at
    varying = _find_limit(bench, changes)
    clean, whole = bench.trials[0], bench.trials[last]  # by that limit
    verdicts = (clean.verdict, whole.verdict)
    nothing = None
    undecided = next((trial for trial in (clean, whole) if trial.verdict not in DECIDED), None)
    if varying:
        nothing = Isolation(IsolationOutcome.INCONCLUSIVE, *verdicts, opened=opened, says=(varying,))
    elif undecided is not None:
        says = f"The check {undecided.role} has no verdict: {undecided.result.reason}."
        nothing = Isolation(IsolationOutcome.INCONCLUSIVE, *verdicts, opened=opened, says=(says,))
    elif clean.verdict == whole.verdict:
        nothing = evolve(_no_difference(bench, changes, clean, whole), opened=opened)
        nothing = evolve(nothing, says=(*nothing.says, *_read_elsewhere(found)))
    return FirstChecks(clean, whole, opened, looked_at, nothing)


def _find_limit(bench: Bench, changes: Sequence[Difference]) -> str:
    """Put the limit of a figure that has none between those of the first two checks, which are repeated.

    Returns:
        what is said where the figures vary, and the limit is to be named; empty where they do not.
    """
    first = [bench.trials[at].result.figure for at in (0, -1)]
    case = bench.case
    if case.limit is not None or case.sizes or None in first or first[0] == first[1]:
        return ""
    again = [bench.run("clean, again").result.figure, bench.run("all changes", changes).result.figure]
    if first != again:
        without, together = (f"{one} and {other}" for one, other in zip(first, again, strict=True))
        return f"The figure varies: {without} without any change, {together} with all. Name a --limit."
    found = limit_between(*([figure] for figure in first if figure is not None))
    bench.judge_by(found.limit, found.better)
    return ""


def _read_elsewhere(found: Touched | None) -> tuple[str, ...]:
    """The files that lie where no copy is made: they were the same in all checks."""
    if found is None or not found.outside:
        return ()
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib raises where there is none
    named = [
        f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path for path in sorted(found.outside)
    ]
    told = first_of(named, MOST_NAMED)
    return (f"The case reads files elsewhere, which are the same in all checks: {told}.",)


def _no_difference(bench: Bench, changes: Sequence[Difference], clean: Trial, whole: Trial) -> Isolation:
    again = bench.run("clean, again")
    verdicts = (clean.verdict, whole.verdict)
    if again.verdict != clean.verdict or again.figures() != clean.figures():
        says = _not_repeated(clean, again)
        return Isolation(IsolationOutcome.INCONCLUSIVE, *verdicts, says=(says, _flaky(bench)))
    whole_set = "the one change" if len(changes) == 1 else f"all {len(changes)} changes"
    says = f"The verdict is {clean.verdict} with {whole_set}, and without {_it(changes)}."
    return Isolation(IsolationOutcome.NOTHING, *verdicts, says=(says, *_moved(clean, whole)))


def _smallest(
    bench: Bench,
    changes: Sequence[Difference],
    looked_at: frozenset[str] | None,
    flips: Callable[[Sequence[Difference]], bool],
) -> tuple[Difference, ...]:
    """A smallest set; what the case looked at is tried first, and folders are taken apart at the end."""
    likely, others = looked_at_first(changes, looked_at)
    candidates = list(changes)
    if likely and others and flips(likely):
        candidates = likely
    smallest = minimize(candidates, flips)
    if any(change.item is not None and change.item.is_folder for change in smallest):
        parts = [part for change in smallest for part in _parts(change, bench.top)]
        first, rest = looked_at_first(parts, looked_at)
        if first and rest and flips(first):
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
        flaky = not_repeating(bench, whole.verdict, alone)
        return Isolation(IsolationOutcome.INCONCLUSIVE, *verdicts, smallest, opened=opened, says=flaky)
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


def not_repeating(bench: Bench, before: str, now: Trial) -> tuple[str, ...]:
    """What is said where a set had another verdict in the search than in the proof."""
    same = "With the same set" if now.count else "Without any change"
    return f"{same} the verdict was {before}, then {now.verdict}: it does not repeat.", _flaky(bench)


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
    case = f"{case_option(bench.case.name)}{bench.call_options}"
    search = search_command("auto", bench.commit[:SHORT], case, is_flaky=True)
    return f"To find the commit that made it so: {search}"


def looked_at_first(
    changes: Sequence[Difference], looked_at: frozenset[str] | None
) -> tuple[list[Difference], list[Difference]]:
    """The changes that the case may have seen, and the others; without a trace, none are known to be seen."""
    likely: list[Difference] = []
    others: list[Difference] = []
    for change in changes:
        is_likely = looked_at is not None and _is_in(change, looked_at)
        (likely if is_likely else others).append(change)
    return likely, others


def opened_names(changes: Sequence[Difference], opened: frozenset[str]) -> tuple[str, ...]:
    """The changes whose files were opened."""
    return tuple(change.name for change in changes if not opened.isdisjoint(change.files))


def _is_in(change: Difference, paths: frozenset[str]) -> bool:
    """Whether a change may be seen by what looks at these paths; variables always count."""
    return not change.files or not paths.isdisjoint(change.files)


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

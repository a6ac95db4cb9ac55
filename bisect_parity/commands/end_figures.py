"""The figures of both ends of a search whose limit was not named, and the limit between them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.bisection.figure_limit import limit_between, range_texts
from bisect_parity.bisection.lacking import lacking_text
from bisect_parity.commands.bench import open_bench
from bisect_parity.errors import EvidenceError, UsageError
from bisect_parity.logs import logger
from bisect_parity.parity.figure import SECONDS
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from pathlib import Path

    from bisect_parity.bisection.bench import Bench, Trial
    from bisect_parity.bisection.ends import SearchRange
    from bisect_parity.bisection.figure_limit import FigureLimit
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.named_case import NamedCase
    from bisect_parity.commands.test_option import LineTest
    from bisect_parity.history.repository import Repository

# checks of each end until its figures are the same, or enough are apart; a search takes over the first
ROUNDS = (2, 5, 10, 20)
ENOUGH = 5
APART, HARDLY = 0.8, 0.4  # separations: enough, and too little to search for
PROCESSOR_TIME = (
    "On a busy machine, processor time varies less:"
    """ --test "bash -c 'LC_ALL=C; time -p COMMAND'" --figure 'user ([0-9.]+)'."""
)


def with_limit(
    call: Invocation,
    repository: Repository,
    limits: SearchRange,
    named: NamedCase,
    test: LineTest,
    place: Path,
) -> tuple[NamedCase, FigureLimit]:
    """The test with a limit between the figures of both ends, which are measured in turns.

    Args:
        call: of the command.
        repository: of the call.
        limits: the ends.
        named: how commits are checked.
        test: of `named`, with a figure.
        place: folder for the evidence.

    Raises:
        UsageError: an end was not named.
        EvidenceError: an end cannot be tested, or the figures do not differ.
    """
    if limits.is_open:
        raise UsageError("--figure has no limit, and an end is not named", "Name both ends, or give --limit.")
    good: list[float] = []
    bad: list[float] = []
    logger().info(f"no --limit is named: both ends are checked at least {ROUNDS[0]} times to find one")
    with contextlib.ExitStack() as stack:
        benches = [
            stack.enter_context(
                open_bench(call, repository, commit, named, place / "ends" / end, is_first_kept=True)
            )
            for end, commit in (("good", limits.good), ("bad", limits.bad))
        ]
        call.journal.move_to(place / "commands.txt")  # also where nothing is searched after it
        for bench in benches:
            bench.tell = _tell
        for count in ROUNDS:
            while len(bad) < count:
                good.append(_figure(repository, benches[0], "good end", (limits.old, limits.new)))
                bad.append(_figure(repository, benches[1], "bad end", (limits.old, limits.new)))
            found = limit_between(good, bad)
            if not found.varies or (count >= ENOUGH and found.separation >= APART):
                break
    shown_good, shown_bad = range_texts(good, bad)
    says = f"good end {shown_good}, bad end {shown_bad}, in {len(good)} checks each"
    if found.separation < HARDLY:
        raise alike(says, test.figure)
    logger().info(f"figures: {says}; limit {found.limit!r}")
    return evolve(named, test=evolve(test, limit=found.limit, better=found.better)), found


def alike(says: str, figure: str) -> EvidenceError:
    """That no limit separates the figures of the ends.

    Args:
        says: which figures they have.
        figure: what is read as one.
    """
    remedy = "Name other ends, or give --limit."
    if figure == SECONDS:
        remedy = f"{remedy} {PROCESSOR_TIME}"
    return EvidenceError(f"the figures of both ends do not differ: {says}", remedy)


def _figure(repository: Repository, bench: Bench, end: str, ends: tuple[str, str]) -> float:
    result = bench.run(end).result
    if result.figure is None:
        failed = bench.commit, result.reason
        lacking = lacking_text(repository, bench.case, failed, ends, "the same command and")
        way_out = "Name a figure that the test prints, and an end where it passes."
        if (result.verdict, end) == ("bad", "bad end"):
            way_out = "The test fails there, and its exit status tells good from bad: leave out --figure."
        remedy = lacking[1:] or (way_out,)
        says = lacking[0] if lacking else f"{bench.commit[:SHORT]}, has no figure: {result.reason}"
        raise EvidenceError(f"the {end}, {says}", *remedy)
    return result.figure


def _tell(trial: Trial) -> None:
    result = trial.result
    is_known = result.cache.get("state") == "known"
    took = "known before" if is_known else f"{result.timings.get('total', 0.0):.1f} s"
    logger().info(f"{trial.role}: {result.reason}, {took}")

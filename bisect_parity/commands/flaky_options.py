"""The options of a search by a flaky check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from bisect_parity.bisection.odds import FlakyTerms
from bisect_parity.bisection.rates import LEAST

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])

__all__ = ["MOST_CHECKS", "UNTIL", "flaky_options", "flaky_terms"]

UNTIL, MOST_CHECKS = 0.95, 500


def flaky_options(command: Command) -> Command:
    """Add `--flaky`, and how far such a search goes."""
    for option in (
        click.option(
            "--bad-is-proof",
            is_flag=True,
            help="With --flaky: the good side is never bad, so one bad verdict proves; takes fewer checks.",
        ),
        click.option(
            "--least-rate",
            "least",
            type=click.FloatRange(0, 1, min_open=True, max_open=True),
            metavar="R",
            help=f"With --flaky: the rarest bad verdicts to look for, after none at all; default: {LEAST}.",
        ),
        click.option(
            "--max-checks",
            "most_checks",
            type=click.IntRange(min=2),
            metavar="N",
            help=f"With --flaky: end after N checks at the latest; default: {MOST_CHECKS}.",
        ),
        click.option(
            "--until",
            type=click.FloatRange(0.5, 1, min_open=True, max_open=True),
            metavar="P",
            help=f"With --flaky: end once a commit is guilty with this probability; default: {UNTIL}.",
        ),
        click.option(
            "--flaky",
            is_flag=True,
            help="The check is flaky: find the commit that changed how often it is bad.",
        ),
    ):
        command = option(command)
    return command


def flaky_terms(
    earlier: FlakyTerms | None,
    until: float | None,
    most_checks: int | None,
    least: float | None,
    *,
    bad_is_proof: bool,
) -> FlakyTerms:
    """How far a search goes: as the options say, else as it was asked for before.

    Args:
        earlier: the terms of the session that is resumed; None: a new one.
        until, most_checks, least: as named; None where they were not.
        bad_is_proof: as named.
    """
    before = earlier or FlakyTerms(UNTIL, MOST_CHECKS, LEAST)
    return FlakyTerms(
        before.until if until is None else until,
        before.most_checks if most_checks is None else most_checks,
        before.least_rate if least is None else least,
        before.bad_is_proof or bad_is_proof,
    )

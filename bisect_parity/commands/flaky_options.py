"""The options of a search by a flaky check."""

from __future__ import annotations

import click
from attrs import frozen

from bisect_parity.bisection.hints import USUAL_FACTOR, Hint
from bisect_parity.bisection.odds import LEAST, FlakyTerms
from bisect_parity.commands.options import NumberRange, gathered, together

USUAL = FlakyTerms(until=0.95, most_checks=500, least_rate=LEAST)


@frozen
class FlakyOptions:
    """What a command line says of a flaky check; None and False where it says nothing.

    Attributes:
        is_flaky: whether the check is.
        until, most_checks, least_rate, bad_is_proof, suspects: see `FlakyTerms`.
    """

    is_flaky: bool = False
    until: float | None = None
    most_checks: int | None = None
    least_rate: float | None = None
    bad_is_proof: bool = False
    suspects: tuple[Hint, ...] = ()

    @property
    def has_terms(self) -> bool:
        """Whether it says how far the search goes, other than by a number of checks."""
        return FlakyOptions(self.is_flaky, most_checks=self.most_checks) != self

    def terms(self, earlier: FlakyTerms = USUAL) -> FlakyTerms:
        """How far the search goes: as named, else as in `earlier`, the terms of a session that is resumed."""
        return FlakyTerms(
            earlier.until if self.until is None else self.until,
            earlier.most_checks if self.most_checks is None else self.most_checks,
            earlier.least_rate if self.least_rate is None else self.least_rate,
            earlier.bad_is_proof or self.bad_is_proof,
            self.suspects or earlier.suspects,
        )


# `--flaky`, and how far such a search goes; the command gets them as `flaky`, `FlakyOptions`.
flaky_options = together(
    click.option(
        "--flaky",
        "is_flaky",
        is_flag=True,
        help="The check is flaky: find the commit that changed how often it is bad.",
    ),
    click.option(
        "--until",
        type=NumberRange(0.5, 1, min_open=True, max_open=True),
        metavar="P",
        help=f"With --flaky: end once a commit is guilty with this probability; default: {USUAL.until}.",
    ),
    click.option(
        "--max-checks",
        "most_checks",
        type=click.IntRange(min=2),
        metavar="N",
        help="End the search after N checks (further ones: proof, submodules);"
        f" default: none, and {USUAL.most_checks} with --flaky.",
    ),
    click.option(
        "--least-rate",
        "least_rate",
        type=NumberRange(0, 1, min_open=True, max_open=True),
        metavar="R",
        help=f"With --flaky: the smallest rate of bad verdicts to look for; default: {LEAST}.",
    ),
    click.option(
        "--bad-is-proof",
        is_flag=True,
        help="With --flaky: the good side is never bad, so one bad verdict is proof; takes fewer checks.",
    ),
    click.option(
        "--suspect",
        "suspects",
        multiple=True,
        callback=lambda _context, _option, values: tuple(map(Hint.parse, values)),
        metavar="PATTERN[=FACTOR]",
        help="With --flaky: commits that change these files (message:REGEX: whose message matches) are FACTOR"
        f" times as likely as others before any check; default: {USUAL_FACTOR:g}. May be repeated.",
    ),
    gathered("flaky", FlakyOptions),
)

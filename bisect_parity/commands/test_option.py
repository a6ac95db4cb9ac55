"""`--test LINE`: a case made of one command, without settings, and what goes with it."""

from __future__ import annotations

import re
from typing import Any

import click
from attrs import frozen

from bisect_parity.commands.options import NumberRange, bring_option, gathered, together
from bisect_parity.errors import UsageError
from bisect_parity.parity.case import VERDICTS
from bisect_parity.parity.failure_kinds import KINDS
from bisect_parity.wording import TEST_OPTION


@frozen
class LineTest:
    """A test on the command line.

    Attributes:
        line: the command, as typed.
        brought: files and folders to take along, as typed.
        timeout: seconds that it may take; None: as any case.
        rules: the verdict on each kind of failure, as far as it is not the usual one.
        failure: what the failure that is looked for prints; empty: any failure counts.
        figure, limit, better: of a test that passes; see `Case`.
    """

    line: str
    brought: tuple[str, ...]
    timeout: float | None
    rules: tuple[tuple[str, str], ...] = ()
    failure: str = ""
    figure: str = ""
    limit: float | None = None
    better: str | None = None

    def refuse_open_limit(self) -> None:
        """Refuse a figure that is only kept, where a verdict is wanted.

        Raises:
            UsageError: it has no limit.
        """
        if self.figure and self.limit is None:
            raise UsageError("--figure has no limit, so no figure is bad", "Give --limit.")


def _expression(_context: click.Context, option: click.Parameter, text: str | None) -> str:
    """A regular expression, as typed after an option; empty where there is none.

    Raises:
        UsageError: it is none.
    """
    try:
        re.compile(text or "")
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{option.opts[0]} {text!r} is no regular expression: {error}",
            "Write a backslash before a character that stands for itself, as in 'f\\(x\\)'.",
        ) from error
    return text or ""


def _rule(text: str) -> tuple[str, str]:
    """A kind of failure and its verdict, as typed.

    Raises:
        UsageError: it is none.
    """
    kind, _, verdict = text.partition("=")
    if kind not in KINDS or verdict not in VERDICTS:
        kinds = f"Kinds: {', '.join(KINDS)}; verdicts: {', '.join(VERDICTS)}."
        raise UsageError(
            f"--on {text!r} is no kind of failure and its verdict", f"Write timeout=bad. {kinds}"
        )
    return kind, verdict


def _line_test(line: str | None, **options: Any) -> LineTest | None:
    """The test of a command line, if there is one.

    Raises:
        UsageError: an option lacks the one that it belongs to.
    """
    if line is None and any(options[name] for name in ("brought", "timeout", "rules", "failure", "figure")):
        raise UsageError(
            "--bring, --timeout, --on, --failure and --figure belong to --test",
            "In a case, write `bring`, `timeout`, `failure`, `figure`, and keys such as `on_timeout`.",
        )
    if (not options["figure"] and options["limit"] is not None) or (
        options["limit"] is None and options["better"] is not None
    ):
        raise UsageError("--limit belongs to --figure, and --better to --limit")
    return None if line is None else LineTest(line, **options)


# `--test` and the options that belong to it; the command gets them as one argument, `test`.
test_option = together(
    click.option(
        TEST_OPTION,
        "line",
        metavar="LINE",
        help="Judge by the exit status of this command instead of a case; a shell runs it if it needs one.",
    ),
    bring_option(
        "With --test: copy a file or folder of yours, such as a new test, to every commit as it is now"
        " (`check` copies none); may be repeated."
    ),
    click.option(
        "--timeout",
        type=NumberRange(0, min_open=True),
        metavar="SECONDS",
        help="With --test: how long it may take; default: 600.",
    ),
    click.option(
        "--on",
        "rules",
        multiple=True,
        metavar="KIND=VERDICT",
        callback=lambda _context, _option, values: tuple(map(_rule, values)),
        help=f"With --test: what a failure of a kind ({', '.join(KINDS)}) means, such as timeout=bad;"
        " default: skip. May be repeated.",
    ),
    click.option(
        "--failure",
        metavar="REGEX",
        callback=_expression,
        help="With --test: only a failure that prints this is bad; any other cannot be tested.",
    ),
    click.option(
        "--figure",
        metavar="REGEX",
        callback=_expression,
        help="With --test: a number that it prints: the group of REGEX, else what is behind it; or seconds.",
    ),
    click.option(
        "--limit",
        type=float,
        metavar="X",
        help="With --figure: the test is bad if it is beyond; bisect finds one between those of both ends.",
    ),
    click.option(
        "--better",
        type=click.Choice(["lower", "higher"]),
        help="With --limit: which figures are better; default: lower.",
    ),
    gathered("test", LineTest, _line_test),
)

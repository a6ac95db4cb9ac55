"""`--test LINE`: a case made of one command, without settings, and what goes with it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import frozen

from bisect_parity.commands.options import bring_option
from bisect_parity.commands.typed_values import NumberRange
from bisect_parity.errors import UsageError
from bisect_parity.parity.case import VERDICTS
from bisect_parity.parity.failure_kinds import KINDS
from bisect_parity.wording import TEST_OPTION

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = TypeVar("Command", bound=Callable[..., Any])

__all__ = ["LineTest", "test_option"]


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


def test_option(command: Command) -> Command:
    """Add `--test` and the options that belong to it; the command gets them as one argument, `test`."""

    @click.option(
        TEST_OPTION,
        "line",
        metavar="LINE",
        help="Judge by the exit status of this command instead of a case; a shell runs it if it needs one.",
    )
    @bring_option(
        "With --test: copy a file or folder of yours, such as a new test, to every commit as it is now; may"
        " be repeated."
    )
    @click.option(
        "--timeout",
        type=NumberRange(0, min_open=True),
        metavar="SECONDS",
        help="With --test: how long it may take; default: 600.",
    )
    @click.option(
        "--on",
        "rules",
        multiple=True,
        metavar="KIND=VERDICT",
        help=f"With --test: what a failure of a kind ({', '.join(KINDS)}) means, such as timeout=bad;"
        " default: skip. May be repeated.",
    )
    @click.option(
        "--failure",
        metavar="REGEX",
        help="With --test: only a failure that prints this is bad; any other cannot be tested.",
    )
    @click.option(
        "--figure",
        metavar="REGEX",
        help="With --test: a number that the test prints, the one group of REGEX, or its run time: seconds.",
    )
    @click.option(
        "--limit",
        type=float,
        metavar="X",
        help="With --figure: the test is bad if it is beyond; bisect finds one between those of both ends.",
    )
    @click.option(
        "--better",
        type=click.Choice(["lower", "higher"]),
        help="With --limit: which figures are better; default: lower.",
    )
    @functools.wraps(command)
    def with_test(
        *arguments: Any,
        line: str | None,
        brought: tuple[str, ...],
        timeout: float | None,
        rules: tuple[str, ...],
        failure: str | None,
        figure: str | None,
        limit: float | None,
        better: str | None,
        **options: Any,
    ) -> Any:
        if line is None and (brought, timeout, rules, failure, figure) != ((), None, (), None, None):
            remedy = (
                "In a case, write `bring`, `timeout`, `failure`, `figure`, and keys such as `on_timeout`."
            )
            raise UsageError("--bring, --timeout, --on, --failure and --figure belong to --test", remedy)
        if (figure is None and limit is not None) or (limit is None and better is not None):
            raise UsageError("--limit belongs to --figure, and --better to --limit")
        test = None
        if line is not None:
            kinds = tuple(map(_rule, rules))
            seen = _expression("--failure", failure or ""), _expression("--figure", figure or "")
            test = LineTest(line, brought, timeout, kinds, *seen, limit, better)
        return command(*arguments, test=test, **options)

    return with_test  # type: ignore[return-value]


def _expression(option: str, text: str) -> str:
    """A regular expression, as typed after an option.

    Raises:
        UsageError: it is none.
    """
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{option} {text!r} is no regular expression: {error}",
            "Write a backslash before a character that stands for itself, as in 'f\\(x\\)'.",
        ) from error
    return text


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

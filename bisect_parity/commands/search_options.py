"""The options of both searches, `bisect` and `sweep`: `--jobs` and `--resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from bisect_parity.bisection.folder import LATEST
from bisect_parity.commands.named_case import NamedCase
from bisect_parity.forked_map import usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.commands.invocation import Invocation

AUTO = "auto"

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


def _number(_context: click.Context, _option: click.Parameter, value: str) -> int:
    """How many checks: as named, or as many as there are cores."""
    if value in (AUTO, "0"):
        return usable_cores()
    if not value.isdecimal():
        raise click.BadParameter(f"{value!r} is neither a number of checks nor {AUTO}")
    return int(value)


def jobs_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--jobs`; the command gets the number as `jobs`."""
    return click.option(
        "-j",
        "--jobs",
        callback=_number,
        default="1",
        show_default=True,
        metavar="N",
        help=f"Run up to N checks at once, each in a worktree of its own; 0 or {AUTO}: as many as cores.",
    )(command)


def resume_option(search: str) -> Callable[[Decorated], Decorated]:
    """`--resume`: a search that was stopped, or `LATEST`; `search` is what it is called."""
    return click.option(
        "--resume",
        is_flag=False,
        flag_value=LATEST,
        metavar="[SESSION]",
        help=f"Resume a stopped {search}; default: the last one. No finished check is repeated.",
    )


def refuse_beside_resume(call: Invocation, case: NamedCase, *others: object) -> None:
    """Refuse options that a resumed session was given when it began: all but the case must be None.

    Raises:
        UsageError: as click knows it.
    """
    if case != NamedCase() or any(value is not None for value in (call.config, *others)):
        raise click.UsageError(
            "--resume uses the ends, case, thresholds and output of its session: leave these options out"
        )

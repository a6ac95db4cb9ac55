"""The options that commands share."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bisect_parity.commands.invocation import Invocation, working_directory
from bisect_parity.commands.typed_values import PathName
from bisect_parity.commands.value_completion import case_names
from bisect_parity.journal import Journal
from bisect_parity.logs import configure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "bring_option",
    "case_option",
    "common_options",
    "evidence_option",
    "out_option",
]

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


def out_option(described: str) -> Callable[[Decorated], Decorated]:
    """`--out`: a folder to write to; `described` is its help."""
    return click.option("--out", type=PathName(), metavar="DIR", help=described)


def evidence_option(command: str) -> Callable[[Decorated], Decorated]:
    """`--out` of a command that leaves evidence."""
    usual = f"reports/bisect-parity/<UTC time>-{command} in the working tree"
    return out_option(f"Where the evidence goes; default: {usual}.")


def bring_option(described: str) -> Callable[[Decorated], Decorated]:
    """`--bring`: files and folders of the user's to copy, as they are now; `described` is its help."""
    return click.option("--bring", "brought", multiple=True, metavar="PATH", help=described)


def case_option(described: str) -> Callable[[Decorated], Decorated]:
    """`--case`: the name of a case; `described` is its help."""
    return click.option("--case", "case_name", metavar="NAME", shell_complete=case_names, help=described)


def common_options() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of every command; the function gets them as its first argument, an Invocation."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @click.option(
            "--repo",
            "directory",
            type=PathName(),
            metavar="DIR",
            help="The repository; default: that of the working directory.",
        )
        @click.option(
            "--config",
            type=PathName(),
            metavar="FILE",
            help="Settings to use instead of those that would be found.",
        )
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON document, and nothing else.")
        @click.option("--quiet", is_flag=True, help="Show warnings and errors only.")
        @click.option("--verbose", is_flag=True, help="Show what is being done.")
        @click.option("--log-json", is_flag=True, help="Write messages as JSON lines.")
        @functools.wraps(function)
        def with_options(
            directory: Path | None,
            config: Path | None,
            as_json: bool,
            quiet: bool,
            verbose: bool,
            log_json: bool,
            **options: Any,
        ) -> Any:
            configure(quiet=quiet, verbose=verbose, as_json=log_json)
            journal = Journal(None, ["bisect-parity", *sys.argv[1:]])
            start = directory if directory is not None else working_directory()
            return function(Invocation(start, config, as_json, quiet, verbose, journal, set()), **options)

        return with_options

    return decorate

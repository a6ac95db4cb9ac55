"""The options that commands share, and the types of their values."""

from __future__ import annotations

import functools
import inspect
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bisect_parity.commands.invocation import Invocation, working_directory
from bisect_parity.commands.value_completion import case_names, revisions
from bisect_parity.journal import Journal
from bisect_parity.logs import configure

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


class PathName(click.Path):
    """A path; an empty one, which is that of a variable that is not set, is not the working directory."""

    def __init__(self, **restrictions: bool) -> None:
        super().__init__(path_type=Path, **restrictions)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """The path that was typed."""
        if value == "":
            self.fail("it is empty; is the variable set that it was made of?", param, ctx)
        return super().convert(value, param, ctx)


class NumberRange(click.FloatRange):
    """A number in a range; NaN is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number that was typed."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return number


def path_option(
    *names: str, described: str, metavar: str = "FILE", several: bool = False
) -> Callable[[Decorated], Decorated]:
    """An option whose value is a path; `described` is its help, and of `several` the command gets all."""
    return click.option(*names, type=PathName(), multiple=several, metavar=metavar, help=described)


def revision_option(*names: str, described: str, **more: Any) -> Callable[[Decorated], Decorated]:
    """An option whose value is a revision, or what stands for one; `more` is click's."""
    return click.option(*names, metavar="REV", shell_complete=revisions, help=described, **more)


def out_option(described: str) -> Callable[[Decorated], Decorated]:
    """`--out`: a folder to write to; `described` is its help."""
    return path_option("--out", metavar="DIR", described=described)


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


def together(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several decorators as one, the first of them outermost."""
    return lambda command: functools.reduce(lambda made, add: add(made), reversed(decorators), command)


def gathered(
    name: str, kind: Callable[..., object], make: Callable[..., object] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command one argument, `name`, in place of the options that `kind` is made of.

    Args:
        name: of the argument.
        kind: a class or a function, whose parameters are called as the options.
        make: what makes it, if something else does.
    """
    fields = inspect.signature(kind).parameters

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def with_one(**options: Any) -> Any:
            own = {field: options.pop(field) for field in fields if field in options}
            return command(**{name: (make or kind)(**own)}, **options)

        return with_one

    return decorate


def _invocation(
    directory: Path | None, config: Path | None, as_json: bool, quiet: bool, verbose: bool, log_json: bool
) -> Invocation:
    configure(quiet=quiet, verbose=verbose, as_json=log_json)
    journal = Journal(None, ["bisect-parity", *sys.argv[1:]])
    return Invocation(directory or working_directory(), config, as_json, quiet, verbose, journal, set())


# The options of every command, which gets them as `call`.
common_options = together(
    path_option(
        "--repo",
        "directory",
        metavar="DIR",
        described="The repository; default: that of the working directory.",
    ),
    path_option("--config", described="Settings to use instead of those that would be found."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document, and nothing else."),
    click.option("--quiet", is_flag=True, help="Show warnings and errors only."),
    click.option("--verbose", is_flag=True, help="Show what is being done."),
    click.option("--log-json", is_flag=True, help="Write messages as JSON lines."),
    gathered("call", _invocation),
)

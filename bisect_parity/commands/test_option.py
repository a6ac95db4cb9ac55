"""`--test LINE`: a case made of one command, without settings."""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import evolve

from bisect_parity.errors import UsageError
from bisect_parity.parity.placeholders import literal
from bisect_parity.recording.environment import environment_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.config import Settings

    Command = TypeVar("Command", bound=Callable[..., Any])

__all__ = ["settings_for", "test_option"]

OPTION = "--test"
_OF_A_SHELL = re.compile(r"[|&;<>()$`*?~#\n]|^\w+=")


def test_option(command: Command) -> Command:
    """Add `--test`."""
    return click.option(
        OPTION,
        "test",
        metavar="LINE",
        help="Judge by the exit status of this command instead of a case; a shell runs what needs one.",
    )(command)


def settings_for(test: str, case_name: str | None, settings: Settings) -> tuple[Settings, bytes]:
    """The settings with one case, the test, and what freezes them: a file in TOML.

    The case is called as the option is typed. It sees what `record` keeps of the environment, such as
    LD_LIBRARY_PATH and OMP_NUM_THREADS, besides what every case sees.

    Args:
        test: as typed.
        case_name: of a case that was named as well; None where none was.
        settings: of the repository, whose code paths count.

    Raises:
        UsageError: a case was named, the line is empty, or its quotes do not end.
    """
    if case_name is not None:
        raise UsageError(f"{OPTION} stands in the place of a case", "Leave out --case.")
    try:
        words = ["sh", "-c", test] if _OF_A_SHELL.search(test) else shlex.split(test)
        test.encode()
    except ValueError as error:
        raise UsageError(f"--test {test!r}: {error}", "Quote it as for a shell.") from error
    if not words:
        raise UsageError("--test names no command", "Write it as --test 'pytest -q tests/test_it.py'.")
    passed = list(environment_facts(os.environ, str)["variables"])
    name = f"{OPTION} {shlex.quote(test)}"
    table = {"test": [literal(word) for word in words], "pass": passed}
    lines = ["[code]", f"paths = {_toml(list(settings.code.paths))}", f"[case.{_toml(name)}]"]
    lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
    return evolve(settings, case={name: table}), "\n".join([*lines, ""]).encode()


def _toml(value: object) -> str:
    """Text or a list of it in TOML, whose text is written as JSON's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

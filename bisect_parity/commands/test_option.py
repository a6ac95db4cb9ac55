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
from bisect_parity.logs import logger
from bisect_parity.parity.placeholders import literal
from bisect_parity.recording.environment import environment_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.config import Settings
    from bisect_parity.history.repository import Repository

    Command = TypeVar("Command", bound=Callable[..., Any])

__all__ = ["settings_of", "test_option"]

OPTION = "--test"
_OF_A_SHELL = re.compile(r"[|&;<>()$`*?~#\n]|^\w+=|^!\s")


def test_option(command: Command) -> Command:
    """Add `--test`."""
    return click.option(
        OPTION,
        "test",
        metavar="LINE",
        help="Judge by the exit status of this command instead of a case; a shell runs what needs one.",
    )(command)


def settings_of(
    call: Invocation, repository: Repository, test: str | None, case_name: str | None
) -> tuple[Settings, bytes | None]:
    """The settings that count for a new session; with a test, those with one case, and a file that holds it.

    Args:
        call: of the command.
        repository: of the call.
        test: as typed; None where none was named.
        case_name: of a case; None where none was named.

    Raises:
        UsageError: the settings are not valid, or the test is none.
    """
    states = (repository.git_dir / "bisect-parity", repository.state_directory())
    settings = call.settings(states, None)
    if repository.work_tree is not None:
        call.warn_of_other_settings(settings.source, repository.work_tree)
    if test is not None and repository.work_tree is not None and str(repository.work_tree) in test:
        logger().warning(
            f"the test names {repository.work_tree}, your checkout: what it runs there is the same at every"
            " commit, unless you name it relative to the top"
        )
    return (settings, None) if test is None else _with_test(test, case_name, settings)


def _with_test(test: str, case_name: str | None, settings: Settings) -> tuple[Settings, bytes]:
    """The settings with one case, the test, and what freezes them: a file in TOML.

    The case is called as the option is typed. It sees what `record` keeps of the environment, such as
    LD_LIBRARY_PATH and OMP_NUM_THREADS, besides what every case sees.
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

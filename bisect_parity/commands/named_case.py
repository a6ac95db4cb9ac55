"""The case that a command line names, or the test in its place, and the settings that hold it."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import Factory, evolve, frozen

from bisect_parity.commands.named_path import path_below
from bisect_parity.commands.no_settings import no_settings, warn_of_other_settings
from bisect_parity.commands.test_option import LineTest
from bisect_parity.commands.threshold_options import NamedThresholds
from bisect_parity.errors import UsageError
from bisect_parity.logs import logger
from bisect_parity.parity.failure_kinds import KINDS
from bisect_parity.parity.own_environment import environment_paths_absolute
from bisect_parity.parity.placeholders import literal
from bisect_parity.recording.environment import is_kept
from bisect_parity.wording import TEST_OPTION

if TYPE_CHECKING:
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.config import Settings
    from bisect_parity.history.repository import Repository
    from bisect_parity.journal import Journal

_BETWEEN_NAMES = re.compile(r"[\s'\":,;=<>|&()]+")
_OF_A_SHELL = re.compile(r"[|&;<>()$`*?~#\n]|^\w+=|^!\s")


@frozen
class NamedCase:
    """How commits are checked, as far as a command line names it; None where it does not.

    Attributes:
        case_name: of the case.
        size: instead of the case's own.
        test: a command instead of a case.
        thresholds: instead of the case's own.
    """

    case_name: str | None = None
    size: int | None = None
    test: LineTest | None = None
    thresholds: NamedThresholds = Factory(NamedThresholds)


def settings_of(call: Invocation, repository: Repository, named: NamedCase) -> tuple[Settings, bytes | None]:
    """The settings that count for a new session; with a test, those with one case, and a file that holds it.

    Args:
        call: of the command.
        repository: of the call.
        named: the case, or the test, as typed.

    Raises:
        UsageError: the settings are not valid, or the test is none.
    """
    test = named.test
    states = (repository.git_dir / "bisect-parity", repository.state_directory())
    settings = call.settings(states, None)
    warn_of_other_settings(call, repository, settings.source)
    if test is None and settings.source is None:
        way_out = no_settings(repository.work_tree)
        raise UsageError("there is no case to check", f"Name a command with {TEST_OPTION}. Or: {way_out}")
    if test is None:
        return settings, None
    if named.case_name is not None:
        raise UsageError(f"{TEST_OPTION} replaces a case", "Leave out --case.")
    _refuse_faulty_script(test.line, call.journal)
    if repository.work_tree is not None:
        _warn_of_place(test.line, call.directory.absolute(), repository.work_tree)
    return _with_test(test, settings, repository.work_tree)


def _refuse_faulty_script(line: str, journal: Journal) -> None:
    """A script that no shell can read would be skipped at each commit.

    Raises:
        UsageError: it is one.
    """
    if not _OF_A_SHELL.search(line):
        return
    try:
        checked = journal.run(["sh", "-n", "-c", line])
    except (OSError, ValueError):  # no shell, or nothing that a process can be given: told where it is run
        return
    if checked.status != 0:
        said = checked.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise UsageError(f"--test {line!r} is no script: {said}", "Quote it as for a shell.")


def _warn_of_place(line: str, here: Path, top: Path) -> None:
    """Say so where the line, which runs at the top, names files of the directory that it is typed in."""
    for name in _BETWEEN_NAMES.split(line):
        place = Path(os.path.normpath(here / name))
        is_here = name and here != top and place.is_relative_to(top) and (here / name).is_file()
        if is_here and not (top / name).exists():
            inside = place.relative_to(top)
            logger().warning(f"the test runs at the top of the working tree: {name} is {inside} there")


def _with_test(test: LineTest, settings: Settings, top: Path | None) -> tuple[Settings, bytes]:
    """The settings with one case, the test, and what freezes them: a file in TOML.

    The case is called as the options are typed. It sees what `record` keeps of any environment, such as
    LD_LIBRARY_PATH and OMP_NUM_THREADS, besides what every case sees.
    """
    brought = _brought(test, top)
    options = [TEST_OPTION, test.line, *(word for path in brought for word in ("--bring", path))]
    table: dict[str, Any] = {
        "test": [literal(word) for word in _words(test.line, top)],
        "pass": sorted(name for name in os.environ if is_kept(name)),
        "bring": brought,
    }
    if test.timeout is not None:
        options += ["--timeout", f"{test.timeout:g}"]
        table["timeout"] = test.timeout
    for kind, verdict in test.rules:
        options += ["--on", f"{kind}={verdict}"]
        table[KINDS[kind]] = verdict
    if test.failure:
        options += ["--failure", test.failure]
        table["failure"] = test.failure
    if test.figure:
        options += ["--figure", test.figure]
        table["figure"] = test.figure
    if test.limit is not None:
        options += ["--limit", repr(test.limit), "--better", test.better or "lower"]
        table |= {"limit": test.limit, "better": test.better or "lower"}
    name = shlex.join(options)
    lines = ["[code]", f"paths = {_toml(list(settings.code.paths))}", f"[case.{_toml(name)}]"]
    lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
    return evolve(settings, case={name: table}), "\n".join([*lines, ""]).encode()


def _words(line: str, top: Path | None) -> list[str]:
    """The words to run, where a shell is the program if the line needs one."""
    try:
        words = ["sh", "-c", line] if _OF_A_SHELL.search(line) else shlex.split(line)
        line.encode()
    except ValueError as error:
        raise UsageError(f"--test {line!r}: {error}", "Quote it as for a shell.") from error
    if not words:
        raise UsageError("--test names no command", "Write it as --test 'pytest -q tests/test_it.py'.")
    return words if top is None else environment_paths_absolute(words, top)


def _brought(test: LineTest, top: Path | None) -> list[str]:
    if test.brought and top is None:
        raise UsageError("--bring: a bare repository has no files to bring", "Name a working tree by --repo.")
    return [] if top is None else [path_below(name, top) for name in test.brought]


def _toml(value: object) -> str:
    """A number, text or a list of it in TOML, whose text is written as JSON's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

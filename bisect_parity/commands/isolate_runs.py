"""What two recorded runs differ in, as changes to try on a case."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from bisect_parity.bisection.changes import Difference, recorded_changes
from bisect_parity.commands.finding import find_bundles
from bisect_parity.commands.named_path import files_of_runs
from bisect_parity.commands.series_runs import defaults_of, told_runs
from bisect_parity.diagnosis.attributes import attributes
from bisect_parity.evidence.command_line import parse_commands
from bisect_parity.evidence.verdict import Verdict
from bisect_parity.logs import logger
from bisect_parity.params.code import defaults_at
from bisect_parity.params.programs import declared_options, program_path

if TYPE_CHECKING:
    from bisect_parity.bisection.bench import Bench
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.project import Project
    from bisect_parity.parity.case import Case


def differences_of_runs(call: Invocation, bench: Bench, good: str, bad: str) -> list[Difference]:
    """The differences of the bad run from the good one, as far as they can be tried on the case."""
    project = find_bundles(call, files_of_runs((good, bad), bench.top))
    runs, _ = told_runs(project, (good,), (bad,))
    sides = [
        next(at for at, run in enumerate(runs) if run.verdict.verdict is verdict)
        for verdict in (Verdict.GOOD, Verdict.BAD)
    ]
    found = attributes(runs, defaults_of(project, runs))
    commands = _commands(bench.case)
    programs = {step: _programs(words) for step, words in commands.items()}
    flags = {step: _flags(project, bench, words, programs[step]) for step, words in commands.items()}
    changes, left = recorded_changes(
        found, sides[0], sides[1], lambda step, flag: flag in flags[step], programs
    )
    for name in left:
        logger().warning(f"cannot be tried: no step of the case is known to take {name}; see --set")
    return changes


def _commands(case: Case) -> dict[str, tuple[str, ...]]:
    is_function = isinstance(case.candidate, str)
    return case.steps() | ({"candidate": ()} if is_function else {})


def _programs(words: tuple[str, ...]) -> list[str]:
    """The programs that a command runs, as they stand in it."""
    line = shlex.join("python" if word == "{python}" else word for word in words)
    return [command.program for command in parse_commands(line, "")]


def _flags(project: Project, bench: Bench, words: tuple[str, ...], programs: list[str]) -> set[str]:
    """The flags that a command holds, or that the code of its programs declares."""
    found = {word.partition("=")[0] for word in words if word.startswith("-")}
    code = defaults_at(project.repository, [bench.commit], project.settings.code.paths, programs)[0]
    for program in programs:
        path = program_path(program, code.files.keys(), code.files)
        declared = declared_options(path, code.files) if path is not None else []
        found.update(flag for _, item in declared if item.option is not None for flag in item.option.flags)
    return found

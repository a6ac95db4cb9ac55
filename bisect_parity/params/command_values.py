"""What the command of a run gave: options, variables, defaults of the code, flags of a build. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.modules import LOADED
from bisect_parity.evidence.programs import parse_options, program_arguments
from bisect_parity.params.bind import bind, used_commands
from bisect_parity.params.build_flags import build_flags, is_builder
from bisect_parity.params.environment import module_values
from bisect_parity.params.given_files import file_values, option_of
from bisect_parity.params.model import Origin, Value, option_name
from bisect_parity.params.noise import is_stamp, without_stamps
from bisect_parity.params.option_values import option_defaults
from bisect_parity.params.programs import declared_options, hydra_values, program_path
from bisect_parity.redaction import REDACTED, is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Command, Findings, Source
    from bisect_parity.params.bind import Given
    from bisect_parity.params.code import CommitDefaults
    from bisect_parity.params.model import Scalar

LONGEST_VALUE = 300
TESTERS = frozenset({"pytest", "py.test"})


def is_run(command: Command) -> bool:
    """Whether a command is no test and no build."""
    name = command.program.rpartition("/")[2]
    return name not in TESTERS and not is_builder(name)


def command_values(
    command: Command, everything: Sequence[Findings], code: CommitDefaults | None
) -> Iterator[tuple[str, Value]]:
    """The names and values of what a command gave, those that it left to the code included.

    Args:
        command: a run, or a build; a test gives nothing.
        everything: that the run left, with its recorded variables.
        code: the defaults of its commit; None where that is not known.
    """
    if is_run(command):
        yield from _run_values(command, code, _variables(command, everything))
    else:
        yield from _build_values(command)


def _build_values(command: Command) -> Iterator[tuple[str, Value]]:
    name = command.program.rpartition("/")[2]
    if is_builder(name):
        stated = [(f"${variable}", text) for variable, text in command.environment]
        stated += [(option_name(name, own), text) for own, text in build_flags(name, command.argv[1:])]
        for own, text in stated:
            value = recorded_value(own, without_stamps(text), command.source, Origin.COMMAND, is_typed=False)
            yield own, value


def _variables(command: Command, everything: Sequence[Findings]) -> dict[str, Value]:
    """The environment variables that the command had, as far as they were recorded."""
    found = {
        item.name: recorded_value(item.name, str(item.value), item.source, Origin.VARIABLE, is_typed=False)
        for findings in everything
        for item in findings.environment
        if item.name.isupper()
    }
    for name, text in command.environment:
        found[name] = recorded_value(name, text, command.source, Origin.VARIABLE, is_typed=False)
    return found


def _run_values(
    command: Command, code: CommitDefaults | None, variables: Mapping[str, Value]
) -> Iterator[tuple[str, Value]]:
    for name, text in command.environment:
        if not is_stamp(text):
            shown_text = without_stamps(text)
            value = recorded_value(name, shown_text, command.source, Origin.VARIABLE, is_typed=False)
            yield from module_values(value) if name == LOADED else [(f"${name}", value)]
    path = None if code is None else program_path(command.program, code.files.keys(), code.files)
    declared = [] if code is None or path is None else declared_options(path, code.files)
    program = program_label(command.program, path, code)
    words = list(program_arguments(command.argv))
    options = [item.option for _, item in declared if item.option is not None]
    given, rest = bind(words, options) if options else ({}, words)
    for name, item in given.items():
        yield option_name(program, name), _given_value(item, command.source)
    yield from _undeclared(program, rest, command)
    if code is not None:
        commands = used_commands(words, options)
        missing = [
            (path, item)
            for path, item in declared
            if item.option is not None and (not item.option.command or item.option.command in commands)
        ]
        is_hydra = path is not None and path in code.files and code.files[path].hydra is not None
        by_key, doubt = ({}, "") if is_hydra else file_values(words, declared, code)
        by_option = {
            option.name: value
            for key, value in by_key.items()
            if (option := option_of(key, [item.option for _, item in missing if item.option])) is not None
        }
        for name, value in option_defaults(missing, given, variables, code, by_option):
            yield option_name(program, name), evolve(value, note=value.note or doubt)
        for key, value in by_key.items():
            if option_of(key, options) is None and not given.keys() & {key, f"--{key}"}:
                yield option_name(program, key), evolve(value, note="")
    if code is not None and path is not None:
        for name, (file, stated) in hydra_values(path, code.files, words).items():
            yield option_name(program, name), code.value(stated, file)


def program_label(program: str, path: str | None, code: CommitDefaults | None) -> str:
    """What the program is called: its name, or its path where files of that name lie in several folders."""
    name = program.rpartition("/")[2]
    if path is None or code is None:
        return name
    alike = [other for other in code.files if other.rpartition("/")[2] == name]
    return path if len(alike) > 1 else name


def program_labels(programs: Iterable[str], code: CommitDefaults | None) -> frozenset[str]:
    """What programs are called."""
    paths = {} if code is None else {p: program_path(p, code.files.keys(), code.files) for p in programs}
    return frozenset(program_label(program, paths.get(program), code) for program in programs)


def _given_value(item: Given, source: Source) -> Value:
    counted = item.counted
    is_typed = bool(item.option.type_name) or not isinstance(counted, str)
    value = recorded_value(item.option.destination, counted, source, Origin.COMMAND, is_typed=is_typed)
    return evolve(value, note=item.note)


def _undeclared(program: str, words: Sequence[str], command: Command) -> Iterator[tuple[str, Value]]:
    """What is given to flags that no code at hand declares, read by the usual conventions."""
    options, positional = parse_options(words, is_pytest=False)
    for flag, given in options.items():
        text = " ".join(given) if isinstance(given, tuple) else given
        shown_text = without_stamps(text) if isinstance(text, str) else text
        value = recorded_value(
            flag, shown_text, command.source, Origin.COMMAND, is_typed=not isinstance(text, str)
        )
        yield option_name(program, flag), value
    plain = []
    for word in positional:
        name, equals, text = word.lstrip("+~").partition("=")
        if equals and re.fullmatch(r"[A-Za-z_][\w./@-]*", name):  # Hydra, sacred, make: key=value
            value = recorded_value(name, without_stamps(text), command.source, Origin.COMMAND, is_typed=False)
            yield option_name(program, name), value
        else:
            plain.append(word)
    if plain:
        text = without_stamps(" ".join(plain))
        yield (
            option_name(program, "(words)"),
            recorded_value("", text, command.source, Origin.COMMAND, is_typed=False),
        )


def recorded_value(
    name: str, value: Scalar, source: Source, origin: Origin, *, is_typed: bool = True
) -> Value:
    """A value as it is shown: cut, and hidden where its name is that of a secret."""
    kept = REDACTED if is_secret_name(name) and not isinstance(value, bool) else value
    if isinstance(kept, str):
        kept = kept[:LONGEST_VALUE]
    return Value(kept, source, origin, is_typed=is_typed)

"""What the command of a run gave: options, variables, defaults of the code, flags of a build. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.modules import LOADED
from bisect_parity.evidence.programs import parse_options, program_arguments
from bisect_parity.params.bind import bind, used_commands
from bisect_parity.params.environment import module_values
from bisect_parity.params.given_files import file_values, option_of
from bisect_parity.params.model import Origin, Unreadable, Value, option_name, shown
from bisect_parity.params.noise import is_stamp, without_stamps
from bisect_parity.params.programs import declared_options, hydra_values
from bisect_parity.redaction import REDACTED, is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Command, Findings, Source
    from bisect_parity.params.bind import Given
    from bisect_parity.params.code import CommitDefaults
    from bisect_parity.params.model import Default, Option, Scalar

LONGEST_VALUE = 300
TESTERS = frozenset({"pytest", "py.test"})
BUILDERS = frozenset({"make", "gmake", "cmake", "ninja", "meson", "configure"})
_COMPILER = re.compile(
    r"(?:[\w.]+-)*(?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|nvcc|hipcc|gfortran|flang|ifort|ifx|icc|icpc|icx|icpx"
    r"|mpicc|mpicxx|mpic\+\+|mpifort|mpif90|mpif77|nvc|nvc\+\+|nvfortran)(?:-\d[\d.]*)?"
)
_DEFINED = re.compile(r"(?:-D|--(?=[a-z]))?([A-Za-z][\w-]*)(?::[A-Z]+)?=(.*)", re.DOTALL)
_COUNTS = re.compile(
    r"-(?:[OfmgD]|std|arch|gencode|static|openmp|qopenmp|x[A-Z]|fp|ip|Xcompiler"
    r"|-?(?:use_fast_math|ftz|prec-(?:div|sqrt)|maxrregcount)).*"
)
_WITH_A_WORD = ("-arch", "-fp-model", "-gencode", "-maxrregcount", "-Xcompiler")
_TAKES_A_WORD = {"-D": "-D", **{word: f"{word}=" for word in _WITH_A_WORD}}
_SAME_FLAGS = {"-O": ("-O1",), "-Ofast": ("-O3", "-ffast-math")}
_REPEATED = frozenset({"-gencode", "-Xcompiler"})  # each adds something
_PLACES = re.compile(r"-f(?:(?:debug|file|macro)-prefix-map|diagnostics-|dep-).*")


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
    name = command.program.rpartition("/")[2]
    if is_run(command):
        yield from _run_values(command, code, _variables(command, everything))
    elif is_builder(name):
        stated = [(f"${variable}", text) for variable, text in command.environment]
        stated += [(option_name(name, own), text) for own, text in _build_flags(name, command.argv[1:])]
        yield from ((own, _untyped(own, text, command)) for own, text in stated)


def _untyped(name: str, text: str, command: Command, origin: Origin = Origin.COMMAND) -> Value:
    """A value whose type the command does not say, without stamps."""
    return recorded_value(name, without_stamps(text), command.source, origin, is_typed=False)


def _variables(command: Command, everything: Sequence[Findings]) -> dict[str, Value]:
    """The environment variables that the command had, as far as they were recorded."""
    stated = [
        (item.name, str(item.value), item.source)
        for findings in everything
        for item in findings.environment
        if item.name.isupper()
    ]
    stated += [(name, text, command.source) for name, text in command.environment]
    return {
        name: recorded_value(name, text, source, Origin.VARIABLE, is_typed=False)
        for name, text, source in stated
    }


def _run_values(
    command: Command, code: CommitDefaults | None, variables: Mapping[str, Value]
) -> Iterator[tuple[str, Value]]:
    for name, text in command.environment:
        if not is_stamp(text):
            value = _untyped(name, text, command, Origin.VARIABLE)
            yield from module_values(value) if name == LOADED else [(f"${name}", value)]
    path = None if code is None else code.path_of(command.program)
    declared = [] if code is None or path is None else declared_options(path, code.files)
    words = list(program_arguments(command.argv))
    options = [item.option for _, item in declared if item.option is not None]
    given, rest = bind(words, options) if options else ({}, words)
    found = [(name, _given_value(item, command.source)) for name, item in given.items()]
    found += _undeclared(rest, command)
    if code is not None:
        commands = used_commands(words, options)
        missing = [
            (file, item)
            for file, item in declared
            if item.option is not None and (not item.option.command or item.option.command in commands)
        ]
        is_hydra = path is not None and code.files[path].hydra is not None
        named = {item.option.destination for item in given.values()}
        by_key, doubt = ({}, "") if is_hydra else file_values(words, declared, named, code)
        found += _not_given(missing, given, variables, code, by_key, doubt)
        own = [(key, value) for key, value in by_key.items() if option_of(key, options) is None]
        found += [(key, evolve(v, note="")) for key, v in own if not given.keys() & {key, f"--{key}"}]
        configured = {} if path is None else hydra_values(path, code.files, words)
        found += [(name, code.value(stated, file)) for name, (file, stated) in configured.items()]
    program = program_label(command.program, path, code)
    yield from ((option_name(program, name), value) for name, value in found)


def _not_given(
    missing: Sequence[tuple[str, Default]],
    given: Mapping[str, Given],
    variables: Mapping[str, Value],
    code: CommitDefaults,
    by_key: Mapping[str, Value],
    doubt: str,
) -> Iterator[tuple[str, Value]]:
    """The values of options that were not given, with a doubt where files of settings are not at hand."""
    options = [item.option for _, item in missing if item.option]
    settings = ((option_of(key, options), value) for key, value in by_key.items())
    by_option = {option.name: value for option, value in settings if option is not None}
    for name, value in option_defaults(missing, given, variables, code, by_option):
        yield name, evolve(value, note=value.note or doubt)


def program_label(program: str, path: str | None, code: CommitDefaults | None) -> str:
    """What the program is called: its name, or its path where files of that name lie in several folders."""
    name = program.rpartition("/")[2]
    if path is None or code is None:
        return name
    alike = [other for other in code.files if other.rpartition("/")[2] == name]
    return path if len(alike) > 1 else name


def program_labels(programs: Iterable[str], code: CommitDefaults | None) -> frozenset[str]:
    """What programs are called."""
    paths = ((program, None if code is None else code.path_of(program)) for program in programs)
    return frozenset(program_label(program, path, code) for program, path in paths)


def _given_value(item: Given, source: Source) -> Value:
    counted = item.counted
    is_typed = bool(item.option.type_name) or not isinstance(counted, str)
    value = recorded_value(item.option.destination, counted, source, Origin.COMMAND, is_typed=is_typed)
    return evolve(value, note=item.note)


def _undeclared(words: Sequence[str], command: Command) -> Iterator[tuple[str, Value]]:
    """What is given to flags that no code at hand declares, read by the usual conventions."""
    options, positional = parse_options(words, is_pytest=False)
    for flag, given in options.items():
        if isinstance(given, bool):
            yield flag, recorded_value(flag, given, command.source, Origin.COMMAND)
        else:
            yield flag, _untyped(flag, given if isinstance(given, str) else " ".join(given), command)
    plain = []
    for word in positional:
        name, equals, text = word.lstrip("+~").partition("=")
        if equals and re.fullmatch(r"[A-Za-z_][\w./@-]*", name):  # Hydra, sacred, make: key=value
            yield name, _untyped(name, text, command)
        else:
            plain.append(word)
    if plain:
        yield "(words)", _untyped("", " ".join(plain), command)


def option_defaults(
    declared: Sequence[tuple[str, Default]],
    given: Mapping[str, Given],
    variables: Mapping[str, Value],
    code: CommitDefaults,
    by_file: Mapping[str, Value] | None = None,
) -> Iterator[tuple[str, Value]]:
    """The values of the options that were not given.

    Args:
        declared: options with the paths that declare them, nearest first.
        given: by the names of options.
        variables: that the run had.
        code: that declares them.
        by_file: by the names of options, what files of settings state.
    """
    named = {(item.option.destination, item.option.command) for item in given.values()}
    by_file = by_file or {}
    several: dict[str, list[tuple[str, Default, Option]]] = {}
    for path, item in declared:
        option = item.option
        if option is None or (item.is_missing and option.name not in by_file):
            continue
        if (option.destination, option.command) not in named:
            several.setdefault(option.name, []).append((path, item, option))
    for name, found in several.items():
        path, item, option = found[0]
        values = list(dict.fromkeys(shown(other.value) for _, other, _ in found))
        if len(values) > 1:
            item = evolve(item, value=Unreadable(f"declared with {' and '.join(values)}"))
        base = by_file.get(name) or code.value(item, path)
        yield name, _by_environment(base, option, variables)


def _by_environment(default: Value, option: Option, variables: Mapping[str, Value]) -> Value:
    """The default, unless the code asks an environment variable first."""
    if not option.variable:
        return default
    value = variables.get(option.variable)
    if value is not None:
        return evolve(value, note=f"from ${option.variable}")
    reason = f"by ${option.variable}, which nobody recorded; {default.text} where it is not set"
    return evolve(default, value=Unreadable(reason))


def recorded_value(
    name: str, value: Scalar, source: Source, origin: Origin, *, is_typed: bool = True
) -> Value:
    """A value as it is shown: cut, and hidden where its name is that of a secret."""
    kept = REDACTED if is_secret_name(name) and not isinstance(value, bool) else value
    if isinstance(kept, str):
        kept = kept[:LONGEST_VALUE]
    return Value(kept, source, origin, is_typed=is_typed)


def is_builder(name: str) -> bool:
    """Whether a program builds others: what it is given is no parameter of a run by itself."""
    return name in BUILDERS or _COMPILER.fullmatch(name) is not None


def _build_flags(name: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What decides how the code is translated, of the words of a builder: name and value.

    Of a compiler these are its flags for code generation, of which the last of a name counts; places of files
    and libraries, and warnings, are left out.
    """
    if name in BUILDERS:
        yield from ((found[1], found[2]) for found in map(_DEFINED.fullmatch, words) if found is not None)
    else:
        whole = (f"{_TAKES_A_WORD.get(before, '')}{word}" for before, word in pairwise(("", *words)))
        counted = (word for word in whole if _COUNTS.fullmatch(word) and not _PLACES.fullmatch(word))
        flags = (_SAME_FLAGS.get(word, (word,)) for word in counted if word not in _TAKES_A_WORD)
        yield from dict(_flag(word) for words in flags for word in words).items()


def _flag(word: str) -> tuple[str, str]:
    """A flag of a compiler as a name and a value: `-O3`, `-march=native`, `-DN=4`, `-fno-math-errno`."""
    if found := re.fullmatch(r"-(f|m)no-(.+)", word):
        return f"-{found[1]}{found[2]}", "false"
    if found := re.fullmatch(r"(-[Og])(\w+)", word):
        return found[1], found[2]
    name, equals, value = word.partition("=")
    return (word, "true") if name in _REPEATED or not equals else (name, value)

"""What a run used: given on the command line, by the environment, in a file, or by its code. Pure.

A value that nobody recorded and that the code does not state stays unrecorded.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.formats.source_digests import is_code
from bisect_parity.evidence.model import GIT_BLOB
from bisect_parity.evidence.modules import LOADED
from bisect_parity.evidence.programs import parse_options, program_arguments
from bisect_parity.params.bind import bind, used_commands
from bisect_parity.params.build_flags import build_flags, is_builder
from bisect_parity.params.environment import environment_values, library_lines, module_values
from bisect_parity.params.given_files import file_values, named_files, option_of
from bisect_parity.params.model import Origin, Value, name_parts, option_name
from bisect_parity.params.noise import is_measured, is_stamp, may_be_set, without_stamps
from bisect_parity.params.option_values import option_defaults
from bisect_parity.params.programs import declared_options, hydra_values, program_path
from bisect_parity.redaction import REDACTED, is_secret_name
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Bundle, Command, Findings, Parameter, Source
    from bisect_parity.params.bind import Given
    from bisect_parity.params.code import CommitDefaults
    from bisect_parity.params.model import Scalar

LONGEST_VALUE = 300
UNTRACKED = "not tracked by git"  # said of a file
MOST_BESIDE = 200  # values in a file beside the results; more are data
MOST_FILES = 20  # of them; more are data, too
_STRUCTURED = (".json", ".yaml", ".yml", ".toml")
FEWEST_LISTED = 3  # variables in one file
_SETTINGS = re.compile(  # of one run, whatever else lies beside them; a file a parameter is MLflow's way
    r"(?i)(?:.*/)?(?:(?:h|hyper_?)?param(?:eter)?s|(?:run_|train(?:ing)?_)?(?:config|args|arguments|options|settings)"
    r"|overrides|inputs?)\.(?:json|ya?ml|toml)|(?:.*/)?params/[^/]+"
    r"|(?:.*/)?[^/]+\.(?:nml|nam|inp|ini|cfg|conf|properties)|(?:.*/)?(?:namelist[^/]*|input\.in|dvc\.lock)"
)
TESTERS = frozenset({"pytest", "py.test"})


def programs_of(bundles: Iterable[Bundle]) -> tuple[str, ...]:
    """The programs that the commands of some bundles ran, tests and builds left out, and their settings."""
    runs = [command for findings in _findings(bundles) for command in findings.commands if is_run(command)]
    files = [
        file for run in runs for file, is_flagged in named_files(program_arguments(run.argv)) if is_flagged
    ]
    return tuple(dict.fromkeys((*(run.program for run in runs), *files)))


def run_values(
    bundles: Sequence[Bundle],
    result_path: str,
    code: CommitDefaults | None = None,
    *,
    everything: bool = False,
) -> dict[str, tuple[Value, ...]]:
    """All that is known of one run's parameters and environment.

    Names are `PROGRAM FLAG` for options, `$NAME` for variables, `parameter NAME` for inputs in the result
    file, `FILE NAME` for those in files of settings, and the name alone for the environment. A name has
    several values where the records give several.

    Args:
        bundles: copies of one run.
        result_path: the file whose parameters are the run's, with those of files of settings, such as
            hparams.yaml, and of small files without figures, such as meta.json; those of other files are of
            other computations.
        code: of the commit that made the run; its defaults are those of the options that were not given.
        everything: what other files state (`FILE NAME`), and lines of libraries, too.
    """
    found: dict[str, list[Value]] = {}
    pairs = [*_all_values(list(_findings(bundles)), result_path, code)]
    pairs += [pair for bundle in bundles for pair in _other_files(bundle, result_path, everything=everything)]
    if everything:
        pairs += library_lines(frame for findings in _findings(bundles) for frame in findings.frames)
    for name, value in pairs:
        values = found.setdefault(name, [])
        if all(value.text != known.text for known in values):
            values.append(value)
    return {name: tuple(values) for name, values in found.items()}


def measured_names(runs: Iterable[Mapping[str, tuple[Value, ...]]]) -> frozenset[str]:
    """The names of what came out of the runs: whose values are measurements in every run that has them."""
    values = _by_name(runs)
    measured = {name for name, several in values.items() if all(_is_result(name, v) for v in several)}
    return frozenset(measured - _set(values))


def set_names(runs: Iterable[Mapping[str, tuple[Value, ...]]]) -> frozenset[str]:
    """The names of what the runs were given, though some of them are names of measurements."""
    return frozenset(_set(_by_name(runs)))


def _set(values: Mapping[str, Sequence[Value]]) -> set[str]:
    return {
        name
        for name, several in values.items()
        if may_be_set(name_parts(name)[1], [value.value for value in several])
    }


def _by_name(runs: Iterable[Mapping[str, tuple[Value, ...]]]) -> dict[str, list[Value]]:
    values: dict[str, list[Value]] = {}
    for run in runs:
        for name, several in run.items():
            values.setdefault(name, []).extend(several)
    return values


def _is_result(name: str, value: Value) -> bool:
    return value.origin in (Origin.RECORD, Origin.HOST) and is_measured(_last(name), value.value)


def _last(name: str) -> str:
    return name_parts(name)[1].rpartition(".")[2]


def _findings(bundles: Iterable[Bundle]) -> Iterator[Findings]:
    return (findings for bundle in bundles for findings in bundle.findings)


def is_run(command: Command) -> bool:
    """Whether a command is no test and no build."""
    name = command.program.rpartition("/")[2]
    return name not in TESTERS and not is_builder(name)


def _all_values(
    everything: Sequence[Findings], result_path: str, code: CommitDefaults | None
) -> Iterator[tuple[str, Value]]:
    assigned = {
        name for findings in everything for command in findings.commands for name, _ in command.environment
    }
    for findings in everything:
        for command in findings.commands:
            if is_run(command):
                yield from _command_values(command, code, _variables(command, everything))
            else:
                yield from _build_values(command)
    for findings in everything:
        if findings.path == result_path:
            yield from (_parameter(parameter, "parameter") for parameter in findings.parameters)
        yield from environment_values(findings.environment, assigned)
        yield from _files_read(findings)


def _files_read(findings: Findings) -> Iterator[tuple[str, Value]]:
    """The files that a run read, by their digests; code that git tracks is told by the commit."""
    for item in findings.digests:
        if item.algorithm != GIT_BLOB and not (item.is_tracked and is_code(item.file)):
            text = f"{item.algorithm}:{item.hexdigest[:SHORT]}"
            note = "" if item.is_tracked else UNTRACKED
            yield f"file {item.file}", Value(text, item.source, Origin.RECORD, note=note)


def _build_values(command: Command) -> Iterator[tuple[str, Value]]:
    name = command.program.rpartition("/")[2]
    if is_builder(name):
        stated = [(f"${variable}", text) for variable, text in command.environment]
        stated += [(option_name(name, own), text) for own, text in build_flags(name, command.argv[1:])]
        for own, text in stated:
            value = _value(own, without_stamps(text), command.source, Origin.COMMAND, is_typed=False)
            yield own, value


def _other_files(bundle: Bundle, result_path: str, *, everything: bool) -> Iterator[tuple[str, Value]]:
    copies = result_path.rpartition("/")[2]  # a twin holds the result file, too
    beside = _beside(bundle)
    for findings in bundle.findings:
        is_settings = _SETTINGS.fullmatch(findings.path.removeprefix(f"{bundle.path}/")) is not None
        is_wanted = everything or is_settings or findings.path in beside
        if is_wanted and findings.path.rpartition("/")[2] != copies:
            for parameter in findings.parameters:
                yield _parameter(parameter, _owner(bundle, findings, parameter))


def kept_settings(bundles: Iterable[Bundle]) -> frozenset[str]:
    """The files of settings of some bundles, as names of their parameters begin."""
    return frozenset(
        owner
        for bundle in bundles
        for beside in [_beside(bundle)]
        for findings in bundle.findings
        for owner in {_owner(bundle, findings, item) for item in findings.parameters}
        if owner == "params" or findings.path in beside or _SETTINGS.fullmatch(owner) is not None
    )


def _beside(bundle: Bundle) -> frozenset[str]:
    """The files of a run that tell of it whatever their names: few, with few values and no figures."""
    found = frozenset(
        findings.path
        for findings in bundle.findings
        if findings.path.endswith(_STRUCTURED)
        and not findings.metrics
        and 0 < len(findings.parameters) <= MOST_BESIDE
    )
    return found if len(found) <= MOST_FILES else frozenset()


def listed_variables(bundles: Iterable[Bundle]) -> frozenset[str]:
    """The names of the files of some bundles that list environment variables, or load modules."""
    found = [findings for bundle in bundles for findings in bundle.findings]
    items = [item for findings in found for item in findings.environment]
    variables = [(item.source.path, item.name.rpartition(".")[2]) for item in items]
    counts = Counter(path for path, name in variables if name.isupper())
    lists = {path for path, count in counts.items() if count >= FEWEST_LISTED}
    lists |= {path for path, name in variables if name == LOADED}
    commands = (command for findings in found for command in findings.commands)
    lists |= {command.source.path for command in commands if LOADED in dict(command.environment)}
    return frozenset(path.rpartition("/")[2] for path in lists)


def _owner(bundle: Bundle, findings: Findings, parameter: Parameter) -> str:
    """The file of a bundle that states a parameter, as its name begins; MLflow keeps a file a parameter."""
    return findings.path.removeprefix(f"{bundle.path}/").removesuffix(f"/{parameter.name}")


def _parameter(parameter: Parameter, owner: str) -> tuple[str, Value]:
    own = parameter.name.rpartition(".")[2]
    value = without_stamps(parameter.value) if isinstance(parameter.value, str) else parameter.value
    return f"{owner} {parameter.name}", _value(own, value, parameter.source, Origin.RECORD)


def builders_of(bundles: Iterable[Bundle]) -> frozenset[str]:
    """The names of the programs that built what some bundles ran, and whose words are all recorded."""
    commands = (command for findings in _findings(bundles) for command in findings.commands)
    told_whole = (command for command in commands if not any(word[:1] == "@" for word in command.argv))
    names = (command.program.rpartition("/")[2] for command in told_whole)
    return frozenset(filter(is_builder, names))


def _variables(command: Command, everything: Sequence[Findings]) -> dict[str, Value]:
    """The environment variables that the command had, as far as they were recorded."""
    found = {
        item.name: _value(item.name, str(item.value), item.source, Origin.VARIABLE, is_typed=False)
        for findings in everything
        for item in findings.environment
        if item.name.isupper()
    }
    for name, text in command.environment:
        found[name] = _value(name, text, command.source, Origin.VARIABLE, is_typed=False)
    return found


def _command_values(
    command: Command, code: CommitDefaults | None, variables: Mapping[str, Value]
) -> Iterator[tuple[str, Value]]:
    for name, text in command.environment:
        if not is_stamp(text):
            shown_text = without_stamps(text)
            value = _value(name, shown_text, command.source, Origin.VARIABLE, is_typed=False)
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
    value = _value(item.option.destination, counted, source, Origin.COMMAND, is_typed=is_typed)
    return evolve(value, note=item.note)


def _undeclared(program: str, words: Sequence[str], command: Command) -> Iterator[tuple[str, Value]]:
    """What is given to flags that no code at hand declares, read by the usual conventions."""
    options, positional = parse_options(words, is_pytest=False)
    for flag, given in options.items():
        text = " ".join(given) if isinstance(given, tuple) else given
        shown_text = without_stamps(text) if isinstance(text, str) else text
        value = _value(flag, shown_text, command.source, Origin.COMMAND, is_typed=not isinstance(text, str))
        yield option_name(program, flag), value
    plain = []
    for word in positional:
        name, equals, text = word.lstrip("+~").partition("=")
        if equals and re.fullmatch(r"[A-Za-z_][\w./@-]*", name):  # Hydra, sacred, make: key=value
            value = _value(name, without_stamps(text), command.source, Origin.COMMAND, is_typed=False)
            yield option_name(program, name), value
        else:
            plain.append(word)
    if plain:
        text = without_stamps(" ".join(plain))
        yield (
            option_name(program, "(words)"),
            _value("", text, command.source, Origin.COMMAND, is_typed=False),
        )


def _value(name: str, value: Scalar, source: Source, origin: Origin, *, is_typed: bool = True) -> Value:
    kept = REDACTED if is_secret_name(name) and not isinstance(value, bool) else value
    if isinstance(kept, str):
        kept = kept[:LONGEST_VALUE]
    return Value(kept, source, origin, is_typed=is_typed)

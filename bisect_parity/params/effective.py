"""What a run used: given on the command line, by the environment, in a file, or by its code. Pure.

A value that nobody recorded and that the code does not state stays unrecorded.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.evidence.formats.source_digests import is_code
from bisect_parity.evidence.model import GIT_BLOB
from bisect_parity.evidence.modules import LOADED
from bisect_parity.evidence.programs import program_arguments
from bisect_parity.params.command_values import command_values, is_builder, is_run, recorded_value
from bisect_parity.params.environment import environment_values, library_lines
from bisect_parity.params.given_files import named_files
from bisect_parity.params.model import Origin, Value, name_parts, plain_name
from bisect_parity.params.noise import is_count, is_measured, may_be_set, without_stamps
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Bundle, Findings, Parameter
    from bisect_parity.params.code import CommitDefaults

UNTRACKED = "not tracked by git"  # said of a file
MOST_BESIDE = 200  # values in a file beside the results; more are data
MOST_FILES = 20  # of them; more are data, too
_STRUCTURED = (".json", ".yaml", ".yml", ".toml")
FEWEST_LISTED = 3  # variables in one file
_NUMBERS = re.compile(r"\d+(?:[T_.-]?\d+)*Z?")
_DIGITS = re.compile(r"\d+")
_SETTINGS = re.compile(  # of one run, whatever else lies beside them; a file a parameter is MLflow's way
    r"(?i)(?:.*/)?(?:(?:h|hyper_?)?param(?:eter)?s|(?:run_|train(?:ing)?_)?(?:config|args|arguments|options|settings)"
    r"|overrides|inputs?)\.(?:json|ya?ml|toml)|(?:.*/)?params/[^/]+"
    r"|(?:.*/)?[^/]+\.(?:nml|nam|inp|ini|cfg|conf|properties)|(?:.*/)?(?:namelist[^/]*|input\.in|dvc\.lock)"
)


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
    """The names of what came out of the runs: whose values are measurements in every run that has them.

    Counts, as of iterations, are where no command, code or file of settings states one of that name.
    """
    values = _by_name(runs)
    given = {_plain_leaf(name) for name, several in values.items() if _is_given(name, several)}
    measured = {
        name
        for name, several in values.items()
        for own in [_plain_leaf(name)]
        if all(_is_result(name, v) or (own not in given and is_count(own, v.value)) for v in several)
    }
    return frozenset(measured - _set(values))


def _plain_leaf(name: str) -> str:
    return plain_name(name_parts(name)[1].rpartition(".")[2].lstrip("-"))


def _is_given(name: str, values: Sequence[Value]) -> bool:
    is_of_record = all(value.origin in (Origin.RECORD, Origin.HOST) for value in values)
    return not is_of_record or _SETTINGS.fullmatch(name_parts(name)[0]) is not None


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
    last = name_parts(name)[1].rpartition(".")[2]
    return value.origin in (Origin.RECORD, Origin.HOST) and is_measured(last, value.value)


def _findings(bundles: Iterable[Bundle]) -> Iterator[Findings]:
    return (findings for bundle in bundles for findings in bundle.findings)


def _all_values(
    everything: Sequence[Findings], result_path: str, code: CommitDefaults | None
) -> Iterator[tuple[str, Value]]:
    assigned = {
        name for findings in everything for command in findings.commands for name, _ in command.environment
    }
    for findings in everything:
        for command in findings.commands:
            yield from command_values(command, everything, code)
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
    found = list(_findings(bundles))
    items = [item for findings in found for item in findings.environment]
    variables = [(item.source.path, item.name.rpartition(".")[2]) for item in items]
    counts = Counter(path for path, name in variables if name.isupper())
    lists = {path for path, count in counts.items() if count >= FEWEST_LISTED}
    lists |= {path for path, name in variables if name == LOADED}
    commands = (command for findings in found for command in findings.commands)
    lists |= {command.source.path for command in commands if LOADED in dict(command.environment)}
    return frozenset(map(name_of_list, lists))


def name_of_list(path: str) -> str:
    """The name of a file that lists variables, as other runs have it: `slurm-4711.out` is one of many."""
    return _DIGITS.sub("0", path.rpartition("/")[2])


def _owner(bundle: Bundle, findings: Findings, parameter: Parameter) -> str:
    """The file of a bundle that states a parameter, as its name begins; MLflow keeps a file a parameter.

    A file that is a bundle by itself has a name for the run, whose numbers those of other runs do not share.
    """
    if findings.path == bundle.path:
        return _NUMBERS.sub("<n>", findings.path.rpartition("/")[2])
    return findings.path.removeprefix(f"{bundle.path}/").removesuffix(f"/{parameter.name}")


def _parameter(parameter: Parameter, owner: str) -> tuple[str, Value]:
    own = parameter.name.rpartition(".")[2]
    value = without_stamps(parameter.value) if isinstance(parameter.value, str) else parameter.value
    return f"{owner} {parameter.name}", recorded_value(own, value, parameter.source, Origin.RECORD)


def builders_of(bundles: Iterable[Bundle]) -> frozenset[str]:
    """The names of the programs that built what some bundles ran, and whose words are all recorded."""
    commands = (command for findings in _findings(bundles) for command in findings.commands)
    told_whole = (command for command in commands if not any(word[:1] == "@" for word in command.argv))
    names = (command.program.rpartition("/")[2] for command in told_whole)
    return frozenset(filter(is_builder, names))

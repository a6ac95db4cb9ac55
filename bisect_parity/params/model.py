"""Parameters as values: typed, and each knows where it comes from."""

from __future__ import annotations

import enum
import math
import re
from decimal import Decimal

from attrs import Factory, field, frozen

from bisect_parity.evidence.model import Source

_LOOKS_TYPED = re.compile(
    r"(?i)\s*|null|none|true|false|[+-]?(?:nan|inf(?:inity)?|[\d.]+(?:e[+-]?\d+)?)|.*\s|\s.*"
)
_WORDS = {None: "null", True: "true", False: "false"}
_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


@frozen
class Expression:
    """What code computes when it runs: nothing is executed here, so only its text is known."""

    text: str


@frozen
class Unreadable:
    """A value that is there but cannot be determined, with the reason."""

    reason: str


Scalar = None | bool | int | float | Decimal | str | Expression | Unreadable
"""A value with its type; Decimal only where a number does not fit a float (1e400)."""


class Origin(enum.StrEnum):
    """Where a parameter's value comes from."""

    COMMAND = "command line"
    VARIABLE = "environment variable"
    RECORD = "result file"
    HOST = "environment"
    DEFAULT = "default in the code"
    FILE = "configuration file"


@frozen
class Value:
    """The value of one parameter.

    Attributes:
        value: typed; text where `is_typed` is false.
        source: the file and line that say so.
        origin: the kind of statement.
        commit: full id of the commit whose code says so; empty for what a run recorded.
        is_typed: whether the type was stated; command lines, variables and INI files know text only.
        note: what a reader must know, such as that an option was given twice; may be empty.
    """

    value: Scalar = field(eq=lambda value: (isinstance(value, bool), value))  # true is not 1
    source: Source
    origin: Origin
    commit: str = ""
    is_typed: bool = True
    note: str = ""

    @property
    def text(self) -> str:
        """The value as it is shown."""
        return shown(self.value, is_typed=self.is_typed)


@frozen
class Option:
    """How a program takes a parameter.

    Attributes:
        flags: spellings, such as `-s`, `--size`; empty for a positional argument.
        negative_flags: spellings that set it to False, such as `--no-cache`.
        destination: the name in the code.
        arity: words that follow: 0 for a switch, 1, or None where it varies (`nargs="+"`).
        is_repeated: all occurrences count (`append`, `multiple`), not only the last.
        type_name: "int", "float", "bool" or "" as far as the code says.
        switched: what a switch sets.
        variable: the environment variable that is asked where the option is not given; may be empty.
        command: the subcommand that the option belongs to; empty for all.
    """

    flags: tuple[str, ...]
    destination: str
    arity: int | None = 1
    negative_flags: tuple[str, ...] = ()
    is_repeated: bool = False
    type_name: str = ""
    switched: Scalar = True
    variable: str = ""
    command: str = ""

    @property
    def name(self) -> str:
        """How the option is called in a diff: its first long flag, or the destination of an argument."""
        long = next((flag for flag in self.flags if flag.startswith("--")), None)
        flag = long or next(iter(self.flags), self.destination)
        if self.switched is False:  # the value is that of the destination, not that of the flag
            flag = f"--{self.destination.replace('_', '-')}"
        return f"{self.command} {flag}" if self.command else flag


@frozen
class Default:
    """A default that a file states.

    Attributes:
        name: within the file, such as `MAX_ROWS`, `Beam.wavelength`, `simulate(oversample)`, `--size`.
        value: as far as it can be determined without running anything.
        line: from 1; 0 where the format has none.
        option: where it is an option of a program.
        is_missing: the option has no default: it must be given.
    """

    name: str
    value: Scalar
    line: int = 0
    option: Option | None = None
    is_missing: bool = False


@frozen
class FileDefaults:
    """All defaults of one version of one file.

    Attributes:
        values: in the order of the file; several of one name are numbered (`--size`, `--size#2`).
        imports: modules that a Python file imports, with the dots of relative imports in front.
        names: name -> (module, name there) of what a Python file imports from others.
        problems: what could not be read, one sentence each.
        is_text: values are text whose type nobody stated (INI).
        package: where Hydra puts the values of a YAML file (`# @package`); None where it does not say.
        hydra: the folder and the name of the configuration of a Hydra program, as it states them.
        settings: files of settings that a parser reads unasked (`default_config_files`), the last counts.
    """

    values: tuple[Default, ...] = ()
    imports: tuple[str, ...] = ()
    names: dict[str, tuple[str, str]] = Factory(dict)
    problems: tuple[str, ...] = ()
    is_text: bool = False
    package: str | None = None
    hydra: tuple[str, str] | None = None
    settings: tuple[str, ...] = ()


def shown(value: Scalar, *, is_typed: bool = True) -> str:
    """A value on one line: text that looks like another type is quoted where its type is known."""
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else _NOT_FINITE.get(value, "NaN")
    if isinstance(value, str):
        return f'"{value}"' if is_typed and _LOOKS_TYPED.fullmatch(value) else value
    return f"({value.reason})" if isinstance(value, Unreadable) else str(getattr(value, "text", value))


def option_name(program: str, flag: str) -> str:
    """The name of a program's option in a diff."""
    return f"{program} {flag}"


def code_name(path: str, name: str) -> str:
    """The name of a default that a file states in a diff."""
    return f"{path}: {name}"


def plain_name(name: str) -> str:
    """A name as all spellings of it share: without case, `-` and `_` alike."""
    return name.replace("-", "_").casefold()


def name_parts(name: str) -> tuple[str, str]:
    """What a name belongs to (a program, a file, or nothing), and the parameter's own name."""
    owner, colon, own = name.partition(": ")
    if colon:
        return owner, own
    owner, _, own = name.rpartition(" ")
    return owner, own

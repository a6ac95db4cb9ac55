"""Settings: bisect-parity.toml, or [tool.bisect-parity] of pyproject.toml, as frozen attrs classes."""

from __future__ import annotations

import functools
import json
import math
import shlex
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs
from attrs import Factory, field, frozen

from bisect_parity.errors import UsageError
from bisect_parity.settings_source import settings_source, settings_table
from bisect_parity.wording import did_you_mean

T = TypeVar("T")
USUAL_CONTEXT: dict[str, Any] = {"device": "cpu", "dtype": "float32"}


@frozen
class Criterion:
    """What makes a recorded run good, where that is not the parity of two images.

    Attributes:
        metric: name of a recorded figure, or the last part of its dotted name; `*` and `?` are wild.
        min, max: a good run lies within them, both inclusive; at least one is given.
    """

    metric: str = field(validator=attrs.validators.min_len(1))
    min: float | None = None
    max: float | None = None

    def __attrs_post_init__(self) -> None:
        if self.min is None and self.max is None:
            raise ValueError("min or max must be given")
        if any(x is not None and math.isnan(x) for x in (self.min, self.max)):
            raise ValueError("min and max must be numbers")
        if self.min is not None and self.max is not None and not self.min <= self.max:
            raise ValueError(f"min {self.min!r} must not be greater than max {self.max!r}")


@frozen
class EvidenceSettings:
    """Where evidence lies.

    Attributes:
        roots: folders that are searched for bundles; empty means those that are there of a usual list.
        globs: patterns, relative to the top, that bundle folders must match; empty means stamped folders
            and folders with known result files.
        size: detector width in pixels that is judged; None means 4096 where a run recorded it, else the
            size that most runs recorded.
        criterion: judges recorded runs in place of [thresholds].
    """

    roots: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()
    size: int | None = field(default=None, validator=attrs.validators.optional(attrs.validators.gt(0)))
    criterion: Criterion | None = None


@frozen
class CodeSettings:
    """Which content can change results.

    Attributes:
        paths: code paths, relative to the top; empty means everything tracked that is not evidence,
            documentation or plans.
    """

    paths: tuple[str, ...] = ()


@frozen
class ParamsSettings:
    """Where parameters are read.

    Attributes:
        paths: programs, headers and configuration files, relative to the top, and folders of them; empty
            means those of the code paths.
    """

    paths: tuple[str, ...] = ()


@frozen
class ProvenanceSettings:
    """How commits are inferred.

    Attributes:
        parameters: file with the parameters of the model, relative to the top, as
            benchmarks/fit_provenance.py writes it; empty means those of the package.
    """

    parameters: str = ""


@frozen
class Thresholds:
    """When two images are in parity; both are inclusive, and both must hold.

    Attributes:
        correlation_min: least Pearson correlation.
        sum_ratio_tolerance: greatest |sum(candidate)/sum(reference) - 1|.
    """

    correlation_min: float = field(default=0.999, validator=[attrs.validators.ge(-1), attrs.validators.le(1)])
    sum_ratio_tolerance: float = field(
        default=5e-3, validator=[attrs.validators.ge(0), attrs.validators.lt(math.inf)]
    )


@frozen
class Settings:
    """All settings.

    Attributes:
        source: the file they came from; None where the defaults are used.
        context: expected parameters; another value is flagged as a deviation. `USUAL_CONTEXT` itself where no
            file states any.
        case: the tables [case.NAME] as they stand; `parity/case.py` makes cases of them.
    """

    evidence: EvidenceSettings = Factory(EvidenceSettings)
    code: CodeSettings = Factory(CodeSettings)
    params: ParamsSettings = Factory(ParamsSettings)
    provenance: ProvenanceSettings = Factory(ProvenanceSettings)
    context: dict[str, Any] = Factory(lambda: USUAL_CONTEXT)
    thresholds: Thresholds = Factory(Thresholds)
    case: dict[str, dict[str, Any]] = Factory(dict)
    source: Path | None = field(default=None, metadata={"internal": True})

    @property
    def parameter_paths(self) -> tuple[str, ...]:
        """Where the parameters of commits are read: [params] paths, else the code paths."""
        return self.params.paths or self.code.paths


def structure(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """Make the attrs class `kind` of a TOML table, with every key and type checked.

    Args:
        kind: a frozen attrs class of scalars, tuples, dicts and attrs classes.
        table: the parsed table.
        where: how to name the table in a message, such as "bisect-parity.toml: [code]".

    Raises:
        UsageError: an unknown key, a value of another type, or one out of range.
    """
    hints = _type_hints(kind)  # type: ignore[arg-type]
    fields = {item.name: item for item in attrs.fields(kind) if not item.metadata.get("internal")}  # type: ignore[arg-type]
    values = {}
    for key, value in table.items():
        if key not in fields:
            raise UsageError(f"{where}: unknown key {key!r}", did_you_mean(str(key), fields, "keys"))
        values[key] = _value(hints[key], value, f"{where}: {key}")
    try:
        return kind(**values)
    except TypeError as error:
        needed = [name for name, item in fields.items() if item.default is attrs.NOTHING]
        missing = ", ".join(name for name in needed if name not in values)
        raise UsageError(f"{where}: missing key {missing}", "Add it.") from error
    except ValueError as error:
        raise UsageError(f"{where}: {error.args[0]}") from error


@functools.cache
def _type_hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union_value(arguments, value, where)
    if attrs.has(hint) and isinstance(value, dict):
        return structure(hint, value, where)
    if origin is tuple and isinstance(value, list) and not _is_one_command(hint, value):
        return tuple(_value(arguments[0], item, f"{where}[{index}]") for index, item in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {str(key): _value(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if hint is Any or (isinstance(hint, type) and type(value) is hint):
        return value
    if hint is float and type(value) is int:
        return float(value)
    raise UsageError(f"{where} must be {_type_name(hint)}, not {value!r}", _as_list(hint, value))


def _as_list(hint: Any, value: Any) -> str:
    """How to write a command that was typed with too few brackets, or as one line; or ""."""
    if typing.get_origin(hint) is not tuple or not isinstance(value, str | list):
        return ""
    try:
        words = shlex.split(value) if isinstance(value, str) else value
    except ValueError:
        return ""
    return f"Write {json.dumps([words] if _is_of_lists(hint) else words, ensure_ascii=False)}."


def _is_of_lists(hint: Any) -> bool:
    return typing.get_origin(typing.get_args(hint)[0]) is tuple


def _is_one_command(hint: Any, value: list[Any]) -> bool:
    """Whether one list of words was typed where a list of such lists is meant."""
    return _is_of_lists(hint) and len(value) > 1 and all(isinstance(v, str) and " " not in v for v in value)


def _union_value(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    for choice in choices:
        try:
            return _value(choice, value, where)
        except UsageError:
            continue
    names = " or ".join(_type_name(choice) for choice in choices if choice is not type(None))
    raise UsageError(f"{where} must be {names}, not {value!r}")


def _type_name(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return f"a list, each item {_type_name(arguments[0])}"
    if origin is dict or attrs.has(hint):
        return "a table"
    names = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(hint, str(hint))


def load_settings(path: Path) -> Settings:
    """Read one settings file.

    Raises:
        UsageError: the file cannot be read, is not TOML, or has an unknown key or a wrong value.
    """
    return attrs.evolve(structure(Settings, settings_table(path), str(path)), source=path)


def find_settings(
    named: Path | None, state_directories: tuple[Path, ...], work_tree: Path | None = None
) -> Settings:
    """The settings that apply; arguments are those of `settings_source`.

    Raises:
        UsageError: a file that was named is not there, or one that was found is not valid.
    """
    source = settings_source(named, state_directories, work_tree)
    return Settings() if source is None else load_settings(source)

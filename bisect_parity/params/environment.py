"""Where a run ran: versions, devices and variables, by one name each. Pure."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.modules import LOADED, module_versions
from bisect_parity.params.model import Origin, Value
from bisect_parity.params.noise import without_stamps
from bisect_parity.redaction import REDACTED, is_secret_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bisect_parity.evidence.model import Frame, Parameter
    from bisect_parity.params.model import Scalar

LONGEST_VALUE = 300
MODULE = "module_"  # begins the name of an environment module
_REMARK = re.compile(r"\s*(?:\|.*|\([^()]*\))$")  # "3.13.5 | packaged by ...", "CPU (32 cores)"
_INSTALLED = re.compile(r"(?:.*/)?(?:site-packages|dist-packages|lib/python[\d.]+)/(.+)")
_VARIABLE = re.compile(
    r"(?:.*\.)?(?i:env|environ|environment|env_?vars|environment_variables)\.([A-Z_][A-Z0-9_]*)"
)
_ALIASES = {
    "python_version": "python",
    "torch_version": "torch",
    "pytorch": "torch",
    "pytorch_version": "torch",
    "numpy_version": "numpy",
    "gpu": "cuda_device",
    "device_name": "cuda_device",
    "os": "platform",
    "package_python": "python",
    "package_numpy": "numpy",
    "nvidia_driver_version": "cuda_driver",
    "gpu_models_and_configuration": "cuda_device",
}


def environment_values(
    parameters: Iterable[Parameter], assigned: Collection[str]
) -> Iterator[tuple[str, Value]]:
    """The statements about host, versions and variables, each under the name that all spellings share.

    Args:
        parameters: as the readers found them.
        assigned: variables that a command sets itself, which are listed with the command.
    """
    for parameter in parameters:
        found = _VARIABLE.fullmatch(parameter.name)
        variable = found[1] if found is not None else parameter.name
        if variable in assigned:
            continue
        if variable == LOADED and isinstance(parameter.value, str):
            yield from module_values(_value(parameter, Origin.VARIABLE))
        elif variable.isupper() and len(variable) > 1:  # R is a language
            yield f"${variable}", _value(parameter, Origin.VARIABLE)
        else:
            name = re.sub(r"[\s-]+", "_", parameter.name.strip().lower())
            yield _ALIASES.get(name, name), _value(parameter, Origin.HOST)


def module_values(listed: Value) -> Iterator[tuple[str, Value]]:
    """The version of each environment module in the list of those that were loaded."""
    for name, version in module_versions(str(listed.value)):
        yield f"{MODULE}{name}", evolve(listed, value=version, is_typed=False)


def library_lines(frames: Iterable[Frame]) -> Iterator[tuple[str, Value]]:
    """The lines at which installed libraries define the functions that ran: they show the library's version.

    Names are `library FILE FUNCTION`; a name that a file defines several times is left out, since which of
    them ran differs from run to run.
    """
    found: dict[str, dict[int, Frame]] = {}
    for frame in frames:
        installed = _INSTALLED.fullmatch(frame.file)
        if installed is not None and frame.is_definition and frame.function.isidentifier():
            found.setdefault(f"library {installed[1]} {frame.function}", {})[frame.line] = frame
    for name, lines in found.items():
        if len(lines) == 1:
            ((line, frame),) = lines.items()
            yield name, Value(line, frame.source, Origin.HOST)


def _value(parameter: Parameter, origin: Origin) -> Value:
    value: Scalar = parameter.value
    if is_secret_name(parameter.name):
        value = REDACTED
    elif isinstance(value, str):
        value = _REMARK.sub("", without_stamps(value[:LONGEST_VALUE]))
    elif not isinstance(value, bool | int | float | Decimal | None):
        value = json.dumps(value, default=str)[:LONGEST_VALUE]
    return Value(value, parameter.source, origin, is_typed=not isinstance(value, str))

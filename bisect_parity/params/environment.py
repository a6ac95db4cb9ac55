"""What a run was given and where it ran: options, variables, versions, each with its source. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from bisect_parity.evidence.model import Source
from bisect_parity.params.diff import same_value
from bisect_parity.redaction import REDACTED, is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Bundle, Command, Findings, Parameter

__all__ = ["NOT_THE_RUN", "Deviation", "Value", "context_value", "deviations", "run_values", "texts"]

STAMP = "<stamp>"
NOT_THE_RUN = frozenset({"pytest", "py.test", "make", "cmake", "ninja"})
LONGEST_VALUE = 300
_STAMP = re.compile(r"(?<!\d)20\d{6}[T-]\d{6}Z?(?!\d)")
_MEASURED = re.compile(
    r"(?i)(?:.*_)?(?:time|seconds|duration|elapsed|runtime_s|mem|memory|speedup|setup|sim|cache_hit|pixels)(?:_.*)?"
)
_REMARK = re.compile(r"\s*(?:\|.*|\([^()]*\))$")  # "3.13.5 | packaged by ...", "CPU (32 cores)"
_ALIASES = {
    "python_version": "python",
    "torch_version": "torch",
    "pytorch": "torch",
    "pytorch_version": "torch",
    "numpy_version": "numpy",
    "gpu": "cuda_device",
    "device_name": "cuda_device",
    "os": "platform",
}


@frozen
class Value:
    """A value with the place that it was read from.

    Attributes:
        text: as it was written; stamps of runs are replaced by `<stamp>`, so that they make no difference.
        source: where.
    """

    text: str
    source: Source


@frozen
class Deviation:
    """A parameter that is not what [context] expects."""

    name: str
    expected: str
    value: Value


def run_values(bundles: Sequence[Bundle], result_path: str = "") -> dict[str, tuple[Value, ...]]:
    """All that the bundles of one run say of its parameters and its environment.

    Names are `PROGRAM FLAG` for options, `$NAME` for variables, `parameter NAME` for inputs in the result
    file, and the name alone for the environment. A name has several values where the records give several.

    Args:
        bundles: copies of one run.
        result_path: the file whose parameters are the run's; those of other files are of other computations.
    """
    found: dict[str, list[Value]] = {}
    for name, value in _all_values(bundles, result_path):
        values = found.setdefault(name, [])
        if all(not same_value(value.text, known.text) for known in values):
            values.append(value)
    return {name: tuple(values) for name, values in found.items()}


def texts(values: Mapping[str, tuple[Value, ...]]) -> dict[str, str]:
    """The values as text; where a name has several, all of them."""
    return {name: ", then ".join(value.text for value in several) for name, several in values.items()}


def context_value(values: Mapping[str, tuple[Value, ...]], name: str) -> Value | None:
    """What is recorded of an expected parameter: an option first, then the result file, then the rest."""
    wanted = name.lower().replace("-", "_")
    ranked = sorted(
        (_rank(key), position, value)
        for position, (key, several) in enumerate(values.items())
        if _plain_name(key) == wanted
        for value in several[:1]
    )
    return ranked[0][2] if ranked else None


def deviations(values: Mapping[str, tuple[Value, ...]], context: Mapping[str, Any]) -> tuple[Deviation, ...]:
    """The recorded values that are not what is expected; what nobody recorded deviates from nothing."""
    found = []
    for name, expected in context.items():
        wanted = name.lower().replace("-", "_")
        for key, several in values.items():
            if _plain_name(key) == wanted:
                found += [
                    Deviation(name, str(expected), value)
                    for value in several
                    if _deviates(expected, value.text)
                ]
    return tuple(found)


def _deviates(expected: Any, text: str) -> bool:
    wanted = str(expected).lower()
    if same_value(wanted, text.lower()):
        return False
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text.lower()) is None


def _plain_name(key: str) -> str:
    last = key.rpartition(" ")[2].lstrip("-$").lower()
    return last.rpartition(".")[2].replace("-", "_")


def _rank(key: str) -> int:
    if " -" in key:
        return 0
    return 1 if key.startswith("parameter ") else 2


def _all_values(bundles: Sequence[Bundle], result_path: str) -> Iterator[tuple[str, Value]]:
    everything = [findings for bundle in bundles for findings in bundle.findings]
    assigned: set[str] = set()
    for findings in everything:
        for command in findings.commands:
            assigned.update(name for name, _ in command.environment)
            if command.program.rpartition("/")[2] not in NOT_THE_RUN:
                yield from _command_values(command)
    for findings in everything:
        if findings.path == result_path:
            yield from _parameters(findings)
        for parameter in findings.environment:
            if parameter.name not in assigned and not _MEASURED.fullmatch(parameter.name):
                value = _value(parameter.name, parameter.value, parameter.source)
                yield _environment_name(parameter), evolve(value, text=_REMARK.sub("", value.text))


def _parameters(findings: Findings) -> Iterator[tuple[str, Value]]:
    for parameter in findings.parameters:
        if not _MEASURED.fullmatch(parameter.name.rpartition(".")[2]):
            value = _value(parameter.name, parameter.value, parameter.source)
            yield f"parameter {parameter.name}", value


def _command_values(command: Command) -> Iterator[tuple[str, Value]]:
    program = command.program.rpartition("/")[2]
    for name, text in command.environment:
        if not _STAMP.fullmatch(text):
            yield f"${name}", _value(name, text, command.source)
    for flag, value in command.options.items():
        text = " ".join(value) if isinstance(value, tuple) else "given" if value is True else str(value)
        yield f"{program} {flag}", _value(flag, text, command.source)
    if command.positional:
        yield f"{program} (words)", _value("", " ".join(command.positional), command.source)


def _environment_name(parameter: Parameter) -> str:
    if parameter.name.isupper():
        return f"${parameter.name}"
    name = re.sub(r"[\s-]+", "_", parameter.name.strip().lower())
    return _ALIASES.get(name, name)


def _value(name: str, value: Any, source: Source) -> Value:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    shown = REDACTED if is_secret_name(name) else _STAMP.sub(STAMP, text[:LONGEST_VALUE])
    return Value(shown, source)

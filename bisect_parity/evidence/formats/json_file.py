"""JSON of any shape: ids, times, metrics and parameters by their keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from bisect_parity.evidence.formats.text_file import read_text
from bisect_parity.evidence.keys import (
    is_id_key,
    is_metric,
    is_public_variable,
    is_secret,
    is_time_key,
    make_record,
    one_line,
    redact,
    time_marks,
)
from bisect_parity.evidence.model import (
    Findings,
    Metric,
    Parameter,
    Problem,
    Record,
    Source,
    TimeStatement,
    Trust,
)
from bisect_parity.evidence.stamps import value_time

if TYPE_CHECKING:
    from pathlib import PurePosixPath

__all__ = ["READER", "collect"]

MOST_VALUES = 20_000
DEEPEST = 64
LONGEST_VALUE = 2000
LARGEST_FIGURE = 1e300  # beyond: NaN, infinity, and integers that are no floats
SIZE_KEYS = ("size", "detpixels", "detector_size", "npix", "pixels_per_side")
BRANCH_KEYS = ("branch", "git_branch", "git_ref")
ENVIRONMENT_WORDS = ("env", "environment", "variables", "environ")


class _JsonReader:
    """Reads JSON, and NDJSON by its lines; what is no JSON is read as text, and said to be."""

    name = "json"

    def claims(self, path: PurePosixPath, head: bytes) -> bool:
        return path.suffix.lower() in (".json", ".jsonl", ".ndjson")

    def read(self, path: str, data: bytes) -> Findings:
        text = data.decode("utf-8-sig", errors="replace")
        try:
            document = json.loads(text, parse_constant=float)
        except RecursionError:
            return Findings(problems=(Problem(path, "nested too deeply to be read"),))
        except ValueError as error:
            return self._by_lines(path, text, error)
        return _document(path, document)

    def _by_lines(self, path: str, text: str, error: ValueError) -> Findings:
        runs: list[Findings] = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                runs = []
                break
            if isinstance(value, dict):
                runs.append(collect(path, value, Trust.MACHINE, label=f"line {number}"))
        if len(runs) > 1:
            return Findings(runs=tuple(runs))
        problem = Problem(path, f"not valid JSON: {one_line(str(error))}")
        found = read_text(path, text)
        return Findings(records=found.records, times=found.times, problems=(problem, *found.problems))


def _document(path: str, document: Any) -> Findings:
    if isinstance(document, list):
        items = [(index, item) for index, item in enumerate(document) if isinstance(item, dict)]
        if not items:
            return Findings(problems=(Problem(path, "a JSON list without objects"),) if document else ())
        if len(items) == 1:
            return collect(path, items[0][1], Trust.MACHINE)
        runs = tuple(collect(path, item, Trust.MACHINE, label=f"[{index}]") for index, item in items)
        return Findings(runs=runs)
    if isinstance(document, dict):
        return collect(path, document, Trust.MACHINE)
    return Findings(problems=(Problem(path, "JSON that is neither an object nor a list"),))


@define
class _Found:
    records: list[Record] = field(factory=list)
    times: list[TimeStatement] = field(factory=list)
    metrics: list[Metric] = field(factory=list)
    parameters: list[Parameter] = field(factory=list)
    environment: list[Parameter] = field(factory=list)
    branches: list[Parameter] = field(factory=list)
    left: int = MOST_VALUES
    is_cut: bool = False


def collect(path: str, table: dict[str, Any], trust: Trust, label: str = "", line: int = 0) -> Findings:
    """Sort all values of a JSON object by their keys.

    Args:
        path: of the file, for the sources.
        table: the object.
        trust: who wrote it.
        label: which run of the file it is.
        line: where it begins, 0 where lines mean nothing.
    """
    found = _Found()
    size = next((table[key] for key in SIZE_KEYS if type(table.get(key)) is int), None)
    is_environment = "env" in path.rpartition("/")[2].lower()
    _walk(found, Source(path, line), table, "", trust, size, is_environment, 0)
    cut = Problem(path, f"more than {MOST_VALUES} values or {DEEPEST} levels: the rest was not read")
    return Findings(
        label=label,
        records=tuple(found.records),
        times=tuple(found.times),
        metrics=tuple(found.metrics),
        parameters=tuple(found.parameters),
        environment=tuple(found.environment),
        branches=tuple(found.branches),
        problems=(cut,) if found.is_cut else (),
    )


def _walk(
    found: _Found,
    place: Source,
    value: Any,
    name: str,
    trust: Trust,
    size: int | None,
    is_environment: bool,
    depth: int,
) -> None:
    if depth > DEEPEST or found.left <= 0:
        found.is_cut = True
        return
    if isinstance(value, dict):
        for key, item in value.items():
            below = f"{name}.{key}" if name else str(key)
            inside = is_environment or any(word in str(key).lower() for word in ENVIRONMENT_WORDS)
            _walk(found, place, item, below, trust, size, inside, depth + 1)
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            _walk(found, place, item, f"{name}[{index}]", trust, size, is_environment, depth + 1)
        return
    found.left -= 1
    _leaf(found, place, value, name, trust, size, is_environment)


def _leaf(
    found: _Found, place: Source, value: Any, name: str, trust: Trust, size: int | None, is_environment: bool
) -> None:
    key = name.rpartition(".")[2]
    if is_secret(key) or (is_environment and key.isupper() and not is_public_variable(key)):
        return
    shown = redact(value[:LONGEST_VALUE]) if isinstance(value, str) else value
    source = Source(place.path, place.line, one_line(f"{name} = {json.dumps(shown)}"))
    if is_id_key(key):
        record = make_record(key, value, trust, source)
        if record is not None:
            found.records.append(record)
            return
    if key in BRANCH_KEYS and isinstance(value, str):
        found.branches.append(Parameter(name, shown, source))
        return
    origin = "field" if trust is Trust.MACHINE else "header"
    time = value_time(value, origin, source) if is_time_key(key) else None
    if time is not None:
        found.times.append(_marked(time, key))
    elif is_metric(key) and (value is None or _is_number(value)):
        figure = None if value is None or not abs(value) <= LARGEST_FIGURE else float(value)
        found.metrics.append(Metric(name, figure, source, trust, size))
    else:
        (found.environment if is_environment else found.parameters).append(Parameter(name, shown, source))


def _marked(time: TimeStatement, key: str) -> TimeStatement:
    return evolve(time, marks=time_marks(key))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


READER = _JsonReader()

"""What readers of tools' files share: values with sources, within limits and without secrets. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from attrs import define, evolve, field, frozen

from bisect_parity.evidence.formats.documents import DocumentError
from bisect_parity.evidence.keys import is_secret, make_record, one_line
from bisect_parity.evidence.model import (
    Command,
    Duration,
    Findings,
    Metric,
    Parameter,
    Problem,
    Record,
    Source,
    SourceDigest,
    TimeKind,
    TimeStatement,
    Trust,
)
from bisect_parity.evidence.stamps import value_time
from bisect_parity.files import printable
from bisect_parity.redaction import is_public_setting, redact

MOST_VALUES = 20_000
DEEPEST = 32
LONGEST_VALUE = 2000
LONGEST_PLAIN_LIST = 64
LARGEST_NUMBER = 1e300
MOST_FRAMES = 20_000
_FULL_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]{1,400}@")
_PACKAGE = re.compile(r"([A-Za-z0-9][\w.-]{0,80})\s*==\s*([\w.!+-]{1,80})")


def table(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def string(value: Any) -> str:
    """The value if it is text, else empty text."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """The value as a float if it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        return None
    return float(value) if math.isfinite(value) else None


def packages(lines: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Names and versions out of lines such as `numpy==2.0.1`."""
    for line in lines:
        found = _PACKAGE.fullmatch(string(line).strip())
        if found is not None:
            yield found[1], found[2]


@define(slots=False, kw_only=True)
class Gathered:
    """What a reader finds on its way through a file; see `Findings`."""

    records: list[Record] = field(factory=list)
    mentions: list[Record] = field(factory=list)
    subjects: list[Parameter] = field(factory=list)
    times: list[TimeStatement] = field(factory=list)
    durations: list[Duration] = field(factory=list)
    metrics: list[Metric] = field(factory=list)
    parameters: list[Parameter] = field(factory=list)
    environment: list[Parameter] = field(factory=list)
    branches: list[Parameter] = field(factory=list)
    commands: list[Command] = field(factory=list)
    digests: list[SourceDigest] = field(factory=list)

    def findings(self, **more: Any) -> Findings:
        """All of it, and what else there is to say."""
        found: dict[str, Any] = {name: tuple(getattr(self, name)) for name in Gathered.__annotations__}
        return Findings(**(found | more))


def without_lines(found: Findings) -> Findings:
    """What was read of a text that stands within a file, whose lines are not those of the file."""
    of_file: dict[str, Any] = {
        name: tuple(evolve(item, source=evolve(item.source, line=0)) for item in value)
        for name, value in vars(found).items()
        if isinstance(value, tuple) and name not in ("runs", "problems")
    }
    return evolve(found, **of_file)


class Logged(NamedTuple):
    """A line of a log of one figure: its value, and its time in ms since 1970 or "", as they stand."""

    source: Source
    stamp: str
    value: str


def last_figure(name: str, logged: Iterable[Logged]) -> Findings | None:
    """The last value of a figure, with the first and the last time; None where no line has a value."""
    times: list[TimeStatement] = []
    metrics: tuple[Metric, ...] = ()
    for source, stamp, text in logged:
        place = Place(source.path, source.line)
        try:
            value = float(text)
        except ValueError:
            continue
        metrics = tuple(evolve(metric, source=source) for metric in place.metric(name, value))
        if stamp.isdecimal() and len(stamp) < 20:
            found = place.time(name, int(stamp), "unknown")
            times = [*times[:1], *(evolve(time, source=source) for time in found)]
    return Findings(metrics=metrics, times=tuple(times)) if metrics else None


def read_document(
    path: str, data: bytes, load: Callable[[bytes], Any], find: Callable[[Place, Any], Findings]
) -> Findings:
    """Load a document and look into it; what cannot be loaded becomes a `Problem`."""
    try:
        return find(Place(path), load(data))
    except DocumentError as error:
        return Findings(problems=(Problem(path, one_line(str(error))),))


@frozen
class Place:
    """A file, or a line of it, that values are read from.

    Attributes:
        path: relative to the top of the repository.
        line: from 1; 0 where lines mean nothing.
    """

    path: str
    line: int = 0

    def object(self, value: Any, what: str) -> dict[str, Any]:
        """The value, which must be an object.

        Raises:
            DocumentError: it is something else.
        """
        if not isinstance(value, dict):
            raise DocumentError(f"not {what}: an object was expected, not {type(value).__name__}")
        return value

    def source(self, name: str, value: Any) -> Source:
        """The source of one value, quoted as `name = value`."""
        try:
            shown = json.dumps(value)[:LONGEST_VALUE]
        except (RecursionError, ValueError):  # nested too deep, or an integer of thousands of digits
            shown = "..."
        return Source(self.path, self.line, one_line(f"{name} = {_CREDENTIALS.sub('', shown)}"))

    def record(self, key: str, value: Any, *, dirty: Any = None, tree: Any = None) -> tuple[Record, ...]:
        """A commit id that a program wrote, and what it says of the working tree and of the commit's."""
        found = make_record(key, value, Trust.MACHINE, self.source(key, value))
        if found is None or not found.is_id:
            return () if found is None else (found,)
        is_full = isinstance(tree, str) and _FULL_ID.fullmatch(tree) is not None
        state = dirty if isinstance(dirty, bool) else found.dirty
        return (evolve(found, dirty=state, tree=tree if is_full else ""),)

    def time(
        self, key: str, value: Any, marks: str, *, origin: str = "field", is_utc: bool = False
    ) -> tuple[TimeStatement, ...]:
        """A time that a program wrote: ISO text, or seconds, milliseconds or nanoseconds since 1970.

        Args:
            key: its name.
            value: as it stands.
            marks: "start", "end" or "unknown" of the run.
            origin: "field", or "commit" for the commit's own time, which says nothing of the run's.
            is_utc: whether the tool writes UTC without saying so.
        """
        if isinstance(value, int | float) and number(value) is None:
            return ()
        found = value_time(value, origin, self.source(key, value))
        if found is None:
            return ()
        kind = TimeKind.UTC if is_utc and found.kind is TimeKind.LOCAL else found.kind
        return (evolve(found, marks=marks, kind=kind),)

    def duration(self, key: str, value: Any) -> tuple[Duration, ...]:
        """How long the run took, in seconds; what is no number says nothing."""
        took = number(value)
        return () if took is None else (Duration(took, self.source(key, took)),)

    def metric(self, name: str, value: Any, size: int | None = None) -> tuple[Metric, ...]:
        """A figure; null, NaN and infinity count as None; what is no number is none."""
        if isinstance(value, bool) or not (value is None or isinstance(value, int | float)):
            return ()
        return (Metric(one_line(name), number(value), self.source(name, value), size=size),)

    def metrics(self, name: str, value: Any, size: int | None = None) -> tuple[Metric, ...]:
        """Every number below a value, named by its path."""
        found = [item for key, leaf in self._leaves(name, value) for item in self.metric(key, leaf, size)]
        return tuple(item for item in found if item.value is not None)

    def parameters(self, value: Any, name: str = "") -> tuple[Parameter, ...]:
        """Every value below an object, named by its path; short lists of plain values stay lists.

        Text under the name of a secret is left out, and so are user and password in a URL.
        """
        found = (self.parameter(key, leaf) for key, leaf in self._leaves(name, value))
        return tuple(parameter for pair in found for parameter in pair)

    def parameter(self, name: str, value: Any) -> tuple[Parameter, ...]:
        """One value, unless it may be a secret."""
        holds_text = isinstance(value, str) or any(isinstance(item, str) for item in items(value))
        if holds_text and is_secret(name.rpartition(".")[2]):
            return ()
        if isinstance(value, int | float) and not isinstance(value, bool) and number(value) is None:
            value = str(value) if isinstance(value, float) else "a number of thousands of digits"
        source = self.source(name, value)
        return (Parameter(one_line(name), _shown(value), source),)

    def environment(self, pairs: Iterable[tuple[str, str, Any]]) -> tuple[Parameter, ...]:
        """Facts of host and software that are there: triples of our name, the tool's name, value."""
        return tuple(
            Parameter(one_line(name), _shown(value), self.source(key, value))
            for name, key, value in pairs
            if isinstance(value, str | int | float) and value != ""
        )

    def variables(self, values: Mapping[str, Any], key: str) -> tuple[Parameter, ...]:
        """Environment variables of an allow-list, and switches; all others are never kept."""
        return tuple(
            Parameter(name, _shown(value), self.source(f"{key}.{name}", value))
            for name, value in values.items()
            if isinstance(value, str) and is_public_setting(name, value)
        )

    def branch(self, key: str, value: Any) -> tuple[Parameter, ...]:
        """The name of a branch; what a tool writes instead of one is left out."""
        name = string(value).strip()
        if not name or name == "HEAD" or name.startswith("("):
            return ()
        return (Parameter(key, one_line(name), self.source(key, name)),)

    def _leaves(self, name: str, value: Any) -> Iterator[tuple[str, Any]]:
        """Paths and plain values, at most `MOST_VALUES` of them and `DEEPEST` levels deep."""
        count = 0
        waiting = [(name, value, 0)]
        while waiting and count < MOST_VALUES:
            key, item, depth = waiting.pop()
            if isinstance(item, dict) and depth < DEEPEST:
                waiting += [
                    (f"{key}.{below}" if key else str(below), child, depth + 1)
                    for below, child in reversed(item.items())
                ]
            elif isinstance(item, list) and depth < DEEPEST and not _is_plain_list(item):
                waiting += [
                    (f"{key}[{index}]", item[index], depth + 1) for index in range(len(item) - 1, -1, -1)
                ]
            elif not isinstance(item, dict | list) or depth < DEEPEST:
                count += 1
                yield key, item


def _is_plain_list(value: list[Any]) -> bool:
    return len(value) <= LONGEST_PLAIN_LIST and not any(isinstance(item, dict | list) for item in value)


def _shown(value: Any) -> Any:
    """A value to keep: text of bounded length, printable, without passwords."""
    if isinstance(value, str):
        return redact(_CREDENTIALS.sub("", printable(value[:LONGEST_VALUE])))
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value

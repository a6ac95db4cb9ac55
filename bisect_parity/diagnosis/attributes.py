"""What is known of each run besides its verdict, as named attributes side by side. Pure."""

from __future__ import annotations

import enum
import math
import re
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from bisect_parity.diagnosis.omissions import Stated, with_omissions, with_renames, without_echoes
from bisect_parity.evidence.formats.record import CHANGES
from bisect_parity.evidence.model import Source, flat
from bisect_parity.evidence.numbers import nearest_float
from bisect_parity.params.effective import UNTRACKED, measured_names, run_values, set_names
from bisect_parity.params.model import Origin, Unreadable, Value
from bisect_parity.params.noise import may_be_measured
from bisect_parity.params.units import unit_of_text
from bisect_parity.provenance.model import settled_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bisect_parity.diagnosis.series import Run
    from bisect_parity.evidence.model import Bundle, Findings, Frame
    from bisect_parity.params.code import CommitDefaults

MOST_FRAMES = 2000
_MEASURED = re.compile(
    r"(?i)(?:.*[_.\s-])?(?:time|seconds|secs|duration|elapsed|runtime|wall|mem|memory|rss|speedup|throughput"
    r"|fps|rate_s|min|max|mean|median|stddev|std|iqr|loss|error|err|accuracy|acc|score|rmse|mse|mae|psnr|ssim"
    r"|f1|auc|residual|diff|correlation|corr|sum|norm|setup|sim|cache_hit|pixels)(?:[_.\s-].*)?"
)
_REFERENCE = re.compile(r"(?i)(?:.*[_.\s-])?(?:c|ref|reference|baseline|golden|truth)(?:[_.\s-].*)?")
_DIGEST = re.compile(r"(?i)(?:.*[_.\s-])?(?:sha\d*|md5|digest|checksum|hash|crc\d*)(?:[_.\s-].*)?")
_OUTPUT = re.compile(r"(?i)(?:.*[_.\s-])?(?:out|output|result|image|candidate|py|torch)(?:[_.\s-].*)?")
_HOME = re.compile(r"/(?:home|Users)/[\w.-]+|/root(?=/)")
_INSTALLED = re.compile(r"(?:^|.*/)(?:site-packages|dist-packages|lib/python[\d.]+)/(?P<name>.+)")
_TOLD_BY_OTHERS = frozenset({"tracename", "schemaversion"})


class Kind(enum.StrEnum):
    """What an attribute is an attribute of."""

    PARAMETERS = "parameters"  # what the run was given
    DEFAULTS = "defaults"  # what it was not given, and its code has a default for
    ENVIRONMENT = "environment"  # where it ran: versions, variables, host, paths
    REFERENCE = "reference"  # what the trusted program was, and what came out of it
    MEASURED = "measured"  # what came out of the run: it may follow from the verdict, and causes nothing


@frozen
class Attribute:
    """One name with its value in each run.

    Attributes:
        name: what the values are of.
        kind: of what.
        values: one a run; None where nobody recorded it.
        sources: where each stands.
        is_untracked: the values are digests of a file that git does not track.
    """

    name: str
    kind: Kind
    values: tuple[str | None, ...]
    sources: tuple[Source | None, ...]
    is_untracked: bool = False

    def partition(self, positions: Iterable[int] | None = None) -> tuple[int | None, ...]:
        """Which runs have equal values: the number of each run's value, in order of first appearance.

        Values are equal that are the same text up to case, or the same number, in whatever unit; numbers of
        the environment may be versions, and 3.10 is not 3.1.

        Args:
            positions: of the runs; all by default.
        """
        chosen = self.values if positions is None else [self.values[at] for at in positions]
        known: dict[tuple[float, str] | str, int] = {}
        return tuple(
            None if value is None else known.setdefault(self._identity(value), len(known)) for value in chosen
        )

    def _identity(self, text: str) -> tuple[float, str] | str:
        amount = None if self.kind is Kind.ENVIRONMENT else _amount(text)
        return text.casefold() if amount is None else amount

    @property
    def has_unit(self) -> bool:
        """Whether its numbers are said with a unit, and are compared in base units."""
        return any(value is not None and unit_of_text(value) is not None for value in self.values)

    def numbers(self) -> tuple[float | None, ...] | None:
        """The values as numbers, None where unrecorded; None if not all recorded ones are finite numbers.

        Those with units are in base units, and of one dimension. Versions of which two would be one number
        are none.
        """
        amounts = {value: _amount(value) for value in self.values if value is not None}
        known = [amount for amount in amounts.values() if amount is not None]
        if len(known) < len(amounts) or len({dimension for _, dimension in known}) > 1:
            return None
        if self.kind is Kind.ENVIRONMENT and len({*known}) < len(known):
            return None
        found = [None if value is None else amounts[value] for value in self.values]
        return tuple(None if amount is None else amount[0] for amount in found)


class Grouped(Protocol):
    """Attributes that are judged together."""

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All of them."""

    @property
    def are_untracked(self) -> bool:
        """Whether all of them are files that git does not track."""
        return all(attribute.is_untracked for attribute in self.attributes)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What they are attributes of, each kind once."""
        return tuple(dict.fromkeys(attribute.kind for attribute in self.attributes))


def attributes(
    runs: Sequence[Run],
    code: Mapping[str, CommitDefaults] | None = None,
    is_code: Callable[[str], bool] | None = None,
) -> tuple[Attribute, ...]:
    """All that any two of the runs recorded, by kind and name.

    Where a run states several values of one name, the one that most runs share counts.

    Args:
        runs: whose attributes are wanted.
        code: the defaults of their commits, by full id.
        is_code: whether a reported file is the repository's own code, whose lines identify the commit rather
            than the environment.
    """
    by_run = list(_of_runs(runs, code or {}, is_code))
    names = sorted({name for values in by_run for name in values})
    settled = [(run, (code or {}).get(settled_commit(run.resolution) or "")) for run in runs]
    stated = [Stated.of(_bundles(run), defaults) for run, defaults in settled]
    found: list[Attribute] = []
    for kind, name in names:
        chosen = _chosen([values.get((kind, name), ()) for values in by_run])
        is_default = all(value is None or value.origin is Origin.DEFAULT for value in chosen)
        found.append(
            Attribute(
                name,
                Kind.DEFAULTS if is_default and kind is Kind.PARAMETERS else kind,
                tuple(value.text if value is not None else None for value in chosen),
                tuple(value.source if value is not None else None for value in chosen),
                all(value is None or value.note == UNTRACKED for value in chosen),
            )
        )
    completed = (
        with_omissions(own, stated) if own.kind in (Kind.PARAMETERS, Kind.ENVIRONMENT) else [own]
        for own in with_renames(without_echoes(found))
    )
    return tuple(a for own in completed for a in own if sum(value is not None for value in a.values) > 1)


def _chosen(columns: Sequence[Sequence[Value]]) -> list[Value | None]:
    """One value a run: of several, that which most runs state."""
    shared = Counter(text for column in columns for text in {value.text.casefold(): None for value in column})
    return [
        max(column, key=lambda value: shared[value.text.casefold()]) if column else None for column in columns
    ]


def _of_runs(
    runs: Sequence[Run], code: Mapping[str, CommitDefaults], is_code: Callable[[str], bool] | None
) -> Iterator[dict[tuple[Kind, str], tuple[Value, ...]]]:
    results = [run.figures.path if run.figures is not None else "" for run in runs]
    recorded = [
        run_values(_bundles(run), result, code.get(settled_commit(run.resolution) or ""))
        for run, result in zip(runs, results, strict=True)
    ]
    measured, set_before = measured_names(recorded), set_names(recorded)
    for run, result, values in zip(runs, results, recorded, strict=True):
        given = {name: several for name, several in values.items() if name not in measured}
        yield _of_run(run, result, given, set_before, is_code)


def _bundles(run: Run) -> list[Bundle]:
    return [entry.bundle for entry in run.entries]


def _of_run(
    run: Run,
    result: str,
    recorded: Mapping[str, tuple[Value, ...]],
    set_before: Collection[str],
    is_code: Callable[[str], bool] | None,
) -> dict[tuple[Kind, str], tuple[Value, ...]]:
    bundles = _bundles(run)
    judged = run.figures.judged if run.figures is not None else frozenset()
    found: dict[tuple[Kind, str], tuple[Value, ...]] = {}
    for name, values in recorded.items():
        plain = name.removeprefix("parameter ")
        readable = tuple(value for value in values if not isinstance(value.value, Unreadable))
        if readable and name.casefold() not in _TOLD_BY_OTHERS and plain not in judged:
            found[_kind(name, readable, is_set=name in set_before), plain] = readable
    others = {*judged, *(name.removeprefix("parameter ") for name in recorded)}
    for key, value in (*_measured(bundles, result, others), *_frames(bundles, is_code)):
        found[key] = (value,)
    homes = tuple(_homes(bundles, recorded))
    if homes:
        found[Kind.ENVIRONMENT, "home directory"] = homes
    return found


def _kind(name: str, values: Iterable[Value], *, is_set: bool) -> Kind:
    plain = name.removeprefix("parameter ")
    if plain == CHANGES:
        return Kind.DEFAULTS  # code, as what its commit states is
    is_given = plain != name or " " in name
    last = plain.rpartition(".")[2]
    if _DIGEST.fullmatch(last) or last.casefold().endswith("version"):
        if _REFERENCE.fullmatch(last):
            return Kind.REFERENCE
        if is_given and _DIGEST.fullmatch(last) and _OUTPUT.fullmatch(last):
            return Kind.MEASURED
    is_amount = not is_set and all(may_be_measured(last, value.value) for value in values)
    if name.startswith("parameter ") and is_amount and _MEASURED.fullmatch(last):
        return Kind.REFERENCE if _REFERENCE.fullmatch(last) else Kind.MEASURED
    return Kind.PARAMETERS if is_given else Kind.ENVIRONMENT


def _measured(
    bundles: Iterable[Bundle], result: str, others: Collection[str]
) -> Iterator[tuple[tuple[Kind, str], Value]]:
    """Times, sums and other figures of the result file, except `others`, which are listed already."""
    found: dict[str, Value] = {}
    for findings in _findings_of(bundles, result):
        for parameter in findings.parameters:
            is_number = isinstance(parameter.value, int | float) and not isinstance(parameter.value, bool)
            if is_number and parameter.name not in others:
                found.setdefault(parameter.name, Value(parameter.value, parameter.source, Origin.RECORD))
        for metric in findings.metrics:
            if metric.value is not None and metric.name not in others:
                found.setdefault(metric.name, Value(metric.value, metric.source, Origin.RECORD))
    for name, value in found.items():
        last = name.rpartition(".")[2]
        yield (Kind.REFERENCE if _REFERENCE.fullmatch(last) else Kind.MEASURED, name), value


def _findings_of(bundles: Iterable[Bundle], path: str) -> Iterator[Findings]:
    for bundle in bundles:
        for findings in bundle.findings:
            if findings.path == path:
                yield from flat([findings])


def _frames_of(bundles: Iterable[Bundle]) -> Iterator[Frame]:
    for bundle in bundles:
        for findings in bundle.findings:
            yield from findings.frames[:MOST_FRAMES]


def _frames(
    bundles: Iterable[Bundle], is_code: Callable[[str], bool] | None
) -> Iterator[tuple[tuple[Kind, str], Value]]:
    """The line at which a library defines a function reveals the library's version."""
    lines: dict[str, dict[int, Source]] = {}
    for frame in _frames_of(bundles):
        installed = _INSTALLED.fullmatch(frame.file)
        if frame.is_definition and (installed or not (is_code and is_code(frame.file))):
            is_short = not frame.file.startswith("/")
            name = installed["name"] if installed else frame.file
            name = name if installed or is_short else name.rpartition("/")[2]
            place = lines.setdefault(f"line of {name}: {frame.function}", {})
            place.setdefault(frame.line, frame.source)
    for name, places in lines.items():
        text = ", ".join(map(str, sorted(places)))
        yield (Kind.ENVIRONMENT, name), Value(text, places[min(places)], Origin.HOST, is_typed=False)


def _homes(bundles: Iterable[Bundle], recorded: Mapping[str, tuple[Value, ...]]) -> Iterator[Value]:
    """The home directories in paths that the run wrote down: who ran it, and on which account."""
    texts = [(value.text, value.source) for values in recorded.values() for value in values]
    texts += [(frame.file, frame.source) for frame in _frames_of(bundles) if frame.file.startswith("/")]
    seen: dict[str, Source] = {}
    for text, source in texts:
        for home in _HOME.findall(text):
            seen.setdefault(home, source)
    yield from (Value(home, source, Origin.HOST, is_typed=False) for home, source in seen.items())


def _amount(text: str) -> tuple[float, str] | None:
    """The number that a text is, in base units, and its dimension, empty for a plain number."""
    found = unit_of_text(text)
    try:
        number = float(text if found is None else found[0])
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if found is None:
        return number, ""
    unit = found[1]
    return nearest_float(Fraction(repr(number)) * unit.factor), unit.dimension  # 0.1 mm is 100 um, exactly

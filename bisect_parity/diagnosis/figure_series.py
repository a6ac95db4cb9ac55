"""Which runs recorded the same figure of the same computation, and in which order history has them. Pure."""

from __future__ import annotations

import bisect
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from bisect_parity.diagnosis.series import plain_name
from bisect_parity.diagnosis.steps import FEWEST_RUNS, MOST_LOOKS, LevelStep, find_steps
from bisect_parity.evidence.keys import names_figure
from bisect_parity.evidence.model import Trust
from bisect_parity.evidence.numbers import is_rounding
from bisect_parity.evidence.verdict import is_parity_metric
from bisect_parity.params.effective import measured_names, run_values
from bisect_parity.params.model import Origin
from bisect_parity.params.noise import is_measured, may_be_set, noise_reason, tells_speed
from bisect_parity.wording import natural_order

if TYPE_CHECKING:
    from bisect_parity.diagnosis.series import Run
    from bisect_parity.evidence.model import Findings
    from bisect_parity.params.model import Value

Alike: TypeAlias = tuple[tuple[str, str], ...]
Paths: TypeAlias = tuple[tuple[int, str], ...]
LARGEST = 1e150  # sums and differences of such values are finite, too; NaN is not below it
MOST_RUNS = 300  # of a figure, the last ones; the time that steps take grows with their cube
_MACHINE = frozenset({"host", "cpu", "gpu", "machine", "python"})  # what times depend on
_NUMBERING = re.compile(r"(?i)(?:.*[_.\s-])?(?:id|index|idx|no|counter|run|job|pid|trial|attempt|build|port)")


@frozen
class FigureSeries:
    """A figure of runs that computed the same.

    Attributes:
        name: of the figure, as recorded.
        file: name of the file that holds it, its numbers written "#".
        place: which part of the file; empty where it has one.
        size: pixels; None where it was not recorded.
        alike: what tells these runs from others that recorded the figure: name and value.
        values: by position of the run.
        is_named: whether its name says that it is a figure; a number that was merely computed is one, too.
    """

    name: str
    file: str
    place: str
    size: int | None
    alike: Alike
    values: Mapping[int, float]
    is_named: bool = True

    @property
    def is_parity(self) -> bool:
        """Whether runs are judged by it."""
        return is_parity_metric(self.name)


@frozen
class Trend:
    """A figure over time: the positions of its runs in the order of history, their values, and its steps."""

    series: FigureSeries
    runs: tuple[int, ...]
    values: tuple[float, ...]
    steps: tuple[LevelStep, ...]

    def ends(self, step: LevelStep) -> tuple[int, int]:
        """The positions of the last run surely before a step, and of the first one surely after it."""
        return self.runs[step.earliest - 1], self.runs[step.latest]


def figure_series(runs: Sequence[Run]) -> list[FigureSeries]:
    """The figures that at least five comparable runs of at least two commits recorded, parity first.

    Runs are compared that recorded a figure under one name in files of one kind, at one size, with the same
    parameters; times, only of one machine. Only what programs wrote for programs counts.

    Args:
        runs: all of them, copies of one as one.
    """
    cells: dict[tuple[str, str, str, int | None], dict[int, tuple[str, float]]] = {}
    named: set[tuple[str, str, str, int | None]] = set()
    for at, run in enumerate(runs):
        for findings in (findings for entry in run.entries for findings in entry.bundle.findings):
            for place, name, size, value, is_named in _numbers(findings, ""):
                key = plain_name(findings.path), place, name, size
                cells.setdefault(key, {}).setdefault(at, (findings.path, value))
                if is_named:
                    named.add(key)
    comparable: dict[tuple[Paths, bool], list[tuple[Alike, list[int]]]] = {}  # figures of one file share it
    found = []
    for key, cell in cells.items():
        file, place, name, size = key
        if len(cell) < FEWEST_RUNS or _is_of_one_commit(runs, cell):
            continue
        if key not in named and not _are_computed(name, [value for _, value in cell.values()]):
            continue
        paths = tuple((at, path) for at, (path, _) in cell.items())
        speeds = tells_speed(name)
        if (paths, speeds) not in comparable:
            comparable[paths, speeds] = list(_comparable(runs, dict(paths), speeds=speeds))
        for alike, own in comparable[paths, speeds]:
            values = {at: cell[at][1] for at in own}
            found.append(FigureSeries(name, file, place, size, alike, values, key in named))
    return sorted(found, key=lambda one: (not one.is_parity, not one.is_named, -len(one.values)))


def history_order(runs: Sequence[Run], places: Mapping[str, int]) -> dict[int, int]:
    """The rank of each run, by position: in the order of the commits; a run without one by its time.

    Args:
        runs: in any order.
        places: of commits in an order in which no commit comes before its parents.
    """
    times = {at: run.time for at, run in enumerate(runs)}
    rows = {at: places.get(run.resolution.commit or "") for at, run in enumerate(runs)}
    named = {at: natural_order(run.name) for at, run in enumerate(runs)}
    known = [(row, times[at], named[at], at) for at, row in rows.items() if row is not None]
    order = [at for *_, at in sorted(known)]
    latest = list(itertools.accumulate((times[at] for at in order), max))
    slots = {at: (2 * slot, 0.0, named[at]) for slot, at in enumerate(order)}
    slots |= {
        at: (2 * bisect.bisect_right(latest, times[at]) - 1, times[at], named[at])
        for at, row in rows.items()
        if row is None
    }
    return {at: rank for rank, at in enumerate(sorted(slots, key=lambda at: slots[at]))}


def trends(series: Sequence[FigureSeries], ranks: Mapping[int, int]) -> list[Trend]:
    """The figures over time, those with the clearest steps first, and among equals parity first.

    What the names call figures is corrected for as many looks as there are of these, whatever else there is.

    Args:
        series: of `figure_series`; those beyond the first hundred are left out.
        ranks: of the runs, by position.
    """
    looked_at = series[:MOST_LOOKS]
    named = sum(one.is_named for one in looked_at)
    found = []
    for one in looked_at:
        own = tuple(sorted(one.values, key=lambda at: ranks[at])[-MOST_RUNS:])
        values = tuple(one.values[at] for at in own)
        steps = find_steps(values, named if one.is_named else len(looked_at))
        if not one.is_named:  # nobody asked for its last digits
            steps = tuple(step for step in steps if not is_rounding(step.before, step.after))
        found.append(Trend(one, own, values, steps))
    return sorted(found, key=_clearness)


def _clearness(trend: Trend) -> tuple[bool, bool, float, float]:
    least = min((step.p or 0.0 for step in trend.steps), default=1.0)
    widest = max((_change(step) for step in trend.steps), default=0.0)
    is_calm = all(is_rounding(step.before, step.after) for step in trend.steps)
    return is_calm, not trend.series.is_parity, least, -widest


def _change(step: LevelStep) -> float:
    return abs(step.after - step.before) / max(abs(step.after), abs(step.before))


def _numbers(findings: Findings, place: str) -> Iterator[tuple[str, str, int | None, float, bool]]:
    """Part of the file, name, size and value of each number, and whether its name is one of figures."""
    for metric in findings.metrics:
        if metric.trust is Trust.MACHINE and metric.value is not None and abs(metric.value) <= LARGEST:
            yield place, metric.name, metric.size, metric.value, True
    size = next((metric.size for metric in findings.metrics if metric.size is not None), None)
    for item in findings.parameters:
        if isinstance(item.value, float) and abs(item.value) <= LARGEST:
            yield place, item.name, size, item.value, names_figure(item.name) or tells_speed(item.name)
    for part in findings.runs:
        words = [str(item.value) for item in part.parameters if item.name == "name"]
        yield from _numbers(part, " ".join((place, part.label, *words)).strip())


def _are_computed(name: str, values: Sequence[float]) -> bool:
    """Whether numbers have more digits than people type, most of them, and do not stand among settings."""
    computed = sum(is_measured(name, value) for value in values)
    return 2 * computed > len(values) and not may_be_set(name, values)


def _comparable(
    runs: Sequence[Run], paths: Mapping[int, str], *, speeds: bool
) -> Iterator[tuple[Alike, list[int]]]:
    """The groups of enough runs that computed the same, and what tells each group from the others.

    Args:
        runs: all of them.
        paths: the result file of each that has it, by position.
        speeds: whether figures of speed are compared, which depend on the machine.
    """
    recorded = {
        at: run_values([entry.bundle for entry in runs[at].entries], path) for at, path in paths.items()
    }
    for folder, members in _by_folder(paths):
        for alike, own in _by_inputs({at: recorded[at] for at in members}, speeds=speeds):
            if len(own) >= FEWEST_RUNS and not _is_of_one_commit(runs, own):
                yield (*((("folder", folder),) if folder else ()), *alike), own


def _is_of_one_commit(runs: Sequence[Run], members: Iterable[int]) -> bool:
    return len({runs[at].resolution.commit for at in members}) < 2


def _by_folder(paths: Mapping[int, str]) -> Iterator[tuple[str, list[int]]]:
    """Runs in folders that differ in numbers only, where these are enough; then all others together."""
    folders = {at: plain_name(path, whole=True).rpartition("/")[0] for at, path in paths.items()}
    counts = Counter(folders.values())
    large = [folder for folder, count in counts.items() if count >= FEWEST_RUNS]
    for folder in large:
        yield folder if len(counts) > 1 else "", [at for at, own in folders.items() if own == folder]
    yield "", [at for at, own in folders.items() if own not in large]


def _by_inputs(
    values: Mapping[int, Mapping[str, tuple[Value, ...]]], *, speeds: bool
) -> Iterator[tuple[Alike, list[int]]]:
    """The runs with equal parameters, and what these are where they differ from those of others."""
    columns: dict[str, dict[int, tuple[Value, ...]]] = {}
    for at, recorded in values.items():
        for name, several in recorded.items():
            columns.setdefault(name, {})[at] = several
    measured = measured_names(values.values())
    telling: dict[str, dict[int, str]] = {}
    for name, column in columns.items():
        if name not in measured and _is_input(name, column, speeds=speeds):
            telling[name] = _texts(column, values)
    groups: dict[Alike, list[int]] = {}
    for at in values:
        groups.setdefault(tuple((name, texts[at]) for name, texts in telling.items()), []).append(at)
    yield from groups.items()


def _is_input(name: str, column: Mapping[int, tuple[Value, ...]], *, speeds: bool) -> bool:
    """Whether runs that differ in this are not to be compared."""
    every = [value for several in column.values() for value in several]
    texts = {value.text for value in every}
    if len(texts) < 2 or _NUMBERING.fullmatch(name) or noise_reason(name, every):
        return False
    if all(value.origin is Origin.HOST for value in every) or name.startswith("$"):
        return speeds and name.rpartition(".")[2] in _MACHINE
    is_given = any(value.origin is Origin.COMMAND for value in every)
    return is_given or 2 * len(texts) <= len(column)  # a result file may give a new value in each run


def _texts(column: Mapping[int, tuple[Value, ...]], members: Iterable[int]) -> dict[int, str]:
    """The value of each run; that of most where it was not recorded."""
    texts = {at: ", then ".join(value.text for value in several) for at, several in column.items()}
    usual = Counter(texts.values()).most_common(1)[0][0]
    return {at: texts.get(at, usual) for at in members}

"""Entries of one file: runs, each by itself, or the log of one run. Pure.

Where fewer than two entries name a commit, their times decide what they are: entries that lie minutes
apart, with figures and without a count of steps, are runs; others are the log of one run, whose first time
is its start, and whose last figures are its results. Beside a count of steps, numbers that change are
figures, and only what stays the same is a parameter. Such a log may have a million entries: of those with
the same keys only the first and the last ones are looked into.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from attrs import evolve, frozen

from bisect_parity.evidence.formats import place
from bisect_parity.evidence.formats.by_keys import MOST_RUNS, collect
from bisect_parity.evidence.keys import is_figure, is_id_key
from bisect_parity.evidence.model import Findings, Metric, Parameter, Problem, TimeKind, Trust

STEPS = frozenset(
    {"step", "global_step", "epoch", "iteration", "iter", "batch", "frame", "training_iteration"}
    | {"timesteps", "total_timesteps", "num_updates", "episode"}
)
SURE_STEPS = frozenset({"step", "global_step", "epoch", "iteration", "iter", "training_iteration"})
MOST_KEY_SETS = 200
ENDS = 3  # entries with the same keys that are looked into, first and last
LEAST_DATA = 3  # times of runs fall on whole minutes by chance, too
LEAST_GAP_SECONDS = 60.0  # between runs of a benchmark; a log writes more often


@frozen
class Entry:
    """An object of a file that was not looked into yet.

    Attributes:
        label: which one it is, such as "[3]" or "line 17".
        line: from 1; 0 where lines mean nothing.
        values: as they stand.
    """

    label: str
    line: int
    values: Mapping[str, Any]


def look_into(
    path: str,
    entries: Sequence[Entry],
    problems: list[Problem],
    value: Callable[[str, Any], Any] = lambda _, item: item,
) -> list[Findings]:
    """What the entries say, each by itself; those of a log that say no more than others are left out.

    Args:
        path: of the file.
        entries: all of them.
        problems: takes a note where there were too many.
        value: what stands for a key, of its name and its text.
    """
    chosen = _of_log(entries)
    if chosen is None:
        chosen = entries
        if len(entries) > MOST_RUNS:
            half = MOST_RUNS // 2
            chosen = [*entries[:half], *entries[half - MOST_RUNS :]]
            problems.append(Problem(path, f"{len(entries)} entries: only {half} from each end were read"))
    return [
        collect(
            path,
            {key: value(key, item) for key, item in entry.values.items()},
            Trust.MACHINE,
            entry.label,
            entry.line,
        )
        for entry in chosen
    ]


def _of_log(entries: Sequence[Entry]) -> Sequence[Entry] | None:
    """Those of a log of steps that say all of it; None where it counts none, or names several commits."""
    if len(entries) <= 2 * ENDS or not _is_counting(entries):
        return None
    groups: dict[tuple[str, ...], list[int]] = {}  # the places of those that have the same keys
    for number, entry in enumerate(entries):
        groups.setdefault(tuple(entry.values), []).append(number)
        if len(groups) > MOST_KEY_SETS:
            return None
    if sum(len(places) for keys, places in groups.items() if any(map(is_id_key, keys))) > 1:
        return None
    chosen = {at for places in groups.values() for at in (*places[:ENDS], *places[-ENDS:])}
    return [entries[number] for number in sorted(chosen)]


def _is_counting(entries: Sequence[Entry]) -> bool:
    """Whether a key that counts steps rises from the first entries to the last."""
    keys = {key for entry in entries[:ENDS] for key in entry.values if is_step(key)}
    for key in keys:
        counts = [
            count
            for entry in (*entries[:ENDS], *entries[-ENDS:])
            if (count := _count(entry, key)) is not None
        ]
        if len(counts) > 1 and counts == sorted(counts) and counts[0] < counts[-1]:
            return True
    return False


def _count(entry: Entry, key: str) -> float | None:
    value = entry.values.get(key)
    try:
        return float(value) if isinstance(value, str) else place.number(value)
    except ValueError:
        return None


def read_entries(path: str, entries: Sequence[Entry], *, may_be_list: bool = False) -> Findings:
    """What all entries of a file are together.

    Args:
        path: of the file.
        entries: all of them.
        may_be_list: whether they are runs where each names a commit or a time, if only one of them a commit.
    """
    problems: list[Problem] = []
    found = look_into(path, entries, problems)
    is_list = may_be_list and all(each.records or each.times for each in found)
    return evolve(runs_or_log(found, is_list=is_list), problems=tuple(problems))


def runs_or_log(entries: Sequence[Findings], *, is_list: bool = False) -> Findings:
    """What the entries of a file are together.

    Args:
        entries: each with what it says by itself.
        is_list: whether the file is one list of objects, of which one that names a commit is enough.
    """
    entries = without_data_times(entries)
    if sum(bool(entry.records) for entry in entries) > (0 if is_list else 1) or _are_runs(entries):
        return Findings(runs=tuple(entry for entry in entries if _is_run(entry)))
    return _as_one(entries)


def without_data_times(entries: Sequence[Findings]) -> Sequence[Findings]:
    """The entries without their times, where these are those of data, such as prices by the day.

    A program that writes down when it ran writes seconds, and these fall anywhere; those of data are days,
    hours or minutes. What names a commit, or has seconds since 1970, is a run in any case.
    """
    times = [time for entry in entries for time in entry.times]
    if len(times) < LEAST_DATA or any(entry.records for entry in entries):
        return entries
    if all(time.kind is TimeKind.DATE or (not time.is_settled and time.seconds % 60 == 0) for time in times):
        return [evolve(entry, times=()) for entry in entries]
    return entries


def are_steps(entries: Sequence[Findings]) -> bool:
    """Whether entries count the steps of one run, and fewer than two name a commit."""
    counts: dict[str, list[float]] = {}
    for entry in entries:
        for item in entry.parameters:
            if _last_part(item.name) in SURE_STEPS and (count := place.number(item.value)) is not None:
                counts.setdefault(item.name, []).append(count)
    rising = (len(set(found)) > 1 and found == sorted(found) for found in counts.values())
    return any(rising) and sum(bool(entry.records) for entry in entries) < 2


def _are_runs(entries: Sequence[Findings]) -> bool:
    """Whether entries that name no commit are runs, and not the log of one."""
    if len(entries) < 2 or not all(entry.times and _has_figure(entry) for entry in entries):
        return False
    has_steps = _has_steps(item.name for entry in entries for item in entry.parameters)
    gaps = [abs(later.times[0].seconds - one.times[0].seconds) for one, later in pairwise(entries)]
    return not has_steps and median(gaps) >= LEAST_GAP_SECONDS


def _has_figure(findings: Findings) -> bool:
    values = [metric.value for metric in findings.metrics] + [item.value for item in findings.parameters]
    return any(isinstance(value, float) for value in values)


def _is_run(findings: Findings) -> bool:
    return bool(findings.records or findings.times or findings.metrics)


def _as_one(entries: Sequence[Findings]) -> Findings:
    """The log of one run."""
    timed = [entry for entry in entries if entry.times]
    metrics: dict[str, Metric] = {}
    values: dict[str, list[Parameter]] = {}
    environment: dict[str, Parameter] = {}
    for entry in entries:
        metrics.update((metric.name, metric) for metric in entry.metrics)
        for parameter in entry.parameters:
            values.setdefault(parameter.name, []).append(parameter)
        for parameter in entry.environment:
            environment.setdefault(parameter.name, parameter)
    if _has_steps(values):
        figures = (items[-1] for items in values.values() if _is_measured(items))
        metrics |= {item.name: Metric(item.name, float(item.value), item.source) for item in figures}
        values = {name: items for name, items in values.items() if len({repr(i.value) for i in items}) == 1}
    times = [evolve(timed[0].times[0], marks="start")] if timed else []
    if len(timed) > 1:
        times.append(evolve(timed[-1].times[-1], marks="end"))
    return Findings(
        records=tuple(record for entry in entries for record in entry.records),
        mentions=tuple(record for entry in entries for record in entry.mentions),
        times=tuple(times),
        metrics=tuple(metrics.values()),
        parameters=tuple(items[0] for name, items in values.items() if name not in metrics),
        environment=tuple(environment.values()),
        branches=tuple(branch for entry in entries for branch in entry.branches)[:1],
    )


def _has_steps(names: Iterable[str]) -> bool:
    return any(map(is_step, names))


def is_step(name: str) -> bool:
    """Whether a key counts the steps of a run."""
    return _last_part(name) in STEPS


def _last_part(name: str) -> str:
    return re.split(r"[./]", name)[-1].strip().lower()


def _is_measured(values: Sequence[Parameter]) -> bool:
    """Whether a number changes from step to step, or is stated once as a figure; and counts no steps."""
    last = values[-1]
    if place.number(last.value) is None or is_step(last.name):
        return False
    numbers = {place.number(item.value) for item in values} - {None}
    return len(numbers) > 1 or (len(values) == 1 and is_figure(last.name))

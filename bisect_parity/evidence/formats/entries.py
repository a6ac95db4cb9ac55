"""Entries of one file: runs, each by itself, or the log of one run. Pure.

Where fewer than two entries name a commit, what they are is told by their times: entries that lie minutes
apart, with figures and without a count of steps, are runs; others are the log of one run, whose first time
is its start, and whose last figures are its results. Beside a count of steps, numbers that change are
figures, and only what stays the same is a parameter.
"""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.evidence.formats import place
from bisect_parity.evidence.keys import is_figure
from bisect_parity.evidence.model import Findings, Metric, Parameter, TimeKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["are_steps", "is_step", "runs_or_log", "without_data_times"]

STEPS = frozenset(
    {"step", "global_step", "epoch", "iteration", "iter", "batch", "frame", "training_iteration"}
    | {"timesteps", "total_timesteps", "num_updates", "episode"}
)
LEAST_DATA = 3  # times of runs fall on whole minutes by chance, too
LEAST_GAP_SECONDS = 60.0  # between runs of a benchmark; a log writes more often


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

    A program that writes down when it ran tells seconds, and these fall anywhere; those of data are days,
    hours or minutes. What names a commit, or tells seconds since 1970, is a run at any rate.
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
            if is_step(item.name) and (count := place.number(item.value)) is not None:
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
    return re.split(r"[./]", name)[-1].strip().lower() in STEPS


def _is_measured(values: Sequence[Parameter]) -> bool:
    """Whether a number changes from step to step, or is told once as a figure; and counts no steps."""
    last = values[-1]
    if place.number(last.value) is None or is_step(last.name):
        return False
    numbers = {place.number(item.value) for item in values} - {None}
    return len(numbers) > 1 or (len(values) == 1 and is_figure(last.name))

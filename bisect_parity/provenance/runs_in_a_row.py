"""Runs in a row that came in together, at the pace of a script. Pure.

A script repeats a run, varies a parameter, or goes over commits and runs each of them.
"""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.evidence.keys import measured, names_figure
from bisect_parity.evidence.model import flat

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bisect_parity.evidence.model import Bundle
    from bisect_parity.provenance.parameters_of_several import SeriesParameters
    from bisect_parity.provenance.posterior import Posterior
    from bisect_parity.provenance.subject import Subject

MOST_RUNS = 500
MOST_DIGITS = 8  # of a number that somebody chose
SMALL_SHARE = 0.5
BISECTION, SWEEP, TAGS = "bisection", "sweep", "tags"
_WORDS = {
    BISECTION: re.compile(r"(?i)bisect"),
    "commits": re.compile(r"(?i)(?:commit|rev|revision)s(?![a-z])|backfill"),
    TAGS: re.compile(r"(?i)(?:version|release|tag)s(?![a-z])"),
    SWEEP: re.compile(r"(?i)sweep|(?<![a-z])scan|timeline|regress"),
}
_VARYING = re.compile(r"\d+")


@frozen
class RunsInARow:
    """Runs in a row.

    Attributes:
        places: of the runs, in the order in which they began.
        times: when they began, POSIX seconds.
        tip: full id of the commit at which each would be by itself.
        adding: full id of the commit that brought them in; None where none did.
    """

    places: tuple[int, ...]
    times: tuple[float, ...]
    tip: str
    adding: str | None

    @property
    def pauses(self) -> np.ndarray:
        """Seconds from each begin to the next, one at least; shape (n - 1,)."""
        found: np.ndarray = np.maximum(np.diff(self.times), 1.0)
        return found

    @property
    def pace(self) -> float:
        """The median of the pauses, seconds."""
        return float(np.median(self.pauses))


def find_series(
    subjects: Sequence[Subject], posteriors: Sequence[Posterior], parameters: SeriesParameters
) -> list[RunsInARow]:
    """The series among all runs: brought in together, at one commit by themselves, at no timer's pace.

    Args:
        subjects: the runs.
        posteriors: of each, by everything but written ids.
        parameters: of the model.
    """
    groups: dict[str | None, list[int]] = {}
    for place, (subject, posterior) in enumerate(zip(subjects, posteriors, strict=True)):
        if subject.is_timed and posterior.commits:
            added = None if subject.addition is None else subject.addition.detail.commit
            groups.setdefault(added, []).append(place)
    found: list[RunsInARow] = []
    for added, places in groups.items():
        places.sort(key=lambda place: posteriors[place].run_time)
        for tip, alike in itertools.groupby(places, key=lambda place: posteriors[place].likeliest):
            several = tuple(alike)
            times = tuple(posteriors[place].run_time for place in several)
            found += _parted(RunsInARow(several, times, tip, added), parameters)
    return found


def _parted(series: RunsInARow, parameters: SeriesParameters) -> Iterator[RunsInARow]:
    """The series within some runs: parted by long pauses, without those that are too short or a timer's."""
    if len(series.places) < parameters.least_named:
        return
    ends = np.flatnonzero(series.pauses > parameters.parts * series.pace) + 1
    for first, last in itertools.pairwise([0, *ends.tolist(), len(series.places)]):
        part = RunsInARow(series.places[first:last], series.times[first:last], series.tip, series.adding)
        if parameters.least_named <= last - first <= MOST_RUNS and not _is_timer(part.pauses, parameters):
            yield part


def is_on_the_hour(times: np.ndarray, parameters: SeriesParameters) -> bool:
    """Whether a timer began all of some runs: at whole multiples of five minutes, POSIX seconds."""
    late = times - np.floor(times / parameters.period) * parameters.period
    return bool((late <= parameters.near * parameters.period).all())


def _is_timer(pauses: np.ndarray, parameters: SeriesParameters) -> bool:
    rest = pauses - np.round(pauses / parameters.period) * parameters.period
    return bool((np.abs(rest) <= parameters.near * pauses).all())


def over_commits(
    series: RunsInARow,
    subjects: Sequence[Subject],
    said: Collection[str],
    kinds: Mapping[str, float],
    parameters: SeriesParameters,
    *,
    is_mixed: bool,
    is_told: bool,
) -> dict[str, float]:
    """How probable it is that a script made a series at one commit after the other, in each of some ways.

    Against it are runs by hand, at pauses that differ more, and a script that repeated a run.

    Args:
        series: the runs.
        subjects: all runs.
        said: words of walks over commits, as `words_said` finds them.
        kinds: shares of `BISECTION` and `SWEEP` where nothing names one.
        parameters: of the model.
        is_mixed: whether some of the runs are good and others bad.
        is_told: whether a reflog says that nothing else was checked out.
    """
    bundles = [subjects[place].bundles[0] for place in series.places]
    odds = parameters.odds * min(len(series.places), parameters.enough)
    odds *= parameters.varied if _is_varied(bundles) else 1.0
    odds *= parameters.equal if are_figures_equal(bundles) else 1.0
    odds *= parameters.mixed if is_mixed else 1.0
    odds *= parameters.reflog if is_told else 1.0
    factors = {word: parameters.named[word] if word in said else 1.0 for word in _WORDS}
    named = {BISECTION: factors.pop(BISECTION), SWEEP: max(factors.values())}
    pace = math.exp(_log_factor_of_pace(series.pauses, parameters))
    walks = odds / (1 + odds)
    ways = {kind: parameters.prior * pace * walks * share * named[kind] for kind, share in kinds.items()}
    others = 1 - parameters.prior + parameters.prior * pace * (1 - walks)
    total = sum(ways.values()) + others
    return {kind: weight / total for kind, weight in ways.items()}


def _log_factor_of_pace(pauses: np.ndarray, parameters: SeriesParameters) -> float:
    """Log likelihood ratio of the pauses of a script against those of a hand; their median can be any."""
    logs = np.log(pauses)
    squares = float(((logs - logs.mean()) ** 2).sum())
    narrow, broad = parameters.scripted, parameters.by_hand
    return (len(logs) - 1) * math.log(broad / narrow) - squares / 2 * (narrow**-2 - broad**-2)


def words_said(paths: Sequence[str], message: str) -> frozenset[str]:
    """Which words of walks over commits all names have, or the message of the commit that brought them in."""
    return frozenset(
        word
        for word, pattern in _WORDS.items()
        if pattern.search(message) is not None or all(pattern.search(path) for path in paths)
    )


def _is_varied(bundles: Sequence[Bundle]) -> bool:
    """Whether something that somebody chose differs from run to run: a parameter, an option, a name."""
    names = {_VARYING.sub("", bundle.path) for bundle in bundles}
    return len(names) > max(1, SMALL_SHARE * len(bundles)) or has_chosen_values(bundles)


def has_chosen_values(bundles: Sequence[Bundle]) -> bool:
    """Whether a parameter or an option differs from run to run."""
    values: dict[str, set[str]] = {}
    steps: dict[str, list[float]] = {}
    for bundle in bundles:
        for name, value in _chosen(bundle):
            values.setdefault(name, set()).add(value)
        for name, number in _numbers(bundle):
            steps.setdefault(name, []).append(number)
    ordered = (np.sign(np.diff(each)) for each in steps.values() if len(each) == len(bundles))
    return any(len(each) > 1 for each in values.values()) or any(abs(s.sum()) == len(s) for s in ordered)


def _chosen(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """What the run of a bundle was told; figures, long fractions and paths are not told to it."""
    for findings in flat(bundle.findings):
        for item in findings.parameters:
            text = str(item.value)
            is_result = isinstance(item.value, float) and (names_figure(item.name) or len(text) > MOST_DIGITS)
            if not is_result and "/" not in text:
                yield item.name, text
        for command in findings.commands:
            options = ((name, str(value)) for name, value in command.options.items())
            yield from ((name, text) for name, text in options if "/" not in text)


def _numbers(bundle: Bundle) -> Iterator[tuple[str, float]]:
    """Numbers beside figures: told to the run if they rise or fall from run to run."""
    for findings in flat(bundle.findings):
        for metric in findings.metrics:
            if metric.value is not None and not names_figure(metric.name):
                yield metric.name, metric.value


def are_figures_equal(bundles: Sequence[Bundle]) -> bool:
    """Whether some runs measured the same, to the last digit."""
    figures = {tuple(figure for part in bundle.findings for figure in measured(part)) for bundle in bundles}
    return len(figures) == 1 and figures != {()}

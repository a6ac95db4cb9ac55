"""What is usual in one repository, learned from all its runs together: empirical Bayes. Pure.

Whether stamps mark the start or the end of a run, whether Z means UTC, how soon results are committed, and
how far clocks are off differ from one repository to the next, and no single run shows them. Each run's
evidence is linear in the shares of the first three (a mixture: expectation maximisation with Dirichlet
priors, Dempster, Laird and Rubin 1977), and the clock's scale is marginalised on a grid that all runs
share. A written id of a run teaches about the others, but never about the run itself.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from bisect_parity.evidence.model import TimeKind
from bisect_parity.forked_map import forked_map
from bisect_parity.provenance.clock import DELAYS, MEANINGS, MODES, blurred
from bisect_parity.provenance.held import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.sheet import Sheet

MOST_RUNS = 120
ROUNDS = 5
LEAST_LESSONS = 32  # of fewer, a story is told sooner than a process is forked


@frozen
class Habits:
    """Shares that hold for all runs of a repository; each array sums to 1.

    Attributes:
        modes: origin of a statement -> shares of `clock.MODES`.
        meanings: kind of notation -> shares of `clock.MEANINGS`.
        moments: when runs begin: shares of `clock.DELAYS` for those that follow a checkout closely, then for
            those that begin at any time.
        clock: probabilities of the scales of the clock's error.
    """

    modes: Mapping[str, np.ndarray] = field(eq=False)
    meanings: Mapping[TimeKind, np.ndarray] = field(eq=False)
    moments: np.ndarray = field(eq=False)
    clock: np.ndarray = field(eq=False)


def usual_habits(parameters: Parameters) -> Habits:
    """The habits of a repository of which nothing is known."""
    zones, clock = parameters.zones, parameters.clock
    utc = np.array([1 - zones.local_labelled_utc, zones.local_labelled_utc, 0.0])
    local = np.array(
        [1 - zones.utc_labelled_local - zones.other_zone, zones.utc_labelled_local, zones.other_zone]
    )
    moments = [1 - parameters.recency.at_any_time, parameters.recency.at_any_time]
    others = (1 - clock.exact) / (len(clock.scales) - 1)
    return Habits(
        modes={
            origin: _shares([getattr(source, mode) for mode in MODES])
            for origin, source in parameters.sources.items()
        },
        meanings={TimeKind.UTC: utc, TimeKind.LOCAL: local, TimeKind.DATE: local},
        moments=np.outer(moments, _shares([parameters.delay.odds[kind] for kind in DELAYS])).ravel(),
        clock=np.array([others if scale else clock.exact for scale in clock.scales]),
    )


def _shares(odds: Sequence[float] | np.ndarray) -> np.ndarray:
    weights = np.asarray(odds)
    shares: np.ndarray = weights / weights.sum()
    return shares


def teachers(count: int) -> range:
    """The places of those of `count` runs that the habits are learned from: a bounded number."""
    return range(0, count, -(-count // MOST_RUNS) if count else 1)


def learn(
    sheets: Sequence[Sheet | None], truths: Sequence[int | None], parameters: Parameters
) -> list[Habits]:
    """The habits that hold for each run, by the evidence of the other runs.

    Args:
        sheets: of all runs; those of `teachers` count.
        truths: number of the commit that a program wrote down for each run, or None.
        parameters: of the model.
    """
    usual = usual_habits(parameters)
    able = {place: sheet for place in teachers(len(sheets)) if (sheet := sheets[place]) and sheet.stated}
    same = _same_runs(able)
    pupils = [(place, sheet) for place, sheet in able.items() if same[place] == place]
    learned = forked_map(lambda pair: _Lesson(pair[1], truths[pair[0]], parameters), pupils)
    lessons = {place: lesson for (place, _), lesson in zip(pupils, learned, strict=True)}
    is_right = np.arange(len(usual.clock)) == 0
    stories = forked_map(
        lambda is_so: _Story(evolve(usual, clock=np.where(is_so, usual.clock, 0.0)), lessons, parameters),
        (is_right, ~is_right),
        least=1 if len(lessons) >= LEAST_LESSONS else 2,
    )
    habits = _likelier(stories, None)
    others = {place: _likelier(stories, place) for place in lessons}
    return [others.get(same.get(place, place), habits) for place in range(len(sheets))]


def _same_runs(sheets: Mapping[int, Sheet]) -> dict[int, int]:
    """For each run that one that states the same moment and most besides: its log is no second witness.

    Twice the evidence that a clock is off is no evidence that it is.
    """
    first: dict[tuple[float, TimeKind], int] = {}
    for place in sorted(sheets, key=lambda place: -len(sheets[place].stated)):
        for moment in _moments(sheets[place]):
            first.setdefault(moment, place)
    return {place: min((first[m] for m in _moments(sheet)), default=place) for place, sheet in sheets.items()}


def _moments(sheet: Sheet) -> list[tuple[float, TimeKind]]:
    """What a run's name or program states of its time, to the second: no two runs begin in one."""
    return [
        (stated.statement.seconds, stated.statement.kind)
        for stated in sheet.stated
        if stated.statement.resolution <= 1.0 and stated.statement.origin not in ("prose", "mtime")
    ]


class _Story:
    """What a repository is used to if its clocks are right, or if they are off.

    Each story explains the runs with the habits that suit it best: a clock is not doubted for what a habit
    explains as well.
    """

    def __init__(self, usual: Habits, lessons: Mapping[int, _Lesson], parameters: Parameters) -> None:
        self._usual = usual
        self._parameters = parameters
        self._statistics: dict[int, _Statistics] = {}
        self._total = _Statistics.none(usual)
        habits = evolve(usual, clock=_shares(usual.clock))
        for _ in range(ROUNDS):
            self._statistics = {place: lesson.study(habits) for place, lesson in lessons.items()}
            self._total = sum(self._statistics.values(), start=_Statistics.none(usual))
            habits, _ = self.without(None)

    def without(self, place: int | None) -> tuple[Habits, float]:
        """The habits, and the log evidence of the story, by the evidence of all runs but one."""
        statistics = self._total if place is None else self._total - self._statistics[place]
        return _updated(self._usual, statistics, self._parameters)


def _likelier(stories: Sequence[_Story], place: int | None) -> Habits:
    """The habits of the likelier story, with what each says of the clock, by its evidence."""
    found = [story.without(place) for story in stories]
    evidence = np.array([log_evidence for _, log_evidence in found])
    shares = _shares(np.exp(evidence - evidence.max()))
    likelier, _ = found[int(evidence.argmax())]
    clock = sum(share * habits.clock for share, (habits, _) in zip(shares, found, strict=True))
    return evolve(likelier, clock=np.asarray(clock))


@frozen
class _Statistics:
    """The evidence of one run under some habits, or of several together.

    Attributes:
        modes, meanings: expected counts, for each origin and notation; those of `Habits` in its order.
        moments: expected counts.
        clock: log evidence of each scale.
    """

    modes: np.ndarray
    meanings: np.ndarray
    moments: np.ndarray
    clock: np.ndarray

    @classmethod
    def none(cls, habits: Habits) -> _Statistics:
        """The evidence of no run."""
        return cls(
            np.zeros((len(habits.modes), len(MODES))),
            np.zeros((len(habits.meanings), len(MEANINGS))),
            np.zeros_like(habits.moments),
            np.zeros_like(habits.clock),
        )

    def __add__(self, other: _Statistics) -> _Statistics:
        return _Statistics(
            self.modes + other.modes,
            self.meanings + other.meanings,
            self.moments + other.moments,
            self.clock + other.clock,
        )

    def __sub__(self, other: _Statistics) -> _Statistics:
        return _Statistics(
            self.modes - other.modes,
            self.meanings - other.meanings,
            self.moments - other.moments,
            self.clock - other.clock,
        )


class _Lesson:
    """One run, with the clock's time before any statement: for each scale and kind of moment."""

    def __init__(self, sheet: Sheet, truth: int | None, parameters: Parameters) -> None:
        self._sheet = sheet
        prior = sheet.prior
        if truth is not None and truth in sheet.commits:
            right = parameters.records.machine
            wrong = (1 - right) / parameters.records.alternatives
            prior = prior * (right * sheet.share_of(truth) + wrong)
        widest_first = blurred(prior, sheet.middles, sheet.widths, parameters.clock)
        self._before = np.array([prior, *reversed(list(widest_first))])  # scale, moment, cell

    def study(self, habits: Habits) -> _Statistics:
        """The expectations of one run under `habits`."""
        mixtures = [stated.mixture(habits) for stated in self._sheet.stated]
        likelihood = functools.reduce(operator.mul, mixtures)
        evidence = self._before @ likelihood
        joint = evidence * habits.moments
        total = np.maximum(joint.sum(axis=1), SMALLEST)
        of_scale = habits.clock / total
        weights = (of_scale[:, None] * habits.moments).ravel()
        after = weights @ self._before.reshape(len(weights), -1) * likelihood
        modes = np.zeros((len(habits.modes), len(MODES)))
        meanings = np.zeros((len(habits.meanings), len(MEANINGS)))
        origins, kinds = list(habits.modes), list(habits.meanings)
        for stated, mixture in zip(self._sheet.stated, mixtures, strict=True):
            counts = stated.counts(habits, after / np.maximum(mixture, SMALLEST))
            if stated.statement.marks == "unknown":
                modes[origins.index(stated.statement.origin)] += counts.sum(axis=1)
            meanings[kinds.index(stated.statement.kind)] += counts.sum(axis=0)
        return _Statistics(modes, meanings, of_scale @ joint, np.log(total))


def _updated(usual: Habits, statistics: _Statistics, parameters: Parameters) -> tuple[Habits, float]:
    """The most probable shares, the probabilities of the scales, and the log evidence, by the runs."""
    strength = parameters.adaptation.runs

    def mean(prior: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return _shares(strength * prior + counts)

    def modes(prior: np.ndarray, counts: np.ndarray) -> np.ndarray:
        # that clocks are often far off is for the shared scale to say
        *_, wide = prior
        return np.append((1 - wide) * mean(prior[:-1], counts[:-1]), wide)

    logs = np.log(np.maximum(usual.clock, SMALLEST)) + statistics.clock
    clock = np.exp(logs - logs.max())
    habits = evolve(
        usual,
        modes={
            origin: modes(prior, counts)
            for (origin, prior), counts in zip(usual.modes.items(), statistics.modes, strict=True)
        },
        meanings={
            kind: mean(prior, counts)
            for (kind, prior), counts in zip(usual.meanings.items(), statistics.meanings, strict=True)
        },
        moments=mean(usual.moments, statistics.moments),
        clock=_shares(clock),
    )
    return habits, float(logs.max() + np.log(clock.sum()))

"""Can code explain why some runs are good and others bad? Told without running anything. Pure."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.diagnosis.exact import threshold_p
from bisect_parity.evidence.formats.record import CHANGES, NO_CHANGES
from bisect_parity.evidence.verdict import Verdict, leaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.diagnosis.series import Run
    from bisect_parity.history.interval import Interval

RULED_OUT = 0.05  # code whose chance to explain the verdicts is below this is called ruled out
NEARLY_CERTAIN = 0.95
STEPS_ASIDE = 10  # commits that one which cannot be named may stand away from those that can


@frozen
class Transition:
    """Two runs that follow each other in time, and whose verdicts differ; positions of runs."""

    before: int
    after: int


@frozen
class Sandwich:
    """A run between two of the other verdict that ran the same code: positions of runs, and its chance."""

    before: int
    run: int
    after: int
    probability: float


@frozen
class SameFigure:
    """A metric that is equal to the last digit in runs of different code states."""

    metric: str
    value: float
    verdict: Verdict
    runs: tuple[int, ...]
    code_states: int


@frozen
class Premise:
    """What the code states and the time line say.

    Attributes:
        can_explain: the chance that no good run ran the same code as a bad one, over all candidate commits.
            A commit that cannot be named counts as different code, unless none of the next `STEPS_ASIDE`
            commits would change the code either: they change it as often as those to a run of the other
            verdict do (by the rule of succession).
        equal: the chance, for each good run, that some bad run ran its code; by position.
        known: how many contrasted runs have any known code state.
        code_states: how many different ones the most probable commits have.
        transitions: the flips of the verdict along time.
        p_order: exact p of the best point in time to separate good from bad, as a bisection presumes.
        sandwiches: good runs between bad ones of equal code, and bad ones between good ones.
        same_figures: metrics that do not depend on the code.
    """

    can_explain: float
    equal: dict[int, float]
    known: int
    code_states: int
    transitions: tuple[Transition, ...]
    p_order: float
    sandwiches: tuple[Sandwich, ...]
    same_figures: tuple[SameFigure, ...]

    @property
    def is_ruled_out(self) -> bool:
        """Whether code cannot explain the verdicts."""
        return self.can_explain < RULED_OUT


def premise(
    runs: Sequence[Run],
    good: Sequence[int],
    bad: Sequence[int],
    intervals: Mapping[tuple[int, int], Interval],
) -> Premise:
    """Look at code states and times.

    Args:
        runs: by time.
        good, bad: positions of the runs that are contrasted.
        intervals: what lies between good and bad runs, by their positions.
    """
    chances = {at: _with_unnamed(runs[at], _unchanged(at, intervals)) for at in (*good, *bad)}
    can_explain, equal, in_no_bad = 1.0, {}, _in_none([chances[at] for at in bad])
    for at in good:
        apart = _apart(chances[at], in_no_bad)
        equal[at] = 1.0 - apart
        can_explain *= apart
    contrasted = sorted((*good, *bad))
    dated = [at for at in contrasted if runs[at].time]
    is_good = set(good)
    transitions = [
        Transition(one, other)
        for one, other in itertools.pairwise(dated)
        if (one in is_good) != (other in is_good)
    ]
    tops = {state + uncommitted(runs[at]) for at in contrasted if (state := runs[at].resolution.code_state)}
    order = [int(at in is_good) for at in dated]
    return Premise(
        can_explain=can_explain,
        equal=equal,
        known=sum(bool(chances[at]) for at in contrasted),
        code_states=len(tops),
        transitions=tuple(transitions),
        p_order=threshold_p(order, [1] * len(order)) if len(set(order)) == 2 else 1.0,
        sandwiches=tuple(_sandwiches(dated, is_good, chances)),
        same_figures=tuple(_same_figures(runs, contrasted)),
    )


def uncommitted(run: Run) -> str:
    """What is recorded of the changes that no commit holds; empty where there are none, or nothing is."""
    found = (
        item.value
        for entry in run.entries
        for findings in entry.bundle.findings
        for item in findings.environment
        if item.name == CHANGES
    )
    return next((f"+{value}" for value in found if value != NO_CHANGES), "")


def state_chances(run: Run) -> dict[str, float]:
    """The chance of each code state that the run can have had; they may add up to less than 1.

    With changes that no commit holds, it is another one than that of the commit.
    """
    item = run.resolution
    found: dict[str, float] = {}
    for candidate in item.candidates:
        if candidate.code_state:
            found[candidate.code_state] = found.get(candidate.code_state, 0.0) + candidate.probability
    if item.code_state:  # over all commits, also those that are not listed
        found[item.code_state] = max(found.get(item.code_state, 0.0), item.code_state_probability)
    changes = uncommitted(run)
    return {f"{state}{changes}": chance for state, chance in found.items()}


def _unchanged(at: int, intervals: Mapping[tuple[int, int], Interval]) -> float:
    """The chance that some commits in a row beside a run do not change its code."""
    near = [item for pair, item in intervals.items() if at in pair]
    rate = min(((item.touching + 1) / (item.commits + 2) for item in near), default=1.0)
    return float((1 - rate) ** STEPS_ASIDE)


def _with_unnamed(run: Run, unchanged: float) -> dict[str, float]:
    """The chance of each code state, where a commit that cannot be named may hold the most probable one."""
    found, top = state_chances(run), run.resolution.code_state
    if top:
        found[f"{top}{uncommitted(run)}"] += max(0.0, 1.0 - sum(found.values())) * unchanged
    return found


def _in_none(others: Sequence[dict[str, float]]) -> dict[str, float]:
    """The chance of each code state that none of some runs had it."""
    none: dict[str, float] = {}
    for state, chance in itertools.chain.from_iterable(other.items() for other in others):
        none[state] = none.get(state, 1.0) * (1.0 - min(1.0, chance))
    return none


def _apart(chances: dict[str, float], in_none: dict[str, float]) -> float:
    """The chance that a run shares its code with none of the others."""
    unknown = max(0.0, 1.0 - sum(chances.values()))
    return unknown + sum(chance * in_none.get(state, 1.0) for state, chance in chances.items())


def _sandwiches(
    contrasted: Sequence[int], is_good: set[int], chances: dict[int, dict[str, float]]
) -> Iterator[Sandwich]:
    for place, at in enumerate(contrasted):
        earlier = (x for x in reversed(contrasted[:place]) if (x in is_good) != (at in is_good))
        later = (x for x in contrasted[place + 1 :] if (x in is_good) != (at in is_good))
        one, other = next(earlier, None), next(later, None)
        if one is not None and other is not None:
            chance = sum(
                p * chances[one].get(state, 0.0) * chances[other].get(state, 0.0)
                for state, p in chances[at].items()
            )
            if chance > RULED_OUT:
                yield Sandwich(one, at, other, min(chance, 1.0))


def _same_figures(runs: Sequence[Run], contrasted: Sequence[int]) -> Iterator[SameFigure]:
    groups: dict[tuple[str, float, Verdict], list[int]] = {}
    for at in contrasted:
        for metric in runs[at].judged:
            if metric.value is not None and math.isfinite(metric.value):
                groups.setdefault((leaf(metric.name), metric.value, runs[at].verdict.verdict), []).append(at)
    for (name, value, verdict), members in groups.items():
        sure = {
            runs[at].resolution.code_state
            for at in members
            if runs[at].resolution.code_state_probability >= NEARLY_CERTAIN
        }
        if len(sure - {""}) > 1 and value != round(value):  # 0 and 1 are equal for other reasons
            yield SameFigure(name, value, verdict, tuple(dict.fromkeys(members)), len(sure - {""}))

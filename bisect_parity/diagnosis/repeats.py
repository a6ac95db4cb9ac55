"""Which good and bad runs are alike in all that is recorded, and whether figures repeat. Pure."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from bisect_parity.diagnosis.attributes import Attribute, Kind
from bisect_parity.diagnosis.contrast import gap_rule
from bisect_parity.diagnosis.premise import state_chances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.diagnosis.series import Run

ALIKE = 0.9  # chance of equal code from which two runs are called repetitions
MOSTLY = 0.5
MANY = 3
_TIME = re.compile(
    r"(?i)(?:.*[_.\s-])?(?:time|seconds|secs|duration|elapsed|runtime|wall|mem|memory)(?:[_.\s-].*)?"
)


@frozen
class Repeats:
    """Runs that repeat each other.

    Attributes:
        equal: by kind, the first good and bad run that agree in every attribute which both recorded.
        compared: by kind, the greatest number of attributes that such a pair, or else any pair, recorded.
        alike: pairs with the same code, and the same recorded parameters and environment.
        flips: how often the verdict flips, along time, among runs that are alike.
        is_deterministic: whether the figures of most runs are found, to the last digit, in another run of the
            same verdict.
        is_gapless: whether good and bad figures lie no farther apart than figures of one verdict.
        is_many: whether there are runs enough of both verdicts for a gap to show.
    """

    equal: dict[Kind, tuple[int, int]]
    compared: dict[Kind, int]
    alike: tuple[tuple[int, int], ...]
    flips: int
    is_deterministic: bool
    is_gapless: bool
    is_many: bool = False

    @staticmethod
    def is_time(names: Sequence[str]) -> bool:
        """Whether all of these are times or memory: what a run took, and not what it gave."""
        return all(_TIME.fullmatch(name.rpartition(".")[2]) for name in names)


def repeats(
    runs: Sequence[Run], attributes: Sequence[Attribute], good: Sequence[int], bad: Sequence[int]
) -> Repeats:
    """Compare every good run with every bad one.

    Args:
        runs: by time.
        attributes: of all runs.
        good, bad: positions of the runs that are contrasted.
    """
    equal: dict[Kind, tuple[int, int]] = {}
    compared: dict[Kind, int] = {}
    alike = _same_code(runs, good, bad)
    is_known = np.zeros_like(alike)
    for kind in Kind:
        own = [
            a
            for a in attributes
            if a.kind is kind and not (kind is Kind.REFERENCE and Repeats.is_time([a.name]))
        ]
        known, differing = _shared(own, good, bad)
        same = (known > 0) & (differing == 0)
        if same.any():
            row, column = divmod(int(same.argmax()), len(bad))
            equal[kind] = good[row], bad[column]
        compared[kind] = int((known[same] if same.any() else known).max(initial=0))
        if kind in (Kind.PARAMETERS, Kind.ENVIRONMENT):
            alike &= differing == 0
            is_known |= known > 0
    pairs = tuple((good[row], bad[column]) for row, column in np.argwhere(alike & is_known).tolist())
    is_many = min(len(good), len(bad)) >= MANY
    return Repeats(equal, compared, pairs, _flips(pairs), *_figures(runs, good, bad), is_many)


def _same_code(runs: Sequence[Run], good: Sequence[int], bad: Sequence[int]) -> np.ndarray:
    """Whether a good and a bad run ran the same code, nearly for sure; shape (good, bad), bool."""
    places: dict[str, list[int]] = {}
    chances: dict[str, list[float]] = {}
    for column, at in enumerate(bad):
        for state, chance in state_chances(runs[at]).items():
            places.setdefault(state, []).append(column)
            chances.setdefault(state, []).append(chance)
    found = np.zeros((len(good), len(bad)))
    for row, at in enumerate(good):
        for state, chance in state_chances(runs[at]).items():
            if state in places:
                found[row, places[state]] += chance * np.array(chances[state])
    return found > ALIKE


def _shared(
    attributes: Sequence[Attribute], good: Sequence[int], bad: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """How many attributes each pair recorded, and how many of these differ; shape (good, bad), int."""
    known = np.zeros((len(good), len(bad)), int)
    differing = np.zeros_like(known)
    for attribute in attributes:
        codes = np.array([-1 if code is None else code for code in attribute.partition()])
        here, there = codes[list(good)][:, None], codes[list(bad)][None, :]
        both = (here >= 0) & (there >= 0)
        known += both
        differing += both & (here != there)
    return known, differing


def _flips(alike: Sequence[tuple[int, int]]) -> int:
    """The most flips along time in a set of runs that hang together by being alike; positions are by time."""
    head: dict[int, int] = {}

    def find(at: int) -> int:
        while head.setdefault(at, at) != at:
            head[at] = head[head[at]]
            at = head[at]
        return at

    for one, other in alike:
        head[find(one)] = find(other)
    goods = {one for one, _ in alike}
    groups: dict[int, list[int]] = {}
    for at in sorted(head):
        groups.setdefault(find(at), []).append(at)
    return max(
        (
            sum((a in goods) != (b in goods) for a, b in itertools.pairwise(group))
            for group in groups.values()
        ),
        default=0,
    )


def _figures(runs: Sequence[Run], good: Sequence[int], bad: Sequence[int]) -> tuple[bool, bool]:
    """Whether figures repeat to the last digit, and whether no gap lies between good and bad ones."""
    names = [{m.name for m in runs[at].judged if _is_finite(m.value)} for at in (*good, *bad)]
    common = sorted(set.intersection(*names)) if names else []
    if not (common and good and bad):
        return False, False
    values = {at: {m.name: m.value for m in runs[at].judged}[common[0]] for at in (*good, *bad)}
    repeated = 0
    for side in (good, bad):
        counts = Counter(values[at] for at in side)
        repeated += sum(
            count for value, count in counts.items() if count > 1 and value != round(value or 0.0)
        )
    gap, inner = gap_rule([values[at] or 0.0 for at in good], [values[at] or 0.0 for at in bad])
    return repeated > MOSTLY * len(values), gap is None or gap <= inner


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)

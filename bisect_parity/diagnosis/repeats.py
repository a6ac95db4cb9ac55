"""Which good and bad runs are alike in all that is recorded, and whether figures repeat. Pure."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.diagnosis.attributes import Attribute, Kind
from bisect_parity.diagnosis.contrast import gap_rule
from bisect_parity.diagnosis.premise import state_chances
from bisect_parity.params.compare import same_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.diagnosis.series import Run

__all__ = ["Repeats", "repeats"]

ALIKE = 0.9  # chance of equal code from which two runs are called repetitions
MOSTLY = 0.5
_TIME = re.compile(
    r"(?i)(?:.*[_.\s-])?(?:time|seconds|secs|duration|elapsed|runtime|wall|mem|memory)(?:[_.\s-].*)?"
)


@frozen
class Repeats:
    """Runs that repeat each other.

    Attributes:
        equal: by kind, the pairs of a good and a bad run that agree in every attribute which both recorded.
        compared: by kind, the greatest number of attributes that such a pair, or else any pair, recorded.
        alike: pairs with the same code, and the same recorded parameters and environment.
        flips: how often the verdict flips, along time, among runs that are alike.
        is_deterministic: whether the figures of most runs are found, to the last digit, in another run of the
            same verdict.
        is_gapless: whether good and bad figures lie no farther apart than figures of one verdict.
    """

    equal: dict[Kind, tuple[tuple[int, int], ...]]
    compared: dict[Kind, int]
    alike: tuple[tuple[int, int], ...]
    flips: int
    is_deterministic: bool
    is_gapless: bool

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
    pairs = list(itertools.product(good, bad))
    equal: dict[Kind, tuple[tuple[int, int], ...]] = {}
    compared: dict[Kind, int] = {}
    for kind in Kind:
        own = [
            a
            for a in attributes
            if a.kind is kind and not (kind is Kind.REFERENCE and Repeats.is_time([a.name]))
        ]
        shared = {pair: _shared(own, *pair) for pair in pairs}
        equal[kind] = tuple(pair for pair, (known, differing) in shared.items() if known and not differing)
        counted = [shared[pair][0] for pair in equal[kind] or pairs]
        compared[kind] = max(counted, default=0)
    chances = {at: state_chances(runs[at]) for at in (*good, *bad)}
    inputs = set(equal[Kind.PARAMETERS]) | set(equal[Kind.ENVIRONMENT])
    alike = tuple(
        (one, other)
        for one, other in sorted(inputs)
        if sum(p * chances[other].get(state, 0.0) for state, p in chances[one].items()) > ALIKE
        and all(
            (one, other) in equal[kind]
            or not _shared([a for a in attributes if a.kind is kind], one, other)[0]
            for kind in (Kind.PARAMETERS, Kind.ENVIRONMENT)
        )
    )
    return Repeats(equal, compared, alike, _flips(alike), *_figures(runs, good, bad))


def _shared(attributes: Sequence[Attribute], one: int, other: int) -> tuple[int, int]:
    """How many attributes both recorded, and how many of these differ."""
    known = differing = 0
    for attribute in attributes:
        first, second = attribute.values[one], attribute.values[other]
        if first is not None and second is not None:
            known += 1
            differing += not same_value(first, second)
    return known, differing


def _flips(alike: Sequence[tuple[int, int]]) -> int:
    """The most flips along time in a set of runs that hang together by being alike; positions are by time."""
    groups: list[dict[int, bool]] = []
    for one, other in alike:
        touched = [group for group in groups if one in group or other in group]
        merged = {one: True, other: False}
        for group in touched:
            merged |= group
            groups.remove(group)
        groups.append(merged)
    counts = [sum(group[a] != group[b] for a, b in itertools.pairwise(sorted(group))) for group in groups]
    return max(counts, default=0)


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

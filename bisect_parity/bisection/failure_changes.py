"""Where commits begin to be bad for another reason than the bad ones before them. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.bisection.neighbours import neighbours
from bisect_parity.parity.failure_kinds import way_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bisect_parity.bisection.graph import RangeGraph

__all__ = ["FailureChange", "failure_changes"]


@frozen
class FailureChange:
    """Two commits that are bad for different reasons, and none between them that was tested.

    Attributes:
        before, after: full ids; `after` descends from `before`.
        old, new: the reasons of their verdicts.
        untested: how many commits that change the code lie between them.
    """

    before: str
    after: str
    old: str
    new: str
    untested: int


def failure_changes(graph: RangeGraph, start: str, reasons: Mapping[str, str]) -> list[FailureChange]:
    """Every change of the reason between bad commits, in the order of the commits.

    A merge is bad for another reason only if none of its sides that are bad is so for the same.

    Args:
        graph: of the range.
        start: the commit before it.
        reasons: of the commits that change the code, and of `start`, where they have a verdict; empty where
            they are good.
    """
    found = []
    for after, group in itertools.groupby(neighbours(graph, start, reasons.keys()), key=lambda pair: pair[1]):
        new = reasons[after]
        bad = {name: untested for name, _, untested in group if reasons.get(name)}
        if new and bad and way_of(new) not in {way_of(reasons[name]) for name in bad}:
            before = min(bad, key=lambda name: bad[name])
            found.append(FailureChange(before, after, reasons[before], new, bad[before]))
    return found

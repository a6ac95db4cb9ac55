"""Are the bad runs bad in one way, or in several, each of which has a cause of its own? Pure."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.diagnosis.series import Run

MOST_KINDS = 4
ALIKE = 0.1  # of how far the worse of two figures lies from 1
ROUNDING = 1e-4


def bad_kinds(runs: Sequence[Run], bad: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The bad runs by their figures, where these are of a few kinds that follow each other in time; else ().

    One bug, or one library, gives the same figures again and again. Where each run has others, or kinds
    alternate, chance is as good an explanation.

    Args:
        runs: by time.
        bad: positions of the bad ones.
    """
    figures = {at: figures_of(runs[at]) for at in bad}
    kinds: list[list[int]] = []
    for at in sorted(bad):
        own = next((kind for kind in kinds if _are_alike(figures[kind[0]], figures[at])), None)
        if own is None:
            kinds.append([at])
        else:
            own.append(at)
    is_in_turn = all(one[-1] < other[0] for one, other in itertools.pairwise(kinds))
    is_repeated = any(len(kind) > 1 for kind in kinds)
    if not (1 < len(kinds) <= MOST_KINDS and is_in_turn and is_repeated):
        return ()
    return tuple(tuple(kind) for kind in kinds)


def figures_of(run: Run) -> dict[str, float | None]:
    """What a run was judged by, by name."""
    return {metric.name.rpartition(".")[2]: metric.value for metric in run.judged}


def _are_alike(one: Mapping[str, float | None], other: Mapping[str, float | None]) -> bool:
    common = one.keys() & other.keys()
    return bool(common) and all(_is_near(one[name], other[name]) for name in common)


def _is_near(one: float | None, other: float | None) -> bool:
    if one is None or other is None or not (math.isfinite(one) and math.isfinite(other)):
        return one == other or not any(value is not None and math.isfinite(value) for value in (one, other))
    return abs(one - other) <= ALIKE * max(abs(1.0 - one), abs(1.0 - other)) + ROUNDING

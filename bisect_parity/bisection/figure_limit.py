"""The figures of tests: the limit between those of both ends, and how an answer changed them. Pure.

The limit is where the share of bad figures beyond it, less that of good ones, is greatest (W. J. Youden,
Index for rating diagnostic tests, Cancer 3 (1950) 32).
"""

from __future__ import annotations

import itertools
import statistics
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.wording import DIGITS, digits_apart

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bisect_parity.bisection.model import Check


@frozen
class FigureLimit:
    """A limit, and how well it tells good figures from bad ones.

    Attributes:
        limit: between them.
        better: which figures are good, "lower" or "higher" ones.
        separation: share of the bad figures that are beyond it, less that of the good ones; 0 to 1.
        varies: whether two figures of one end differ.
    """

    limit: float
    better: str
    separation: float
    varies: bool


def limit_between(good: Sequence[float], bad: Sequence[float]) -> FigureLimit:
    """The limit that tells the figures of both ends apart best; of equal ones that in the widest gap.

    Args:
        good, bad: finite figures, at least one of each.
    """
    is_lower = statistics.median(good) <= statistics.median(bad)
    values = sorted({*good, *bad})
    gaps = list(itertools.pairwise(values)) or [(values[0], values[0])]

    def separation(low: float) -> float:
        above = sum(value > low for value in bad) / len(bad) - sum(value > low for value in good) / len(good)
        return above if is_lower else -above

    low, high = max(gaps, key=lambda gap: (separation(gap[0]), gap[1] - gap[0]))
    limit = short_between(low, high)
    return FigureLimit(
        limit=high if limit == low and not is_lower else limit,  # neighbours: nothing lies between them
        better="lower" if is_lower else "higher",
        separation=max(separation(low), 0.0),
        varies=len(set(good)) > 1 or len(set(bad)) > 1,
    )


def figure_change(checks: Sequence[Check], commit: str, parents: Sequence[str]) -> tuple[str, ...]:
    """How the figure of a commit differs from that of its parents; nothing where tests have none.

    Args:
        checks: all that were made.
        commit, parents: full ids.
    """
    old, new = _figures(checks, parents), _figures(checks, [commit])
    if not old or not new:
        return ()
    digits = digits_apart(statistics.median(old), statistics.median(new))
    return (f"Its figure is {_summary(new, digits)}; before it, {_summary(old, digits)}.",)


def _figures(checks: Sequence[Check], commits: Collection[str]) -> list[float]:
    found = [check.document.get("figure") for check in checks if check.commit in commits]
    return [value for value in found if isinstance(value, float | int)]


def _summary(figures: Sequence[float], digits: int) -> str:
    median = f"{statistics.median(figures):.{digits}g}"
    if len(set(figures)) == 1:
        return median
    return f"{median} (the median of {len(figures)}, {range_texts(figures)[0]})"


def range_texts(*groups: Sequence[float]) -> list[str]:
    """The least and the greatest of each group of figures, with digits enough to tell all of these apart."""
    ends = [(min(figures), max(figures)) for figures in groups]
    digits = digits_apart(*itertools.chain.from_iterable(ends))
    return [
        f"{low:.{digits}g}" if low == high else f"{low:.{digits}g} to {high:.{digits}g}" for low, high in ends
    ]


def short_between(low: float, high: float) -> float:
    """A number of few digits in the middle half of an interval."""
    middle, quarter = low + (high - low) / 2, (high - low) / 4
    rounded = (float(f"{middle:.{digits}g}") for digits in range(1, DIGITS))
    return next((value for value in rounded if abs(value - middle) <= quarter), middle)

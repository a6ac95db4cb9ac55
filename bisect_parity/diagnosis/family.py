"""How often any of all that was tried would sort the runs as well by chance. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from attrs import evolve, frozen

from bisect_parity.diagnosis.attributes import Attribute, Grouped
from bisect_parity.diagnosis.pairs import LEVEL

NO_EVIDENCE = 1 / math.e  # from this p on, the bound of its Bayes factor is 1


@frozen
class Hypothesis(Grouped):
    """Attributes that sort the runs in the same way: one hypothesis, whatever their number.

    Attributes:
        attributes: all of them; the first one speaks for the others.
        kinds: what they are attributes of.
        good, bad: how many runs of each verdict recorded it.
        test: "category" (Fisher, Freeman and Halton), "threshold" (Smirnov) or "window" (two thresholds).
        p: two-sided, of the runs that recorded it.
        p_family: the chance that any attribute that was tried sorts a random labelling as well or better.
        is_counted: whether p is exact; else it is from a sample of labelings.
        separates: whether no good run has a value that a bad run has; for measured figures, the gap must
            also be wider than any gap within the two groups.
        threshold: between the values of good and bad runs, where one number separates them.
        misses: how many runs have another verdict than most of their value, or of their side of a limit.
        why: why it does not separate, in words; may be empty.
    """

    attributes: tuple[Attribute, ...]
    good: int
    bad: int
    test: str
    p: float
    p_family: float
    is_counted: bool
    separates: bool
    threshold: float | None = None
    misses: int = 0
    why: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its attributes."""
        return tuple(attribute.name for attribute in self.attributes)

    @property
    def is_by_order(self) -> bool:
        """Whether it separates by one limit or two, and not by its values."""
        return self.threshold is not None or self.test == "window"


@frozen
class Test:
    """A hypothesis before it is known how many others there are.

    Attributes:
        codes: which category each run falls into, in the order of the values where they are numbers; -1 where
            it is not recorded.
    """

    hypothesis: Hypothesis
    codes: tuple[int, ...]


def ranked(tests: Sequence[Test], ways: np.ndarray, least: float) -> Iterator[Hypothesis]:
    """The hypotheses with the p of their family: Westfall and Young's minimum of p over random labelings.

    Values of which nearly every run has another one separate as well by chance: where the runs could show
    more (`least` is the least p of any test), that is no separation.
    """
    if not tests:
        return
    table = np.stack([_labelled_p(test, ways) for test in tests])
    lowest = table.min(axis=0)
    found = []
    for test, own in zip(tests, table, strict=True):
        family = float(np.mean(lowest <= own[0] + 1e-12))
        p = test.hypothesis.p if test.hypothesis.is_counted else float(own[0])
        if test.hypothesis.is_counted:  # a sample cannot show what is rarer than one of its labelings
            family = min(family, p * len(tests))
        family = max(family, p)
        hypothesis = evolve(test.hypothesis, p=p, p_family=family)
        if hypothesis.separates and least <= LEVEL < p and family >= NO_EVIDENCE:
            hypothesis = evolve(hypothesis, separates=False, why="chance would separate them as well")
        found.append(hypothesis)
    yield from sorted(found, key=lambda h: (not h.separates, h.p_family, h.p, -h.good - h.bad, h.names))


def _labelled_p(test: Test, ways: np.ndarray) -> np.ndarray:
    """The p that each labelling would have got, from the same statistic over all of them; shape (ways,)."""
    codes = np.array(test.codes)
    size = np.bincount(codes[codes >= 0])
    goods = np.stack([ways[:, codes == code].sum(axis=1) for code in range(len(size))], axis=1)
    total = goods.sum(axis=1)
    if test.hypothesis.test != "category":
        below, passed = goods.cumsum(axis=1), size.cumsum()
        bads = size.sum() - total
        scale = np.maximum(total * bads, 1)[:, None]
        strange = np.abs(below * bads[:, None] - (passed - below) * total[:, None]) / scale
        statistic = -strange.max(axis=1)
    else:
        logs = np.array([math.lgamma(k + 1) for k in range(int(size.sum()) + 1)])
        tables = (logs[size] - logs[goods] - logs[size - goods]).sum(axis=1)
        statistic = tables - (logs[size.sum()] - logs[total] - logs[size.sum() - total])
    rounded = np.round(statistic, 9)
    extreme: np.ndarray = np.searchsorted(np.sort(rounded), rounded, side="right") / len(rounded)
    return extreme

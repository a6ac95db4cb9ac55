"""What separates good runs from bad ones: exact tests, and an honest count of what was tried. Pure."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

from attrs import evolve, frozen

from bisect_parity.diagnosis.attributes import Attribute, Kind
from bisect_parity.diagnosis.exact import (
    LEAST_P,
    apart_p,
    exact_p,
    labelings,
    least_p,
    pure_categories,
    pure_thresholds,
    pure_windows,
    shifted_p,
    threshold_misses,
)
from bisect_parity.diagnosis.family import Hypothesis, Test, ranked
from bisect_parity.diagnosis.lines import Line
from bisect_parity.diagnosis.omissions import NOT_LISTED
from bisect_parity.diagnosis.pairs import LEVEL, Pair, separating_pairs
from bisect_parity.diagnosis.triples import Triple
from bisect_parity.params.noise import names_the_run

DECADE = 10.0
WINDOW_LEVEL = 0.01  # numbers that grow with time have a window wherever the verdict returns to what it was


@frozen
class Contrast:
    """Good runs against bad ones.

    Attributes:
        good, bad: positions of the runs.
        least_p: that any test of so many runs can reach.
        tried: how many attributes differ between runs and are recorded on both sides.
        hypotheses: of what the runs were given and where they ran, most telling first.
        measured: of what came out of the runs.
        pairs: of what the runs were given and where they ran, where two separate only together.
        one_sided: attributes that only good or only bad runs recorded: they cannot be compared.
        every_run: names and numbers of runs, another one in every run: they carry no information.
        equal: attributes with one value in all runs that recorded them.
        is_exact: whether all labelings were counted for `p_family`; else a sample of them.
    """

    good: tuple[int, ...]
    bad: tuple[int, ...]
    least_p: float
    tried: int = 0
    hypotheses: tuple[Hypothesis, ...] = ()
    measured: tuple[Hypothesis, ...] = ()
    pairs: tuple[Pair | Line | Triple, ...] = ()
    one_sided: tuple[Attribute, ...] = ()
    every_run: tuple[Attribute, ...] = ()
    equal: tuple[Attribute, ...] = ()
    is_exact: bool = True

    def separating(self, kind: Kind) -> tuple[Hypothesis, ...]:
        """The hypotheses of a kind that separate, most telling first."""
        return tuple(h for h in (*self.hypotheses, *self.measured) if h.separates and kind in h.kinds)

    @property
    def is_told_apart(self) -> bool:
        """Whether one thing that was given separates all runs, and would hardly do so by chance."""
        return any(h.separates and h.p_family <= LEVEL for h in self.hypotheses)

    def paired(self, kind: Kind) -> tuple[Pair | Line | Triple, ...]:
        """The pairs with an attribute of a kind, most telling first."""
        return tuple(pair for pair in self.pairs if kind in pair.kinds)

    def leaning(self, kind: Kind) -> tuple[Hypothesis, ...]:
        """What goes with the verdict more than by chance, but not in all runs, where nothing says more."""
        if self.is_told_apart:
            return ()
        tried = len(self.hypotheses)
        return tuple(
            h
            for h in self.hypotheses
            if h.p_family <= LEVEL
            and not h.separates
            and kind in h.kinds
            and all(_does_as_well(h, pair, tried) for pair in self.pairs[:1])
        )

    def shifted(self, hypothesis: Hypothesis) -> float:
        """How often the verdicts, shifted along time, would go with an attribute as well."""
        by_time = sorted((*self.good, *self.bad))
        first, is_ordered = hypothesis.attributes[0], hypothesis.test == "threshold"
        codes = _order(first, by_time) if is_ordered else first.partition(by_time)
        known = [-1 if code is None else code for code in codes or ()]
        return shifted_p(known, [at in self.good for at in by_time], is_ordered=is_ordered)

    def piled_up(self, hypothesis: Hypothesis) -> float:
        """That chance for a file that came after some runs: where files pile up, one fits any stretch."""
        return self.shifted(hypothesis) if NOT_LISTED in hypothesis.attributes[0].values else 0.0

    def coverage(self, kind: Kind, compared: int) -> float:
        """The share that `compared` attributes are of all of their kind that any two runs recorded."""
        tested = [a for h in (*self.hypotheses, *self.measured) for a in h.attributes]
        known = [*tested, *self.one_sided, *self.equal]
        return compared / max(sum(a.kind is kind for a in known), compared, 1)


def contrast(attributes: Sequence[Attribute], good: Sequence[int], bad: Sequence[int]) -> Contrast:
    """Test every attribute.

    Args:
        attributes: of all runs.
        good, bad: positions of the runs that are contrasted; others are left out.
    """
    positions = (*good, *bad)
    is_good = [True] * len(good) + [False] * len(bad)
    least = max(float(least_p(len(good), len(bad))), LEAST_P) if good and bad else 1.0
    result = Contrast(tuple(good), tuple(bad), least)
    if not (good and bad):
        return result
    tested: list[tuple[Attribute, tuple[int | None, ...]]] = []
    one_sided, every_run, equal = [], [], []
    for attribute in attributes:
        columns = attribute.partition(positions)
        known = [(column, side) for column, side in zip(columns, is_good, strict=True) if column is not None]
        distinct = {column for column, _ in known}
        if len({side for _, side in known}) < 2:
            if known:
                one_sided.append(attribute)
        elif len(distinct) == 1:
            equal.append(attribute)
        elif len(distinct) == len(known) > 2 and names_the_run(
            attribute.name, is_number=attribute.numbers() is not None
        ):
            every_run.append(attribute)
        else:
            tested.append((attribute, columns))
    inputs = _tests([item for item in tested if item[0].kind is not Kind.MEASURED], positions, is_good)
    outputs = _tests([item for item in tested if item[0].kind is Kind.MEASURED], positions, is_good)
    ways, is_exact = labelings(is_good)
    hypotheses = tuple(ranked(inputs, ways, result.least_p))
    single = [h.attributes[0] for h in hypotheses if Kind.REFERENCE not in h.kinds]
    result = evolve(result, hypotheses=hypotheses)
    together = () if result.is_told_apart else separating_pairs(single, good, bad)
    if together and isinstance(together[0], Triple):
        together = tuple(t for t in together if not any(_does_as_well(h, t, 1) for h in hypotheses))
    return evolve(
        result,
        tried=len(tested),
        pairs=together,
        measured=tuple(ranked(outputs, ways, result.least_p)),
        one_sided=tuple(one_sided),
        every_run=tuple(every_run),
        equal=tuple(equal),
        is_exact=is_exact,
    )


def _does_as_well(alone: Hypothesis, together: Pair | Line | Triple, tried: int) -> bool:
    """Whether an attribute that does not separate all runs is as good a hypothesis as several that do.

    A single run with a wrong verdict must not hide what sorts all others: many attributes would explain it.
    """
    if alone.separates or alone.p_family >= together.p_family:
        return False
    return isinstance(together, Triple) or (alone.misses == 1 and together.p_weaker * tried > LEVEL)


def _tests(
    tested: Sequence[tuple[Attribute, tuple[int | None, ...]]],
    positions: Sequence[int],
    is_good: Sequence[bool],
) -> list[Test]:
    groups: dict[tuple[object, ...], list[Attribute]] = {}
    for attribute, columns in tested:
        order = _order(attribute, positions)
        # two values sort the runs in one way whatever they are; more are distinguished by their order, too
        key = columns if order is None or len(set(columns) - {None}) == 2 else order
        groups.setdefault(key, []).append(attribute)
    return [_test(tuple(group), positions, is_good) for group in groups.values()]


def _order(attribute: Attribute, positions: Sequence[int]) -> tuple[int, ...] | None:
    """The rank of each run's value, -1 where unrecorded; None if the values are no numbers."""
    numbers = attribute.numbers()
    if numbers is None:
        return None
    chosen = [numbers[at] for at in positions]
    ranks = {value: rank for rank, value in enumerate(sorted({n for n in chosen if n is not None}))}
    return tuple(-1 if value is None else ranks[value] for value in chosen)


def _test(group: tuple[Attribute, ...], positions: Sequence[int], is_good: Sequence[bool]) -> Test:
    first = group[0]
    order = _order(first, positions)
    codes = order
    if codes is None:
        codes = tuple(-1 if c is None else c for c in first.partition(positions))
    sizes = Counter(code for code in codes if code >= 0)
    goods = Counter(code for code, side in zip(codes, is_good, strict=True) if side and code >= 0)
    counts = [goods[code] for code in sorted(sizes)], [sizes[code] for code in sorted(sizes)]
    test, separates, threshold, why = _rule(first, positions, is_good, *counts)
    pure = {"category": pure_categories, "threshold": pure_thresholds, "window": pure_windows}[test]
    is_apart = separates or threshold is not None
    p = apart_p(*counts, pure) if is_apart else exact_p(*counts, is_ordered=test == "threshold")
    good = sum(goods.values())
    lesser = [min(goods[code], size - goods[code]) for code, size in sizes.items()]
    found = Hypothesis(
        group,
        good,
        sum(sizes.values()) - good,
        test,
        1.0 if p is None else p,
        1.0,
        p is not None,
        separates,
        threshold,
        threshold_misses(*counts) if test == "threshold" else sum(lesser),
        why,
    )
    return Test(found, codes)


def _rule(
    attribute: Attribute,
    positions: Sequence[int],
    is_good: Sequence[bool],
    goods: Sequence[int],
    sizes: Sequence[int],
) -> tuple[str, bool, float | None, str]:
    """How an attribute may separate: the test, whether it does, between which numbers, and why it does not.

    Numbers do so by a threshold; or by two, within which one verdict lies, unless that is easily by chance;
    or as names, such as seeds, where each stands for two runs on average.

    Args:
        attribute, positions, is_good: of the runs.
        goods, sizes: how many good runs, and how many runs, have each of its values, in their order.
    """
    verdicts = [None if 0 < count < size else count > 0 for count, size in zip(goods, sizes, strict=True)]
    is_pure = None not in verdicts
    numbers = attribute.numbers()
    if numbers is None or len(sizes) == 2:
        return "category", is_pure, None, "" if is_pure else "good and bad runs share a value"
    sides: dict[bool, list[float]] = {True: [], False: []}
    for at, side in zip(positions, is_good, strict=True):
        value = numbers[at]
        if value is not None:
            sides[side].append(value)
    gap, inner = gap_rule(sides[True], sides[False])
    is_measured = attribute.kind in (Kind.MEASURED, Kind.REFERENCE)
    if gap is not None:
        low, high = sorted((sides[True], sides[False]), key=min)
        threshold = max(low) / 2 + min(high) / 2  # their sum may be beyond all floats
        why = f"good and bad lie {gap:.6g} apart, and runs of one verdict up to {inner:.6g}"
        is_wide = gap > inner or not is_measured
        return "threshold", is_wide, threshold, "" if is_wide else why
    is_window = is_pure and not is_measured and _is_window(verdicts, sizes)
    if is_window and apart_p(goods, sizes, pure_windows) <= WINDOW_LEVEL:
        return "window", True, None, ""
    if is_pure and 2 * len(sizes) <= sum(sizes):
        return "category", True, None, ""
    return "threshold", False, None, "no threshold separates good from bad"


def _is_window(verdicts: Sequence[bool | None], sizes: Sequence[int]) -> bool:
    """Whether one verdict lies within the other; a single run beyond is rather an exception to one limit."""
    runs = [
        sum(size for _, size in found)
        for _, found in itertools.groupby(zip(verdicts, sizes, strict=True), key=lambda item: item[0])
    ]
    return len(runs) == 3 and min(runs[0], runs[2]) > 1


def gap_rule(good: Sequence[float], bad: Sequence[float]) -> tuple[float | None, float]:
    """The gap between two groups of numbers, None where they overlap; and the widest gap within one of them.

    A figure that is measured again in each run nearly always has *some* threshold where one good run stands
    against several: only a gap that is wider than those within the groups says more. Positive numbers over a
    decade, such as errors of 1e-9 and 1e-3, are measured by their logarithms where these lie wider apart.
    """
    least, most = min((*good, *bad)), max((*good, *bad))
    plain = _gap(good, bad)
    if plain[0] is None or plain[0] > plain[1] or not (least > 0 and most > DECADE * least):
        return plain
    by_logarithm = _gap([math.log10(x) for x in good], [math.log10(x) for x in bad])
    return by_logarithm if by_logarithm[0] is not None and by_logarithm[0] > by_logarithm[1] else plain


def _gap(good: Sequence[float], bad: Sequence[float]) -> tuple[float | None, float]:
    low, high = sorted((sorted(good), sorted(bad)))
    inner = max((b - a for side in (low, high) for a, b in itertools.pairwise(side)), default=0.0)
    gap = high[0] - low[-1]
    return (gap if gap > 0 else None), inner

"""What several attributes together, or one in most runs, have to do with the verdict, in sentences. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from bisect_parity.diagnosis.lines import Line
from bisect_parity.diagnosis.pairs import LEVEL
from bisect_parity.diagnosis.sentences import MOST_NAMED, p_text, run_numbers, sides_text, values_text
from bisect_parity.diagnosis.triples import Triple
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.diagnosis.attributes import Attribute, Kind
    from bisect_parity.diagnosis.contrast import Contrast
    from bisect_parity.diagnosis.family import Hypothesis
    from bisect_parity.diagnosis.pairs import Pair


def joined_names(attributes: Sequence[Attribute]) -> str:
    """The names of two or more attributes, the last joined by "and"."""
    *others, last = (attribute.name for attribute in attributes)
    return f"{', '.join(others)} and {last}"


def pair_line(pair: Pair | Line | Triple, contrast: Contrast) -> str:
    """What two or three attributes separate together, and how."""
    if isinstance(pair, Triple):
        return _triple_line(pair, contrast)
    tried = f"{counted(pair.tried, 'pair')} and {len(contrast.hypotheses)} others that were tried"
    doubt = f"; in place of {pair.weaker.name}, random values do as well with p = {p_text(pair.p_weaker)}"
    if isinstance(pair, Line):
        good, bad = ("at most", "at least") if pair.is_low else ("at least", "at most")
        return (
            f"{pair.formula}: good {good} {pair.good_edge:.4g}, bad {bad} {pair.bad_edge:.4g} (recorded for"
            f" {pair.good} good v. {pair.bad} bad; p = {p_text(pair.p)}, {p_text(pair.p_family)} with all"
            f" {tried}{doubt}; another formula of the two may separate as well): a hypothesis, not a proof"
        )
    first, second = pair.attributes
    parts = []
    for cell in sorted(pair.cells, key=lambda cell: (not (cell.good and cell.bad), cell.value)):
        if cell.good and cell.bad:
            good, bad = sides_text(second, cell.good, cell.bad, by_order=pair.is_ordered)
            parts.append(f"where {first.name} is {cell.value}: {second.name} good {good}, bad {bad}")
        else:
            runs = counted(len(cell.good + cell.bad), "run")
            parts.append(f"where it is {cell.value}: {'good' if cell.good else 'bad'} in {runs}")
    goods, bads = (sum(len(side) for side in sides) for sides in pair.sides)
    return (
        f"{joined_names(pair.attributes)} together: {'; '.join(parts)} (recorded for {goods} good v. {bads}"
        f" bad; p = {p_text(pair.p)}, {p_text(pair.p_family)} with all {tried}{doubt}): a hypothesis, not a"
        " proof"
    )


def _triple_line(triple: Triple, contrast: Contrast) -> str:
    """The values of three attributes with the rarer verdict, and the other one elsewhere."""
    goods, bads = sum(len(cell.good) for cell in triple.cells), sum(len(cell.bad) for cell in triple.cells)
    bad_cells = [cell for cell in triple.cells if cell.bad]
    good_cells = [cell for cell in triple.cells if cell.good]
    is_bad_rarer = len(bad_cells) <= len(good_cells)
    rarer = bad_cells if is_bad_rarer else good_cells
    named = [
        " and ".join(f"{a.name} is {value}" for a, value in zip(triple.attributes, cell.values, strict=True))
        for cell in rarer[:MOST_NAMED]
    ]
    more = f" or in {len(rarer) - MOST_NAMED} more cases" if len(rarer) > MOST_NAMED else ""
    words = ("bad", "good") if is_bad_rarer else ("good", "bad")
    return (
        f"{joined_names(triple.attributes)} together: {words[0]} where {'; or '.join(named)}{more},"
        f" {words[1]} elsewhere (recorded for {goods} good v. {bads} bad; p = {p_text(triple.p)},"
        f" {p_text(triple.p_family)} with all {triple.tried} pairs and triples and {len(contrast.hypotheses)}"
        " others that were tried): a hypothesis, not a proof"
    )


def leaning_line(hypothesis: Hypothesis, kind: Kind, contrast: Contrast) -> str:
    """What goes with the verdict though it does not separate, and which runs stand against it."""
    attribute = next(a for a in hypothesis.attributes if a.kind is kind)
    others = len(hypothesis.attributes) - 1
    told, exceptions = _best_rule(attribute, contrast.good, contrast.bad)
    named = f" ({run_numbers(exceptions)})" if len(exceptions) <= MOST_NAMED else ""
    shifted = shifted_text(hypothesis, contrast)
    more = f" (and {others} more that sort the runs in the same way)" if others else ""
    return (
        f"{told}{more}: that goes with the verdict (p = {p_text(hypothesis.p)},"
        f" {p_text(hypothesis.p_family)} with all that was tried{shifted}), but for"
        f" {counted(len(exceptions), 'run')}{named}; it needs something else, or these have another cause"
    )


def shifted_text(hypothesis: Hypothesis, contrast: Contrast) -> str:
    """Where an attribute and the verdict both change seldom: how often they go together for that alone."""
    p = contrast.shifted(hypothesis)
    if p <= LEVEL:
        return ""
    return (
        f"; both change seldom: shifted along the runs, the verdicts go with it as well with p = {p_text(p)}"
    )


def _best_rule(attribute: Attribute, good: Sequence[int], bad: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """The values of good and bad runs in words, and the runs that are on the other side."""
    known = [at for at in (*good, *bad) if attribute.values[at] is not None]
    goods, numbers = set(good), attribute.numbers()
    if numbers is None or len({numbers[at] for at in known}) <= 2:
        groups: dict[str | None, list[int]] = {}
        for at in known:
            groups.setdefault(attribute.values[at], []).append(at)
        sides = {value: 2 * len(goods.intersection(runs)) >= len(runs) for value, runs in groups.items()}
        wrong = [at for value, runs in groups.items() for at in runs if (at in goods) is not sides[value]]
        text = f"good {values_text(attribute, good)}, bad {values_text(attribute, bad)}"
        return f"{attribute.name}: {text}", tuple(sorted(wrong))
    rules = []
    number = {at: numbers[at] or 0.0 for at in known}
    misses = len(goods.intersection(known))  # of a limit below all numbers
    for limit, group in itertools.groupby(sorted(known, key=number.__getitem__), key=number.__getitem__):
        runs_at = list(group)
        misses += len(runs_at) - 2 * len(goods.intersection(runs_at))
        value = attribute.values[runs_at[0]]
        rules.append((misses, f"at most {value}", limit, True))
        rules.append((len(known) - misses, f"above {value}", limit, False))
    count, text, limit, is_low = min(rules)
    wrong_runs = tuple(at for at in sorted(known) if ((number[at] <= limit) is is_low) is not (at in goods))
    right = len(known) - count
    return (
        f"{attribute.name} is {text} in good runs and not in bad ones, for {right} of {len(known)}",
        wrong_runs,
    )

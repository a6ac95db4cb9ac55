"""The evidence of a diagnosis in sentences. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bisect_parity.diagnosis.attributes import Attribute, Kind
from bisect_parity.diagnosis.exact import LEAST_P
from bisect_parity.wording import SHORT, counted, first_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.diagnosis.contrast import Contrast
    from bisect_parity.diagnosis.family import Hypothesis
    from bisect_parity.diagnosis.premise import Premise
    from bisect_parity.diagnosis.repeats import Repeats
    from bisect_parity.diagnosis.series import Run
    from bisect_parity.history.interval import Interval

MOST_NAMED = 4
MOST_LINES = 12
MOST_ALIKE = 3


def p_text(p: float) -> str:
    """A p-value; where it is one of a few simple fractions, as that."""
    if p < LEAST_P:
        return f"below {LEAST_P:.0e}"
    for below in range(2, 100):
        above = round(p * below)
        if above and abs(p * below - above) < 1e-9:
            return f"{above}/{below} = {p:.3g}" if above < below else "1"
    return f"{p:.3g}"


def list_text(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    return first_of(names, MOST_NAMED)


def commit_text(run: Run) -> str:
    """The commit of a run in short, or that none is known."""
    commit = run.resolution.commit
    return commit[:SHORT] if commit else "no commit known"


def values_text(attribute: Attribute, positions: Sequence[int]) -> str:
    """The values of some runs, most frequent first, with how many have each."""
    values = [attribute.values[at] for at in positions]
    first: dict[int | None, str | None] = {}  # of the spellings of one value
    pairs = zip(attribute.partition(positions), values, strict=True)
    counts = Counter(first.setdefault(code, value) for code, value in pairs if value is not None)
    texts = [f"{value} ({count})" if len(counts) > 1 else str(value) for value, count in counts.most_common()]
    return list_text(texts)


def run_numbers(positions: Sequence[int]) -> str:
    """The runs at these positions, as texts call them."""
    return list_text([f"R{at + 1}" for at in positions])


def sides_text(
    attribute: Attribute, good: Sequence[int], bad: Sequence[int], *, by_order: bool
) -> tuple[str, str]:
    """The values of the good and of the bad runs: of many numbers only the nearest to the other side."""
    numbers = attribute.numbers() if by_order else None
    if numbers is None:
        return values_text(attribute, good), values_text(attribute, bad)
    sides = [
        sorted((number, at) for at in side if (number := numbers[at]) is not None) for side in (good, bad)
    ]
    return _edges(attribute, *sides), _edges(attribute, *reversed(sides))


def _edges(attribute: Attribute, own: Sequence[tuple[float, int]], other: Sequence[tuple[float, int]]) -> str:
    """The numbers of one side that are nearest to the other one, which has one or both of its ends."""
    value = attribute.values
    if other[0] < own[0] and own[-1] < other[-1]:
        return f"from {value[own[0][1]]} to {value[own[-1][1]]}"
    below = [at for number, at in own if number < other[0][0]]
    above = [at for number, at in own if number > other[-1][0]]
    words = [f"at most {value[below[-1]]}"] if below else []
    return " or ".join(words + ([f"at least {value[above[0]]}"] if above else []))


def hypothesis_line(hypothesis: Hypothesis, kind: Kind, contrast: Contrast) -> str:
    """What separates, with both sides' values, its p, and the p of all that was tried."""
    own = [attribute for attribute in hypothesis.attributes if attribute.kind is kind]
    texts = []
    for a in own[:MOST_NAMED]:
        good, bad = sides_text(a, contrast.good, contrast.bad, by_order=hypothesis.is_by_order)
        texts.append(f"{a.name}: good {good}, bad {bad}")
    more = (
        f"; and {len(own) - MOST_NAMED} more that separate the runs in the same way"
        if len(own) > MOST_NAMED
        else ""
    )
    count = len(contrast.hypotheses)
    tried = f"all {count} hypotheses that were" if count > 1 else "the one hypothesis that was"
    recorded = f"{hypothesis.good} good v. {hypothesis.bad} bad"
    is_bound = hypothesis.is_counted and hypothesis.p_family >= hypothesis.p * count
    sample = "" if contrast.is_exact or is_bound else ", from a sample of labelings"
    return (
        f"{'; '.join(texts)}{more} (recorded for {recorded}; p = {p_text(hypothesis.p)},"
        f" {p_text(hypothesis.p_family)} with {tried} tried{sample}): a hypothesis, not a proof"
    )


def one_sided_line(kind: Kind, contrast: Contrast) -> Iterator[str]:
    """What only one side recorded, if anything."""
    for side, positions in (("good", contrast.good), ("bad", contrast.bad)):
        names = [
            attribute.name
            for attribute in contrast.one_sided
            if attribute.kind is kind and any(attribute.values[at] is not None for at in positions)
        ]
        if names:
            yield f"only {side} runs recorded {list_text(names)}: not comparable"


def code_lines(
    runs: Sequence[Run],
    premise: Premise,
    contrast: Contrast,
    intervals: Mapping[tuple[int, int], Interval],
) -> list[str]:
    """What code states and the time line say for or against a commit."""
    lines = []
    if not premise.known:
        lines.append("no commit is known of any of these runs")
    elif premise.is_ruled_out:
        chance = f"{1 - premise.can_explain:.3f}"
        lines.append(f"ruled out: good and bad runs ran the same code, with probability {chance}")
    elif premise.known < len(contrast.good) + len(contrast.bad):
        lines.append(f"the code of {premise.known} of the runs is known; of the others it is not")
    for inner in premise.sandwiches[:MOST_ALIKE]:
        verdicts = [runs[at].verdict.verdict for at in (inner.run, inner.before)]
        lines.append(
            f"R{inner.run + 1} is {verdicts[0]} between R{inner.before + 1} and R{inner.after + 1}, which are"
            f" {verdicts[1]}, with equal code in all three (probability {inner.probability:.3f})"
        )
    flips = len(premise.transitions)
    shown = premise.same_figures[:MOST_ALIKE] if flips != 1 else ()  # after one commit, all is equal again
    lines += [
        f"{figure.metric} is {figure.value!r} to the last digit in {counted(len(figure.runs), 'run')}"
        f" of {figure.code_states} code states: it does not depend on what changed between them"
        for figure in shown
    ]
    if flips > 1:
        lines.append(f"the verdict flips {flips} times over time: one bisection cannot find every cause")
    elif flips == 1 and not premise.is_ruled_out:
        lines.append(f"the verdict flips once over time (p = {p_text(premise.p_order)})")
    return lines + interval_lines(runs, intervals)


def interval_lines(runs: Sequence[Run], intervals: Mapping[tuple[int, int], Interval]) -> list[str]:
    """How much history lies between good and bad runs, and how much of it can matter.

    A pair around a nearer one that may hold the culprit says nothing more.
    """
    lines: list[str] = []
    told: list[tuple[int, int]] = []
    for (one, other), item in intervals.items():
        first, last = sorted((one, other))
        if len(lines) == MOST_LINES or any(first <= start and end <= last for start, end in told):
            continue
        if item.touching and not item.same_code:
            told.append((first, last))
        same = "equal code at both ends" if item.same_code else f"{item.code_states} code states"
        touch = "touches" if 1 in (item.touching, item.commits) else "touch"
        lines.append(
            f"between R{one + 1} ({commit_text(runs[one])}) and R{other + 1} ({commit_text(runs[other])}),"
            f" {item.touching} of {counted(item.commits, 'commit')} {touch} the code paths"
            f" ({counted(item.merges, 'merge')}, {same})"
        )
    return lines


def reference_lines(contrast: Contrast, repeats: Repeats) -> list[str]:
    """Whether sums, digests, version or run time of the reference change with the verdict."""
    lines = []
    for hypothesis in (*contrast.hypotheses, *contrast.measured):
        own = [a for a in hypothesis.attributes if a.kind is Kind.REFERENCE]
        if own and hypothesis.separates:
            lines.append(hypothesis_line(hypothesis, Kind.REFERENCE, contrast))
        elif own:
            names = ", ".join(attribute.name for attribute in own)
            lines.append(f"{names} does not separate: {hypothesis.why} (p = {p_text(hypothesis.p)})")
    equal = [attribute.name for attribute in contrast.equal if attribute.kind is Kind.REFERENCE]
    if equal:
        lines.append(f"equal in all runs: {', '.join(equal)}")
    if not repeats.compared[Kind.REFERENCE]:
        lines.append("no run records the reference's own sum, digest or version")
    lines += one_sided_line(Kind.REFERENCE, contrast)
    return lines


def repeat_lines(runs: Sequence[Run], repeats: Repeats) -> list[str]:
    """What speaks for chance, and what against it."""
    lines = []
    for one, other in repeats.alike[:3]:
        reasons = [
            f"R{at + 1} is {runs[at].verdict.verdict}: {runs[at].verdict.reason}" for at in (one, other)
        ]
        lines.append(f"equal code, parameters and environment, as far as recorded; {', '.join(reasons)}")
    if repeats.alike and repeats.flips > 1:
        lines.append(f"among such runs the verdict flips {counted(repeats.flips, 'time')} over time")
    if repeats.is_deterministic:
        lines.append("figures repeat to the last digit in most runs: that is not noise")
    elif repeats.is_gapless:
        lines.append("good and bad figures lie no farther apart than figures of one verdict do")
    if repeats.is_gapless and not repeats.alike:
        lines.append("no two runs are known to be alike and to differ in their verdict")
    return lines or ["no two runs are known to be alike and to differ in their verdict"]

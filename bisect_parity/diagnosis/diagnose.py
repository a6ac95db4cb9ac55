"""The diagnosis of a series: premise, contrast and causes put together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.diagnosis.attributes import Attribute, attributes
from bisect_parity.diagnosis.causes import Cause, CauseKind, mixed, rank, verdict_of
from bisect_parity.diagnosis.contrast import Contrast, contrast
from bisect_parity.diagnosis.kinds import bad_kinds
from bisect_parity.diagnosis.premise import Premise, premise, uncommitted
from bisect_parity.diagnosis.repeats import Repeats, repeats
from bisect_parity.diagnosis.sentences import run_numbers
from bisect_parity.diagnosis.series import Run
from bisect_parity.evidence.verdict import RecordedVerdict, Verdict
from bisect_parity.history.interval import Interval

if TYPE_CHECKING:
    from bisect_parity.params.code import CommitDefaults

MOST_PAIRS = 64
TOLD = "given by the user"


@frozen
class Diagnosis:
    """What separates good runs from bad ones, and what may be to blame.

    Attributes:
        runs: of the series, by time; texts call them R1, R2, ...
        verdict: the likeliest cause; where none stands out, whether code is ruled out.
        causes: all of them, the likeliest first.
        premise: what code states say.
        contrast: what attributes say.
        repeats: which runs are alike.
        intervals: what lies between a good and a bad run, by their positions.
        disagreeing: runs whose copies have different verdicts: they are left out.
        unrecorded: metrics that no run of the series recorded.
        kinds: where the bad runs are of several kinds by their figures, the diagnosis of each of these
            against the good runs; else empty.
    """

    runs: tuple[Run, ...]
    verdict: CauseKind
    causes: tuple[Cause, ...]
    premise: Premise
    contrast: Contrast
    repeats: Repeats
    intervals: Mapping[tuple[int, int], Interval]
    disagreeing: tuple[int, ...]
    unrecorded: tuple[str, ...]
    kinds: tuple[Diagnosis, ...] = ()


def with_verdicts(runs: Sequence[Run], good: Collection[str], bad: Collection[str]) -> tuple[Run, ...]:
    """The runs with the verdicts that a user gave, by the path of a bundle.

    Where both a good and a bad run are named, only the named runs are contrasted.
    """
    only_named = bool(good) and bool(bad)
    found = []
    for run in runs:
        paths = {entry.bundle.path for entry in run.entries}
        verdict = Verdict.GOOD if paths & set(good) else Verdict.BAD if paths & set(bad) else None
        if verdict is not None:
            found.append(evolve(run, verdict=RecordedVerdict(verdict, TOLD, run.verdict.unrecorded)))
        elif only_named:
            left_out = RecordedVerdict(Verdict.UNKNOWN, f"not {TOLD}", run.verdict.unrecorded)
            found.append(evolve(run, verdict=left_out))
        else:
            found.append(run)
    return tuple(found)


def neighbours(runs: Sequence[Run]) -> list[tuple[int, int]]:
    """For each bad run the good run nearest in time; at most 64 pairs of positions, later bad runs first."""
    good, bad, _ = _sides(runs)
    if not good:
        return []
    times = [run.time for run in runs]  # of each once: every pair is looked at
    pairs = [(min(good, key=lambda at: abs(times[at] - times[other])), other) for other in bad]
    pairs.sort(key=lambda pair: (pair[1] < pair[0], abs(times[pair[0]] - times[pair[1]])))
    return pairs[:MOST_PAIRS]


def diagnose(
    runs: Sequence[Run],
    intervals: Mapping[tuple[int, int], Interval],
    code: Mapping[str, CommitDefaults] | None = None,
    is_code: Callable[[str], bool] | None = None,
) -> Diagnosis:
    """Contrast the good and the bad runs of a series.

    Args:
        runs: by time.
        intervals: what lies between the pairs of `neighbours`, as far as git knows.
        code: the defaults of the runs' commits, by full id.
        is_code: whether a file that a run reported is the repository's own code.
    """
    good, bad, disagreeing = _sides(runs)
    found = attributes(runs, code, is_code)
    whole = _contrasted(runs, intervals, found, good, bad)
    # what separates all bad runs at once needs no further cause for some of them
    has_one_cause = not good or whole.contrast.is_told_apart or whole.contrast.pairs
    by_figures = () if has_one_cause else bad_kinds(runs, bad)
    kinds = tuple(_contrasted(runs, intervals, found, good, kind) for kind in by_figures)
    parts = [(run_numbers(k.contrast.bad), len(k.contrast.bad), k.causes) for k in kinds]
    causes = mixed(parts, whole.causes) if kinds else whole.causes
    return evolve(
        whole,
        verdict=verdict_of(causes, whole.premise),
        causes=causes,
        disagreeing=disagreeing,
        unrecorded=_unrecorded(runs),
        kinds=kinds,
    )


def _contrasted(
    runs: Sequence[Run],
    intervals: Mapping[tuple[int, int], Interval],
    attributes: Sequence[Attribute],
    good: tuple[int, ...],
    bad: tuple[int, ...],
) -> Diagnosis:
    contrasts = contrast(attributes, good, bad)
    between = {
        (one, other): item  # commits tell nothing of two runs of which one had changes that none holds
        for (one, other), item in intervals.items()
        if {one, other} <= {*good, *bad} and uncommitted(runs[one]) == uncommitted(runs[other])
    }
    code_premise = premise(runs, good, bad, between)
    alike = repeats(runs, [item for item in attributes if item not in contrasts.every_run], good, bad)
    causes = rank(runs, code_premise, contrasts, alike, between)
    return Diagnosis(
        runs=tuple(runs),
        verdict=verdict_of(causes, code_premise),
        causes=causes,
        premise=code_premise,
        contrast=contrasts,
        repeats=alike,
        intervals=between,
        disagreeing=(),
        unrecorded=(),
    )


def _sides(runs: Sequence[Run]) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The positions of good and bad runs, and of those whose copies contradict each other."""
    sides: dict[Verdict, list[int]] = {verdict: [] for verdict in Verdict}
    disagreeing = []
    for at, run in enumerate(runs):
        verdicts = {entry.verdict.verdict for entry in run.entries} - {Verdict.UNKNOWN}
        if len(verdicts) > 1 and TOLD not in run.verdict.reason:
            disagreeing.append(at)
        else:
            sides[run.verdict.verdict].append(at)
    return tuple(sides[Verdict.GOOD]), tuple(sides[Verdict.BAD]), tuple(disagreeing)


def _unrecorded(runs: Sequence[Run]) -> tuple[str, ...]:
    if not runs:
        return ()
    lacking = set.intersection(*(set(run.verdict.unrecorded) for run in runs))
    return tuple(name for name in runs[0].verdict.unrecorded if name in lacking)

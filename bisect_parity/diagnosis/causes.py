"""What may be to blame, ranked: each cause with a weight and the lines of evidence behind it. Pure.

The weight of a cause is its prior, times the chance that it can explain the verdicts at all, times the
greatest factor by which its p-value can speak for it; weights add up to 1.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import frozen

from bisect_parity.diagnosis.attributes import Kind
from bisect_parity.diagnosis.exact import bayes_factor_bound
from bisect_parity.diagnosis.joint_sentences import leaning_line, pair_line
from bisect_parity.diagnosis.sentences import (
    code_lines,
    hypothesis_line,
    one_sided_line,
    reference_lines,
    repeat_lines,
)
from bisect_parity.evidence.formats.record import CHANGES, RECORD
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.diagnosis.contrast import Contrast
    from bisect_parity.diagnosis.family import Hypothesis
    from bisect_parity.diagnosis.premise import Premise
    from bisect_parity.diagnosis.repeats import Repeats
    from bisect_parity.diagnosis.series import Run
    from bisect_parity.history.interval import Interval

RESIDUAL = 0.05  # what is left of a cause that all records speak against: something may be unrecorded
NO_SEPARATION = 0.3  # parameters that differ, but none of which alone separates good from bad
FURTHER_FLIP = 0.4  # each asks for one more commit that is to blame, or for a file that comes or goes
REFERENCE_CHANGED = 4.0
REFERENCE_EQUAL = 0.2
DETERMINISTIC = 0.1  # figures that repeat to the last digit are no noise
HIDDEN_STATE = 1.5  # and they speak for something that is either there or not
GAPLESS = 3.0  # a cause that comes and goes leaves a gap between good and bad figures
NO_REPEAT = 0.3  # no two equal runs have different verdicts
MOST_NOISE = 8.0
MOST_PAIRS = 4
HALF = 0.5
LEADS = 1.5  # a cause that is not this much likelier than the next one is not called the verdict


class CauseKind(enum.StrEnum):
    """What may be to blame."""

    CODE = "code"
    PARAMETERS = "parameters"
    ENVIRONMENT = "environment"
    UNTRACKED = "untracked"
    REFERENCE = "reference"
    NOISE = "noise"
    UNKNOWN = "unknown"
    NOT_CODE = "not-code"  # of a verdict only: code is ruled out, and no other cause stands out


PRIORS = {
    CauseKind.CODE: 0.25,
    CauseKind.PARAMETERS: 0.2,
    CauseKind.ENVIRONMENT: 0.2,
    CauseKind.UNTRACKED: 0.15,
    CauseKind.NOISE: 0.1,
    CauseKind.REFERENCE: 0.05,
    CauseKind.UNKNOWN: 0.05,
}


@frozen
class Cause:
    """One thing that may be to blame.

    Attributes:
        kind: what.
        weight: of all causes together 1.
        evidence: what speaks for or against it, a sentence an item.
    """

    kind: CauseKind
    weight: float
    evidence: tuple[str, ...]


def rank(
    runs: Sequence[Run],
    premise: Premise,
    contrast: Contrast,
    repeats: Repeats,
    intervals: Mapping[tuple[int, int], Interval],
) -> tuple[Cause, ...]:
    """All causes, the likeliest first.

    Args:
        runs: by time.
        premise: what code states say.
        contrast: what attributes say.
        repeats: which pairs of a good and a bad run are alike.
        intervals: what lies between runs, by their positions.
    """
    if not (contrast.good and contrast.bad):
        lacking = "good" if not contrast.good else "bad"
        reason = f"no run is known to be {lacking}: there is nothing to contrast"
        return (Cause(CauseKind.UNKNOWN, 1.0, (reason,)),)
    weighed = {
        CauseKind.CODE: _code(premise, contrast),
        CauseKind.PARAMETERS: _given(Kind.PARAMETERS, contrast, repeats),
        CauseKind.ENVIRONMENT: _given(Kind.ENVIRONMENT, contrast, repeats),
        CauseKind.REFERENCE: _reference(contrast, repeats),
        CauseKind.UNTRACKED: _untracked(premise, contrast, repeats),
        CauseKind.NOISE: _noise(repeats),
        CauseKind.UNKNOWN: 1.0,
    }
    limit = f"no test of these runs can give a p below {contrast.least_p:.3g}"
    evidence = {
        CauseKind.CODE: [
            *code_lines(runs, premise, contrast, intervals),
            *(hypothesis_line(h, Kind.DEFAULTS, contrast) for h in contrast.separating(Kind.DEFAULTS)),
        ],
        CauseKind.PARAMETERS: _given_lines(Kind.PARAMETERS, contrast, repeats),
        CauseKind.ENVIRONMENT: _given_lines(Kind.ENVIRONMENT, contrast, repeats),
        CauseKind.REFERENCE: reference_lines(contrast, repeats),
        CauseKind.UNTRACKED: [
            *(hypothesis_line(h, Kind.PARAMETERS, contrast) for h in _separating_files(contrast)),
            *_untracked_lines(runs, premise, repeats),
        ],
        CauseKind.NOISE: repeat_lines(runs, repeats),
        CauseKind.UNKNOWN: [f"{len(contrast.good)} good v. {len(contrast.bad)} bad: {limit}"],
    }
    total = sum(PRIORS[kind] * factor for kind, factor in weighed.items())
    causes = [Cause(kind, PRIORS[kind] * weighed[kind] / total, tuple(evidence[kind])) for kind in weighed]
    return tuple(sorted(causes, key=lambda cause: -cause.weight))


def mixed(parts: Sequence[tuple[str, int, Sequence[Cause]]], ranked: Sequence[Cause]) -> tuple[Cause, ...]:
    """The causes of bad runs of several kinds, the likeliest first: of each run those of its kind.

    Args:
        parts: for each kind the names of its runs, how many there are, and its causes.
        ranked: the causes of all runs together, whose evidence is kept.
    """
    weights: dict[CauseKind, float] = {}
    evidence = {cause.kind: dict.fromkeys(cause.evidence) for cause in ranked}
    total = sum(count for _, count, _ in parts)
    for name, count, causes in parts:
        for cause in causes:
            weights[cause.kind] = weights.get(cause.kind, 0.0) + cause.weight * count / total
            if cause is causes[0]:
                known = evidence.setdefault(cause.kind, {})
                known.update({f"of {name}: {line}": None for line in cause.evidence if line not in known})
    found = [Cause(kind, weight, tuple(evidence.get(kind, ()))) for kind, weight in weights.items()]
    return tuple(sorted(found, key=lambda cause: -cause.weight))


def verdict_of(causes: Sequence[Cause], premise: Premise) -> CauseKind:
    """The kind of the likeliest cause; where the next one is nearly as likely, whether code is ruled out."""
    first, *others = causes
    leads = not others or first.weight >= LEADS * others[0].weight
    if leads and (first.kind is not CauseKind.UNTRACKED or first.weight > HALF):  # no record speaks for it
        return first.kind
    return CauseKind.NOT_CODE if premise.is_ruled_out else CauseKind.UNKNOWN


def _code(premise: Premise, contrast: Contrast) -> float:
    if not premise.known:
        return 1.0
    flips = max(len(premise.transitions), 1)
    evidence = bayes_factor_bound(premise.p_order) if flips == 1 else FURTHER_FLIP ** (flips - 1)
    changes = [h.p_family for h in contrast.separating(Kind.DEFAULTS) if CHANGES in h.names]
    return premise.can_explain * max([evidence, *map(bayes_factor_bound, changes)])


def _separating_files(contrast: Contrast) -> list[Hypothesis]:
    """The files that separate, and that git does not track."""
    return [h for h in contrast.separating(Kind.PARAMETERS) if h.are_untracked]


def _untracked(premise: Premise, contrast: Contrast, repeats: Repeats) -> float:
    least = FURTHER_FLIP ** max(len(premise.transitions) - 1, 0)
    if premise.is_ruled_out:
        least = HIDDEN_STATE if repeats.is_deterministic else 1.0
    chances = (max(h.p_family, contrast.piled_up(h)) for h in _separating_files(contrast))
    return max([least, *map(bayes_factor_bound, chances)])


def _given(kind: Kind, contrast: Contrast, repeats: Repeats) -> float:
    separating = [h for h in contrast.separating(kind) if not h.are_untracked]
    chances = [h.p_family for h in separating] + [pair.p_family for pair in contrast.paired(kind)]
    if chances:
        return bayes_factor_bound(min(chances))
    chance = min((max(h.p_family, contrast.shifted(h)) for h in contrast.leaning(kind)), default=1.0)
    base = NO_SEPARATION if repeats.compared[kind] else 1.0
    if kind in repeats.equal:
        base = 1.0 - (1.0 - RESIDUAL) * contrast.coverage(kind, repeats.compared[kind])
    return base * bayes_factor_bound(chance)


def _reference(contrast: Contrast, repeats: Repeats) -> float:
    separating = [h for h in contrast.separating(Kind.REFERENCE) if not repeats.is_time(h.names)]
    if separating:
        return REFERENCE_CHANGED * bayes_factor_bound(min(h.p_family for h in separating))
    return REFERENCE_EQUAL if Kind.REFERENCE in repeats.equal else 1.0


def _noise(repeats: Repeats) -> float:
    if repeats.is_deterministic:
        return DETERMINISTIC
    if not repeats.alike:
        return GAPLESS if repeats.is_gapless and repeats.is_many else NO_REPEAT
    return min(MOST_NOISE, 2.0 * max(repeats.flips, 1)) * (1.0 if repeats.is_gapless else 0.5)


def _given_lines(kind: Kind, contrast: Contrast, repeats: Repeats) -> list[str]:
    lines = [hypothesis_line(h, kind, contrast) for h in contrast.separating(kind) if not h.are_untracked]
    lines += [pair_line(pair, contrast) for pair in contrast.paired(kind)[:MOST_PAIRS]]
    lines += [leaning_line(h, kind, contrast) for h in contrast.leaning(kind)[:MOST_PAIRS]]
    if not lines and kind in repeats.equal:
        one, other = repeats.equal[kind]
        count = counted(repeats.compared[kind], "value")
        lines.append(
            f"R{one + 1} (good) and R{other + 1} (bad) agree in {count} of {kind}: all that both recorded"
        )
    elif not lines:
        is_compared = bool(repeats.compared[kind])
        recorded = f"differs among {kind}" if is_compared else f"is recorded of {kind} on both sides"
        lines.append(f"nothing that {recorded} separates good from bad")
    lines += one_sided_line(kind, contrast)
    return lines


def _untracked_lines(runs: Sequence[Run], premise: Premise, repeats: Repeats) -> list[str]:
    is_listed = any(
        findings.path.endswith(f"/{RECORD}")
        for run in runs
        for entry in run.entries
        for findings in entry.bundle.findings
    )
    lines = ["no run records the untracked and ignored files of its directory"]
    if is_listed:
        lines = ["of untracked files, only code and what `record` knows to have been read are compared"]
    if premise.is_ruled_out:
        lines.append("equal code gave good and bad runs: what git does not track can have changed them")
    if premise.is_ruled_out and repeats.is_deterministic:
        lines.append(
            "figures of one verdict repeat to the last digit: the cause is either there or not, as a file is"
        )
    return lines

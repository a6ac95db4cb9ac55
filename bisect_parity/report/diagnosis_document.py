"""The documented JSON form of a diagnosis. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity import __version__
from bisect_parity.diagnosis.attributes import Kind
from bisect_parity.diagnosis.causes import CauseKind
from bisect_parity.diagnosis.joint_sentences import joined_names, shifted_text
from bisect_parity.diagnosis.kinds import figures_of
from bisect_parity.diagnosis.pairs import LEVEL
from bisect_parity.diagnosis.premise import uncommitted
from bisect_parity.diagnosis.sentences import (
    interval_lines,
    list_text,
    p_text,
    run_numbers,
    sides_text,
)
from bisect_parity.evidence.formats.record import CHANGES
from bisect_parity.report.contrast_document import contrast_document
from bisect_parity.report.figures_document import between_document
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.diagnosis.contrast import Contrast
    from bisect_parity.diagnosis.diagnose import Diagnosis
    from bisect_parity.diagnosis.family import Hypothesis
    from bisect_parity.diagnosis.next_step import NextStep
    from bisect_parity.diagnosis.series import Run

SURELY = 0.95
SENTENCES = {
    CauseKind.CODE: "A commit may be to blame: the code differs between good and bad runs.",
    CauseKind.PARAMETERS: "The parameters are the likeliest cause.",
    CauseKind.ENVIRONMENT: "The environment is the likeliest cause of what is recorded.",
    CauseKind.UNTRACKED: "Something that git does not track is the likeliest cause.",
    CauseKind.REFERENCE: "The reference itself changed: it cannot judge the runs.",
    CauseKind.NOISE: "The figures lie about the threshold without a gap: they are noisy there.",
    CauseKind.NOT_CODE: "No commit is to blame; of the other causes, none stands out.",
    CauseKind.UNKNOWN: "The records do not show what is to blame.",
}


def diagnosis_document(
    diagnosis: Diagnosis,
    steps: Sequence[NextStep],
    tested: Mapping[str, Any] | None = None,
    figures: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The documented JSON form of a diagnosis.

    Args:
        diagnosis: what to document.
        steps: what to do next.
        tested: what the checks in both places said, with "says" in one sentence; None where none were made.
        figures: of all runs over time, see `figures_document`; None where they were not looked at.
    """
    return {
        "schema": "bisect-parity/diagnosis",
        "version": 1,
        "tool": f"bisect-parity {__version__}",
        "verdict": str(diagnosis.verdict),
        "says": [*([] if tested is None else [tested["says"]]), *_says(diagnosis)],
        "causes": [
            {"kind": str(cause.kind), "weight": round(cause.weight, 4), "evidence": list(cause.evidence)}
            for cause in diagnosis.causes
        ],
        "runs": [_run(number, run) for number, run in enumerate(diagnosis.runs, 1)],
        "code": _code(diagnosis),
        "contrast": contrast_document(diagnosis.contrast),
        "disagreeing": [at + 1 for at in diagnosis.disagreeing],
        "unrecorded_metrics": list(diagnosis.unrecorded),
        "kinds": [_kind(kind) for kind in diagnosis.kinds],
        "run": None if tested is None else dict(tested),
        "figures": None if figures is None else dict(figures),
        "next": [{"command": step.command, "why": step.why} for step in steps],
    }


def _code(diagnosis: Diagnosis) -> dict[str, Any]:
    premise = diagnosis.premise
    return {
        "ruled_out": premise.is_ruled_out,
        "can_explain": premise.can_explain,
        "code_states": premise.code_states,
        "runs_with_known_code": premise.known,
        "flips": len(premise.transitions),
        "sandwiches": [
            {
                "run": item.run + 1,
                "before": item.before + 1,
                "after": item.after + 1,
                "probability": item.probability,
            }
            for item in premise.sandwiches
        ],
        "same_figures": [
            {
                "metric": item.metric,
                "value": item.value,
                "verdict": str(item.verdict),
                "runs": [at + 1 for at in item.runs],
                "code_states": item.code_states,
            }
            for item in premise.same_figures
        ],
        "intervals": [
            {
                "good": pair[0] + 1,
                "bad": pair[1] + 1,
            }
            | between_document(item)
            for pair, item in diagnosis.intervals.items()
        ],
    }


def _kind(kind: Diagnosis) -> dict[str, Any]:
    return {
        "runs": [at + 1 for at in kind.contrast.bad],
        "verdict": str(kind.verdict),
        "figures": figures_of(kind.runs[kind.contrast.bad[0]]),
        "separating": [name for h in kind.contrast.hypotheses if h.separates for name in h.names],
    }


def _kind_text(kind: Diagnosis) -> str:
    """One way to be bad: its runs, their figures, the likely cause, and what separates them."""
    bad = kind.contrast.bad
    runs = run_numbers(bad)
    figures = ", ".join(f"{name} {value}" for name, value in figures_of(kind.runs[bad[0]]).items())
    separating = [h for h in kind.contrast.hypotheses if h.separates]
    summary = "nothing recorded separates them from good runs"
    if separating:
        first = separating[0]
        own = first.attributes[0]
        good, here = sides_text(own, kind.contrast.good, bad, by_order=first.is_by_order)
        others = [name for h in separating if h.p <= first.p for name in h.names if name != own.name]
        as_well = f"; {list_text(others)} as well" if others else ""
        summary = f"{own.name}: good {good}, here {here} (p = {p_text(first.p)}){as_well}"
    likely = f"{kind.causes[0].kind}, {kind.causes[0].weight:.0%}; "
    is_told = kind.verdict not in (CauseKind.UNKNOWN, CauseKind.NOT_CODE)
    return f"{runs} ({figures}): {likely if is_told else ''}{summary}."


def _says(diagnosis: Diagnosis) -> list[str]:
    """The diagnosis in a few sentences, the answer first."""
    contrast, premise = diagnosis.contrast, diagnosis.premise
    says = [_verdict_text(diagnosis)]
    if diagnosis.kinds:
        says.append(
            f"The bad runs are of {len(diagnosis.kinds)} kinds, each of which may have another cause."
        )
        says += map(_kind_text, diagnosis.kinds)
    leading = [h for h in contrast.hypotheses if h.separates]
    for hypothesis in leading[:1]:
        seldom = shifted_text(hypothesis, contrast) if hypothesis.are_untracked else ""
        says.append(
            f"{_separating_text(hypothesis, contrast)} (p = {p_text(hypothesis.p)},"
            f" {p_text(hypothesis.p_family)} after all that was tried{seldom}):"
            " a hypothesis to test, not a proof."
        )
    if others := [name for h in leading[1:] for name in h.names]:
        does = "does" if len(others) == 1 else "do"
        says.append(f"So {does} {list_text(others)}: these runs cannot tell which of them it is.")
    leaning = [
        h for kind in (Kind.PARAMETERS, Kind.DEFAULTS, Kind.ENVIRONMENT) for h in contrast.leaning(kind)
    ]
    for hypothesis in sorted(leaning, key=lambda h: h.p_family)[:1]:
        says.append(
            f"Nothing separates all runs; {list_text(hypothesis.names)} goes with the verdict in most (p ="
            f" {p_text(hypothesis.p)}, {p_text(hypothesis.p_family)} after all that was tried"
            f"{shifted_text(hypothesis, contrast)})."
        )
    for pair in contrast.pairs[:1]:
        says.append(
            f"{joined_names(pair.attributes)} separate good from bad, but only together"
            f" (p = {p_text(pair.p)}, {p_text(pair.p_family)} after all that was tried):"
            " a hypothesis to test, not a proof."
        )
    says += _undecided(diagnosis)
    if premise.is_ruled_out:
        says.append("Code is ruled out: good and bad runs ran the same code.")
        says += [
            f"{line[:1].upper()}{line[1:]}."
            for line in interval_lines(diagnosis.runs, diagnosis.intervals)[:1]
        ]
    unknown = len(diagnosis.runs) - len(contrast.good) - len(contrast.bad)
    counts = f"{len(contrast.good)} good and {counted(len(contrast.bad), 'bad run')}"
    rest = f"; {unknown} without a verdict {'is' if unknown == 1 else 'are'} not" if unknown else ""
    says.append(f"{counts} are contrasted{rest}.")
    if diagnosis.unrecorded:
        says.append(f"Never recorded in any run: {', '.join(diagnosis.unrecorded)}.")
    says += [
        f"R{at + 1} is left out: its copies have different verdicts ({diagnosis.runs[at].name})."
        for at in diagnosis.disagreeing
    ]
    return says


def _separating_text(hypothesis: Hypothesis, contrast: Contrast) -> str:
    """What separates the runs, with the values of both sides; of several attributes, those of the first."""
    first, *others = hypothesis.attributes
    sides = sides_text(first, contrast.good, contrast.bad, by_order=hypothesis.is_by_order)
    does = f"separate good from bad, {first.name} by" if others else "separates good from bad,"
    return f"{list_text(hypothesis.names)} {does} {' v. '.join(sides)}"


def _undecided(diagnosis: Diagnosis) -> list[str]:
    """Where something given to the runs changed together with the code: that the runs cannot part them."""
    contrast, premise = diagnosis.contrast, diagnosis.premise
    given = [*contrast.separating(Kind.PARAMETERS), *contrast.separating(Kind.ENVIRONMENT)]
    names = [name for h in dict.fromkeys(given) if h.p_family <= LEVEL for name in h.names]
    if not (names and premise.known and len(premise.transitions) == 1 and premise.can_explain > SURELY):
        return []
    together = (
        f"The code changed together with {list_text(names)}: these runs cannot tell which of them it is"
    )
    return [f"{together}; checks of both ends in clean worktrees can."]


def _verdict_text(diagnosis: Diagnosis) -> str:
    causes = [cause for cause in diagnosis.causes if cause.kind is not CauseKind.UNKNOWN]
    sentence = SENTENCES[diagnosis.verdict]
    if diagnosis.verdict is CauseKind.NOISE and diagnosis.repeats.alike:
        is_near = diagnosis.repeats.is_gapless
        why = (
            "the figures are noisy at the threshold"
            if is_near
            else "chance, or something that nobody recorded"
        )
        sentence = f"Runs that are equal, as far as recorded, have different verdicts: {why}."
    if diagnosis.verdict is CauseKind.CODE and _is_uncommitted(diagnosis):
        sentence = "Changes that no commit holds may be to blame: good and bad runs differ in them."
    if len(causes) < 2:
        return sentence
    weights = ", ".join(f"{cause.kind} {cause.weight:.2f}" for cause in causes[:3])
    return f"{sentence} Weights: {weights}."


def _is_uncommitted(diagnosis: Diagnosis) -> bool:
    """Whether changes that no commit holds separate the runs, or are all in which their code can differ."""
    contrast = diagnosis.contrast
    if any(CHANGES in hypothesis.names for hypothesis in contrast.separating(Kind.DEFAULTS)):
        return True
    runs = [diagnosis.runs[at] for at in (*contrast.good, *contrast.bad)]
    return len({run.resolution.code_state for run in runs}) == 1 and any(map(uncommitted, runs))


def _run(number: int, run: Run) -> dict[str, Any]:
    item = run.resolution
    return {
        "run": number,
        "bundles": [entry.bundle.path for entry in run.entries],
        "verdict": str(run.verdict.verdict),
        "reason": run.verdict.reason,
        "unrecorded": list(run.verdict.unrecorded),
        "time": run.time or None,
        "class": str(item.resolution_class),
        "commit": item.commit,
        "probability": item.probability,
        "code_state": item.code_state,
        "code_state_probability": item.code_state_probability,
    }

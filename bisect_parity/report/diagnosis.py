"""A diagnosis told: its JSON document, and the same in Markdown and on a terminal. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bisect_parity import __version__
from bisect_parity.diagnosis.causes import CauseKind
from bisect_parity.diagnosis.telling import (
    SHORT,
    counted,
    interval_lines,
    list_text,
    p_text,
    values_text,
)
from bisect_parity.report.markdown import code, escape, folded, table
from bisect_parity.report.provenance import probability_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bisect_parity.diagnosis.attributes import Attribute
    from bisect_parity.diagnosis.contrast import Contrast, Hypothesis
    from bisect_parity.diagnosis.diagnose import Diagnosis
    from bisect_parity.diagnosis.next_step import Step
    from bisect_parity.diagnosis.series import Run

__all__ = ["diagnosis_document", "diagnosis_lines", "diagnosis_markdown"]

MOST_SHOWN = 6
MOST_FOLDED = 400
MOST_RUNS = 30
SENTENCES = {
    CauseKind.CODE: "A commit may be to blame: the code differs between good and bad runs.",
    CauseKind.PARAMETERS: "The parameters are the likeliest cause.",
    CauseKind.ENVIRONMENT: "The environment is the likeliest cause of what is recorded.",
    CauseKind.UNTRACKED: "Something that git does not track is the likeliest cause.",
    CauseKind.REFERENCE: "The reference itself changed: it cannot judge the runs.",
    CauseKind.NOISE: "Equal runs have different verdicts: the figures are noisy at the threshold.",
    CauseKind.NOT_CODE: "No commit is to blame; of the other causes, none stands out.",
    CauseKind.UNKNOWN: "The records do not tell what is to blame.",
}


def diagnosis_document(
    diagnosis: Diagnosis, steps: Sequence[Step], tested: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The documented JSON form of a diagnosis.

    Args:
        diagnosis: to be told.
        steps: what to do next.
        tested: what the checks in both places said, with "says" in one sentence; None where none were made.
    """
    contrast, premise, runs = diagnosis.contrast, diagnosis.premise, diagnosis.runs
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
        "runs": [_run(number, run) for number, run in enumerate(runs, 1)],
        "code": {
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
                if math.isfinite(item.value)
            ],
            "intervals": [
                {
                    "good": pair[0] + 1,
                    "bad": pair[1] + 1,
                    "commits": item.commits,
                    "merges": item.merges,
                    "commits_touching_code": item.touching,
                    "code_states": item.code_states,
                    "same_code": item.same_code,
                }
                for pair, item in diagnosis.intervals.items()
            ],
        },
        "contrast": {
            "good": len(contrast.good),
            "bad": len(contrast.bad),
            "least_p": contrast.least_p,
            "attributes_tried": contrast.tried,
            "is_exact": contrast.is_exact,
            "hypotheses": [_hypothesis(item, contrast) for item in contrast.hypotheses],
            "measured": [_hypothesis(item, contrast) for item in contrast.measured],
            "one_sided": [_named(item) for item in contrast.one_sided],
            "differ_in_every_run": [_named(item) for item in contrast.every_run],
            "equal": [_named(item) for item in contrast.equal],
        },
        "disagreeing": [at + 1 for at in diagnosis.disagreeing],
        "unrecorded_metrics": list(diagnosis.unrecorded),
        "run": None if tested is None else dict(tested),
        "next": [{"command": step.command, "why": step.why} for step in steps],
    }


def _says(diagnosis: Diagnosis) -> list[str]:
    """The diagnosis in a few sentences."""
    contrast, premise = diagnosis.contrast, diagnosis.premise
    unknown = len(diagnosis.runs) - len(contrast.good) - len(contrast.bad)
    counts = f"{len(contrast.good)} good and {counted(len(contrast.bad), 'bad run')}"
    says = [f"{counts} are contrasted" + (f"; {unknown} without a verdict are not." if unknown else ".")]
    if premise.is_ruled_out:
        says.append("Code is ruled out: good and bad runs ran the same code.")
        says += [
            f"{line[:1].upper()}{line[1:]}."
            for line in interval_lines(diagnosis.runs, diagnosis.intervals)[:1]
        ]
    says.append(_verdict_text(diagnosis))
    leading = [h for h in contrast.hypotheses if h.separates][:1]
    for hypothesis in leading:
        names = list_text(hypothesis.names)
        says.append(
            f"{names} {'separates' if len(hypothesis.names) == 1 else 'separate'} good from bad"
            f" (p = {p_text(hypothesis.p)}, {p_text(hypothesis.p_family)} after all that was tried):"
            " a hypothesis to test, not a proof."
        )
    if diagnosis.unrecorded:
        says.append(f"Never recorded in any run: {', '.join(diagnosis.unrecorded)}.")
    says += [
        f"R{at + 1} is left out: its copies have different verdicts ({diagnosis.runs[at].name})."
        for at in diagnosis.disagreeing
    ]
    return says


def _verdict_text(diagnosis: Diagnosis) -> str:
    causes = [cause for cause in diagnosis.causes if cause.kind is not CauseKind.UNKNOWN]
    if len(causes) < 2:
        return SENTENCES[diagnosis.verdict]
    told = ", ".join(f"{cause.kind} {cause.weight:.2f}" for cause in causes[:3])
    return f"{SENTENCES[diagnosis.verdict]} Weights: {told}."


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


def _hypothesis(item: Hypothesis, contrast: Contrast) -> dict[str, Any]:
    return {
        "attributes": [
            {
                "name": attribute.name,
                "kind": str(attribute.kind),
                "good": values_text(attribute, contrast.good),
                "bad": values_text(attribute, contrast.bad),
                "source": _source(attribute, contrast.good or contrast.bad),
            }
            for attribute in item.attributes
        ],
        "separates": item.separates,
        "why_not": item.why,
        "test": item.test,
        "p": item.p,
        "p_family": item.p_family,
        "threshold": item.threshold,
        "good": item.good,
        "bad": item.bad,
    }


def _named(attribute: Attribute) -> dict[str, str]:
    return {"name": attribute.name, "kind": str(attribute.kind)}


def _source(attribute: Attribute, positions: Sequence[int]) -> dict[str, Any] | None:
    source = next((attribute.sources[at] for at in positions if attribute.sources[at] is not None), None)
    return None if source is None else {"path": source.path, "line": source.line}


def diagnosis_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The diagnosis in brief, for a terminal."""
    yield f"verdict: {document['verdict']}"
    for item in document["runs"][:MOST_RUNS]:
        commit = (item["commit"] or "-")[:SHORT]
        number = f"R{item['run']}"
        yield f"{number:>5}  {item['verdict']:<7}  {commit:<{SHORT}}  {min(item['bundles'])}"
    if len(document["runs"]) > MOST_RUNS:
        yield f"       and {len(document['runs']) - MOST_RUNS} more runs in diagnosis.md"
    yield from document["says"]
    for cause in document["causes"]:
        yield f"{cause['weight']:>6.0%}  {cause['kind']}"
        shown = cause["evidence"][:MOST_SHOWN]
        yield from (f"        - {line}" for line in shown)
        if len(cause["evidence"]) > len(shown):
            yield f"        - and {len(cause['evidence']) - len(shown)} more lines in diagnosis.md"
    yield from (f"next: {step['command']}  ({step['why']})" for step in document["next"])


def diagnosis_markdown(document: Mapping[str, Any]) -> Iterator[str]:
    """The whole account, as diagnosis.md."""
    yield f"# Diagnosis: {document['verdict']}"
    yield ""
    for sentence in document["says"]:
        yield f"- {escape(sentence)}"
    yield from ("", "## Causes", "")
    yield "Weights add up to 1; they rank causes by what is recorded, and prove nothing."
    for cause in document["causes"]:
        yield from ("", f"### {cause['kind']}: {cause['weight']:.2f}", "")
        yield from (f"- {escape(line)}" for line in cause["evidence"])
    yield from ("", "## Next", "")
    for step in document["next"]:
        yield f"    {escape(step['command'])}"
        yield ""
        yield f"This {escape(step['why'])}."
        yield ""
    yield from ("## Runs", "")
    yield from table(
        ("run", "verdict", "commit", "p", "code state", "bundles"),
        [
            (
                f"R{item['run']}",
                escape(item["verdict"]),
                code((item["commit"] or "")[:SHORT]) or "none",
                escape(probability_text(item["probability"])),
                code(item["code_state"][:SHORT]),
                ", ".join(map(code, item["bundles"])),
            )
            for item in document["runs"]
        ],
    )
    if document["run"] is not None:
        yield from _run_section(document["run"])
    yield from _contrast_section(document["contrast"])


def _run_section(run: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## One commit in two places", "")
    yield from table(
        ("place", "verdict", "correlation", "sum of reference", "sum of candidate", "reason"),
        [
            (
                place,
                escape(run[key]["verdict"]),
                *(
                    "" if run[key][name] is None else repr(run[key][name])
                    for name in ("correlation", "sum_reference", "sum_candidate")
                ),
                escape(run[key]["reason"]),
            )
            for place, key in (
                ("clean work tree", "clean"),
                ("clean, again", "clean_again"),
                ("copy of the directory", "in_place"),
            )
        ],
    )
    yield ""
    opened = run["opened"]
    if opened is None:
        yield "Which files the case opened is not known: strace is not installed, or may not look."
    else:
        yield f"Opened by the case: {', '.join(map(code, opened)) or 'none of the files below'}."
    for item in run["left_out"]:
        yield f"Left out for its size: {code(item)}."
    yield ""
    for kind, paths in run["only_in_place"].items():
        names = [f"- {code(path)}" for path in paths[:MOST_FOLDED]]
        if len(paths) > MOST_FOLDED:
            names.append(f"- and {len(paths) - MOST_FOLDED} more, in the JSON beside this file")
        if names:
            yield from folded(f"{counted(len(paths), 'path')} in the copy only: {kind}", names)


def _contrast_section(contrast: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## What differs between the runs", "")
    tried = counted(contrast["attributes_tried"], "attribute")
    least = p_text(contrast["least_p"])
    yield (
        f"{tried} differ and are recorded on both sides; those that sort the runs alike are one hypothesis."
        f" With {contrast['good']} good and {contrast['bad']} bad no p can be below {least}. The second p is"
        " that of the family: how often some attribute would sort the runs as well if the verdicts were dealt"
        " at random."
    )
    if not contrast["is_exact"]:
        yield "The family's p is from a sample of labelings."
    for title, items in (
        ("What runs were given, and where they ran", contrast["hypotheses"]),
        ("What came out of the runs (it may follow from the verdict)", contrast["measured"]),
    ):
        yield from ("", f"### {title}", "")
        if not items:
            yield "Nothing differs that both sides recorded."
            continue
        yield from table(
            ("separates", "attribute", "good", "bad", "p", "p of the family", "why not"),
            [row for item in items for row in _rows(item)],
        )
    yield ""
    for title, key in (
        ("recorded on one side only: not comparable", "one_sided"),
        ("different in every run: they tell nothing", "differ_in_every_run"),
        ("equal in all runs that recorded them", "equal"),
    ):
        names = [f"- {code(item['name'])} ({item['kind']})" for item in contrast[key][:MOST_FOLDED]]
        yield from folded(f"{counted(len(contrast[key]), 'attribute')} {title}", names)


def _rows(item: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for number, attribute in enumerate(item["attributes"]):
        first = number == 0
        yield (
            ("yes" if item["separates"] else "no") if first else "as above",
            f"{code(attribute['name'])} ({attribute['kind']})",
            code(attribute["good"]),
            code(attribute["bad"]),
            p_text(item["p"]) if first else "",
            p_text(item["p_family"]) if first else "",
            escape(item["why_not"]) if first else "",
        )

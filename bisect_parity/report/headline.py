"""The verdict of an evidence output in one sentence. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.report.documents import Bisection, Diagnosis, Matrix

__all__ = ["Headline", "headline"]

SHORT = 12
MOST_SAID = 4
FOUND = ("confirmed", "likely")
DIAGNOSED = {
    "code": ("bad", "The runs point at the code: a commit may be to blame."),
    "not-code": ("good", "Code is ruled out: no commit is to blame."),
    "parameters": ("open", "The runs point at their parameters, not at a commit."),
    "environment": ("open", "The runs point at their environment, not at a commit."),
    "untracked": ("open", "The runs point at files that git does not track, not at a commit."),
    "reference": ("open", "The runs point at the reference, not at a commit."),
    "noise": ("open", "The runs point at noise, not at a commit."),
}


@frozen
class Headline:
    """The verdict.

    Attributes:
        tone: "bad" (a commit is to blame), "good" (none is), or "open".
        label: one or two words.
        sentence: the verdict.
        because: what it rests on, a sentence each.
    """

    tone: str
    label: str
    sentence: str
    because: tuple[str, ...] = ()


def headline(matrix: Matrix | None, bisections: Sequence[Bisection], diagnosis: Diagnosis | None) -> Headline:
    """The strongest answer: a commit that was found, then that there is none, a diagnosis, the figures."""
    found = [item for item in bisections if item.outcome in FOUND and item.answer]
    if found:
        return _found(found[-1])
    none = [item for item in bisections if item.outcome == "nothing-to-bisect"]
    if none:
        return Headline("good", "nothing to bisect", "No commit is to blame.", none[-1].says)
    if diagnosis is not None:
        return _diagnosed(diagnosis)
    if bisections:
        last = bisections[-1]
        return Headline("open", last.outcome, f"The search for the commit is {last.outcome}.", last.says)
    if matrix is not None:
        return _counted(matrix)
    return Headline("open", "open", "Nothing has been judged yet.")


def _found(item: Bisection) -> Headline:
    did = "broke" if item.find == "regression" else "mended"
    subject = item.facts(item.answer).subject
    name = f"Commit {(item.answer or '')[:SHORT]}" + (f', "{subject}",' if subject else "")
    return Headline("bad", f"commit found: {item.outcome}", f"{name} {did} the parity.", item.says)


def _diagnosed(diagnosis: Diagnosis) -> Headline:
    tone, sentence = DIAGNOSED.get(
        diagnosis.verdict, ("open", "The diagnosis does not tell what is to blame.")
    )
    return Headline(tone, f"diagnosis: {diagnosis.verdict}", sentence, diagnosis.says[:MOST_SAID])


def _counted(matrix: Matrix) -> Headline:
    runs = matrix.runs
    good, bad = runs.get("good", 0), runs.get("bad", 0)
    unknown = runs.get("unknown", 0)
    rest = f", {unknown} cannot be judged by what was recorded" if unknown else ""
    sentence = f"Of {runs.get('all', 0)} runs, {good} {_is(good)} good and {bad} {_is(bad)} bad{rest}."
    return Headline("open", "open", sentence, ("Nothing has been searched or diagnosed in this folder yet.",))


def _is(count: int) -> str:
    return "is" if count == 1 else "are"

"""The verdict of an evidence output in one sentence. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.report.audit_documents import Diagnosis, Matrix
from bisect_parity.report.search_documents import Bisection, Sweep
from bisect_parity.report.trial_documents import Comparison, Isolation, Rerun
from bisect_parity.wording import CHANGES, SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.report.output import EvidenceOutput

MOST_SAID = 4
ISOLATED = ("isolated", "likely")
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
        disagrees: that the diagnosis says otherwise; empty where it does not.
    """

    tone: str
    label: str
    sentence: str
    because: tuple[str, ...] = ()
    disagrees: str = ""


def headline(output: EvidenceOutput) -> Headline:
    """The strongest answer that there is."""
    found, diagnosis = next(_answers(output)), output.latest(Diagnosis)
    return evolve(found, disagrees=_disagreement(found.tone, diagnosis.verdict)) if diagnosis else found


def _disagreement(tone: str, verdict: str) -> str:
    """What is to be said where the diagnosis blames something else; empty where it does not."""
    is_blamed = verdict == "code" if tone == "good" else verdict not in ("code", "unknown")
    if tone == "open" or not is_blamed:
        return ""
    return (
        f"The diagnosis says otherwise ({verdict}): it weighs what the runs recorded, and the verdict was"
        " tested. If both are right, the runs were bad for more than one reason."
    )


def _answers(output: EvidenceOutput) -> Iterator[Headline]:
    """A commit; what else flips; no commit; a sweep; a diagnosis; a search; figures; a rerun; a check."""
    bisections = list(output.every(Bisection).values())
    sweeps = list(output.every(Sweep).values())
    found = {item.answer: item for item in bisections if item.outcome in FOUND and item.answer}
    if found:
        by_strength = sorted(
            found.values(), key=lambda item: (item.find == "regression", bisections.index(item))
        )
        *others, first = by_strength  # what broke the parity is asked before what fixed it
        yield _found(first, others)
    for isolation in reversed(output.every(Isolation).values()):
        if isolation.outcome in ISOLATED and isolation.found:
            yield _isolated(isolation)
    for bisection in reversed(bisections):
        if bisection.outcome == "nothing-to-bisect":
            yield _agreed(bisection)
    decided = (one for one in reversed(sweeps) if any(c.verdict in ("good", "bad") for c in one.tested))
    yield from map(_swept, decided)
    if (diagnosis := output.latest(Diagnosis)) is not None:
        yield _diagnosed(diagnosis)
    for bisection in reversed(bisections):
        left = len(bisection.candidates)
        names = f": it is one of {left}, {_names(bisection.candidates)}" if left else ""
        sentence = f"The search for the commit is {bisection.outcome}{names}."
        yield Headline("open", bisection.outcome, sentence, bisection.says)
    yield from (_untested(sweep) for sweep in reversed(sweeps) if sweep.tested)
    if (matrix := output.latest(Matrix)) is not None:
        yield _counted(matrix)
    for rerun in reversed(output.every(Rerun).values()):
        label = "reproduced" if rerun.commit else rerun.outcome.replace("-", " ")
        yield Headline("open", label, f"{rerun.bundle} was run again. {rerun.says}")
    yield _compared(list(output.every(Comparison).values()))


def _found(item: Bisection, others: Sequence[Bisection] = ()) -> Headline:
    """The commit of a search, and those that other searches found."""
    did = "broke" if item.find == "regression" else "fixed"
    name = f"Commit {_commit_text(item)}" + ("," if item.facts(item.answer).subject else "")
    what = "the test" if any(check.step == "test" for check in item.tested) else "the parity"
    said = f"{name} {did} {what}." if item.flaky is None else f"{name} changed how often {what} fails."
    other_searches = (f"Other searches found {' and '.join(map(_commit_text, others))}.",) if others else ()
    return Headline(
        "bad", f"commit found: {item.outcome}", said, (*_inside(item), *other_searches, *item.says)
    )


def _inside(item: Bisection) -> Iterator[str]:
    """What the search came to inside the submodules that the commit moves."""
    for inner in item.inner:
        search = inner.search
        if search.answer and search.outcome in FOUND:
            kind = "bad" if search.find == "regression" else "good"
            yield f"In the {inner.kind} {inner.submodule}, the first {kind} commit is {_commit_text(search)}."
        else:
            yield f"The search in the {inner.kind} {inner.submodule} is {search.outcome}."


def _commit_text(item: Bisection) -> str:
    subject = item.facts(item.answer).subject
    return (item.answer or "")[:SHORT] + (f', "{subject}"' if subject else "")


def _agreed(item: Bisection) -> Headline:
    """Nothing to bisect: the code is the same at both ends, or the verdict is."""
    label = "nothing to bisect"
    if {check.verdict for check in item.tested if check.role.endswith(" end")} != {"bad"}:
        return Headline("good", label, "No commit is to blame.", item.says)
    return Headline(
        "open", label, "Both ends are bad: what broke it lies before them, or is no commit.", item.says
    )


def _names(commits: Sequence[str]) -> str:
    names = [commit[:SHORT] for commit in commits]
    return ", ".join(names) if len(names) <= MOST_SAID else f"from {names[0]} to {names[-1]}"


def _isolated(item: Isolation) -> Headline:
    names = ", ".join(f"{CHANGES.get(change.kind, change.kind)} {change.name}" for change in item.found)
    flips = "flips" if len(item.found) == 1 else "flip"
    sentence = f"No commit is to blame: {names} {flips} the verdict from {item.clean} to {item.changed}."
    if item.before is not None:
        flips = "turns" if len(item.found) == 1 else "turn"
        sentence = (
            f"In {item.commit[:SHORT]}, {names} {flips} the verdict from {item.clean} to {item.changed}."
        )
    return Headline("good", f"cause: {item.outcome}", sentence, item.says)


def _swept(item: Sweep) -> Headline:
    count = len(item.flips)
    changes = f"changes {counted(count, 'time')}" if count else "never changes"
    flips = []
    for flip in item.flips[:MOST_SAID]:
        between = f", with {counted(flip.untested, 'untested commit')} between them" if flip.untested else ""
        at = f"{flip.after[:SHORT]} {item.facts(flip.after).subject}".rstrip()
        flips.append(f"{flip.change} at {at}, after {flip.before[:SHORT]}{between}.")
    return Headline("open", "swept", f"The verdict {changes} along the sweep.", tuple(flips))


def _untested(item: Sweep) -> Headline:
    reasons = dict.fromkeys(check.reason for check in item.tested if check.reason)
    return Headline("open", "swept", "No commit of the sweep could be tested.", tuple(reasons)[:MOST_SAID])


def _diagnosed(diagnosis: Diagnosis) -> Headline:
    tone, sentence = DIAGNOSED.get(
        diagnosis.verdict, ("open", "The diagnosis does not show what is to blame.")
    )
    return Headline(tone, f"diagnosis: {diagnosis.verdict}", sentence, diagnosis.says[:MOST_SAID])


def _counted(matrix: Matrix) -> Headline:
    runs = matrix.runs
    good, bad = runs.get("good", 0), runs.get("bad", 0)
    unknown = runs.get("unknown", 0)
    rest = f", {unknown} cannot be judged by what was recorded" if unknown else ""
    sentence = (
        f"Of {counted(runs.get('all', 0), 'run')}, {good} {_is(good)} good and {bad} {_is(bad)} bad{rest}."
    )
    return Headline("open", "open", sentence, ("Nothing has been searched or diagnosed in this folder yet.",))


def _compared(items: Sequence[Comparison]) -> Headline:
    """The last check of a folder, where nothing else is there."""
    if not items:
        return Headline("open", "open", "Nothing has been judged yet.")
    last = items[-1]
    what = f"Commit {last.commit[:SHORT]}" if last.commit else "The comparison"
    said = f"{what} is {last.verdict}." if last.verdict in ("good", "bad") else f"{what} could not be judged."
    more = f"The last of {len(items)} checks in this folder." if len(items) > 1 else ""
    return Headline("open", last.verdict or "open", said, tuple(filter(None, (last.reason, more))))


def _is(count: int) -> str:
    return "is" if count == 1 else "are"

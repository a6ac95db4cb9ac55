"""A rerun in plain text and Markdown. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bisect_parity.files import printable_line
from bisect_parity.report.markdown import code, escape, one_line, section, table
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from bisect_parity.report.trial_documents import Difference, Rerun, RerunAttempt, Then

MOST_NAMED = 8
WIDTH = 12
LONGEST = 40
REPRODUCED = frozenset({"identical", "equal", "equivalent"})
VARIABLE = "variable "
LAST = frozenset({"variable PATH"})


def rerun_lines(document: Rerun) -> Iterator[str]:
    """The answer in a few lines: one for each commit, and below it what it rests on."""
    for attempt in document.attempts:
        chance = attempt.probability
        likely = "" if chance is None else f"  (probability {chance:.3f})"
        yield f"{attempt.outcome:{WIDTH}} {attempt.commit[:SHORT]}  {document.bundle}{likely}"
        call = ("bisect-parity", "rerun", document.bundle, "--at", attempt.commit[:SHORT])
        yield from (f"    {line}" for line in _account(attempt, document.then, call))
    yield document.says


def _account(attempt: RerunAttempt, then: Then, call: Sequence[str]) -> Iterator[str]:
    if attempt.outcome == "failed":
        before = "" if then.exit_status is None else f", where it was {then.exit_status}"
        yield f"exit status {attempt.exit_status}{before}: see {attempt.bundle}"
        yield from attempt.says
    outputs = sorted(attempt.outputs, key=lambda output: output.likeness == "identical")
    if attempt.outcome == "failed":  # what it did not come to write says nothing
        outputs = [output for output in outputs if output.likeness != "missing"]
    for output in outputs[:MOST_NAMED]:
        says = f": {output.says}" if output.says else ""
        yield f"{output.likeness:{WIDTH}} {printable_line(output.name)}{says}"
    if len(outputs) > MOST_NAMED:
        yield f"and {len(outputs) - MOST_NAMED} more"
    yield from attempt.says if attempt.outcome != "failed" else ()
    if attempt.differences and attempt.outcome not in REPRODUCED:
        yield f"different from then: {_named(attempt.differences)}"
        variables = (one for one in attempt.differences if one.name not in LAST)
        names = ((one.name.removeprefix(VARIABLE), one) for one in variables)
        words = [f"{name}={one.then}" for name, one in names if name != one.name and one.then]
        if words and len(words) <= MOST_NAMED:
            yield printable_line(f"with the variables of then: {shlex.join(['env', *words, *call])}")


def _named(differences: Sequence[Difference]) -> str:
    """The first differences, those of what was there then and is there now before the others."""
    ordered = sorted(differences, key=lambda one: (not (one.then and one.now), one.name in LAST))
    figures = [f"{one.name} {_cut(one.then)}, now {_cut(one.now)}" for one in ordered]
    more = f"; and {len(figures) - MOST_NAMED} more" if len(figures) > MOST_NAMED else ""
    return printable_line("; ".join(figures[:MOST_NAMED]) + more)


def _cut(value: str) -> str:
    return one_line(value, LONGEST) or "none"


def rerun_markdown(document: Rerun) -> Iterator[str]:
    """The whole account, as rerun.md."""
    yield f"# Rerun: {escape(document.outcome)}"
    yield ""
    yield f"{escape(document.says)} Bundle {code(document.bundle)}."
    for attempt in document.attempts:
        yield from section(escape(f"{attempt.outcome} at {attempt.commit[:SHORT]}"))
        ended = f"exit status {attempt.exit_status}, {attempt.seconds} s"
        yield f"Ran {code(shlex.join(attempt.argv))}: {ended}."
        yield ""
        rows = [(code(one.name), escape(one.likeness), escape(one.says)) for one in attempt.outputs]
        yield from table(("output", "likeness", "by"), rows) if rows else ("No output was recorded.",)
        yield from ("", *(f"- {escape(line)}" for line in attempt.says))
        if attempt.differences:
            yield from ("", "Otherwise than then:", "")
            found = [tuple(map(escape, (one.name, one.then, one.now))) for one in attempt.differences]
            yield from table(("what", "then", "now"), found)

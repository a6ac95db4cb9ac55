"""The report as Markdown, from the same account as the HTML. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisect_parity.provenance.clues import clock_text, duration_text
from bisect_parity.report.bisection import bisection_markdown
from bisect_parity.report.bisection_table import search_options
from bisect_parity.report.figures_over_time import figure_lines
from bisect_parity.report.isolation import isolation_markdown
from bisect_parity.report.markdown import code, cut, escape, folded, one_line, section, table
from bisect_parity.report.matrix import gap_lines, matrix_table, question_lines
from bisect_parity.report.rerun import rerun_markdown
from bisect_parity.report.search_documents import Bisection, Sweep
from bisect_parity.report.sweep import sweep_markdown
from bisect_parity.report.trial_documents import Isolation, Rerun
from bisect_parity.wording import SHORT, TOP, probability_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bisect_parity.report.account import Account, Clued
    from bisect_parity.report.output import EvidenceOutput

MOST_EQUAL = 400
PROVENANCE = "bisect-parity provenance --out DIR"


def markdown_page(account: Account) -> Iterator[str]:
    """The lines of the report."""
    yield f"# Parity report: {escape(account.output.folder.resolve().name)}"
    yield ""
    yield f"**{escape(account.headline.sentence)}**"
    for sentence in filter(None, (*account.headline.because, account.headline.disagrees)):
        yield ""
        yield escape(sentence)
    for problem in account.output.problems:
        yield ""
        yield f"Not read: {escape(problem)}"
    yield from _timeline(account)
    if account.figures is not None:
        yield from figure_lines(account.figures.figures)
    yield from _runs(account)
    yield from _parameters(account)
    yield from _diagnosis(account)
    yield from _searches(account.output)
    yield from _clues(account.clued)
    yield from _gaps(account)
    yield from section("Commands")
    for log in account.output.commands:
        lines = [f"    {one_line(line)}" for line in log.text.splitlines() if line.strip()]
        yield from folded(f"{log.path} (its end)" if log.is_cut else log.path, lines)
    if not account.output.commands:
        yield "No commands.txt lies in this folder."


def _todo(what: str, command: str) -> str:
    return f"No {what} in this folder yet. To make one: `{command}`"


def _timeline(account: Account) -> Iterator[str]:
    yield from section("Time line")
    if account.provenance is None:
        yield _todo("resolution", PROVENANCE)
        return
    if account.timeline is None:
        yield "Of no run it is known when it began."
        return
    runs = sorted((mark.run for mark in account.timeline.marks), key=lambda run: run.time)
    yield from table(
        ("began", "standard deviation", "run", "its commit was made"),
        [
            (
                clock_text(run.time),
                duration_text(run.error) if run.error else "",
                escape(run.label),
                "" if run.commit_time is None else clock_text(run.commit_time),
            )
            for run in runs
        ],
    )
    if account.timeline.earlier or account.timeline.later:
        yield ""
        yield f"Outside of this span: {account.timeline.earlier} earlier, {account.timeline.later} later."


def _runs(account: Account) -> Iterator[str]:
    yield from section("Runs and bundles")
    if account.matrix is None:
        yield _todo("artifact matrix", "bisect-parity audit --out DIR")
        return
    yield from matrix_table([one for one in account.matrix.bundles if one.in_series])
    others = [one for one in account.matrix.bundles if not one.in_series]
    if others:
        yield ""
        yield "### Other bundles with parity metrics"
        yield ""
        yield from matrix_table(others)
    yield ""
    yield f"Further bundles, without parity metrics: {account.matrix.bundles_without_parity_metrics}."


def _parameters(account: Account) -> Iterator[str]:
    yield from section("Parameter diff")
    if account.params is None:
        yield _todo("parameter diff", "bisect-parity audit --out DIR")
        return
    for item in account.params.deviations:
        yield (
            f"- DEVIATION: R{item.run}: {escape(item.name)} is {code(item.value)}, expected"
            f" {code(item.expected)} ({code(item.source.path)})"
        )
    if account.params.deviations:
        yield ""
    if account.differing:
        rows = []
        for parameter in account.differing:
            for group in parameter.groups:
                runs = "; ".join(f"{escape(verdict)} {numbers}" for verdict, numbers in group.runs)
                value = "unrecorded" if group.value is None else code(group.value)
                note = "separates" if parameter.separates else escape(parameter.noise)
                rows.append((code(parameter.name), note, value, runs))
        yield from table(("name", "note", "value", "runs"), rows)
    else:
        yield "Nothing that two runs recorded differs."
    yield ""
    lines = []
    for equal in account.equal:
        values = (code(group.value) for group in equal.groups if group.value is not None)
        lines.append(f"- {code(equal.name)}: {', '.join(values)}")
    where = "in the JSON of the parameter diff"
    yield from folded(f"{len(lines)} names with one value, where recorded", cut(lines, MOST_EQUAL, where))


def _diagnosis(account: Account) -> Iterator[str]:
    yield from section("Diagnosis")
    if account.diagnosis is None:
        yield _todo("diagnosis", "bisect-parity diagnose --out DIR")
        return
    if account.headline.disagrees:
        yield "This is not the verdict: see above."
        yield ""
    yield from (f"- {escape(sentence)}" for sentence in account.diagnosis.says)
    for cause in account.diagnosis.causes:
        yield ""
        title = f"{cause.kind}: {cause.weight:.2f}"
        yield from folded(title, [f"- {escape(line)}" for line in cause.evidence])
    for step in account.diagnosis.next:
        yield ""
        yield f"Next: {code(step.command)}, which {escape(step.why)}."


def _searches(output: EvidenceOutput) -> Iterator[str]:
    for path, isolation in output.every(Isolation).items():
        yield from section("What else flips the verdict")
        yield from _whole(path, isolation_markdown(isolation))
    for path, rerun in output.every(Rerun).items():
        yield from section(f"Run again: {escape(rerun.bundle)}")
        yield from _whole(path, rerun_markdown(rerun))
    yield from section("Search for the commit")
    bisections = output.every(Bisection)
    if not bisections:
        yield _todo("bisection", "bisect-parity bisect --good REV --bad REV --out DIR")
    for path, bisection in bisections.items():
        yield from _whole(path, bisection_markdown(bisection).splitlines())
    for path, sweep in output.every(Sweep).items():
        yield from _whole(path, sweep_markdown(sweep, search_options(sweep)).splitlines())


def _whole(path: str, lines: Iterable[str]) -> Iterator[str]:
    """The account that a command writes of its document, whose headings stand below those of the report."""
    yield from ("", f"{code(path)}:", "")
    yield from (f"##{line}" if line.startswith("#") else line for line in lines)


def _clues(clued: Sequence[Clued]) -> Iterator[str]:
    yield from section("Clues")
    if not clued:
        yield _todo("resolution", PROVENANCE)
    for one in clued:
        item = one.item
        commit = (
            f"{item.commit[:SHORT]}, p {probability_text(item.probability)}" if item.commit else "no commit"
        )
        lines = []
        for clue in item.clues:
            place = clue.source.path + (f":{clue.source.line}" if clue.source.line else "")
            lines.append(f"    [{clue.weight:+.1f}] {one_line(f'{clue.kind}: {clue.says} ({place})')}")
        yield from folded(f"{item.path or TOP}: {item.resolution_class}, {commit}", lines)


def _gaps(account: Account) -> Iterator[str]:
    yield from section("Gaps and open questions")
    if account.matrix is None:
        yield _todo("artifact matrix", "bisect-parity audit --out DIR")
        return
    yield from (*gap_lines(account.matrix), *question_lines(account.matrix))

"""The tested commits of a bisection or a sweep as tables, and an account to paste into an issue. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from os.path import commonprefix
from typing import TYPE_CHECKING

from bisect_parity.files import printable
from bisect_parity.history.commit_summary import CommitSummary
from bisect_parity.report.flaky import flaky_options_text, flaky_table
from bisect_parity.report.markdown import code, escape, table
from bisect_parity.wording import (
    SHORT,
    case_option,
    counted,
    figure_text,
    first_of,
    search_command,
    threshold_words,
)

if TYPE_CHECKING:
    from bisect_parity.report.search_documents import Bisection, CheckedCommit, Search

LISTED_LIMIT = 10
LONG_BEGINNING = 40  # characters that two values share
COLUMNS = (
    "check",
    "commit",
    "date",
    "subject",
    "role",
    "verdict",
    "correlation",
    "margin",
    "sum_ratio",
    "margin",
    "seconds",
    "reason",
)
FIGURES = frozenset({"correlation", "sum_ratio", "margin"})
CSV_COLUMNS = (
    "check",
    "commit",
    "date",
    "subject",
    "role",
    "size",
    "verdict",
    "correlation",
    "correlation_margin",
    "sum_ratio",
    "sum_ratio_margin",
    "seconds",
    "known_from",
    "reason",
)


def tested_table(document: Search) -> list[str]:
    """The tested commits as the lines of a Markdown table, in the order of the document."""
    facts, rows = document.by_commit(), []
    is_measured = _is_measured(document)
    for check in document.tested:
        known = facts.get(check.commit, CommitSummary(check.commit))
        source = check.known_from
        cells = (
            escape(check.name.partition("-")[0]),
            code(check.commit[:SHORT]),
            escape(known.date),
            escape(known.subject),
            escape(check.role),
            escape(check.verdict),
            *(_figures(check) if is_measured else ()),
            escape(f"as {source.partition('-')[0]}") if source else f"{check.seconds:.1f}",
            escape(check.reason),
        )
        rows.append(cells)
    return table([name for name in COLUMNS if is_measured or name not in FIGURES], rows)


def is_test(document: Search) -> bool:
    """Whether a test gave the verdicts: it has no size that counts."""
    return any(check.step == "test" for check in document.tested)


def _is_measured(document: Search) -> bool:
    """Whether images were compared; a test has no figures."""
    return any(check.correlation is not None for check in document.tested)


def _figures(check: CheckedCommit) -> tuple[str, ...]:
    pairs = (("correlation", check.correlation), ("sum_ratio", check.sum_ratio))
    return tuple(figure_text(value) for name, own in pairs for value in (own, check.margins.get(name)))


def matrix_csv(document: Search) -> str:
    """The tested commits as comma-separated values, with a header; figures to the last digit."""
    facts = document.by_commit()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for check in document.tested:
        known = facts.get(check.commit, CommitSummary(check.commit))
        row = (
            check.name,
            check.commit,
            known.date,
            known.subject,
            check.role,
            check.size,
            check.verdict,
            *_figures(check),
            check.seconds,
            check.known_from or "",
            check.reason,
        )
        writer.writerow([_plain(str(value)) for value in row])
    return text.getvalue()


def issue_markdown(document: Bisection) -> str:
    """The answer in short, to be pasted into an issue tracker."""
    is_fix = document.find == "fix"
    old, new = (document.ends[end].commit for end in (("bad", "good") if is_fix else ("good", "bad")))
    again = search_command(old, new, flaky_options_text(document), search_options(document), is_fix=is_fix)
    lines = [
        f"### {escape(_issue_title(document))}",
        "",
        *(f"- {escape(text)}" for text in document.says),
        *_issue_commit(document),
        *_issue_inside(document),
        "",
        *(_issue_tested(document) if document.flaky is None else flaky_table(document)),
        "",
        f"To see it again: {code(again)} (with {counted(document.checks_run, 'check')})",
    ]
    return "\n".join(lines) + "\n"


def search_options(document: Search) -> str:
    """The options of a further search on the same case, by the same thresholds."""
    limits = document.thresholds or {}
    words = threshold_words(limits.get("correlation_min"), limits.get("sum_ratio_tolerance"))
    return " ".join([case_option(document.case), *words])


def _issue_title(document: Bisection) -> str:
    """The answer in one line; a commit that the proof speaks against is not named."""
    commit, is_fix = document.answer, document.find == "fix"
    subject = "Test" if is_test(document) else "Parity"
    if not commit or document.outcome == "refuted":
        return f"{subject}: {document.outcome.replace('-', ' ')}"
    what = "fixed by" if is_fix else "broken by"
    if document.flaky is not None:
        what = f"fails {'less' if is_fix else 'more'} often since"
    return f"{subject} {what} {commit[:SHORT]}: {document.facts(commit).subject}"


def _issue_commit(document: Bisection) -> Iterator[str]:
    """What the commit that the search came to is, and what it changes."""
    commit = document.answer
    if not commit:
        return
    known = document.facts(commit)
    what = "the search led to" if document.outcome == "refuted" else "commit"
    yield f"- {what}: {commit}, {escape(known.author)}, {known.date}"
    files = [code(item.path) for item in known.files]
    if files:
        yield f"- files: {first_of(files, LISTED_LIMIT)}"
    told = [
        f"- parameter {code(name)}: {escape(before)} -> {escape(now)}"
        for name, before, now in changed_parameters(document)
    ]
    yield from first_lines(told, LISTED_LIMIT, "- ", "parameter")


def _issue_inside(document: Bisection) -> Iterator[str]:
    """What the searches inside the submodules that the commit moves came to."""
    for inner in document.inner:
        yield f"- inside the {inner.kind} {code(inner.submodule)}: {inner.search.outcome}"
        yield from (f"  {line}" for line in _issue_commit(inner.search))


def _issue_tested(document: Bisection) -> Iterator[str]:
    """The commits that have a verdict as a table, and those that could not be tested by their reasons."""
    subjects, is_measured = document.subjects(), _is_measured(document)
    shown = {check.commit: check for check in document.tested if check.role != "revert"}
    rows = [
        (
            commit[:SHORT],
            escape(check.verdict),
            *(_figures(check)[::2] if is_measured else (escape(check.reason),)),
            escape(subjects[commit]),
        )
        for commit, check in shown.items()
        if check.verdict != "skip"
    ]
    names = ("correlation", "sum ratio") if is_measured else ("reason",)
    if rows:
        yield from table(("commit", "verdict", *names, "subject"), rows)
    skips = list(skip_lines(document))
    if skips and rows:
        yield ""
    yield from (f"- not testable: {escape(text)}" for text in skips[:LISTED_LIMIT])
    if len(skips) > LISTED_LIMIT:
        yield f"- and {len(skips) - LISTED_LIMIT} more, see bisect.md"


def changed_parameters(document: Bisection) -> Iterator[tuple[str, str, str]]:
    """The parameters that the answer changes: the name, what was stated before, and what is now.

    Long values, of a table, say, begin where they differ.
    """
    for item in document.change.parameters if document.change else ():
        before, now = ("not stated" if value is None else value for value in (item.parent, item.commit))
        same = before.rfind(" ", 0, len(commonprefix((before, now))))  # noqa: RUF071 - of texts, not of paths
        lead, start = ("...", same) if same > LONG_BEGINNING else ("", 0)
        yield item.name, lead + before[start:], lead + now[start:]


def first_lines(lines: Sequence[str], most: int, lead: str, noun: str) -> Iterator[str]:
    """The first few lines, and how many more there are."""
    yield from lines[:most]
    if len(lines) > most:
        yield f"{lead}and {counted(len(lines) - most, f'more {noun}')}, in bisect.json"


def skip_lines(document: Bisection) -> Iterator[str]:
    """The ranges of commits that could not be tested, with their reasons."""
    for item in document.skip_ranges:
        first, last = item.first[:SHORT], item.last[:SHORT]
        where = first if first == last else f"{first} to {last} ({item.tried} tried)"
        step = f" ({item.step})" if item.step else ""
        yield f"{where}: {item.reason}{step}"


def _plain(text: str) -> str:
    return " ".join(printable(text).split()).encode("ascii", "backslashreplace").decode()

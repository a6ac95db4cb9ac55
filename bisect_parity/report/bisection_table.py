"""The tested commits of a bisection or a sweep as tables, and an account to paste into an issue. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from bisect_parity.files import printable
from bisect_parity.report.flaky import flaky_options_text, flaky_table
from bisect_parity.report.markdown import code, escape, table
from bisect_parity.wording import SHORT, case_option, counted, figure_text, threshold_words

LISTED_LIMIT = 10
NONE_ASKED: dict[str, float | None] = {"correlation_min": None, "sum_ratio_tolerance": None}
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

Document = dict[str, Any]


def tested_table(document: Document) -> list[str]:
    """The tested commits as the lines of a Markdown table, in the order of the document."""
    facts, rows = facts_by_commit(document), []
    is_measured = _is_measured(document)
    for check in document["tested"]:
        known = facts.get(check["commit"], {})
        source = check["known_from"]
        cells = (
            check["name"].partition("-")[0],
            code(check["commit"][:SHORT]),
            escape(known.get("date", "")),
            escape(known.get("subject", "")),
            escape(check["role"]),
            escape(check["verdict"]),
            *(_figures(check) if is_measured else ()),
            f"as {source.partition('-')[0]}" if source else f"{check['seconds']:.1f}",
            escape(check["reason"]),
        )
        rows.append(cells)
    return table([name for name in COLUMNS if is_measured or name not in FIGURES], rows)


def is_test(document: Document) -> bool:
    """Whether a test gave the verdicts: it has no size that counts."""
    return any(check.get("step") == "test" for check in document["tested"])


def _is_measured(document: Document) -> bool:
    """Whether images were compared; a test has no figures."""
    return any(check["correlation"] is not None for check in document["tested"])


def _figures(check: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("correlation", "sum_ratio")
    return tuple(figure_text(part.get(name)) for name in names for part in (check, check["margins"]))


def matrix_csv(document: Document) -> str:
    """The tested commits as comma-separated values, with a header; figures to the last digit."""
    facts = facts_by_commit(document)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for check in document["tested"]:
        known = facts.get(check["commit"], {})
        row = (
            check["name"],
            check["commit"],
            known.get("date", ""),
            known.get("subject", ""),
            check["role"],
            check["size"],
            check["verdict"],
            *_figures(check),
            check["seconds"],
            check["known_from"] or "",
            check["reason"],
        )
        writer.writerow([_plain(str(value)) for value in row])
    return text.getvalue()


def issue_markdown(document: Document) -> str:
    """The answer in short, to be pasted into an issue tracker."""
    good, bad = (document["ends"][end]["commit"] for end in ("good", "bad"))
    find = (" --find fix" if document["find"] == "fix" else "") + flaky_options_text(document)
    again = f"bisect-parity bisect --good {good} --bad {bad}{find} {case_option(document['case'])}"
    again = " ".join([again, *threshold_words(**document["thresholds"] or NONE_ASKED)])
    lines = [
        f"### {escape(_issue_title(document))}",
        "",
        *(f"- {escape(text)}" for text in document["says"]),
        *_issue_commit(document),
        *_issue_inside(document),
        "",
        *(_issue_tested(document) if document.get("flaky") is None else flaky_table(document)),
        "",
        f"To see it again: {code(again)} (with {counted(document['checks_run'], 'check')})",
    ]
    return "\n".join(lines) + "\n"


def _named(document: Document) -> str | None:
    """The commit that a search came to."""
    commit: str | None = document["first_good" if document["find"] == "fix" else "first_bad"]
    return commit


def _issue_title(document: Document) -> str:
    """The answer in one line; a commit that the proof speaks against is not named."""
    commit, is_fix = _named(document), document["find"] == "fix"
    subject = "Test" if is_test(document) else "Parity"
    if not commit or document["outcome"] == "refuted":
        return f"{subject}: {document['outcome'].replace('-', ' ')}"
    what = "fixed by" if is_fix else "broken by"
    if document.get("flaky") is not None:
        what = f"fails {'less' if is_fix else 'more'} often since"
    return (
        f"{subject} {what} {commit[:SHORT]}: {facts_by_commit(document).get(commit, {}).get('subject', '')}"
    )


def _issue_commit(document: Document) -> Iterator[str]:
    """What the commit that the search came to is, and what it changes."""
    commit = _named(document)
    if not commit:
        return
    known = facts_by_commit(document).get(commit, {})
    what = "the search led to" if document["outcome"] == "refuted" else "commit"
    yield f"- {what}: {commit}, {escape(known.get('author', ''))}, {known.get('date', '')}"
    files = [code(item["path"]) for item in known.get("files", [])][:LISTED_LIMIT]
    if files:
        yield f"- files: {', '.join(files)}"
    for name, before, now in changed_parameters(document, LISTED_LIMIT):
        yield f"- parameter {code(name)}: {escape(before)} -> {escape(now)}"


def _issue_inside(document: Document) -> Iterator[str]:
    """What the searches inside the submodules that the commit moves came to."""
    inner = document.get("inside")
    while inner:
        search = inner["search"]
        kind = "subtree" if inner.get("is_subtree") else "submodule"
        yield f"- inside the {kind} {code(inner['submodule'])}: {search['outcome']}"
        yield from (f"  {line}" for line in _issue_commit(search))
        inner = search.get("inside")


def _issue_tested(document: Document) -> Iterator[str]:
    """The commits that have a verdict as a table, and those that could not be tested by their reasons."""
    facts, is_measured = facts_by_commit(document), _is_measured(document)
    shown = {check["commit"]: check for check in document["tested"] if check["role"] != "revert"}
    rows = [
        (
            commit[:SHORT],
            escape(check["verdict"]),
            *(_figures(check)[::2] if is_measured else (escape(check["reason"]),)),
            escape(facts.get(commit, {}).get("subject", "")),
        )
        for commit, check in shown.items()
        if check["verdict"] != "skip"
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


def changed_parameters(document: Document, most: int) -> Iterator[tuple[str, str, str]]:
    """The first few parameters that the answer changes: the name, what was stated before, and what is now."""
    for item in (document["change"] or {"parameters": []})["parameters"][:most]:
        before, now = ("not stated" if item[side] is None else item[side] for side in ("parent", "commit"))
        yield item["name"], before, now


def skip_lines(document: Document) -> Iterator[str]:
    """The ranges of commits that could not be tested, with their reasons."""
    for item in document["skip_ranges"]:
        first, last = item["first"][:SHORT], item["last"][:SHORT]
        where = first if first == last else f"{first} to {last} ({item['tried']} tried)"
        step = f" ({item['step']})" if item["step"] else ""
        yield f"{where}: {item['reason']}{step}"


def _plain(text: str) -> str:
    return " ".join(printable(text).split()).encode("ascii", "backslashreplace").decode()


def facts_by_commit(document: Document) -> dict[str, dict[str, Any]]:
    """What is known of each commit that the document names, by its full id."""
    return {facts["commit"]: facts for facts in document["commit_facts"]}

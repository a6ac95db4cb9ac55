"""The tested commits of a bisection or a sweep as tables, and an account to paste into an issue. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from bisect_parity.files import printable
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["cell", "issue_markdown", "matrix_csv", "tested_table"]

SHORT = 12
LISTED_LIMIT = 10
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


def tested_table(document: Document) -> Iterator[str]:
    """The tested commits as the lines of a Markdown table, in the order of the document."""
    facts = _facts(document)
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|" + "---|" * len(COLUMNS)
    for check in document["tested"]:
        known = facts.get(check["commit"], {})
        source = check["known_from"]
        cells = (
            check["name"].partition("-")[0],
            f"`{check['commit'][:SHORT]}`",
            known.get("date", ""),
            known.get("subject", ""),
            check["role"],
            check["verdict"],
            _figure(check["correlation"]),
            _figure(check["margins"].get("correlation")),
            _figure(check["sum_ratio"]),
            _figure(check["margins"].get("sum_ratio")),
            f"as {source.partition('-')[0]}" if source else f"{check['seconds']:.1f}",
            check["reason"],
        )
        yield f"| {' | '.join(cell(text) for text in cells)} |"


def matrix_csv(document: Document) -> str:
    """The tested commits as comma-separated values, with a header; figures to the last digit."""
    facts = _facts(document)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(CSV_COLUMNS)
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
            _figure(check["correlation"]),
            _figure(check["margins"].get("correlation")),
            _figure(check["sum_ratio"]),
            _figure(check["margins"].get("sum_ratio")),
            check["seconds"],
            check["known_from"] or "",
            check["reason"],
        )
        table.writerow([_plain(str(value)) for value in row])
    return text.getvalue()


def issue_markdown(document: Document) -> str:
    """The answer in short, to be pasted into an issue tracker."""
    facts = _facts(document)
    is_fix = document["find"] == "fix"
    answer = document["first_good" if is_fix else "first_bad"]
    title = f"Parity: {document['outcome'].replace('-', ' ')}"
    if answer:
        what = "mended" if is_fix else "broken"
        title = f"Parity {what} by {answer[:SHORT]}: {facts.get(answer, {}).get('subject', '')}"
    lines = [f"### {cell(title)}", ""]
    lines += [f"- {cell(text)}" for text in document["says"]]
    if answer:
        known = facts.get(answer, {})
        lines.append(f"- commit: {answer}, {cell(known.get('author', ''))}, {known.get('date', '')}")
        files = [f"`{cell(item['path'])}`" for item in known.get("files", [])][:LISTED_LIMIT]
        lines += [f"- files: {', '.join(files)}"] if files else []
        changes = (document["change"] or {"parameters": []})["parameters"][:LISTED_LIMIT]
        lines += [
            f"- parameter `{cell(item['name'])}`: {cell(str(item['parent']))} -> {cell(str(item['commit']))}"
            for item in changes
        ]
    lines += ["", "| commit | verdict | correlation | sum ratio | subject |", "|---|---|---|---|---|"]
    shown = {check["commit"]: check for check in document["tested"] if check["role"] != "revert"}
    for commit, check in shown.items():
        subject = facts.get(commit, {}).get("subject", "")
        row = (
            commit[:SHORT],
            check["verdict"],
            _figure(check["correlation"]),
            _figure(check["sum_ratio"]),
            subject,
        )
        lines.append(f"| {' | '.join(cell(text) for text in row)} |")
    good, bad = (document["ends"][end]["commit"] for end in ("good", "bad"))
    find = " --find fix" if is_fix else ""
    again = f"bisect-parity bisect --good {good} --bad {bad}{find} --case {document['case']}"
    lines += ["", f"To see it again: `{again}` (with {counted(document['checks_run'], 'check')})"]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Text that stays in its table cell, and that Markdown does not take for markup."""
    return _plain(text).replace("|", "\\|").replace("<", "&lt;")


def _plain(text: str) -> str:
    return " ".join(printable(text).split()).encode("ascii", "backslashreplace").decode()


def _facts(document: Document) -> dict[str, Mapping[str, Any]]:
    return {facts["commit"]: facts for facts in document["commit_facts"]}


def _figure(value: float | None) -> str:
    return "" if value is None else repr(value)

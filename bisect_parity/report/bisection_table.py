"""The tested commits of a bisection or a sweep as tables, and an account to paste into an issue. Pure."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from bisect_parity.files import printable
from bisect_parity.report.flaky import flaky_options_text, flaky_table
from bisect_parity.report.markdown import code, escape, table
from bisect_parity.wording import SHORT, case_option, counted, figure_text, threshold_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["changed_parameters", "is_test", "issue_markdown", "matrix_csv", "tested_table"]

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
    facts, rows = _facts(document), []
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
    """Whether a test told the verdicts, which has no size that counts."""
    return any(check.get("step") == "test" for check in document["tested"])


def _is_measured(document: Document) -> bool:
    """Whether images were compared; a test has no figures."""
    return any(check["correlation"] is not None for check in document["tested"])


def _figures(check: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("correlation", "sum_ratio")
    return tuple(figure_text(part.get(name)) for name in names for part in (check, check["margins"]))


def matrix_csv(document: Document) -> str:
    """The tested commits as comma-separated values, with a header; figures to the last digit."""
    facts = _facts(document)
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
    facts = _facts(document)
    is_fix = document["find"] == "fix"
    answer = document["first_good" if is_fix else "first_bad"]
    subject = "Test" if is_test(document) else "Parity"
    title = f"{subject}: {document['outcome'].replace('-', ' ')}"
    if answer:
        what = "mended by" if is_fix else "broken by"
        if document.get("flaky") is not None:
            what = f"fails {'less' if is_fix else 'more'} often since"
        title = f"{subject} {what} {answer[:SHORT]}: {facts.get(answer, {}).get('subject', '')}"
    lines = [f"### {escape(title)}", ""]
    lines += [f"- {escape(text)}" for text in document["says"]]
    if answer:
        known = facts.get(answer, {})
        lines.append(f"- commit: {answer}, {escape(known.get('author', ''))}, {known.get('date', '')}")
        files = [code(item["path"]) for item in known.get("files", [])][:LISTED_LIMIT]
        lines += [f"- files: {', '.join(files)}"] if files else []
        lines += [
            f"- parameter {code(name)}: {escape(before)} -> {escape(now)}"
            for name, before, now in changed_parameters(document, LISTED_LIMIT)
        ]
    shown = {check["commit"]: check for check in document["tested"] if check["role"] != "revert"}
    is_measured = _is_measured(document)
    rows = [
        (
            commit[:SHORT],
            escape(check["verdict"]),
            *(_figures(check)[::2] if is_measured else (escape(check["reason"]),)),
            escape(facts.get(commit, {}).get("subject", "")),
        )
        for commit, check in shown.items()
    ]
    shown_names = ("correlation", "sum ratio") if is_measured else ("reason",)
    tested = table(("commit", "verdict", *shown_names, "subject"), rows)
    lines += ["", *(tested if document.get("flaky") is None else flaky_table(document))]
    good, bad = (document["ends"][end]["commit"] for end in ("good", "bad"))
    find = (" --find fix" if is_fix else "") + flaky_options_text(document)
    again = f"bisect-parity bisect --good {good} --bad {bad}{find} {case_option(document['case'])}"
    again = " ".join([again, *threshold_words(**document["thresholds"] or NONE_ASKED)])
    lines += ["", f"To see it again: {code(again)} (with {counted(document['checks_run'], 'check')})"]
    return "\n".join(lines) + "\n"


def changed_parameters(document: Document, most: int) -> Iterator[tuple[str, str, str]]:
    """The first few parameters that the answer changes: the name, what was stated before, and what is now."""
    for item in (document["change"] or {"parameters": []})["parameters"][:most]:
        before, now = ("not stated" if item[side] is None else item[side] for side in ("parent", "commit"))
        yield item["name"], before, now


def _plain(text: str) -> str:
    return " ".join(printable(text).split()).encode("ascii", "backslashreplace").decode()


def _facts(document: Document) -> dict[str, Mapping[str, Any]]:
    return {facts["commit"]: facts for facts in document["commit_facts"]}

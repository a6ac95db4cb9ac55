"""A sweep told in plain text and Markdown, from its document sweep.json. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.report.bisection_table import tested_table
from bisect_parity.report.markdown import escape
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["sweep_lines", "sweep_markdown"]


Document = dict[str, Any]


def sweep_lines(document: Document) -> Iterator[str]:
    """Every flip, and how much was looked at, in a few lines."""
    subjects = {facts["commit"]: facts["subject"] for facts in document["commit_facts"]}
    for flip in document["flips"]:
        yield f"{flip['change']}: {flip['after']} {subjects.get(flip['after'], '')}"
        between = f", {flip['untested']} untested between them" if flip["untested"] else ""
        yield f"  after {flip['before'][:SHORT]} {subjects.get(flip['before'], '')}{between}"
    kinds = [check["verdict"] for check in document["tested"]]
    by_kind = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    yield f"flips: {len(document['flips'])}; tested: {by_kind or 'nothing'}"
    whole = "all" if document["complete"] else "not all"
    yield (
        f"{counted(document['code_states'], 'code state')} in {counted(document['commits'], 'commit')}, "
        f"{whole} asked for; "
        f"checks: {document['checks_run']} run, {document['checks_cached']} known before"
    )


def sweep_markdown(document: Document) -> str:
    """The whole account, as sweep.md."""
    lines = ["# Sweep", "", f"From `{document['from']}` to `{document['to']}`", "", "## Flips", ""]
    lines += [f"- {escape(line)}" for line in sweep_lines(document)]
    lines += ["", "## Tested commits", "", *tested_table(document)]
    return "\n".join(lines) + "\n"

"""A bisection told in plain text and Markdown, from its document bisect.json. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bisect_parity.files import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["bisection_lines", "bisection_markdown", "verdict_line"]

SHORT = 12
LISTED_LIMIT = 20
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

Document = dict[str, Any]


def verdict_line(check: Mapping[str, Any]) -> str:
    """One check in one line, for a log or a terminal."""
    figures = [
        f"{name} {check[name]}" for name in ("correlation", "sum_ratio") if check.get(name) is not None
    ]
    source = f"known from {check['known_from']}" if check["known_from"] else f"{check['seconds']:.1f} s"
    reason = check["reason"] if check["verdict"] in ("skip", "abort") or not figures else ""
    told = ", ".join([*figures, *([reason] if reason else []), source])
    return f"{check['commit'][:SHORT]} {check['verdict']:<5} ({check['role']}): {told}"


def bisection_lines(document: Document) -> Iterator[str]:
    """The answer in a few lines: what it is, why, and what to do."""
    yield f"outcome: {document['outcome']}"
    answer, parent = _answer(document)
    if answer:
        facts = _facts(document).get(answer, {})
        yield f"{_wanted(document)}: {answer}"
        yield f"  {facts.get('date', '')} {facts.get('author', '')}: {facts.get('subject', '')}"
        yield f"  its parent: {parent or 'none'}"
        for changed in facts.get("files", [])[:LISTED_LIMIT]:
            yield f"  {changed['status']} {changed['path']}"
    yield from document["says"]
    for commit in document["candidates"]:
        yield f"  candidate {commit} {_facts(document).get(commit, {}).get('subject', '')}"
    for reason, commits in _skip_groups(document):
        yield f"skipped, {reason}: {', '.join(commit[:SHORT] for commit in commits)}"
    yield from _suspect_lines(document)
    yield f"checks: {document['checks_run']} run, {document['checks_cached']} known before"


def bisection_markdown(document: Document) -> str:
    """The whole account, as bisect.md."""
    lines = [f"# Bisection: {document['outcome']}", ""]
    answer, parent = _answer(document)
    facts = _facts(document)
    if answer:
        known = facts.get(answer, {})
        lines += [f"{_wanted(document).capitalize()}: `{answer}`", ""]
        lines += [f"- subject: {_cell(known.get('subject', ''))}"]
        lines += [f"- author and date: {_cell(known.get('author', ''))}, {known.get('date', '')}"]
        lines += [f"- parent: `{parent}`" if parent else "- parent: none"]
        lines += [f"- {item['status']} `{_cell(item['path'])}`" for item in known.get("files", [])]
        lines.append("")
    lines += [*(_cell(sentence) for sentence in document["says"]), ""]
    lines += ["## Range", ""]
    for name in ("good", "bad"):
        commit = document["ends"][name]["commit"]
        lines.append(f"- {name}: `{commit}` {_cell(facts.get(commit, {}).get('subject', ''))}".rstrip())
    lines.append(f"- between them: {document['commits']} commits, {document['code_states']} code states")
    lines.append(
        f"- case: {_cell(document['case'])} at size {document['size']}, looking for a {document['find']}"
    )
    lines.append(f"- checks: {document['checks_run']} run, {document['checks_cached']} known before")
    if document["tested"]:
        lines += ["", "## Tested commits", "", *_table(document)]
    if document["candidates"]:
        lines += ["", "## Commits that are left", ""]
        lines += [f"- `{c}` {_cell(facts.get(c, {}).get('subject', ''))}" for c in document["candidates"]]
    groups = _skip_groups(document)
    if groups:
        lines += ["", "## Skipped", ""]
        lines += [
            f"- {_cell(reason)}: {', '.join(f'`{c[:SHORT]}`' for c in commits)}" for reason, commits in groups
        ]
    suspects = list(_suspect_lines(document))
    if suspects:
        lines += [
            "",
            "## Suspects in the user's own directory",
            "",
            *(f"- {_cell(line)}" for line in suspects),
        ]
    return "\n".join(lines) + "\n"


def _answer(document: Document) -> tuple[str | None, str | None]:
    kind = "first_bad" if document["find"] == "regression" else "first_good"
    return document[kind], document[f"{kind}_parent"]


def _wanted(document: Document) -> str:
    return "first bad commit" if document["find"] == "regression" else "first good commit"


def _facts(document: Document) -> dict[str, dict[str, Any]]:
    return {facts["commit"]: facts for facts in document["commit_facts"]}


def _skip_groups(document: Document) -> list[tuple[str, list[str]]]:
    """Skipped commits by reason, the largest group first."""
    groups: dict[str, list[str]] = {}
    for skipped in document["skipped"]:
        groups.setdefault(skipped["reason"], []).append(skipped["commit"])
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def _suspect_lines(document: Document) -> Iterator[str]:
    for kind, paths in (document["suspects"] or {}).items():
        for path in paths[:LISTED_LIMIT]:
            yield f"{kind}: {path}"
        if len(paths) > LISTED_LIMIT:
            yield f"{kind}: and {len(paths) - LISTED_LIMIT} more, in bisect.json"


def _table(document: Document) -> Iterator[str]:
    facts = _facts(document)
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|" + "---|" * len(COLUMNS)
    for check in document["tested"]:
        known = facts.get(check["commit"], {})
        margins = check["margins"]
        cells = (
            check["name"].partition("-")[0],
            f"`{check['commit'][:SHORT]}`",
            known.get("date", ""),
            known.get("subject", ""),
            check["role"],
            check["verdict"],
            _figure(check["correlation"]),
            _figure(margins.get("correlation")),
            _figure(check["sum_ratio"]),
            _figure(margins.get("sum_ratio")),
            f"as {check['known_from'].partition('-')[0]}"
            if check["known_from"]
            else f"{check['seconds']:.1f}",
            check["reason"],
        )
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _figure(value: float | None) -> str:
    return "" if value is None else repr(value)


def _cell(text: str) -> str:
    """Text that stays in its table cell, and that Markdown does not take for markup."""
    plain = " ".join(printable(text).split()).encode("ascii", "backslashreplace").decode()
    return plain.replace("|", "\\|").replace("<", "&lt;")

"""A bisection in plain text and Markdown, from its document bisect.json. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bisect_parity.files import printable
from bisect_parity.report.bisection_table import (
    changed_parameters,
    facts_by_commit,
    is_test,
    skip_lines,
    tested_table,
)
from bisect_parity.report.flaky import flaky_lines, flaky_section
from bisect_parity.report.markdown import code, escape, section
from bisect_parity.wording import SHORT, counted

LISTED_LIMIT = 20
AHEAD = "ahead"  # the role of a check that nobody asked for in the end
Document = dict[str, Any]


def verdict_line(check: Mapping[str, Any]) -> str:
    """One check in one line, for a log or a terminal."""
    figures = [
        f"{name} {check[name]}" for name in ("correlation", "sum_ratio") if check.get(name) is not None
    ]
    source = f"known from {check['known_from']}" if check["known_from"] else f"{check['seconds']:.1f} s"
    reason = check["reason"] if check["verdict"] in ("skip", "abort") or not figures else ""
    details = ", ".join([*figures, *([reason] if reason else []), source])
    commit = " ".join(filter(None, (check.get("submodule"), check["commit"][:SHORT])))
    return f"{commit} {check['verdict']:<5} ({check['role']}): {details}"


def bisection_lines(document: Document) -> Iterator[str]:
    """The answer in a few lines: what it is, why, and what to do."""
    yield f"outcome: {document['outcome']}"
    answer, parent = _answer(document)
    if answer:
        facts = facts_by_commit(document).get(answer, {})
        yield f"{_wanted(document)}: {answer}"
        yield f"  {facts.get('date', '')} {facts.get('author', '')}: {facts.get('subject', '')}"
        parents = facts.get("parents", ())
        is_merge = len(parents) > 1
        yield f"  its parents: {', '.join(parents)}" if is_merge else f"  its parent: {parent or 'none'}"
        for changed in facts.get("files", [])[:LISTED_LIMIT]:
            old = f"{changed['old_path']} -> " if changed.get("old_path") else ""
            yield f"  {changed['status']} {old}{changed['path']}"
        yield from (f"  parameter {text}" for text in _parameter_lines(document))
    yield from document["says"]
    yield from flaky_lines(document)
    yield from _candidate_lines(document)
    yield from (f"skipped: {text}" for text in skip_lines(document))
    yield from _suspect_lines(document)
    yield f"checks: {_check_counts(document)}"
    if inner := document.get("inside"):
        yield f"inside the {_kind(inner)} {_inside_text(inner)}:"
        yield from (f"  {line}" for line in bisection_lines(inner["search"]))


def _candidate_lines(document: Document) -> Iterator[str]:
    """The commits that are left; of very many, the first and the last."""
    left = document["candidates"] if document.get("flaky") is None else []
    facts = facts_by_commit(document)
    lines = [f"  candidate {commit} {facts.get(commit, {}).get('subject', '')}" for commit in left]
    if len(lines) > LISTED_LIMIT:
        half = LISTED_LIMIT // 2
        more = f"  and {counted(len(lines) - 2 * half, 'candidate')} between them, in bisect.md"
        lines = [*lines[:half], more, *lines[-half:]]
    yield from lines


def bisection_markdown(document: Document) -> str:
    """The whole account, as bisect.md."""
    lines = [f"# Bisection: {document['outcome']}", ""]
    lines += _answer_section(document)
    if inner := document.get("inside"):
        lines += _inner_answers(inner)
    lines += [escape(sentence) for sentence in document["says"]]
    lines += _range_section(document)
    lines += flaky_section(document)
    if document["tested"] and document.get("flaky") is None:  # of very many checks, counts say more
        lines += [*section("Tested commits"), *tested_table(document)]
    if document["candidates"]:
        facts = facts_by_commit(document)
        lines += section("Commits that are left")
        lines += [f"- `{c}` {escape(facts.get(c, {}).get('subject', ''))}" for c in document["candidates"]]
    if document["skip_ranges"]:
        lines += [*section("Skipped"), *(f"- {escape(text)}" for text in skip_lines(document))]
    if document["change"] and document["change"]["lines"]:
        stated = document["change"]["lines"]
        lines += [*section("Lines of it that stand at the end of the range"), "```"]
        lines += [_code(f"{item['path']}:{item['line']}: {item['text']}") for item in stated]
        lines.append("```")
    if suspects := list(_suspect_lines(document)):
        lines += section("Suspects in the user's own directory")
        lines += [f"- {escape(line)}" for line in suspects]
    if inner:
        account = bisection_markdown(inner["search"]).replace("\n## ", f"\n## {escape(inner['submodule'])}: ")
        lines += [
            "",
            account.replace("# Bisection", f"# Inside the {_kind(inner)} {escape(_inside_text(inner))}", 1),
        ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _inside_text(inner: Document) -> str:
    """Which submodule is searched, and from where to where."""
    return f"{inner['submodule']}, from {inner['old'][:SHORT]} to {inner['new'][:SHORT]}"


def _kind(inner: Document) -> str:
    return "subtree" if inner.get("is_subtree") else "submodule"


def _inner_answers(inner: Document) -> Iterator[str]:
    """What the searches inside submodules came to, in a line each."""
    level: Document | None = inner
    while level:
        search = level["search"]
        answer, _ = _answer(search)
        subject = facts_by_commit(search).get(answer or "", {}).get("subject", "")
        named = f": {_wanted(search)} `{answer}` {escape(subject)}".rstrip() if answer else ""
        yield f"Inside the {_kind(level)} {code(level['submodule'])}: {search['outcome']}{named}"
        yield ""
        level = search.get("inside")


def _answer_section(document: Document) -> Iterator[str]:
    answer, parent = _answer(document)
    if not answer:
        return
    known = facts_by_commit(document).get(answer, {})
    yield f"{_wanted(document).capitalize()}: `{answer}`"
    yield ""
    yield f"- subject: {escape(known.get('subject', ''))}"
    yield f"- author and date: {escape(known.get('author', ''))}, {escape(known.get('date', ''))}"
    yield f"- parent: `{parent}`" if parent else "- parent: none"
    for item in known.get("files", []):
        old = f"{code(item['old_path'])} to " if item.get("old_path") else ""
        yield f"- {item['status']} {old}{code(item['path'])}"
    yield from (f"- parameter {escape(text)}" for text in _parameter_lines(document))
    yield ""


def _range_section(document: Document) -> Iterator[str]:
    facts = facts_by_commit(document)
    yield from section("Range")
    for name in ("good", "bad"):
        commit = document["ends"][name]["commit"]
        yield f"- {name}: `{commit}` {escape(facts.get(commit, {}).get('subject', ''))}".rstrip()
    states = document["code_states"]  # null where they are too many to be counted
    between = "" if states is None else f", {counted(states, 'code state')}"
    yield f"- between them: {counted(document['commits'], 'commit')}{between}"
    size = "" if is_test(document) else f" at size {document['size']}"
    yield f"- case: {escape(document['case'])}{size}, looking for a {document['find']}"
    yield f"- checks: {_check_counts(document)}"


def _check_counts(document: Document) -> str:
    """How many checks there were; and where several ran at once, how many of them nobody asked for."""
    counts = f"{document['checks_run']} run, {document['checks_cached']} known before"
    jobs = document.get("jobs", 1)
    if jobs == 1:
        return counts
    needless = sum(check["role"] == AHEAD for check in document["tested"])
    return f"{counts}; up to {jobs} at the same time, {needless} not needed"


def _answer(document: Document) -> tuple[str | None, str | None]:
    kind = "first_bad" if document["find"] == "regression" else "first_good"
    return document[kind], document[f"{kind}_parent"]


def _wanted(document: Document) -> str:
    """What the commit of the answer is; one that the proof speaks against is only where the search ended."""
    if document["outcome"] == "refuted":
        return "the search led to"
    return "first bad commit" if document["find"] == "regression" else "first good commit"


def _parameter_lines(document: Document) -> Iterator[str]:
    for name, before, now in changed_parameters(document, LISTED_LIMIT):
        yield f"{name}: {before} -> {now}"


def _suspect_lines(document: Document) -> Iterator[str]:
    for kind, paths in (document["suspects"] or {}).items():
        for path in paths[:LISTED_LIMIT]:
            yield f"{kind}: {path}"
        if len(paths) > LISTED_LIMIT:
            yield f"{kind}: and {len(paths) - LISTED_LIMIT} more, in bisect.json"


def _code(text: str) -> str:
    """A line that stays in its code block."""
    return printable(text).encode("ascii", "backslashreplace").decode().replace("```", "` ` `")

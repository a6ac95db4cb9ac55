"""A bisection in plain text and Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bisect_parity.files import printable_line
from bisect_parity.report.bisection_table import (
    changed_parameters,
    first_lines,
    is_test,
    skip_lines,
    tested_table,
)
from bisect_parity.report.flaky import flaky_lines, flaky_section
from bisect_parity.report.markdown import code, escape, one_line, section
from bisect_parity.report.search_documents import End
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from bisect_parity.report.search_documents import Bisection

LISTED_LIMIT = 20
LONGEST_VALUE = 120
AHEAD = "ahead"  # the role of a check that nobody asked for in the end


def bisection_lines(document: Bisection) -> Iterator[str]:
    """The answer in a few lines: what it is, why, and what to do."""
    yield f"outcome: {document.outcome}"
    answer = document.answer
    if answer:
        facts, parent = document.facts(answer), document.answer_parent
        yield f"{_wanted(document)}: {answer}"
        yield f"  {facts.date} {facts.author}: {facts.subject}"
        parents = facts.parents
        is_merge = len(parents) > 1
        yield f"  its parents: {', '.join(parents)}" if is_merge else f"  its parent: {parent or 'none'}"
        moved = ((f"{file.old_path} -> " if file.old_path else "", file) for file in facts.files)
        files = [f"  {file.status} {old}{file.path}" for old, file in moved]
        yield from first_lines(files, LISTED_LIMIT, "  ", "file")
        yield from _parameter_lines(document, "  ")
    yield from document.says
    yield from flaky_lines(document)
    yield from _candidate_lines(document)
    yield from (f"skipped: {text}" for text in skip_lines(document))
    yield from _suspect_lines(document)
    yield f"checks: {_check_counts(document)}"
    if inner := document.inside:
        yield f"inside the {inner.kind} {inner.text}:"
        yield from (f"  {line}" for line in bisection_lines(inner.search))


def _candidate_lines(document: Bisection) -> Iterator[str]:
    """The commits that are left; of very many, the first and the last."""
    subjects = document.subjects()
    left = document.candidates if document.flaky is None else ()
    lines = [f"  candidate {commit} {subjects[commit]}" for commit in left]
    if len(lines) > LISTED_LIMIT:
        half = LISTED_LIMIT // 2
        more = f"  and {counted(len(lines) - 2 * half, 'candidate')} between them, in bisect.md"
        lines = [*lines[:half], more, *lines[-half:]]
    yield from lines


def bisection_markdown(document: Bisection) -> str:
    """The whole account, as bisect.md."""
    subjects = document.subjects()
    lines = [f"# Bisection: {escape(document.outcome)}", ""]
    lines += _answer_section(document)
    lines += _inner_answers(document)
    lines += [escape(sentence) for sentence in document.says]
    lines += _range_section(document)
    lines += flaky_section(document)
    if document.tested and document.flaky is None:  # of very many checks, counts say more
        lines += [*section("Tested commits"), *tested_table(document)]
    if document.candidates:
        lines += section("Commits that are left")
        lines += [f"- {code(commit)} {escape(subjects[commit])}" for commit in document.candidates]
    if document.skip_ranges:
        lines += [*section("Skipped"), *(f"- {escape(text)}" for text in skip_lines(document))]
    if document.change and document.change.lines:
        lines += [*section("Lines of it that stand at the end of the range"), "```"]
        lines += [_code(f"{item.path}:{item.line}: {item.text}") for item in document.change.lines]
        lines.append("```")
    if suspects := list(_suspect_lines(document)):
        lines += section("Suspects in the user's own directory")
        lines += [f"- {escape(line)}" for line in suspects]
    if inner := document.inside:
        account = bisection_markdown(inner.search).replace("\n## ", f"\n## {escape(inner.submodule)}: ")
        lines += ["", account.replace("# Bisection", f"# Inside the {inner.kind} {escape(inner.text)}", 1)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _inner_answers(document: Bisection) -> Iterator[str]:
    """What the searches inside submodules came to, in a line each."""
    for inner in document.inner:
        search, answer = inner.search, inner.search.answer
        subject = search.facts(answer).subject
        named = f": {_wanted(search)} {code(answer)} {escape(subject)}".rstrip() if answer else ""
        yield f"Inside the {inner.kind} {code(inner.submodule)}: {escape(search.outcome)}{named}"
        yield ""


def _answer_section(document: Bisection) -> Iterator[str]:
    answer, parent = document.answer, document.answer_parent
    if not answer:
        return
    known = document.facts(answer)
    yield f"{_wanted(document).capitalize()}: {code(answer)}"
    yield ""
    yield f"- subject: {escape(known.subject)}"
    yield f"- author and date: {escape(known.author)}, {escape(known.date)}"
    yield f"- parent: {code(parent)}" if parent else "- parent: none"
    for item in known.files:
        old = f"{code(item.old_path)} to " if item.old_path else ""
        yield f"- {escape(item.status)} {old}{code(item.path)}"
    yield from (f"- {escape(text)}" for text in _parameter_lines(document, ""))
    yield ""


def _range_section(document: Bisection) -> Iterator[str]:
    yield from section("Range")
    for name in ("good", "bad"):
        commit = document.ends.get(name, End()).commit
        yield f"- {name}: {code(commit)} {escape(document.facts(commit).subject)}".rstrip()
    states = document.code_states  # None where they are too many to be counted
    between = "" if states is None else f", {counted(states, 'code state')}"
    yield f"- between them: {counted(document.commits, 'commit')}{between}"
    size = "" if is_test(document) else f" at size {document.size}"
    yield f"- case: {escape(document.case)}{size}, looking for a {escape(document.find)}"
    yield f"- checks: {_check_counts(document)}"


def _check_counts(document: Bisection) -> str:
    """How many checks there were; and where several ran at once, how many of them nobody asked for."""
    counts = f"{document.checks_run} run, {document.checks_cached} known before"
    if document.jobs == 1:
        return counts
    needless = sum(check.role == AHEAD for check in document.tested)
    return f"{counts}; up to {document.jobs} at the same time, {needless} not needed"


def _wanted(document: Bisection) -> str:
    """What the commit of the answer is; one that the proof speaks against is only where the search ended."""
    if document.outcome == "refuted":
        return "the search led to"
    return "first bad commit" if document.find == "regression" else "first good commit"


def _parameter_lines(document: Bisection, lead: str) -> Iterator[str]:
    told = [
        f"{lead}parameter {one_line(name)}: {' -> '.join(one_line(value, LONGEST_VALUE) for value in values)}"
        for name, *values in changed_parameters(document)
    ]
    yield from first_lines(told, LISTED_LIMIT, lead, "parameter")


def _suspect_lines(document: Bisection) -> Iterator[str]:
    for kind, paths in (document.suspects or {}).items():
        for path in paths[:LISTED_LIMIT]:
            yield f"{kind}: {path}"
        if len(paths) > LISTED_LIMIT:
            yield f"{kind}: and {len(paths) - LISTED_LIMIT} more, in bisect.json"


def _code(text: str) -> str:
    """A line that stays in its code block."""
    return printable_line(text).encode("ascii", "backslashreplace").decode().replace("```", "` ` `")

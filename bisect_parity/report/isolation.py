"""An isolation in plain text and Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bisect_parity.files import printable_line
from bisect_parity.report.markdown import code, escape, section, table
from bisect_parity.wording import SHORT, counted, figure_text

if TYPE_CHECKING:
    from bisect_parity.report.trial_documents import Change, Isolation

MOST_NAMED = 20
MOST_PATCH_LINES = 24  # on a terminal
WORDS = {"files": "file", "env": "variable", "params": "parameter", "code": "change"}
PATCH = "isolated.patch"  # what was found in the code, below the evidence output


def isolation_lines(document: Isolation) -> Iterator[str]:
    """The answer in a few lines."""
    yield from _answer(document)
    yield from (f"  {line}" for line in _patch_lines(document)[:MOST_PATCH_LINES])
    yield from _account(document)


def _answer(document: Isolation) -> Iterator[str]:
    yield f"outcome: {document.outcome}"
    found = document.found
    for change in found[:MOST_NAMED]:
        yield f"{WORDS.get(change.kind, change.kind)}: {_change(change)}"
    if len(found) > MOST_NAMED:
        yield f"and {len(found) - MOST_NAMED} more"


def _account(document: Isolation) -> Iterator[str]:
    yield from document.says
    if document.before is None:
        yield from _opened(document.opened)
    elif document.found:
        yield f"{PATCH} holds it; at {document.commit[:SHORT]}, git apply -R {PATCH} undoes it."
    yield from (f"left out for its size: {item.path}" for item in document.left_out)
    made = f"{counted(document.checks, 'check')} of {document.commit[:SHORT]} over"
    if document.before is None:
        yield (
            f"{made} {counted(document.changes, 'change')}; one culprit takes at most {document.most_checks}"
        )
    else:
        yield f"{made} {counted(document.changes, 'changed file')}"


def _patch_lines(document: Isolation) -> list[str]:
    """The lines of the patch that matter: from the first hunk on."""
    lines = list(document.patch or ())
    first = next((at for at, line in enumerate(lines) if line.startswith("@@")), len(lines))
    return lines[first:] if lines[first:] and lines[first:][-1] else lines[first:-1]


def _opened(opened: Sequence[str] | None) -> Iterator[str]:
    if opened is None:
        yield "Which files were opened is not known: strace is not installed, or may not trace."
    elif opened:
        more = f", and {len(opened) - MOST_NAMED} more" if len(opened) > MOST_NAMED else ""
        yield f"opened by the case: {', '.join(opened[:MOST_NAMED])}{more}"


def isolation_markdown(document: Isolation) -> Iterator[str]:
    """The whole account, as isolate.md."""
    yield f"# Isolation: {escape(document.outcome)}"
    yield ""
    yield from (f"- {escape(line)}" for line in (*_answer(document), *_account(document)))
    for others in document.others:
        yield f"- alone, too: {', '.join(code(_change(change)) for change in others)}"
    patch = _patch_lines(document)
    if patch:
        yield from ("", *(f"    {printable_line(line)}" for line in patch))
    yield from section("Checks")
    yield f"Case {code(document.case)} at size {document.size}, commit {code(document.commit)}."
    yield ""
    yield from table(
        (
            "check",
            "role",
            "changes",
            "verdict",
            "correlation",
            "sum of reference",
            "sum of candidate",
            "reason",
        ),
        [
            (
                code(test.name),
                escape(test.role),
                str(test.changes),
                escape(test.verdict),
                *map(figure_text, (test.correlation, test.sum_reference, test.sum_candidate)),
                escape(test.reason),
            )
            for test in document.tests
        ],
    )


def _change(change: Change) -> str:
    if change.kind == "code":
        return f"{change.name} ({change.state})"
    if change.kind == "files":
        count = f", {change.files} files" if change.files != 1 else ""
        return f"{change.name} ({change.state}, {change.size} bytes{count})"
    return change.name + (f" {change.value}" if change.value is not None else "")

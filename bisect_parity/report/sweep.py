"""A sweep in plain text and Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bisect_parity.report.bisection_table import tested_table
from bisect_parity.report.markdown import code, escape, section
from bisect_parity.wording import SHORT, counted, search_command

if TYPE_CHECKING:
    from bisect_parity.bisection.moves import FailureChange, Move
    from bisect_parity.report.search_documents import Sweep

MOVES_TOLD = 8


def sweep_lines(document: Sweep, options: str) -> Iterator[str]:
    """Every flip, the greatest moves besides, and how much was looked at, in a few lines.

    Args:
        document: of the sweep.
        options: of a search on the same case.
    """
    yield from _flip_lines(document, options)
    flipped = {(flip.before, flip.after) for flip in document.flips}
    moves = [move for move in document.moves if (move.before, move.after) not in flipped]
    yield from _move_lines(document, moves[:MOVES_TOLD])
    if len(moves) > MOVES_TOLD:
        yield f"and {counted(len(moves) - MOVES_TOLD, 'smaller move')} of the figures, in sweep.md"
    failures = document.failure_changes
    yield from _failure_lines(document, failures[:MOVES_TOLD])
    if len(failures) > MOVES_TOLD:
        yield f"and {counted(len(failures) - MOVES_TOLD, 'further change')} of the reason, in sweep.md"
    yield from _counts(document)


def sweep_markdown(document: Sweep, options: str) -> str:
    """The whole account, as sweep.md; `options` are those of `sweep_lines`."""
    lines = ["# Sweep", "", f"From {code(document.start)} to {code(document.end)}", *section("Flips")]
    lines += [f"- {escape(line)}" for line in (*_flip_lines(document, options), *_counts(document))]
    if document.moves:
        lines += section("Moves of the figures, the greatest first")
        lines += [f"- {escape(line)}" for line in _move_lines(document, document.moves)]
    if document.failure_changes:
        lines += section("Where commits begin to be bad for another reason")
        lines += [f"- {escape(line)}" for line in _failure_lines(document, document.failure_changes)]
    lines += [*section("Tested commits"), *tested_table(document)]
    return "\n".join(lines) + "\n"


def _flip_lines(document: Sweep, options: str) -> Iterator[str]:
    subjects = document.subjects()
    for flip in document.flips:
        yield f"{flip.change}: {flip.after} {subjects[flip.after]}"
        between = f", {flip.untested} untested between them" if flip.untested else ""
        yield f"  after {flip.before[:SHORT]} {subjects[flip.before]}{between}"
        before, after = flip.before[:SHORT], flip.after[:SHORT]
        is_fix = flip.change.startswith("bad")
        search = search_command(before, after, options, is_fix=is_fix)
        if flip.untested and not document.complete:  # else, those between cannot be tested
            yield f"  the commit is one of these: {search}"
        if inside := flip.submodules:
            yield f"  it moves {', '.join(inside)}, whose own commits may be to blame: {search}"


def _move_lines(document: Sweep, moves: Iterable[Move]) -> Iterator[str]:
    subjects = document.subjects()
    for move in moves:
        between = f", {move.untested} untested before it" if move.untested else ""
        yield f"{move.text}: {move.after[:SHORT]} {subjects[move.after]}{between}"


def _failure_lines(document: Sweep, changes: Iterable[FailureChange]) -> Iterator[str]:
    subjects = document.subjects()
    for change in changes:
        between = f", {change.untested} untested before it" if change.untested else ""
        commit = f"{change.after[:SHORT]} {subjects[change.after]}"
        yield f"bad for another reason: {commit}{between}"
        yield f"  {change.new}; before it: {change.old}"


def _counts(document: Sweep) -> Iterator[str]:
    kinds = [check.verdict for check in document.tested]
    by_kind = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    yield f"flips: {len(document.flips)}; tested: {by_kind or 'nothing'}"
    whole = "all" if document.complete else "not all"
    yield (
        f"{counted(document.code_states, 'code state')} in {counted(document.commits, 'commit')}, "
        f"{whole} asked for; "
        f"checks: {document.checks_run} run, {document.checks_cached} known before"
        + (f"; up to {document.jobs} at the same time" if document.jobs > 1 else "")
    )

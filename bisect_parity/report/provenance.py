"""Resolutions in plain text, and as provenance.md: a table of all bundles, then their clues. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from bisect_parity.provenance.clues import clock_text
from bisect_parity.provenance.further_notes import SEVERAL
from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.report.markdown import code, escape, folded, one_line, table
from bisect_parity.wording import SHORT, TOP, counted, probability_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bisect_parity.provenance.model import Resolution

LEAST = 0.01  # of a code state that is worth a run
_OF_FILE = frozenset("#@")  # one run of a file, or an earlier state of it


def summary_lines(resolutions: Sequence[Resolution]) -> Iterator[str]:
    """One line a bundle: class, commit, probability, path, note."""
    width = max((len(resolution.path) for resolution in resolutions if resolution.note), default=0)
    for item in resolutions:
        commit = item.commit[:SHORT] if item.commit else "-"
        probability = probability_text(item.probability) if item.commit else "-"
        note = f"  {item.note}" if item.note else ""
        answer = (
            f"{'-' if _holds_runs(item) else item.resolution_class:<12} {commit:<{SHORT}} {probability:>6}"
        )
        yield f"{answer}  {item.path or TOP:<{width}}{note}".rstrip()


def _holds_runs(item: Resolution) -> bool:
    """Whether nothing is amiss with what has no commit: it holds runs of several."""
    return item.commit is None and item.note.startswith(SEVERAL)


def explain(item: Resolution) -> Iterator[str]:
    """The whole account of one bundle: answer, rivals, clues with their places."""
    yield item.path or TOP
    if _holds_runs(item):
        yield f"  {item.note}"
        return
    if item.commit is None:
        yield f"  {item.resolution_class}: no commit can be named"
    else:
        yield (
            f"  {item.resolution_class}: {item.commit}, probability {probability_text(item.probability)};"
            f" its code state {probability_text(item.code_state_probability)}"
        )
    yield f"  working tree dirty: {item.dirty}"
    named = item.commit is not None
    for candidate in item.candidates[1:4] if named else item.candidates[:3]:
        same = "same code state" if candidate.code_state == item.code_state else "another code state"
        chance = probability_text(candidate.probability)
        is_known = named and candidate.code_state and item.code_state
        yield f"  or {candidate.commit[:SHORT]}, probability {chance}{f', {same}' if is_known else ''}"
    if item.note:
        yield f"  note: {item.note}"
    for clue in item.clues:
        place = clue.source.path + (f":{clue.source.line}" if clue.source.line else "")
        weight = f"{clue.weight:+.1f}" if clue.weight else " 0.0"
        yield f"  [{weight}] {clue.kind}: {clue.says} ({place})"
    if item.timeline:
        yield "  time line:"
    for event in item.timeline:
        mark = ">" if event.kind == "run" else " "
        yield f"  {mark} {clock_text(event.time)}  {event.kind:<7} {event.text}"
    if _is_open(item):
        rerun = f"bisect-parity rerun {shlex.quote(item.path)} --likely 3 -- COMMAND"
        yield f"  to be sure, run it again: {rerun}"


def _is_open(item: Resolution) -> bool:
    """Whether a rerun could add something: another code state is possible, and it is a bundle of its own."""
    states = {candidate.code_state for candidate in item.candidates if candidate.probability >= LEAST}
    is_recorded = item.resolution_class in (ResolutionClass.CONFIRMED, ResolutionClass.RECORDED)
    return len(states) > 1 and not is_recorded and bool(item.path) and _OF_FILE.isdisjoint(item.path)


def provenance_page(resolutions: Sequence[Resolution]) -> Iterator[str]:
    """The Markdown of some resolutions."""
    yield "# Provenance"
    yield ""
    yield (
        f"{counted(len(resolutions), 'bundle')}. `confirmed` and `recorded` commits were written down by the"
        " run; `inferred` and `ambiguous` ones were not; `contradicted`: the record and the other clues"
        " disagree."
    )
    yield ""
    yield from table(
        ("bundle", "class", "commit", "probability", "dirty", "note"),
        [
            (
                code(item.path or TOP),
                str(item.resolution_class),
                code(item.commit[:SHORT]) if item.commit else "-",
                escape(probability_text(item.probability)) if item.commit else "-",
                str(item.dirty),
                escape(item.note),
            )
            for item in resolutions
        ],
    )
    yield ""
    yield "## Clues"
    for item in resolutions:
        yield ""
        lines = [line for line in list(explain(item))[1:] if line.strip()]
        yield from folded(item.path or TOP, [f"    {one_line(line)}" for line in lines])

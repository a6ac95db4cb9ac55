"""A statement as a few lines for a git note. Pure."""

from __future__ import annotations

from typing import Any

from bisect_parity.attest.canonical import SEAL
from bisect_parity.files import printable_line
from bisect_parity.provenance.model import probability_text

__all__ = ["note_entry"]


def note_entry(statement: dict[str, Any]) -> str:
    """What a reader of the log wants to know of a bundle; inferred and recorded do not look alike."""
    predicate = statement["predicate"]
    resolution = predicate["resolution"]
    recorded, shown = predicate["verdicts"]["recorded"], probability_text(resolution["probability"])
    lines = [
        f"  verdict: {recorded['verdict']} ({recorded['reason']})" if recorded else "  verdict: unknown",
        f"  commit: {predicate['commit_is'].upper()} ({resolution['class']}), probability {shown}",
    ]
    bisection = predicate["bisection"]
    if bisection:
        found = bisection.get("first_bad") or bisection.get("first_good") or "none"
        lines.append(f"  bisection: {bisection.get('outcome')}, found {found}")
    signed = "signed" if predicate["signed"] else "unsigned"
    lines.append(f"  statement: sha256:{predicate[SEAL]}, {signed}")
    return "\n".join(printable_line(line) for line in lines)

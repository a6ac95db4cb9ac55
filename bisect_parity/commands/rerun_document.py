"""rerun.json: what was run again, and how it is to what was recorded."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from bisect_parity.commands.printing import shown_path
from bisect_parity.files import json_text, replace_file
from bisect_parity.report.documents import read_as
from bisect_parity.report.rerun import rerun_markdown
from bisect_parity.report.trial_documents import Rerun
from bisect_parity.rerun.likeness import Likeness
from bisect_parity.wording import SHORT, first_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bisect_parity.rerun.attempt import Attempt
    from bisect_parity.rerun.recorded_run import OriginalRun

MOST_NAMED = 3
HOW = {
    Likeness.IDENTICAL: "to the byte",
    Likeness.EQUAL: "to the last digit",
    Likeness.EQUIVALENT: "within the tolerances",
}


def write_rerun(folder: Path, document: dict[str, Any]) -> None:
    """Write rerun.json and rerun.md.

    Raises:
        OutputError: they cannot be written.
    """
    replace_file(folder / "rerun.json", json_text(document))
    replace_file(folder / "rerun.md", "\n".join(rerun_markdown(read_as(Rerun, document))) + "\n")


def rerun_document(
    bundle: str,
    run: OriginalRun,
    attempts: Sequence[Attempt],
    commits: Mapping[str, float | None],
    options: str,
    lacks: str = "",
) -> dict[str, Any]:
    """The document about one run.

    Args:
        bundle: path of the bundle, relative to the top.
        run: as it describes it.
        attempts: one for each commit; not empty.
        commits: their probabilities, where they were inferred.
        options: what a printed command needs to run here.
        lacks: what all attempts did not find, and what to do.
    """
    best = min(attempts, key=lambda attempt: (not attempt.is_exact, not attempt.is_reproduced))
    return {
        "schema": "bisect-parity/rerun",
        "version": 1,
        "bundle": bundle,
        "outcome": str(best.outcome),
        "commit": best.commit if best.is_reproduced else None,
        "says": _says(bundle, best, attempts, options, lacks),
        "then": {"commit": run.commit, "exit_status": run.status, "seconds": run.seconds},
        "attempts": [attempt.to_json() | {"probability": commits[attempt.commit]} for attempt in attempts],
    }


def _says(bundle: str, best: Attempt, attempts: Sequence[Attempt], options: str, lacks: str) -> str:
    others = [attempt.commit[:SHORT] for attempt in attempts if not attempt.is_reproduced]
    if best.is_reproduced:
        how = HOW[best.likeness or Likeness.EQUIVALENT]
        but = f", and does not at {', '.join(others)}" if others else ""
        left = [file.name for file in best.files if file.likeness in (Likeness.CHANGED, Likeness.MISSING)]
        most = f", as far as it can be compared (not {first_of(left, MOST_NAMED)})" if left else ""
        return f"The results are the same at {best.commit[:SHORT]}, {how}{most}{but}."
    if best.likeness is None and not best.has_failed:
        missing = [file.name for file in best.files if file.likeness is Likeness.MISSING]
        if missing:
            return (
                f"It ran, and there is nothing to compare: it wrote none of {first_of(missing, MOST_NAMED)}."
                " Give the command that wrote them, with its options for the output."
            )
        return "It ran, and there is nothing to compare: no output of then is known."
    place = shown_path(best.folder)
    if all(attempt.has_failed for attempt in attempts):
        does = "fails" if any(attempt.status for attempt in attempts) else "does not fail"
        return f"It {does} at {', '.join(others)}. See what it said in {place}.{lacks}"
    return (
        f"The results are not the same at {', '.join(others)}. "
        f"What else differs: bisect-parity params {shlex.join((bundle, place))}{options}"
    )

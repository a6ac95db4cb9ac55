"""Runs whose commit has another verdict now than they recorded: then no commit is to blame. Pure."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from bisect_parity.parity.verdict import DECIDED
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["recorded_otherwise"]

SURE = 0.9  # of a run's commit


def recorded_otherwise(
    runs: Sequence[Mapping[str, Any]], verdicts: Mapping[str, str], options: str
) -> Iterable[str]:
    """What to say of the latest run that contradicts a check of its own commit; nothing where none does.

    Args:
        runs: of a diagnosis document, by time.
        verdicts: of the checks that were made, by full id.
        options: of a further command, each after a space.
    """
    known = [run for run in runs if run["verdict"] in DECIDED]
    found = [run for run in known if _is_contradicted(run, verdicts)]
    if not found:
        return
    run = found[-1]
    path, commit, now = min(run["bundles"]), run["commit"][:SHORT], verdicts[run["commit"]]
    yield (
        f"{path} was {run['verdict']} when it was recorded, and its commit {commit} is {now} now. So what"
        " changed is no commit: it is a library, the machine, the environment, or a file that git does not"
        " track, and a search further back cannot find it."
    )
    later = [other for other in known if other["run"] > run["run"]]
    other = next((o for o in (*later, *reversed(known)) if o["verdict"] != run["verdict"]), None)
    if other is not None:
        pair = shlex.join([path, min(other["bundles"])])
        yield f"What the runs recorded otherwise: bisect-parity params {pair}{options}"


def _is_contradicted(run: Mapping[str, Any], verdicts: Mapping[str, str]) -> bool:
    now = verdicts.get(run["commit"] or "")
    return now in DECIDED and now != run["verdict"] and (run["probability"] or 0.0) >= SURE

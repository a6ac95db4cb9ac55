"""All recorded runs of a repository: how they build on each other, and how they stand."""

from __future__ import annotations

import collections
import shlex
from typing import TYPE_CHECKING, Any

from bisect_parity.commands.invocation import say
from bisect_parity.commands.printing import answer
from bisect_parity.errors import EvidenceError
from bisect_parity.history.code_state import CodeStates
from bisect_parity.recording.bundle_folder import RECORD_NAME
from bisect_parity.redaction import REDACTED
from bisect_parity.rerun.lineage import RecordedRun, chain_of, linked
from bisect_parity.rerun.recorded_run import run_of_record
from bisect_parity.rerun.standing import Standing, State, standings
from bisect_parity.rerun.surroundings import program_texts, surroundings
from bisect_parity.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.project import Project
    from bisect_parity.rerun.recorded_run import OriginalRun

WIDTH = 8
MOST_REPLACED = 5  # of those that say the least


def recorded_runs(project: Project) -> tuple[RecordedRun, ...]:
    """All runs that `record` described, in the order of their starts, with what they build on.

    A record that cannot be read is told, and left out.
    """
    found: list[tuple[str, OriginalRun]] = []
    for bundle in project.everything:
        folder = project.top / bundle.path
        if (folder / RECORD_NAME).is_file():
            try:
                found.append((bundle.path, run_of_record(folder)))
            except EvidenceError as error:
                say(error.message)
    return linked(found, lambda run: program_texts(project.repository, project.top, run))


def tell_standings(call: Invocation, project: Project, *, named: bool) -> int:
    """Print how recorded runs stand: all, or the one that was named with those that it builds on.

    Returns:
        0 where none is stale, else 1.

    Raises:
        EvidenceError: no run is recorded.
    """
    runs = recorded_runs(project)
    if named:
        (bundle,) = project.bundles
        if bundle.path not in {one.name for one in runs}:
            raise EvidenceError(
                f"{bundle.path} was not written by `record`: what it read and wrote is not known",
                "Record such a run: bisect-parity record -- COMMAND ...",
            )
    if not runs:
        raise EvidenceError(
            f"no recorded run is found in {project.top}", "Record one: bisect-parity record -- COMMAND ..."
        )
    states = CodeStates(project.repository, project.settings.code.paths)
    found = standings(runs, surroundings(project.repository, project.top, states, runs))
    if named:
        chosen = {one.name for one in chain_of(project.bundles[0].path, runs)}
        found = tuple(standing for standing in found if standing.one.name in chosen)
    answer(call, _document(found), _lines(found, call.options))
    return int(any(standing.state is State.STALE for standing in found))


def _lines(found: tuple[Standing, ...], options: str) -> Iterator[str]:
    replaced = [standing for standing in found if standing.state is State.REPLACED]
    folded = {id(standing) for standing in replaced[:-MOST_REPLACED]}
    if folded:
        yield f"{State.REPLACED:{WIDTH}} {counted(len(folded), 'earlier run')} (--json lists all)"
    for standing in found:
        if id(standing) in folded:
            continue
        yield f"{standing.state:{WIDTH}} {standing.one.name}  {shlex.join(standing.one.run.argv)}"
        sources = {link.source: None for link in standing.one.links}
        if sources and standing.state is not State.REPLACED:
            yield f"    builds on {', '.join(sources)}"
        yield from (f"    {reason}" for reason in standing.reasons)
    stale = [standing.one for standing in found if standing.state is State.STALE]
    counts = collections.Counter(standing.state for standing in found)
    shown = [state for state in State if counts[state] or state in (State.CURRENT, State.STALE)]
    told = ", ".join(f"{counts[state]} {state}" for state in shown)
    yield f"{counted(len(found), 'recorded run')}: {told}"
    if stale:
        needed = {link.source for one in stale for link in one.links}
        failed = [standing.one for standing in found if standing.state is State.FAILED]
        again = [*stale, *(one for one in failed if one.name in needed)]
        last = shlex.quote(stale[-1].name)
        yield f"next: bisect-parity rerun --chain {last}{options}  (runs again what was recorded)"
        yield "or bring them up to date, in this order:"
        for one in (standing.one for standing in found if standing.one in again):
            place = "" if one.run.prefix == "." else f"cd {shlex.quote(one.run.prefix)} && "
            hidden = "  (name its secrets)" if any(REDACTED in word for word in one.run.argv) else ""
            words = shlex.join((*one.run.options, "--", *one.run.argv))
            yield f"    {place}bisect-parity record {words}{hidden}"


def _document(found: tuple[Standing, ...]) -> dict[str, Any]:
    return {
        "schema": "bisect-parity/run-states",
        "version": 1,
        "runs": [
            {
                "bundle": standing.one.name,
                "state": str(standing.state),
                "commit": standing.one.run.commit,
                "started": standing.one.run.started,
                "argv": list(standing.one.run.argv),
                "builds_on": [{"path": link.path, "bundle": link.source} for link in standing.one.links],
                "reasons": list(standing.reasons),
            }
            for standing in found
        ],
    }

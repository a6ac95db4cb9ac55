"""A recorded run again, after all recorded runs that it builds on: what these write now is what it reads."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from bisect_parity.commands.invocation import say
from bisect_parity.commands.printing import answer, shown_path
from bisect_parity.commands.project import evidence_folder
from bisect_parity.commands.recorded_call import STANDARD_ERROR, STANDARD_OUTPUT, open_recorded
from bisect_parity.commands.recorded_runs import recorded_runs
from bisect_parity.commands.rerun_document import rerun_document, write_rerun
from bisect_parity.errors import EvidenceError
from bisect_parity.files import printable_line
from bisect_parity.redaction import REDACTED
from bisect_parity.report.documents import read_as
from bisect_parity.report.rerun import rerun_lines
from bisect_parity.report.trial_documents import Rerun
from bisect_parity.rerun.attempt import OUTPUTS, Attempt, RerunPlan, refuse_outside, rerun_at
from bisect_parity.rerun.lineage import RecordedRun, chain_of
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.commands.project import Project
    from bisect_parity.history.repository import Repository
    from bisect_parity.rerun.likeness import Tolerances


def present_commit(repository: Repository, commit: str) -> str:
    """A recorded commit that is here.

    Raises:
        EvidenceError: it is not.
    """
    if repository.try_resolve(commit) is None:
        raise EvidenceError(
            f"commit {commit} is not in this repository", "Fetch it, or name another one with --at."
        )
    return commit


def refuse_redacted(name: str, argv: Sequence[str]) -> None:
    """Refuse to run a command whose secrets were taken out.

    Raises:
        EvidenceError: it held some.
    """
    if any(REDACTED in word for word in argv):
        raise EvidenceError(
            f"the command of {name} held secrets, which were not recorded",
            f"Name it whole: bisect-parity rerun {name} -- COMMAND ...",
        )


def rerun_chain(
    call: Invocation,
    project: Project,
    at: str | None,
    brought: tuple[str, ...],
    tolerances: Tolerances,
    out: Path | None,
) -> int:
    """Run the one bundle of a project again after what it builds on, and print how each result is.

    A run that ends otherwise than then ends the chain.

    Args:
        call: of the command.
        project: with the bundle.
        at: full id of the commit for all of it; None for that of each run.
        brought: files and folders of the user's working tree to copy, relative to its top.
        tolerances: what counts as the same.
        out: folder for the evidence; None: a new one.

    Returns:
        0 where all give the same, 1 where one does not, 3 where nothing could be compared.

    Raises:
        BisectParityError: a run cannot be run again; what was run before is kept.
    """
    name = project.bundles[0].path
    runs = recorded_runs(project)
    if name not in {one.name for one in runs}:
        raise EvidenceError(
            f"{name} was not written by `record`: what it read is not known",
            f"Run it by itself: bisect-parity rerun {name} -- COMMAND ...",
        )
    chain = chain_of(name, runs)
    commits = {one.name: _commit(project.repository, one, at) for one in chain}
    for one in chain:
        refuse_redacted(one.name, one.run.argv)
        refuse_outside(one.run, one.run.argv)
    folder = evidence_folder(project.repository, "rerun", out)
    call.journal.move_to(folder / "commands.txt")
    done: dict[str, Attempt] = {}
    documents: list[dict[str, Any]] = []
    for number, one in enumerate(chain, start=1):
        if not call.quiet:
            say(f"run {number} of {len(chain)}: {one.name}: {shlex.join(one.run.argv)}")
        plan = RerunPlan(
            one.run,
            one.run.argv,
            brought,
            tolerances,
            STANDARD_ERROR if call.as_json else STANDARD_OUTPUT,
            _supplied(one, done),
            _passed_on(one, chain),
        )
        commit = commits[one.name]
        repository, redactor = open_recorded(call, plan.argv)
        place = folder / f"{number:02d}-{PurePosixPath(one.name).name}-{commit[:SHORT]}"
        done[one.name] = attempt = rerun_at(plan, commit, repository, redactor, place)
        documents.append(rerun_document(one.name, one.run, [attempt], {commit: None}, call.options))
        if not call.as_json:
            for sentence in rerun_lines(read_as(Rerun, documents[-1])):
                click.echo(printable_line(sentence))
        if attempt.has_failed:
            break
    steps = [
        _step(one, attempt, document)
        for one, attempt, document in zip(chain, done.values(), documents, strict=False)
    ]
    summary = _summary(chain, list(done.values()))
    document = documents[-1] | {"chain": steps, "says": f"{documents[-1]['says']} {summary}"}
    write_rerun(folder, document)
    answer(call, document, (summary, f"evidence: {shown_path(folder)}"))
    if len(done) == len(chain) and all(attempt.is_reproduced for attempt in done.values()):
        return 0
    is_known = any(attempt.likeness is not None or attempt.has_failed for attempt in done.values())
    return 1 if is_known else 3


def _commit(repository: Repository, one: RecordedRun, at: str | None) -> str:
    if at is not None:
        return at
    if one.run.commit is None:
        raise EvidenceError(f"{one.name} was recorded before the first commit", "Name one with --at.")
    return present_commit(repository, one.run.commit)


def _supplied(one: RecordedRun, done: dict[str, Attempt]) -> dict[str, tuple[Path, str | None]]:
    """What the runs before wrote again, by the path at which this one reads it, and its digest then."""
    found = {}
    for link in one.links:
        folder = done[link.source].folder
        place = folder / link.written.name
        if not link.written.is_in_bundle:
            place = folder / OUTPUTS / link.written.name
        if place.is_file():
            found[link.path] = place, one.reads[link.path]
    return found


def _passed_on(one: RecordedRun, chain: Sequence[RecordedRun]) -> frozenset[str]:
    links = (link for later in chain for link in later.links if link.source == one.name)
    return frozenset(link.written.name for link in links if not link.written.is_in_bundle)


def _step(one: RecordedRun, attempt: Attempt, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "bundle": one.name,
        "outcome": str(attempt.outcome),
        "commit": attempt.commit,
        "says": document["says"],
        "folder": str(attempt.folder),
        "reads": [{"path": link.path, "bundle": link.source} for link in one.links],
    }


def _summary(chain: Sequence[RecordedRun], done: Sequence[Attempt]) -> str:
    """The answer about the whole chain."""
    if len(chain) == 1:
        return "It builds on no other recorded run, as far as is known."
    first = next((n for n, attempt in enumerate(done) if not attempt.is_reproduced), None)
    if first is None:
        return f"The chain of {counted(len(chain), 'run')} gives the same from its beginning."
    kept = f", after {counted(first, 'run')} that did" if first else ""
    rest = len(chain) - len(done)
    stopped = f" The chain stopped there: {counted(rest, 'run')} not run." if rest else ""
    where = f"In the chain of {counted(len(chain), 'run')}, {chain[first].name}"
    return f"{where} is the first that does not give the same{kept}.{stopped}"

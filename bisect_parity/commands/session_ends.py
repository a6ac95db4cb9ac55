"""The ends of a search as a user names them: revisions, bundles, or `auto`; and what their runs recorded."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bisect_parity.bisection.answer_parts import BundleEnd
from bisect_parity.bisection.ends import AUTO
from bisect_parity.bisection.named_ends import moment_of
from bisect_parity.commands.named_path import named_path, split_run_name
from bisect_parity.errors import EvidenceError
from bisect_parity.logs import logger
from bisect_parity.parity.verdict import DECIDED
from bisect_parity.wording import SHORT, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.history.repository import Repository

LEAST_PROBABILITY = 0.01  # of a further candidate that is worth a word
SURE = 0.9  # of a run's commit


def named_end(call: Invocation, repository: Repository, named: str, end: str) -> tuple[str, BundleEnd | None]:
    """What is to be resolved as a revision, and the bundle that it comes from.

    Args:
        call: of the command.
        repository: of the call.
        named: a revision, a bundle, or `AUTO`. What is both is taken as a revision.
        end: "good" or "bad".

    Raises:
        BisectParityError: the bundle cannot be read.
        EvidenceError: no commit is known for it.
    """
    path = Path(named)
    is_one_of_many = split_run_name(path, repository.work_tree)[1] != ""
    if named in ("", AUTO) or repository.try_resolve(named) is not None:
        return named, None
    if not (is_one_of_many or _was_ever_there(repository, path)):
        return named, None
    from bisect_parity.commands.finding import find_runs, of_one_run  # noqa: PLC0415 - slow to import, seldom needed

    project = find_runs(call, (path,))
    project = project if is_one_of_many else of_one_run(project, path)
    found, *runs = project.resolve_runs(of_files=True, past=is_one_of_many)
    commit = found.commit
    if commit is None or len(project.bundles) > 1:
        held, see = "a run of an unknown commit", f"See: bisect-parity provenance --explain {named}"
        if runs:
            runs = runs if commit is None else [found, *runs]
            held, see = counted(len(runs), "run"), f"Name one, such as {runs[0].path!r}. {see}"
        raise EvidenceError(f"--{end} {named} is no revision, and holds {held}", see)
    if found.dirty == "recorded":
        logger().warning(
            f"the run of {found.path} had changes that {commit[:SHORT]} does not hold:"
            " a clean worktree of the commit may give another result"
        )
    others = {
        candidate.commit: candidate.probability
        for candidate in found.candidates
        if candidate.code_state != found.code_state and candidate.probability >= LEAST_PROBABILITY
    }
    kind, sure = found.resolution_class.value, found.code_state_probability
    return commit, BundleEnd(end, found.path, kind, commit, sure, others)


def _was_ever_there(repository: Repository, path: Path) -> bool:
    """Whether a path is there, or a commit had it; for a date, a long history is not searched."""
    top = repository.work_tree
    place = named_path(path, top)
    if place.exists() or moment_of(str(path)) is not None:
        return place.exists()
    from bisect_parity.history.snapshot import last_commit_with  # noqa: PLC0415 - slow to import, seldom needed

    inside = str(path) if top is None else os.path.relpath(os.path.normpath(place), top)
    return not inside.startswith("..") and last_commit_with(repository, inside) is not None


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

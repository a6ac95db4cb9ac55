"""The ends of a search as a user names them: revisions, bundles, or `auto`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.bisection.answer_parts import BundleEnd
from bisect_parity.bisection.ends import AUTO
from bisect_parity.commands.named_path import named_path, split_run_name
from bisect_parity.errors import EvidenceError

if TYPE_CHECKING:
    from bisect_parity.commands.invocation import Invocation
    from bisect_parity.history.repository import Repository

__all__ = ["named_end"]

LEAST_PROBABILITY = 0.01  # of a further candidate that is worth a word


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
    path, top = Path(named), repository.work_tree
    is_one_of_many = split_run_name(path, top)[1] != ""
    is_there = named_path(path, top).exists() or is_one_of_many
    if named in ("", AUTO) or not is_there or repository.try_resolve(named) is not None:
        return named, None
    from bisect_parity.commands.finding import find_runs  # noqa: PLC0415 - slow to import, seldom needed

    project = find_runs(call, (path,))
    resolutions = project.resolve_runs(of_files=is_one_of_many, past=is_one_of_many)
    commit = resolutions[0].commit if len(resolutions) == 1 else None
    if commit is None:
        held = f"{len(resolutions)} bundles" if len(resolutions) != 1 else "a bundle of an unknown commit"
        raise EvidenceError(
            f"--{end} {named} is no revision, and holds {held}",
            f"See: bisect-parity provenance --explain {named}",
        )
    (found,) = resolutions
    others = {
        candidate.commit: candidate.probability
        for candidate in found.candidates
        if candidate.code_state != found.code_state and candidate.probability >= LEAST_PROBABILITY
    }
    kind, sure = found.resolution_class.value, found.code_state_probability
    return commit, BundleEnd(end, found.path, kind, commit, sure, others)

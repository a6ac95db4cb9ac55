"""The runs of a project's series, with the verdicts that the user gave, and the defaults of their code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bisect_parity.commands.named_path import split_run_name
from bisect_parity.diagnosis.diagnose import with_verdicts
from bisect_parity.diagnosis.series import Run, select
from bisect_parity.errors import EvidenceError, RepositoryError, UsageError
from bisect_parity.params.code import CommitDefaults, defaults_at
from bisect_parity.params.effective import programs_of
from bisect_parity.wording import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bisect_parity.commands.answers import Resolved
    from bisect_parity.commands.project import Project
    from bisect_parity.evidence.model import Bundle


def told_runs(
    project: Project, good: Sequence[str], bad: Sequence[str], known: Resolved | None = None
) -> tuple[tuple[Run, ...], list[Bundle]]:
    """The runs of the series, with the verdicts that the user gave; and all bundles that hold one run.

    Raises:
        UsageError: a bundle, or copies of one run, are named as good and as bad.
        EvidenceError: there is no run of that name.
    """
    pairs = project.single_runs(known)
    paths = [bundle.path for bundle, _ in pairs]
    sides = [_named(project, names, paths) for names in (good, bad)]
    if sides[0] & sides[1]:
        raise UsageError(
            f"{min(sides[0] & sides[1])} is named with --good and with --bad",
            "Give it with one of them only.",
        )
    bundles = [bundle for bundle, _ in pairs]
    selection = select(bundles, [item for _, item in pairs], project.settings, sides[0] | sides[1])
    for run in selection.runs:
        copies = [{entry.bundle.path for entry in run.entries} & side for side in sides]
        if all(copies):
            raise UsageError(
                f"{min(copies[0])} and {min(copies[1])} are copies of one run", "Name a run of each verdict."
            )
    return with_verdicts(selection.runs, *sides), bundles


def defaults_of(
    project: Project, runs: Sequence[Run], *, are_whole: bool = False
) -> dict[str, CommitDefaults]:
    """The defaults of the runs' commits, as far as these are known and here.

    Args:
        project: whose they are.
        runs: of these commits.
        are_whole: whether all code is read, and not only the programs of the runs with what they import.
    """
    commits = list(dict.fromkeys(commit for run in runs if (commit := run.resolution.commit) is not None))
    bundles = [entry.bundle for run in runs for entry in run.entries]
    try:
        defaults = defaults_at(
            project.repository,
            commits,
            project.settings.parameter_paths,
            programs_of(bundles),
            is_for_runs=not are_whole,
        )
    except RepositoryError:  # a partial clone without these trees
        return {}
    return dict(zip(commits, defaults, strict=True))


def _named(project: Project, names: Sequence[str], paths: Sequence[str]) -> frozenset[str]:
    """The paths of the runs that some words name: a bundle, else those of a folder, or one run of a file.

    Raises:
        EvidenceError: there is none.
    """
    found: set[str] = set()
    for name in names:
        file, rest = split_run_name(Path(name), project.repository.work_tree)
        place = project.place_of(file)
        top = project.top.resolve()
        wanted = name.rstrip("/")
        for base in (place, place.parent.resolve() / place.name):
            if base.is_relative_to(top):
                wanted = base.relative_to(top).as_posix() + rest
        inside = (f"{wanted}/", f"{wanted}#")
        known = {wanted} if wanted in paths else {path for path in paths if path.startswith(inside)}
        if not known:
            raise EvidenceError(
                f"{name} is not a run found in {project.top}",
                nearest(wanted, paths) or "See `bisect-parity audit`.",
            )
        found |= known
    return frozenset(found)

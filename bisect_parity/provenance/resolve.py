"""Resolve the commit of each bundle: survey once for all, infer for each, weigh what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from bisect_parity.provenance.answer import answer
from bisect_parity.provenance.background import Background
from bisect_parity.provenance.further_notes import SEVERAL, further_notes, is_run_of_file
from bisect_parity.provenance.inferred import Inferred, infer_all
from bisect_parity.provenance.libraries import library_clues
from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.moment import moment
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.run_messages import RUN
from bisect_parity.provenance.timeline import time_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bisect_parity.config import Settings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.model import Event, Resolution
    from bisect_parity.provenance.parameters import Parameters
    from bisect_parity.provenance.recorded import RecordedId


def resolve_bundles(
    repository: Repository,
    bundles: Sequence[Bundle],
    settings: Settings,
    *,
    blind: bool = False,
    of_files: bool = False,
    past: bool = False,
    background: Background | None = None,
) -> list[Resolution]:
    """Resolve bundles, in a number of git calls that does not grow with their number.

    Args:
        repository: whose history they belong to.
        bundles: as `evidence.discover.discover` found them.
        settings: `code.paths` say what a code state is.
        blind: ignore recorded ids.
        of_files: also resolve, one by one, the runs of files that hold, or held, several.
        past: also resolve the bundles that were deleted from the same folders.
        background: of the repository, where it was read ahead.

    Returns:
        one resolution a bundle, in the order of `bundles`; then those of past bundles and of runs of files.

    Raises:
        RepositoryError: git cannot read the history.
    """
    parameters = load_parameters(repository.directory, settings.provenance.parameters)
    where = settings.evidence if past else None
    background = background or Background(repository)
    inferred, states = infer_all(
        background, bundles, settings, parameters, blind=blind, of_files=of_files, past=where
    )
    return _answers(inferred, bundles, states, parameters, blind=blind)


def resolve_runs(
    repository: Repository,
    bundles: Sequence[Bundle],
    settings: Settings,
    background: Background | None = None,
) -> tuple[list[Resolution], list[tuple[Bundle, Resolution]]]:
    """Resolve bundles as `resolve_bundles` does, and the runs of files that hold, or held, several.

    Returns:
        one resolution a bundle, in the order of `bundles`; and each run of such a file, as a bundle.

    Raises:
        RepositoryError: git cannot read the history.
    """
    parameters = load_parameters(repository.directory, settings.provenance.parameters)
    background = background or Background(repository)
    inferred, states = infer_all(background, bundles, settings, parameters, blind=False, of_files=True)
    found = _answers(inferred, bundles, states, parameters, blind=False)
    by_path = {bundle.path: bundle for item in inferred for bundle in item.run.subject.bundles}
    count = len(bundles)
    return found[:count], [(by_path[item.path], item) for item in found[count:]]


def blind_resolutions(
    repository: Repository,
    bundles: Sequence[Bundle],
    settings: Settings,
    background: Background | None,
) -> tuple[list[Resolution], dict[str, tuple[RecordedId, ...]], dict[str, str]]:
    """Resolutions that ignore a run's own ids, and apart from them what was written in each bundle itself.

    What the other runs' ids teach about this repository is used, as it is for a run without any.

    Returns:
        the resolutions, each bundle's own records, and the code states of all commits named.
    """
    parameters = load_parameters(repository.directory, settings.provenance.parameters)
    background = background or Background(repository)
    inferred, states = infer_all(background, bundles, settings, parameters, blind=False, of_files=True)
    notes = further_notes(inferred)
    records = {
        bundle.path: tuple(item for item in found.run.subject.records if _is_of(item, bundle))
        for found in inferred
        for bundle in found.run.subject.bundles
        if not notes.get(bundle.path, "").startswith(SEVERAL)
    }
    return _answers(inferred, bundles, states, parameters, blind=True), records, states


def _is_of(item: RecordedId, bundle: Bundle) -> bool:
    """Whether a record stands in a bundle itself, or tells of the command that wrote it; not in a copy."""
    source = item.record.source.path
    is_inside = source.startswith(bundle.path + "/") or (item.record.key == RUN and source == bundle.path)
    return is_run_of_file(bundle) or is_inside


def _answers(
    inferred: Sequence[Inferred],
    bundles: Sequence[Bundle],
    states: dict[str, str],
    parameters: Parameters,
    *,
    blind: bool,
) -> list[Resolution]:
    answers = {
        resolution.path: evolve(resolution, timeline=_time_line(item, resolution.commit, parameters))
        for item in inferred
        for resolution in answer(item, states, parameters, blind=blind)
    }
    subjects = [item.run.subject for item in inferred]
    for subject, clues in zip(subjects, library_clues(subjects), strict=True):
        for bundle in subject.bundles:
            answers[bundle.path] = evolve(answers[bundle.path], clues=(*answers[bundle.path].clues, *clues))
    several = {b.path for subject in subjects for b in subject.bundles if _is_of_several_commits(b, answers)}
    answers |= {path: _left_to_its_runs(answers[path]) for path in several}
    for path, note in further_notes(inferred).items():
        answers[path] = evolve(answers[path], note="; ".join(filter(None, (note, answers[path].note))))
    named = [bundle.path for bundle in bundles]
    return [*(answers.pop(path) for path in named), *answers.values()]


def _is_of_several_commits(bundle: Bundle, answers: Mapping[str, Resolution]) -> bool:
    """Whether the files of a bundle hold several runs that have different answers."""
    own = (findings.path for findings in bundle.findings if findings.path != bundle.path)
    parts = (f"{findings.path}#{run.label}" for findings in bundle.findings for run in findings.runs)
    return len({answers[name].commit for name in (*own, *parts) if name in answers}) > 1


def _left_to_its_runs(resolution: Resolution) -> Resolution:
    """What is said of several runs at once: no commit is that of all of them."""
    return evolve(
        resolution,
        resolution_class=ResolutionClass.UNRESOLVED,
        commit=None,
        probability=0.0,
        code_state="",
        code_state_probability=0.0,
        candidates=(),
        run_time=None,
        run_time_error=None,
        note="",
        timeline=(),
    )


def _time_line(item: Inferred, commit: str | None, parameters: Parameters) -> tuple[Event, ...]:
    if not item.lines or not (item.run.subject.statements or item.run.subject.addition):
        return ()
    began = moment(item, commit)
    return time_line(item.run.subject, item.lines, began, item.history.names, parameters)

"""Resolve the commit of each bundle: survey once for all, infer for each, weigh what was recorded."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from bisect_parity.evidence.model import Trust
from bisect_parity.provenance.adapt import adapt
from bisect_parity.provenance.answer import answer
from bisect_parity.provenance.background import Background, History
from bisect_parity.provenance.checkouts import Line
from bisect_parity.provenance.fingerprint import Match, apply, fitting, read_matches
from bisect_parity.provenance.infer import infer
from bisect_parity.provenance.libraries import library_clues
from bisect_parity.provenance.model import ResolutionClass
from bisect_parity.provenance.own_work import originals, work
from bisect_parity.provenance.parameter_file import load_parameters
from bisect_parity.provenance.posterior import Posterior
from bisect_parity.provenance.recorded import RecordedId, recorded_elsewhere, recorded_truth
from bisect_parity.provenance.rewritten import Written, rewritten_since
from bisect_parity.provenance.runs import MOST_RUNS
from bisect_parity.provenance.stale_ids import staleness
from bisect_parity.provenance.states import ToldStates, inferred_commits, stated_commits
from bisect_parity.provenance.survey import Case, survey
from bisect_parity.provenance.timeline import time_line, yet_to_come
from bisect_parity.provenance.versions import Stated, read_versions
from bisect_parity.wording import SHORT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bisect_parity.config import EvidenceSettings, Settings
    from bisect_parity.evidence.model import Bundle
    from bisect_parity.history.repository import Repository
    from bisect_parity.provenance.model import Event, Resolution
    from bisect_parity.provenance.parameters import Parameters

__all__ = ["blind_resolutions", "resolve_bundles", "resolve_runs"]

SEVERAL = "holds"
SHALLOW = "the history of this clone begins later: `git fetch --unshallow` gets what came before"
FIRST = "the first commit brought it in: what was there before is not known"
MOSTLY = 0.5
PAST = "no longer in the working tree: read from git"


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
    inferred, states = _infer_all(
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
    inferred, states = _infer_all(background, bundles, settings, parameters, blind=False, of_files=True)
    found = _answers(inferred, bundles, states, parameters, blind=False)
    by_path = {bundle.path: bundle for item in inferred for bundle in item.case.subject.bundles}
    count = len(bundles)
    return found[:count], [(by_path[item.path], item) for item in found[count:]]


def blind_resolutions(
    repository: Repository,
    bundles: Sequence[Bundle],
    settings: Settings,
    background: Background | None = None,
) -> tuple[list[Resolution], dict[str, tuple[RecordedId, ...]], dict[str, str]]:
    """Resolutions that ignore a run's own ids, and apart from them what was written in each bundle itself.

    What the other runs' ids teach about this repository is used, as it is for a run without any.

    Returns:
        the resolutions, each bundle's own records, and the code states of all commits named.
    """
    parameters = load_parameters(repository.directory, settings.provenance.parameters)
    background = background or Background(repository)
    inferred, states = _infer_all(background, bundles, settings, parameters, blind=False, of_files=True)
    notes = _further_notes(inferred)
    records = {
        bundle.path: tuple(item for item in found.case.subject.records if _is_of(item, bundle))
        for found in inferred
        for bundle in found.case.subject.bundles
        if not notes.get(bundle.path, "").startswith(SEVERAL)
    }
    return _answers(inferred, bundles, states, parameters, blind=True), records, states


def _is_of(item: RecordedId, bundle: Bundle) -> bool:
    """Whether a record stands in a bundle itself, not in a copy of its run."""
    return _is_run_of_file(bundle) or item.record.source.path.startswith(bundle.path + "/")


@frozen
class _Inferred:
    """One run, with what was inferred of it."""

    case: Case
    lines: tuple[Line, ...]
    posterior: Posterior
    matches: dict[str, Match]
    version: tuple[Stated | None, dict[str, Match]]
    history: History
    rewritten: float  # how probable it is that all history was, since the run
    stale: float  # how probable it is that the id was read for an earlier run


def _infer_all(
    background: Background,
    bundles: Sequence[Bundle],
    settings: Settings,
    parameters: Parameters,
    *,
    blind: bool,
    of_files: bool = False,
    past: EvidenceSettings | None = None,
) -> tuple[list[_Inferred], dict[str, str]]:
    """Infer every run; unless `blind`, with what the other runs' recorded commits teach.

    Returns:
        the runs, and the code states of all commits that their answers name.
    """
    history, cases = survey(background, bundles, parameters, of_files=of_files, past=past)
    truths = None if blind else [recorded_truth(case.subject.records) for case in cases]
    subjects = [case.subject for case in cases]
    states = ToldStates(background.repository, settings, history.table)
    stated = stated_commits(subjects)
    found = infer(history, cases, parameters, truths, meanwhile=lambda: states.of(stated))
    posteriors = [posterior for _, posterior in found]
    matches = read_matches(background.repository, subjects, posteriors)
    rewritten = stale = [0.0] * len(cases)
    if truths is not None:
        rewritten = rewritten_since(list(map(_written, cases, posteriors)), parameters.rewriting).tolist()
        stale = staleness(posteriors, list(map(_by_program, cases, truths)), parameters).tolist()
        lessons = _lessons(cases, truths, matches, parameters)
        posteriors = adapt(posteriors, lessons, parameters, list(map(max, rewritten, stale)))
    posteriors = [
        apply(posterior, match, parameters.fingerprint)
        for posterior, match in zip(posteriors, matches, strict=True)
    ]
    versions = read_versions(background.repository, subjects, posteriors)
    posteriors = [
        apply(posterior, match, parameters.version, "version")
        for posterior, (_, match) in zip(posteriors, versions, strict=True)
    ]
    inferred = [
        _Inferred(case, lines, posterior, match, version, history, is_rewritten, is_stale)
        for case, (lines, _), posterior, match, version, is_rewritten, is_stale in zip(
            cases, found, posteriors, matches, versions, rewritten, stale, strict=True
        )
    ]
    return inferred, states.of(stated | inferred_commits(posteriors))


def _lessons(
    cases: Sequence[Case],
    truths: Sequence[str | None],
    matches: Sequence[Mapping[str, Match]],
    parameters: Parameters,
) -> list[Collection[str]]:
    """What the runs teach: the commit that each wrote down, known here or not, else those whose code fits."""
    return [
        {named} if (named := truth or recorded_elsewhere(case.subject.records)) else fits
        for case, truth, fits in zip(
            cases, truths, (fitting(match, parameters.fingerprint) for match in matches), strict=True
        )
    ]


def _written(case: Case, posterior: Posterior) -> Written | None:
    """What a run wrote down, unless its adding commit shows that a branch was squashed or rebased."""
    addition, records = case.subject.addition, case.subject.records
    gone = recorded_elsewhere(records)
    if not posterior.commits or (gone is None and recorded_truth(records) is None):
        return None
    if addition is not None and (addition.detail.is_rewritten or addition.detail.is_landed):
        return None
    return Written(posterior.run_time, gone, posterior.commits[posterior.order()[0]])


def _by_program(case: Case, truth: str | None) -> str | None:
    """The commit that a program wrote down beside a time; not what was asked of git when the run began."""
    trusts = {item.record.trust for item in case.subject.records if item.commit == truth}
    return truth if case.subject.is_timed and max(trusts, default=None) is Trust.MACHINE else None


def _answers(
    inferred: Sequence[_Inferred],
    bundles: Sequence[Bundle],
    states: dict[str, str],
    parameters: Parameters,
    *,
    blind: bool,
) -> list[Resolution]:
    answers = {
        resolution.path: evolve(resolution, timeline=_time_line(item, parameters))
        for item in inferred
        for resolution in answer(
            item.case.subject,
            item.lines,
            item.posterior,
            item.matches,
            item.version,
            states,
            parameters,
            blind=blind,
            rewritten=item.rewritten,
            stale=item.stale,
        )
    }
    subjects = [item.case.subject for item in inferred]
    for subject, clues in zip(subjects, library_clues(subjects), strict=True):
        for bundle in subject.bundles:
            answers[bundle.path] = evolve(answers[bundle.path], clues=(*answers[bundle.path].clues, *clues))
    several = {b.path for subject in subjects for b in subject.bundles if _is_of_several_commits(b, answers)}
    answers |= {path: _left_to_its_runs(answers[path]) for path in several}
    for path, note in _further_notes(inferred).items():
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


def _further_notes(inferred: Sequence[_Inferred]) -> dict[str, str]:
    """What must be said besides: that bundles are gone, hold several runs, or are older than a clone."""
    bundles = [bundle for item in inferred for bundle in item.case.subject.bundles if bundle.artifacts]
    runs = Counter(bundle.artifacts[0].path for bundle in bundles if _is_run_of_file(bundle))
    notes = {
        bundle.path: SHALLOW
        for item in inferred
        if item.case.chain.beyond and item.posterior.elsewhere > MOSTLY
        for bundle in item.case.subject.bundles
    }
    for item in inferred:
        if ahead := yet_to_come(item.case.subject, time.time()):
            notes |= {bundle.path: ahead for bundle in item.case.subject.bundles}
    first = (item.case.subject for item in inferred if item.case.is_of_first_commit)
    notes |= {bundle.path: FIRST for subject in first for bundle in subject.bundles}
    for item in inferred:
        successor = _successor(item)
        if successor is not None:
            gone = f"what {successor[:SHORT]} replaced was probably checked out: it was amended or rebased"
            notes |= {bundle.path: gone for bundle in item.case.subject.bundles}
    for bundle in bundles:
        inside = sum(runs[artifact.path] for artifact in bundle.artifacts)
        if inside > 1 and not _is_run_of_file(bundle):
            more = " and more: the newest are resolved, each by itself"
            note = more if inside >= MOST_RUNS else ": each is resolved by itself"
            notes[bundle.path] = f"{SEVERAL} {inside} runs{note}"
        if bundle.is_past:
            notes[bundle.path] = PAST
    return notes


def _successor(item: _Inferred) -> str | None:
    """The commit that has replaced the one that the run was most probably made at, if that is gone."""
    addition, near, time = item.case.subject.addition, item.case.near, item.posterior.run_time
    if addition is None or item.posterior.elsewhere <= MOSTLY:
        return None
    kept = originals(near)
    replacing = [
        detail
        for detail in near.values()
        if detail.author_time <= time < detail.committer_time
        and detail.author == detail.committer == addition.detail.author
        and work(detail) not in kept
    ]
    newest = max(replacing, key=lambda detail: detail.author_time, default=None)
    return None if newest is None else newest.commit


def _is_run_of_file(bundle: Bundle) -> bool:
    return bundle.path.startswith(bundle.artifacts[0].path)


def _time_line(item: _Inferred, parameters: Parameters) -> tuple[Event, ...]:
    if not item.lines or not (item.case.subject.statements or item.case.subject.addition):
        return ()
    return time_line(item.case.subject, item.lines, item.posterior.run_time, item.history.names, parameters)
